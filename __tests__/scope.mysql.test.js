const { scopeSuite } = require('./parity/scopesuite')

scopeSuite('mysql', { seeds: 3, local: 0.28, about: { link: 0.15, page: 0.3, list: 0.02 } })
