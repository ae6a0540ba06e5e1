/** What a native run answers with below 0, see docs/native-boundary.md. */
module.exports = { MISS: -1, BUSY: -2, POOLED: -4 }
