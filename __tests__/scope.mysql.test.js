const { scopeSuite } = require('./parity/scopesuite')

scopeSuite('mysql', { seeds: 3, local: 0.3, windows: 0.4 })
