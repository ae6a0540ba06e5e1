const { scopeSuite } = require('./parity/scopesuite')

scopeSuite('sqlite', { seeds: 3, local: 0.3, windows: 0.4 })
