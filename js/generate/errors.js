const { ShardedError } = require('../errors.js')

/**
 * What a user can do wrong when generating. The message is one line that says what was expected and what was given;
 * `detail` carries the words of another program (Prisma's validation message).
 */
class GenerateError extends ShardedError {
  /** @param {string} code @param {string} message @param {string} [detail] */
  constructor(code, message, detail) {
    super(message, { code: `SHARDED_${code}` })
    this.detail = detail
  }
}

module.exports = { GenerateError }
