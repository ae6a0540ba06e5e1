// Random scopes and random reads: the answer is the main database's, whoever gave it, and a good part of them the block gives itself.
const windowReads = require('../../js/scope/askwindow')

const windows = { asked: 0, answered: 0 }
const { askWindow } = windowReads
// Before the engine takes it.
windowReads.askWindow = async (engine, ...rest) => {
  const { stats } = engine.setup
  const before = stats.forwarded
  const answer = await askWindow(engine, ...rest)
  windows.asked += 1
  if (stats.forwarded === before) windows.answered += 1
  return answer
}

const { Worlds } = require('./world')
const { ask } = require('./ask')
const { runSession, shrink } = require('./session')
const { randomScope, scopedCalls, scopedWrites } = require('./scope')
const { shown } = require('./shown')
const { Tally } = require('./tally')

const CALLS = 200
const WRITES = 60
const FIRST = Number(process.env.SHARDED_SCOPE_SEED ?? 1)
const SHRUNK = 3

const tally = new Tally()
let done = 0
/** @type {Worlds} */
let worlds

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
  const queue = scopedCalls(world, scope, CALLS)
  const told = []
  for (const when of ['loaded', 'written']) {
    if (when === 'written') await write(world, scope)
    const result = await runSession(world, { calls: CALLS, queue })
    for (const found of result.differences.slice(0, SHRUNK))
      told.push(`seed ${seed}, ${when}, scope ${JSON.stringify(scope)}: ${shown(await shrink(world, found))}`)
    tally.merge(result.tally)
  }
  return told
}

/** What main refuses, and what a block with a scope does not do, is as good as not written. @param {any} world @param {any} scope */
async function write(world, scope) {
  for (const call of scopedWrites(world, scope, WRITES)) {
    const { error } = await ask(world.block, call, world)
    if (error === undefined) done += 1
    else expect(`${error.code} ${error.message}`).toMatch(/^P2|^SHARDED_NOT_SUPPORTED /)
  }
  await world.block.$block.flush()
}

/**
 * @param {import('./schema').Provider} provider
 * @param {object} least
 * @param {number} least.seeds
 * @param {number} least.local of the calls, how many the block answers itself
 * @param {number} least.windows of the reads that go through a window, how many it has the rows for
 */
function scopeSuite(provider, least) {
  const count = Number(process.env.SHARDED_SCOPE_SEEDS ?? least.seeds)
  const seeds = Array.from({ length: count }, (_, n) => FIRST + n)
  beforeAll(() => {
    worlds = new Worlds(provider)
  }, 120_000)
  afterAll(() => worlds?.end())

  test.each(seeds)(
    'seed %i',
    async (seed) => {
      expect(await session(seed)).toEqual([])
    },
    120_000,
  )

  test('a good part of them is answered here', () => {
    const { calls, forwarded } = tally.all
    expect(calls).toBe(2 * CALLS * seeds.length)
    expect(done).toBeGreaterThan((WRITES * seeds.length) / 2)
    expect((calls - forwarded) / calls).toBeGreaterThan(least.local)
    expect(windows.answered).toBeGreaterThan(10)
    expect(windows.answered / windows.asked).toBeGreaterThan(least.windows)
  })
}

module.exports = { scopeSuite }
