const { writesSuite } = require('./suite')

writesSuite('mysql', [1, 2, 3, 5])
