const { execFile } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { promisify } = require('node:util')
const { firstDifference } = require('../examples/demo/compare')

const run = promisify(execFile)
const DEMO = path.join(__dirname, '..', 'examples', 'demo')
const SMALL = ['--messages=400', '--chats=4', '--calls=10', '--latency=1']

const leftovers = () => fs.readdirSync(path.join(DEMO, '.work'))

describe('npm run demo', () => {
  test('fills a database, works on blocks, and finds both sides equal', async () => {
    const { stdout } = await run(process.execPath, [DEMO, ...SMALL], {
      env: { ...process.env, NO_COLOR: '1' },
    })
    expect(stdout).toContain('400 messages in 4 chats')
    expect(stdout).toContain('main, +1 ms')
    expect(stdout).toMatch(/equal: \d+ rows in 3 chats/)
    expect(leftovers()).toEqual([])
  }, 120_000)

  test('a wrong option is one clear line and a failure', async () => {
    const failed = await run(process.execPath, [DEMO, '--messages=few']).catch((error) => error)
    expect(failed.code).toBe(1)
    expect(failed.stderr).toContain('--messages: expected an integer of at least')
  })
})

describe('the comparison at its end', () => {
  const at = new Date('2026-01-01T00:00:00Z')

  test('tells equal rows from rows that only look alike', () => {
    expect(
      firstDifference({ messages: [{ id: 'a', at }] }, { messages: [{ id: 'a', at: new Date(at) }] }),
    ).toBeNull()
    const asText = firstDifference(
      { messages: [{ id: 'a', at }] },
      { messages: [{ id: 'a', at: at.toISOString() }] },
    )
    expect(asText).toMatch(/^messages: block/)
  })

  test('notices a missing row', () => {
    expect(firstDifference({ members: [] }, { members: [{ id: 'a' }] })).toBe(
      'members: block 0 rows, main 1 rows',
    )
  })
})
