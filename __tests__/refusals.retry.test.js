// Refused commits made anew or dropped: by an open block, by its file, from the command line.
const { execFile } = require('node:child_process')
const path = require('node:path')
const { Block, InvalidOptionError, RetryConflictError, UnknownCommitError } = require('../js')
const { eventually } = require('./support/queue')
const { WAYS, around } = require('./support/refusals')

const CLI = path.join(__dirname, '../js/cli/index.js')
const seqs = (/** @type {any} */ db) => db.$block.rejected().map((/** @type {any} */ one) => one.seq)

/** A user whose email is taken, a profile that names him, and one of nobody. @param {any} world @param {any} db */
async function refused(world, db) {
  await world.main.client.user.create({ data: { id: 'theirs', email: 'taken' } })
  const goOn = await world.holdBack('b')
  await db.user.create({ data: { id: 'a', email: 'taken', age: 1 } })
  await db.profile.create({ data: { userId: 'a', bio: 'his' } })
  await db.user.update({ where: { id: 'a' }, data: { age: { increment: 2 } } })
  await goOn()
  await db.$block.flush()
  expect(seqs(db)).toEqual([1, 2, 3])
}

describe.each(WAYS)('%s, %s queue', (provider, queue) => {
  const world = around(provider, queue)

  test('made anew when main can take it, with what depends on it, in order', async () => {
    const db = await world.open('b')
    await refused(world, db)
    await world.main.client.user.delete({ where: { id: 'theirs' } })
    const { origin } = db.$block.rejected()[0]
    expect(await db.$block.retry(1)).toEqual([
      { origin, seq: 1, retriedAs: 4 },
      { origin, seq: 2, retriedAs: 5 },
      { origin, seq: 3, retriedAs: 6 },
    ])
    expect(await db.user.findUnique({ where: { id: 'a' }, include: { profile: true } })).toMatchObject({
      age: 3,
      profile: { bio: 'his' },
    })
    await db.$block.flush()
    expect(seqs(db)).toEqual([])
    expect(await world.main.client.user.findMany({ include: { profile: true } })).toMatchObject([
      { id: 'a', age: 3, profile: { bio: 'his' } },
    ])
  })

  test("dropped: under 'keep' the rows are read from main again", async () => {
    const db = await world.open('b', { onRejected: 'keep' })
    await refused(world, db)
    expect(await db.user.findUnique({ where: { id: 'a' } })).toMatchObject({ age: 3 })
    expect((await db.$block.drop()).map((/** @type {any} */ one) => one.seq)).toEqual([1, 2, 3])
    expect(seqs(db)).toEqual([])
    await eventually(async () => (await db.user.count({ where: { id: 'a' } })) === 0)
    expect(await world.main.client.user.count()).toBe(1)
  })
})

describe('before SQLite', () => {
  const world = around('sqlite', 'local')

  test('refused again, it is in the list under its new number', async () => {
    const db = await world.open('b')
    await refused(world, db)
    await db.$block.retry([1])
    await db.$block.flush()
    expect(seqs(db)).toEqual([4, 5, 6])
    expect(db.$block.rejected().map((/** @type {any} */ one) => one.cause?.seq ?? null)).toEqual([null, 4, 4])
    expect(await db.user.count({ where: { id: 'a' } })).toBe(0)
  })

  test('an unknown seq, a wrong argument and a row that is gone change nothing', async () => {
    const db = await world.open('b')
    await refused(world, db)
    await expect(db.$block.retry(9)).rejects.toThrow(UnknownCommitError)
    await expect(db.$block.retry(9)).rejects.toThrow(
      /expected one of its refused commits \(1, 2, 3\), given 9/,
    )
    await expect(db.$block.drop({ origin: 'o', seq: 1 })).rejects.toThrow(UnknownCommitError)
    for (const wrong of [0, -1, 1.5, 'x', [], [1, 'x'], { seq: '1' }, null])
      await expect(db.$block.retry(wrong)).rejects.toThrow(InvalidOptionError)
    // Alone, the update has no row to change.
    await expect(db.$block.retry(3)).rejects.toThrow(RetryConflictError)
    expect(seqs(db)).toEqual([1, 2, 3])
    expect(db.$block.pending().commits).toBe(0)
  })

  test('by name, with the block closed', async () => {
    const db = await world.open('b')
    await refused(world, db)
    const place = { dir: world.dir, generated: world.app.generated }
    expect((await Block.rejected('b')).map(({ seq }) => seq)).toEqual([1, 2, 3])
    await db.$disconnect()
    expect((await Block.rejected('b', place)).map(({ seq }) => seq)).toEqual([1, 2, 3])
    expect(await Block.rejected('nobody', place)).toEqual([])
    await expect(Block.retry('nobody', 1, place)).rejects.toThrow(UnknownCommitError)
    expect(await Block.drop('b', [2, 3], place)).toMatchObject([{ seq: 2 }, { seq: 3 }])
    await world.main.client.user.delete({ where: { id: 'theirs' } })
    expect(await Block.retry('b', undefined, place)).toMatchObject([{ seq: 1, retriedAs: 4 }])
    const again = await world.open('b')
    await again.$block.flush()
    expect(await world.main.client.user.findMany()).toMatchObject([{ id: 'a', age: 1 }])
  })

  test('from the command line', async () => {
    const db = await world.open('b')
    await refused(world, db)
    const run = (/** @type {string[]} */ ...args) =>
      new Promise((resolve) => {
        const place = ['--block', 'b', '--dir', world.dir, '--generated', world.app.generated]
        execFile(process.execPath, [CLI, 'rejected', ...args, ...place], (error, stdout, stderr) =>
          resolve({ code: error?.code ?? 0, stdout, stderr }),
        )
      })
    const json = async (/** @type {string[]} */ ...args) => JSON.parse((await run(...args, '--json')).stdout)
    expect((await run('list')).stdout).toMatch(
      /^1 .* 1 change .*SQLITE_CONSTRAINT_UNIQUE[^\n]*\n2 .*depends on 1\n3 /,
    )
    expect((await json('list')).rejected).toMatchObject([
      { seq: 1 },
      { seq: 2, cause: { seq: 1 } },
      { seq: 3 },
    ])
    expect((await run('show', '2')).stdout).toContain('"model":"Profile"')
    expect(await run('show', '7')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('(1, 2, 3), given 7'),
    })
    expect(await run('retry')).toMatchObject({ code: 1, stderr: expect.stringContaining('or --all') })
    expect(await json('retry', '9')).toMatchObject({ error: { code: 'SHARDED_UNKNOWN_COMMIT' } })
    expect(await json('drop', '3')).toMatchObject({ block: 'b', dropped: [{ seq: 3 }] })
    await world.main.client.user.delete({ where: { id: 'theirs' } })
    expect(await json('retry', '--all')).toMatchObject({ retried: [{ seq: 1, retriedAs: 4 }, { seq: 2 }] })
    await db.$block.flush()
    expect(await world.main.client.profile.count()).toBe(1)
  })
})
