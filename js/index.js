const { Block } = require('./block')
const { errors } = require('./errors')

module.exports = { Block, ...errors }
