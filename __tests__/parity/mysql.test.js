// Random reads of a block against its MySQL or MariaDB. One seed alone: npm run fuzz -- --provider mysql --seed N
const { paritySuite } = require('./suite')

paritySuite('mysql', [1, 2, 3, 5])
