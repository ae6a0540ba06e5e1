const { scopeSuite } = require('./parity/scopesuite')

scopeSuite('postgresql', {
  seeds: 6,
  local: 0.35,
  about: { array: 0.05, snapshot: 0.05, link: 0.2, page: 0.5, list: 0.08, 'from a cursor': 0.2 },
  sets: { set: 0.05, 'sets together': 0.05 },
})
