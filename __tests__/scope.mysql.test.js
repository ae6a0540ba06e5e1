const { scopeSuite } = require('./parity/scopesuite')

scopeSuite('mysql', { seeds: 5, local: 0.3, about: { link: 0.15, page: 0.3, list: 0.02 } })
