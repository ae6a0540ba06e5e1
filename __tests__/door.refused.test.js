// What Prisma refused once it refuses again by its form alone: in its words, for the arguments and the place of each call.
const { Block } = require('../js')
const { formOf, typesOf } = require('../js/fast/refused')
const { errorBy, textOf } = require('../js/fast/refusedtext')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { FIRST_APP_MS } = require('./support/doors')

/** @typedef {{ app: any, main: any, db: any, open: (blockId: string) => Promise<any> }} World */

/** @param {'6' | '7'} version @param {boolean} isPlaced whether errors say where the call was @returns {World} filled before the tests */
function around(version, isPlaced) {
  const world = /** @type {World} */ ({})
  beforeAll(async () => {
    world.app = await makeApp({ provider: 'postgresql', version })
    const log = [{ emit: 'event', level: 'error' }]
    const clientOptions = isPlaced ? { log } : { log, errorFormat: 'minimal' }
    world.main = await newMain(world.app, { clientOptions })
    const place = { dir: temporaryDir(), generated: world.app.generated, connection: false }
    world.open = (blockId) => Block.create({ blockId, client: world.main.client, ...place })
    world.db = await world.open('refused')
  }, FIRST_APP_MS)
  afterAll(async () => {
    await world.db.$disconnect()
    await world.main.drop()
  })
  return world
}

/** @param {(client: any) => Promise<any>} call */
async function told(call, /** @type {any} */ client) {
  const error = await call(client).then(
    () => null,
    (/** @type {any} */ thrown) => thrown,
  )
  if (error === null) return null
  const { name, message, code, meta, clientVersion, batchRequestIdx } = error
  return {
    of: error.constructor,
    name,
    message,
    code,
    meta,
    clientVersion,
    batchRequestIdx,
    keys: Object.keys(error),
  }
}

/** How often the shell was asked. @param {any} db @param {() => Promise<any>} work */
async function shellCalls(db, work) {
  const before = db.$block.status().client.shell
  await work()
  return db.$block.status().client.shell - before
}

/** Where every call goes through the shell. */
const SEEN_ANEW = process.env.SHARDED_FAST_DOOR === 'off' ? 1 : 0

const row = (/** @type {number} */ n) => ({
  id: `id ${n}`,
  email: `email "${n}"\n\u0000`,
  age: n,
  score: n / 3,
  views: BigInt(n) * 2n,
  active: n % 2 === 0,
  createdAt: new Date(1_700_000_000_000 + n),
})

/** @type {Array<[string, string, (n: number) => any]>} */
const WRONG = [
  ['an unknown field', 'create', (n) => ({ data: { ...row(n), nickname: `nick ${n}` } })],
  ['an unknown number', 'create', (n) => ({ data: { ...row(n), shoe: n } })],
  ['text for a number', 'create', (n) => ({ data: { ...row(n), age: n % 2 ? String(n) : `text ${n}` } })],
  [
    'text of many kinds for a number',
    'create',
    (n) => ({ data: { ...row(n), age: '🙂 "é"\n~~~'.repeat(n) } }),
  ],
  ['text for a boolean', 'create', (n) => ({ data: { ...row(n), active: n % 2 ? 'true' : `text ${n}` } })],
  ['a missing field', 'create', (n) => ({ data: { id: `id ${n}`, age: n } })],
  ['a missing field of one of many', 'createMany', (n) => ({ data: [row(n), { id: `id ${n}` }] })],
  ['an unknown field', 'update', (n) => ({ where: { id: 'a' }, data: { age: n, nickname: 'x' } })],
  ['no unique field', 'update', (n) => ({ where: { age: 1 }, data: { age: n } })],
  [
    'a missing field',
    'upsert',
    (n) => ({ where: { id: 'a' }, create: { id: 'a', age: n }, update: { age: n } }),
  ],
  ['an unknown field', 'findMany', () => ({ where: { nickname: 'x' } })],
  ['an unknown argument', 'findMany', () => ({ wher: { id: 'x' } })],
  ['a wrong type', 'findMany', () => ({ where: { age: 'x' } })],
  ['an unknown selection', 'findFirst', () => ({ select: { nickname: true } })],
]

/** Values near those of a form that was refused, each of which Prisma may judge in its own way. @type {Array<[string, any]>} */
const NEAR = [
  ['age', 2 ** 31],
  ['age', 1.5],
  ['age', Number.NaN],
  ['age', 3n],
  ['age', null],
  ['age', true],
  ['age', new Date(0)],
  ['age', [1]],
  ['age', { increment: 1 }],
  ['email', 5],
  ['email', null],
  ['email', new Date(0)],
  ['email', ['x']],
  ['email', 'half \ud800'],
  ['age', 'half \ud800'],
  ['nickname', 'half \ud800'],
  ['role', 'NOBODY'],
  ['role', 'ADMIN'],
  ['views', 2n ** 70n],
  ['views', 'x'],
  ['views', '12'],
  ['score', 'x'],
  ['score', Number.POSITIVE_INFINITY],
  ['createdAt', 'x'],
  ['createdAt', '2020-01-01T00:00:00Z'],
  ['createdAt', new Date(Number.NaN)],
  ['createdAt', new Date(Date.UTC(12_000, 0))],
  ['active', 1],
  ['tags', 'x'],
  ['tags', [1]],
  ['settings', { a: [1, 'x'] }],
  ['nickname', { a: 1 }],
  ['nickname', undefined],
  ['nickname', [1]],
]

/** What Prisma 6 itself says of the place is not the caller's, under jest. @type {Array<['6' | '7', boolean]>} */
const CLIENTS = [
  ['7', true],
  ['7', false],
  ['6', false],
]

describe.each(CLIENTS)('Prisma %s, with the place of a call: %p', (version, isPlaced) => {
  const world = around(version, isPlaced)

  test.each(WRONG)(
    '%s in %s: in Prisma’s words each time, and without its shell from the second',
    async (_, method, args) => {
      expect(await told((client) => client.user[method](args(1)), world.db)).not.toBeNull()
      expect(await shellCalls(world.db, () => told((client) => client.user[method](args(2)), world.db))).toBe(
        SEEN_ANEW,
      )
      for (const n of [3, 4, 5]) {
        const call = (/** @type {any} */ client) => client.user[method](args(n))
        expect(await told(call, world.db)).toEqual(await told(call, world.main.client))
      }
    },
  )

  test('its words need Prisma’s renderer only where they show the place of the call', async () => {
    const handler = world.main.client._originalClient._requestHandler
    const render = jest.spyOn(handler, 'handleRequestError')
    for (const [what, method, args] of WRONG.slice(0, 3).concat(WRONG.slice(5, 6))) {
      for (const n of [1, 2]) await told((client) => client.user[method](args(n)), world.db)
      render.mockClear()
      expect(await told((client) => client.user[method](args(3)), world.db)).not.toBeNull()
      expect([what, render.mock.calls.length]).toEqual([what, isPlaced && SEEN_ANEW === 0 ? 1 : 0])
    }
    render.mockRestore()
  })

  test('listeners of errors hear of each', async () => {
    /** @type {any[]} */
    const heard = []
    world.main.client.$on('error', ({ message, target }) => heard.push({ message, target }))
    const told = []
    for (const n of [1, 2, 3, 4]) {
      const error = await world.db.user.create({ data: { ...row(n), heard: n } }).catch((error) => error)
      told.push({ message: error.message, target: heard[0]?.target })
    }
    expect(heard).toEqual(told)
  })

  test('the place of the call is that of each call', async () => {
    const first = await world.db.user
      .create({ data: { id: 'x', nope: 1 } })
      .catch((/** @type {any} */ error) => error)
    const again = await world.db.user
      .create({ data: { id: 'y', nope: 1 } })
      .catch((/** @type {any} */ error) => error)
    const lineOf = (/** @type {any} */ { message }) => Number(/→ (\d+) /.exec(message)?.[1])
    expect(lineOf(first) > 0).toBe(isPlaced)
    expect(lineOf(again) > lineOf(first)).toBe(isPlaced)
    expect(again.message).toContain('"y"')
  })

  test.each(NEAR)('after a form was refused, %s: %p beside what was wrong', async (field, value) => {
    const wrong = { ...row(7), nickname: 'x' }
    for (let i = 0; i < 2; i++) await told((client) => client.user.create({ data: wrong }), world.db)
    const call = (/** @type {any} */ client) => client.user.create({ data: { ...wrong, [field]: value } })
    for (let i = 0; i < 2; i++) {
      const ours = await told(call, world.db)
      expect(ours).toEqual(await told(call, world.main.client))
      if (field === 'nickname' && value === undefined) return
      expect(ours).not.toBeNull()
    }
  })

  test('a number for a compound key is told of as the Int or Float that it is', async () => {
    for (const n of [1, 2, 1.5, 2.5, 3, 2 ** 70]) {
      const call = (/** @type {any} */ client) =>
        client.membership.findUnique({ where: { userId_teamId: n } })
      for (let i = 0; i < 2; i++)
        expect(await told(call, world.db)).toEqual(await told(call, world.main.client))
    }
  })

  test('who awaits the call is in the stack of the error, and nothing of how it was refused', async () => {
    const { db } = world
    const awaited = async () => db.user.create({ data: { ...row(1), nick: 'x' } })
    async function caller() {
      await awaited()
    }
    for (const times of ['first', 'next', 'last']) {
      const { stack } = await caller().catch((error) => error)
      expect(`${times}: ${stack}`).toMatch(/at (async )?caller /)
    }
    const calls = await shellCalls(db, () => caller().catch(() => {}))
    expect(calls).toBe(SEEN_ANEW)
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = 0
    const none = await caller().catch((error) => error)
    expect(Error.stackTraceLimit).toBe(0)
    Error.stackTraceLimit = limit
    expect(none.stack).not.toContain('\n    at ')
  })

  test('an error that comes before that of the arguments still does', async () => {
    const wrong = (/** @type {any} */ client) => client.user.create({ data: { id: 'x', unknown: 1 } })
    for (let i = 0; i < 2; i++) await told(wrong, world.db)
    await world.db.$transaction(async (/** @type {any} */ tx) => {
      await tx.user.create({ data: { id: 'own', email: 'own' } })
      expect(await told(wrong, world.db)).toMatchObject({ name: 'TransactionError' })
    })
    const other = await world.open('closed')
    for (let i = 0; i < 2; i++) await told(wrong, other)
    await other.$disconnect()
    expect((await told(wrong, other))?.name).toBe('BlockClosedError')
  })
})

test('words are made for other values where nothing else differs, and else asked for each time', () => {
  const eachFree = (/** @type {any} */ visit, /** @type {any} */ args) => {
    for (const key of ['a', 'b']) visit(args[key], args, key)
  }
  const render = (/** @type {any} */ { a, b }) =>
    new TypeError(`a: ${a},\nb: "${b}"\n   ${'~'.repeat(b.length + 2)}`)
  const text = textOf({ a: 1, b: 'x' }, render({ a: 1, b: 'x' }), eachFree, render)
  expect(text && errorBy(text, { a: -5, b: 'longer' }, eachFree)).toEqual(render({ a: -5, b: 'longer' }))
  const twice = (/** @type {any} */ { a }) => new TypeError(`${a} ${a}`)
  expect(textOf({ a: 1, b: 'x' }, twice({ a: 1 }), eachFree, twice)).toBeNull()
  const long = (/** @type {any} */ { a, b }) => new TypeError(`${a} "${b}" of ${b.length}`)
  expect(textOf({ a: 1, b: 'x' }, long({ a: 1, b: 'x' }), eachFree, long)).toBeNull()
  expect(textOf({ a: 1, b: 'x' }, render({ a: 1, b: 'x' }), eachFree, () => undefined)).toBeNull()
})

test('a form is what decides, and no form is what cannot be vouched for', () => {
  const fields = typesOf([
    { name: 'age', kind: 'scalar', type: 'Int' },
    { name: 'name', kind: 'scalar', type: 'String' },
    { name: 'role', kind: 'enum', type: 'Role' },
  ])
  const form = (/** @type {any} */ data) => formOf('m', { data }, fields)
  expect(form({ age: 1, name: 'a' })).toBe(form({ age: 2, name: 'b' }))
  expect(form({ age: 1, name: 'a' })).not.toBe(form({ name: 'a', age: 1 }))
  expect(form({ age: 1 })).not.toBe(form({ age: 2 ** 31 }))
  expect(form({ age: 'x' })).not.toBe(form({ age: 1 }))
  expect(form({ role: 'A' })).not.toBe(form({ role: 'B' }))
  expect(form({ age: -0 })).toBe(form({ age: 0 }))
  expect(formOf('m', { take: -0 }, fields)).toBeNull()
  expect(form({ name: Object.create(null) })).toBeNull()
  expect(form({ name: new Map() })).toBeNull()
  expect(form({ name: 'x', nope: 'x'.repeat(5_000) })).not.toBeNull()
  expect(formOf('m', { where: { name: { contains: 'x'.repeat(5_000) } } }, fields)).toBeNull()
  expect(formOf('m', { where: { name: 'a' } }, fields)).toBe(formOf('m', { where: { name: 'b' } }, fields))
  const wide = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`key ${n}`, n]))
  expect(form({ nope: wide })).toBeNull()
  /** @type {any} */
  const cycle = {}
  cycle.again = cycle
  expect(form({ nope: cycle })).toBeNull()
  expect(form(cycle)).toBeNull()
})
