// Makes a valid call slightly wrong, to compare what both clients say about it.
const { isTag, tag } = require('../tags')

/** @typedef {import('../rng').Rng} Rng */

/** Every place of the arguments. @param {any} node @param {[any, string | number][]} [places] */
function placesIn(node, places = []) {
  if (typeof node !== 'object' || node === null || isTag(node)) return places
  for (const key of Object.keys(node)) {
    places.push([node, key])
    placesIn(node[key], places)
  }
  return places
}

const WRONG = [
  null,
  'wrong',
  '',
  12.5,
  -1,
  true,
  {},
  [],
  2_147_483_648,
  -2_147_483_649,
  1e30,
  { unknown: 1 },
  [null],
  tag.bigint('9223372036854775808'),
  tag.date('not a date'),
  tag.bytes('00'),
]

/** @param {Rng} rng @param {any} args @returns {any} */
function spoil(rng, args) {
  const spoiled = structuredClone(args)
  const places = placesIn(spoiled)
  if (places.length === 0 || rng.chance(10))
    return { ...spoiled, [rng.pick(['wheer', 'limit', 'data', 'unknown'])]: 1 }
  const [object, key] = rng.pick(places)
  const way = rng.weighted({ value: 60, extra: 20, rename: 10, remove: 10 })
  if (way === 'value' || Array.isArray(object)) object[key] = rng.pick(WRONG)
  else if (way === 'extra') object[rng.pick(['unknown', 'idd', 'AND', 'not', 'contains'])] = rng.pick(WRONG)
  else if (way === 'remove') delete object[key]
  else {
    object[`${key}x`] = object[key]
    delete object[key]
  }
  return spoiled
}

module.exports = { spoil }
