const { addon } = require('../binding.js')
const { GenerateError } = require('./errors.js')

/**
 * The empty block file that new blocks are copied from. The addon is loaded only here: everything before it, and every
 * error of the user, needs no native code.
 * @type {import('./index.js').CreateTemplate}
 */
function createTemplate(manifestJson, path) {
  const { Schema } = addon()
  try {
    new Schema(manifestJson).createTemplate(path)
  } catch (error) {
    // Errors made by the addon are of another realm under Jest: read, not tested by class.
    const { message } = /** @type {{message: string}} */ (error)
    throw new GenerateError('TEMPLATE', `cannot make template.sqlite of these models: ${message}`)
  }
}

module.exports = { createTemplate }
