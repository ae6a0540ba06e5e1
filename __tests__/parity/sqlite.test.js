// Random reads of a block against its SQLite. One seed alone: npm run fuzz -- --provider sqlite --seed N
const { paritySuite } = require('./suite')

paritySuite('sqlite', [1, 2, 3, 5])
