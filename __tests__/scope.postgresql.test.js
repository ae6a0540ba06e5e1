const { scopeSuite } = require('./parity/scopesuite')

scopeSuite('postgresql', {
  seeds: 6,
  local: 0.35,
  about: { link: 0.2, page: 0.5, list: 0.08, 'from a cursor': 0.15, array: 0.3, snapshot: 0.15 },
  sets: { set: 0.1, 'sets together': 0.1 },
})
