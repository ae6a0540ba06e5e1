const { scopeSuite } = require('./parity/scopesuite')

scopeSuite('sqlite', {
  seeds: 3,
  local: 0.3,
  about: { link: 0.15, page: 0.3, list: 0.05, array: 0.3, snapshot: 0.2 },
  sets: { set: 0.1, 'sets together': 0.1 },
})
