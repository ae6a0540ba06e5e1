// Arguments that are too deep or too many end in an answer or an error, never in a crash of the process; where Prisma's own client
// answers, so does a block.
const path = require('node:path')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { startChild } = require('./support/child')
const { FIRST_APP_MS } = require('./support/doors')

const PATIENCE_MS = 240_000

test(
  'nesting of 100,000 levels, lists of 500,000 values, a text of 20 MB',
  async () => {
    const app = await makeApp({ provider: 'sqlite' })
    const main = await newMain(app)
    const env = { DIR: temporaryDir(), MAIN: main.url }
    const { code, signal, lines, errors } = await startChild(path.join(__dirname, 'support/asks-much.js'), {
      env,
    }).exit(PATIENCE_MS)
    await main.drop()
    expect({ code, signal, errors }).toEqual({ code: 0, signal: null, errors: '' })
    expect(lines.slice(-2)).toEqual(['held [{"id":"id-7"}]', 'end'])
    const of = (/** @type {string} */ marker) =>
      lines
        .filter((line) => line.startsWith(`${marker} `))
        .map((line) => JSON.parse(line.slice(marker.length + 1)))
    const answered = of('main').filter(({ rows }) => rows !== undefined)
    expect(answered.length).toBeGreaterThan(8)
    for (const { name, rows } of answered) {
      const told = of('told').filter((one) => one.name === name)
      expect(told).toMatchObject([
        { name, rows },
        { name, rows },
      ])
    }
    for (const { error } of of('told').filter(({ rows }) => rows === undefined))
      expect(error).toMatch(/^(RangeError|PrismaClient\w+Error|\w+Error)$/)
  },
  PATIENCE_MS + FIRST_APP_MS,
)
