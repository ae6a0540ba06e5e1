// Random scopes and random reads: the answer is the main database's, whoever gave it, and a good part of them the block gives itself.
const { Worlds } = require('./parity/world')
const { runSession, shrink } = require('./parity/session')
const { randomScope, scopedCalls } = require('./parity/scope')
const { shown } = require('./parity/shown')
const { Tally } = require('./parity/tally')

const CALLS = 250
const FIRST = Number(process.env.SHARDED_SCOPE_SEED ?? 1)
const SEEDS = Array.from({ length: Number(process.env.SHARDED_SCOPE_SEEDS ?? 6) }, (_, n) => FIRST + n)
const SHRUNK = 3
/** Of the calls, how many the block answers itself. */
const LOCAL_SHARE = 0.3

const tally = new Tally()
/** @type {Worlds} */
let worlds

beforeAll(() => {
  worlds = new Worlds('postgresql')
}, 120_000)
afterAll(() => worlds?.end())

/** @param {number} seed */
async function session(seed) {
  /** @type {any} */
  let scope
  const world = await worlds.open(seed, {
    scope: ({ rows }) => {
      scope = randomScope(worlds.model, rows, seed)
      return scope
    },
  })
  const result = await runSession(world, { calls: CALLS, queue: scopedCalls(world, scope, CALLS) })
  const told = []
  for (const found of result.differences.slice(0, SHRUNK))
    told.push(`seed ${seed}, scope ${JSON.stringify(scope)}: ${shown(await shrink(world, found))}`)
  return { told, result }
}

test.each(SEEDS)(
  'seed %i',
  async (seed) => {
    const { told, result } = await session(seed)
    expect(told).toEqual([])
    tally.merge(result.tally)
  },
  120_000,
)

test('a good part of them is answered here', () => {
  const { calls, forwarded } = tally.all
  expect(calls).toBeGreaterThan(0)
  expect((calls - forwarded) / calls).toBeGreaterThan(LOCAL_SHARE)
})
