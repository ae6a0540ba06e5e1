const { scopeSuite } = require('./parity/scopesuite')

scopeSuite('postgresql', { seeds: 6, local: 0.4, windows: 0.4 })
