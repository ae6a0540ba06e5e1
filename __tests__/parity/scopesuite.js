// Random scopes and random reads: the answer is the main database's, whoever gave it, and a good part of them the block gives itself.
const { Block } = require('../../js/index.js')
const { Worlds } = require('./world')
const { ask } = require('./ask')
const { runSession, shrink } = require('./session')
const { randomScope, scopedCalls, scopedWrites } = require('./scope')
const { shown } = require('./shown')
const { Tally } = require('./tally')
const { writeBoth } = require('./together')

const CALLS = 200
const WRITES = 60
const FIRST = Number(process.env.SHARDED_SCOPE_SEED ?? 1)
const SHRUNK = 3

const tally = new Tally()
/** Of writes of windows' sets. */
const sets = new Tally()
let done = 0
/** Calls that were not made: Prisma's own query compiler fell over before them. */
let lost = 0
/** @type {Worlds} */
let worlds

/** What is learned in one of them is known in the next. */
const STAGES = ['loaded', 'written', 'loaded again']

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
  for (const when of STAGES) {
    if (when === 'written') told.push(...(await write(world, scope)).map((one) => `seed ${seed}: ${one}`))
    if (when === 'loaded again') await loadAgain(world, scope)
    const result = await runSession(world, { calls: CALLS, queue })
    for (const found of result.differences.slice(0, SHRUNK))
      told.push(
        `seed ${seed}, ${when}, scope ${JSON.stringify(scope)}: ${shown(await smallest(world, found))}`,
      )
    tally.merge(result.tally)
    if (world.panicked) lost += CALLS - result.tally.all.calls
  }
  return told
}

/** Calls that are made together are shown as they are. @param {any} world @param {any} found */
const smallest = (world, found) => (found.call.calls ? found : shrink(world, found))

/**
 * What main refuses, and what a block with a scope does not do, is as good as not written.
 * @param {any} world @param {any} scope @returns {Promise<string[]>} differences from main
 */
async function write(world, scope) {
  const told = []
  for (const call of scopedWrites(world, scope, WRITES)) {
    /** @type {{ error?: any, difference?: string | null }} */
    const { error, difference = null } =
      call.about === undefined ? await ask(world.block, call, world) : await writeBoth(world, call, sets)
    if (difference !== null)
      told.push(`scope ${JSON.stringify(scope)}: ${JSON.stringify(call)} ${difference}`)
    if (error === undefined) done += 1
    else expect(`${error.code} ${error.message}`).toMatch(/^P2|^SHARDED_NOT_SUPPORTED /)
  }
  await world.block.$block.flush()
  return told
}

/** Others have written to main since. @param {any} world @param {any} scope */
async function loadAgain(world, scope) {
  for (const call of scopedWrites({ ...world, seed: world.seed + 10 }, scope, WRITES))
    await ask(world.main, call, world)
  const { id } = world.block.$block
  await Block.invalidate(id, { dir: worlds.dir, generated: worlds.app.generated })
}

/**
 * @param {import('./schema').Provider} provider
 * @param {object} least
 * @param {number} least.seeds
 * @param {number} least.local of the calls, how many the block answers itself
 * @param {Record<string, number>} least.about of the reads of windows and of links, by what they are about, how many the block answers
 * @param {Record<string, number>} least.sets the same of writes of windows' sets
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
    expect(calls).toBe(STAGES.length * CALLS * seeds.length - lost)
    expect(done).toBeGreaterThan((WRITES * seeds.length) / 2)
    expect((calls - forwarded) / calls).toBeGreaterThan(least.local)
    for (const [counted, shares] of /** @type {[Tally, Record<string, number>][]} */ ([
      [tally, least.about],
      [sets, least.sets],
    ]))
      for (const [about, share] of Object.entries(shares)) {
        const { calls, local } = counted.named(about)
        expect([about, calls > 10 && local / calls > share]).toEqual([about, true])
      }
  })
}

module.exports = { scopeSuite }
