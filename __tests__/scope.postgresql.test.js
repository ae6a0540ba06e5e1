const { scopeSuite } = require('./parity/scopesuite')

scopeSuite('postgresql', { seeds: 6, local: 0.35, windows: { page: 0.5, list: 0.08, 'from a cursor': 0.2 } })
