// kill -9 at each point on the way from the local commit to the acknowledgement, with a direct Prisma writer on the
// same row: nothing is lost, nothing is applied twice.
const path = require('node:path')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { startChild } = require('./support/child')
const { ALL_MAINS } = require('./support/doors')
const { LEDGERS, rowsOf } = require('./support/ledger')

const CHILD = path.join(__dirname, 'support/crash-app.js')
const POINTS = [
  'after-local-commit',
  'after-sync',
  'before-main-commit',
  'after-main-commit',
  'after-acknowledgement',
]
const CRASHES = 3

/** @param {string[]} lines @param {string} marker */
const times = (lines, marker) => lines.filter((line) => line === marker).length

describe.each(ALL_MAINS)('before %s', (provider) => {
  /** @type {any} */
  let app
  /** @type {{client: any, url: string, drop: () => Promise<void>}} */
  let main
  /** @type {() => Promise<number>} */
  let stop
  const root = temporaryDir()

  beforeAll(async () => {
    app = await makeApp({ provider })
  }, 120_000)

  beforeEach(async () => {
    main = await newMain(app)
    await main.client.counter.create({ data: { id: 'hot' } })
  })

  afterEach(async () => {
    await stop()
    await main.drop()
  })

  /** @param {object} crash */
  const run = (crash) =>
    startChild(CHILD, { env: { CRASH: JSON.stringify({ url: main.url, provider, ...crash }) } })

  /** Increments the row that the child increments, until it is told to stop. */
  function directWriter() {
    let running = true
    let count = 0
    const work = (async () => {
      while (running) {
        await main.client.counter.update({ where: { id: 'hot' }, data: { n: { increment: 1 } } })
        count++
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    })()
    return async () => {
      running = false
      await work
      return count
    }
  }

  test.each(POINTS)(
    'killed %s: every acknowledged write arrives once',
    async (point) => {
      const dir = path.join(root, point)
      const done = { created: 0, incremented: 0 }
      let unknown = 0
      stop = directWriter()
      for (let crash = 0; crash < CRASHES; crash++) {
        const child = run({ dir, point, hits: 1 + crash, writes: 5_000 })
        const { signal, lines } = await child.exit(30_000)
        expect(signal).toBe('SIGKILL')
        done.created += times(lines, 'created')
        done.incremented += times(lines, 'incremented')
        // Killed between the commit and its promise: that one write may or may not have happened.
        unknown++
      }
      const last = run({ dir, point: 'none', hits: 0, writes: 5 })
      await last.line('open')
      const direct = await stop()
      const { lines, errors, code } = await last.exit(30_000)
      expect({ code, errors }).toEqual({ code: 0, errors: '' })
      done.created += times(lines, 'created')
      done.incremented += times(lines, 'incremented')
      const block = JSON.parse(
        /** @type {string} */ (lines.find((line) => line.startsWith('flushed '))).slice(8),
      )

      const hot = await main.client.counter.findUnique({ where: { id: 'hot' } })
      const rows = (await main.client.counter.count()) - 1
      const increments = hot.n - direct
      expect(increments).toBeGreaterThanOrEqual(done.incremented)
      expect(rows).toBeGreaterThanOrEqual(done.created)
      expect(increments - done.incremented + (rows - done.created)).toBeLessThanOrEqual(unknown)
      expect(await rowsOf(main.client, LEDGERS[provider].rejected)).toEqual([])
      expect(block).toEqual({ n: hot.n, rows: rows + 1, rejected: 0 })
    },
    120_000,
  )
})
