const { scopeSuite } = require('./parity/scopesuite')

scopeSuite('mysql', {
  seeds: 3,
  local: 0.28,
  about: { array: 0.05, snapshot: 0.05, link: 0.15, page: 0.3, list: 0.02 },
  sets: { set: 0.05, 'sets together': 0.05 },
})
