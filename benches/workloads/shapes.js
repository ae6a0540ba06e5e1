const { SHAPES, shapeArgs, shapeQuery } = require('../shapes')

/** @typedef {import('./index').Workload} Workload */

const CHECKED = Array.from({ length: 20 }, (_, n) => SHAPES - 1 - n)
const MIB = 2 ** 20
/** How many forms have been seen when the memory is read. */
const SEEN = [1_000, 20_000, 40_000]
const TOP_UP = 500

/** @param {import('./index').Operations} ops */
const check = async (ops) => (await Promise.all(CHECKED.map(async (n) => ops.posts(shapeArgs(n))))).flat()

function memoryMiB() {
  // Twice: what the first pass finalises, the second collects.
  for (let pass = 0; pass < 2; pass++) global.gc?.()
  const { rss, heapUsed } = process.memoryUsage()
  return { rss: rss / MIB, heap: heapUsed / MIB }
}

/**
 * What distinct forms leave behind. The first figures are taken after some calls of one form.
 * @param {import('./index').Operations} ops
 */
async function memory(ops) {
  for (let n = 0; n < TOP_UP; n++) await ops.posts(shapeArgs(0))
  const before = memoryMiB()
  /** @type {Record<string, number>} */
  const figures = { 'RSS before, MiB': before.rss, 'heap before, MiB': before.heap }
  let next = 0
  for (const seen of SEEN) {
    while (next < seen) await ops.posts(shapeArgs(next++))
    const { rss, heap } = memoryMiB()
    figures[`RSS after ${seen}, MiB`] = rss
    figures[`heap after ${seen}, MiB`] = heap
  }
  return figures
}

/** The queries that are compiled are the calls that are made. @param {import('./index').Operations} ops */
async function checkCompile(ops) {
  for (const n of CHECKED) {
    const answer = JSON.parse(ops.compile?.(JSON.stringify(shapeQuery(n))))
    if (answer.planId === undefined) throw new Error(`shape ${n} has no plan: ${JSON.stringify(answer)}`)
  }
  return check(ops)
}

/** What a call costs whose form was never seen. @type {Workload[]} */
const SHAPE_WORKLOADS = [
  {
    name: 'shape-new',
    title: 'findMany of a form never seen',
    maxCalls: 1_000,
    adapters: ['sharded-full', 'prisma-postgres', 'prisma-sqlite'],
    prepare: shapeArgs,
    run: (/** @type {import('./index').Operations} */ ops, /** @type {any} */ args) => ops.posts(args),
    check,
  },
  {
    name: 'shape-again',
    title: 'the same, one form again and again',
    maxCalls: 10_000,
    adapters: ['sharded-full', 'prisma-postgres', 'prisma-sqlite'],
    prepare: () => shapeArgs(0),
    run: (/** @type {import('./index').Operations} */ ops, /** @type {any} */ args) => ops.posts(args),
    check,
  },
  {
    name: 'compile',
    title: 'compile of a form never seen, without the call',
    maxCalls: 1_000,
    adapters: ['sharded-full'],
    prepare: (/** @type {number} */ n) => JSON.stringify(shapeQuery(n)),
    run: (/** @type {import('./index').Operations} */ ops, /** @type {string} */ query) =>
      ops.compile?.(query),
    check: checkCompile,
  },
  {
    name: 'shape-memory',
    title: 'memory of distinct forms',
    maxCalls: 1,
    adapters: ['sharded-full'],
    prepare: () => null,
    run: () => null,
    check,
    figures: memory,
  },
].map((workload) => ({ ...workload, kind: /** @type {const} */ ('read'), groups: ['read'] }))

module.exports = { SHAPE_WORKLOADS }
