// The committed account of the crash trials: per main database and queue, and per state of the code, which seeds and what came of them.
const path = require('node:path')
const { Ledger, codeVersion } = require('../parity/ledger')

const COUNTS = ['trials', 'acknowledged', 'unknown', 'failed', 'rejected', 'faults', 'starts', 'changes']
const CRASHES = new Ledger(path.join(__dirname, 'ledger.json'), COUNTS)

module.exports = { COUNTS, CRASHES, codeVersion }
