// Rows of the model that has every scalar.

/** @param {number} id @param {object} [data] what matters of it */
const scalarRow = (id, data) => ({
  id,
  int: id,
  bigInt: 1n,
  float: 1,
  decimal: '1',
  string: 's',
  boolean: true,
  dateTime: new Date(0),
  bytes: new Uint8Array(),
  json: {},
  mood: 'SAD',
  ...data,
})

module.exports = { scalarRow }
