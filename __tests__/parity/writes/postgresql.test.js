const { writesSuite } = require('./suite')

writesSuite('postgresql', [1, 2, 3, 5])
