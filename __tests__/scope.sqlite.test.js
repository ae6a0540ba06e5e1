const { scopeSuite } = require('./parity/scopesuite')

scopeSuite('sqlite', {
  seeds: 3,
  local: 0.3,
  about: { array: 0.05, snapshot: 0.05, link: 0.15, page: 0.3, list: 0.05 },
  sets: { set: 0.05, 'sets together': 0.05 },
})
