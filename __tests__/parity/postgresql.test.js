// Random reads of a block against its PostgreSQL. One seed alone: npm run fuzz -- --provider postgresql --seed N
const { paritySuite } = require('./suite')

paritySuite('postgresql', [1, 2, 3, 4, 5, 6])
