const { scopeSuite } = require('./parity/scopesuite')

scopeSuite('sqlite', { seeds: 3, local: 0.3, windows: { page: 0.3, list: 0.05 } })
