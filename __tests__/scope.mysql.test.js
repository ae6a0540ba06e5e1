const { scopeSuite } = require('./parity/scopesuite')

scopeSuite('mysql', {
  seeds: 3,
  local: 0.28,
  about: { link: 0.15, page: 0.3, list: 0.02, array: 0.2, snapshot: 0.1 },
  sets: { set: 0.1, 'sets together': 0.1 },
})
