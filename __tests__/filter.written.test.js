// Whether a row meets the unique `where` of a write when a filter on a related record is neither true nor false (`age > 1` of
// somebody without an age): the statement that writes the row says yes to `isNot`, as `NOT IN` does; where Prisma reads
// the row first, its join says no. Which of the two it is depends on what the write does.
const { loadAll, nestedThroughEachDoor } = require('./support/nested')

const old = { age: { gt: 1 } }
/** Bob's boss and the fourth task's reviewer have no age. @param {string} relation */
const unsure = (relation) => [{ [relation]: { isNot: old } }, { NOT: { [relation]: { is: old } } }, {}]

/** @typedef {(filter: any) => (db: any) => Promise<any>} Case */
/** @param {any} data @param {object} [rest] @returns {Case} */
const bob = (data, rest) => (filter) => (db) =>
  db.person.update({ where: { id: 'bob', ...filter }, data, ...rest })
/** @param {any} create @param {any} update @returns {Case} */
const either = (create, update) => (filter) => (db) =>
  db.person.upsert({ where: { id: 'bob', ...filter }, create, update })
/** @param {object} [rest] @returns {Case} */
const remove = (rest) => (filter) => (db) => db.person.delete({ where: { id: 'cid', ...filter }, ...rest })
/** @param {string} id @param {(where: any) => any} data @returns {Case} */
const within = (id, data) => (filter) => (db) =>
  db.person.update({ where: { id }, data: data({ id: 'bob', ...filter }) })
/** @param {(where: any) => any} data @returns {Case} */
const reviewed = (data) => (filter) => (db) =>
  db.task.update({ where: { id: 1 }, data: { reviewer: data({ id: 'bob', ...filter }) } })

const name = 'renamed'
const points = { tasks: { updateMany: { where: {}, data: { points: 5 } } } }

/** @type {Record<string, Record<string, Case>>} */
const CASES = {
  'a row that is changed': {
    scalars: bob({ name }),
    'scalars, with its relations': bob({ name }, { include: { boss: true } }),
    'its key': bob({ id: 'bobby' }),
    'a time': bob({ updatedAt: new Date(0) }),
    nothing: bob({}),
    'nothing, with its relations': bob({}, { include: { boss: true } }),
    'rows below': bob(points),
    'rows below and scalars': bob({ name, ...points }),
    'a new row below': bob({ tasks: { create: { id: 80, title: 'new' } } }),
    'a new row below and scalars': bob({ name, tasks: { create: { id: 80, title: 'new' } } }),
    'a row connected below': bob({ tasks: { connect: { id: 1 } } }),
    'a link': bob({ tags: { connect: { label: 'red' } } }),
    'a link and scalars': bob({ name, tags: { connect: { label: 'red' } } }),
    'a parent connected': bob({ boss: { connect: { id: 'dee' } } }),
    'a parent created': bob({ boss: { create: { id: 'top' } } }),
    'a parent connected or created': bob({
      boss: { connectOrCreate: { where: { id: 'dee' }, create: { id: 'x' } } },
    }),
    'a parent disconnected': bob({ boss: { disconnect: true } }),
    'a parent disconnected and scalars': bob({ name, boss: { disconnect: true } }),
    'a parent changed': bob({ boss: { update: { name } } }),
    'the one connected, key here': bob({ home: { connect: { id: 'h2' } } }),
    'the one connected, key here, and scalars': bob({ name, home: { connect: { id: 'h2' } } }),
    'the one created, key here': bob({ home: { create: { id: 'h9' } } }),
    'the one connected or created, key here': bob({
      home: { connectOrCreate: { where: { id: 'h2' }, create: { id: 'h9' } } },
    }),
    'the one connected, key there': bob({ locker: { connect: { id: 3 } } }),
    'the one created, key there': bob({ locker: { create: { id: 33 } } }),
  },
  'a row that is changed or created': {
    scalars: either({ id: 'new' }, { name }),
    'rows below': either({ id: 'new' }, { name, ...points }),
    nothing: either({ id: 'new' }, {}),
  },
  'a row that is deleted': {
    alone: remove(),
    'some fields': remove({ select: { id: true } }),
    'with its relations': remove({ include: { boss: true } }),
    'with their number': remove({ select: { _count: { select: { staff: true } } } }),
    'among others': (filter) => (db) => db.person.deleteMany({ where: { id: 'cid', ...filter } }),
    'with others': (filter) => (db) => db.task.deleteMany({ where: { owner: filter } }),
  },
  'a row of a list': {
    update: within('ann', (where) => ({ staff: { update: { where, data: { name } } } })),
    'update below': within('ann', (where) => ({ staff: { update: { where, data: points } } })),
    upsert: within('ann', (where) => ({
      staff: { upsert: { where, update: { name }, create: { id: 'new' } } },
    })),
    delete: within('ann', (where) => ({ staff: { delete: { ...where, id: 'cid' } } })),
    disconnect: within('ann', (where) => ({ staff: { disconnect: where } })),
    connect: within('eve', (where) => ({ staff: { connect: where } })),
    'connect, two': within('eve', (where) => ({ staff: { connect: [where, { ...where, id: 'cid' }] } })),
    set: within('eve', (where) => ({ staff: { set: where } })),
    connectOrCreate: within('eve', (where) => ({
      staff: { connectOrCreate: { where, create: { id: 'new' } } },
    })),
    'connect, of a new row': (filter) => (db) =>
      db.person.create({ data: { id: 'new', staff: { connect: { id: 'bob', ...filter } } } }),
  },
  'a row with links': {
    update: within('ann', (where) => ({ friendOf: { update: { where, data: { name } } } })),
    upsert: within('ann', (where) => ({
      friendOf: { upsert: { where, update: { name }, create: { id: 'new' } } },
    })),
    delete: within('bob', (where) => ({ friendOf: { delete: { ...where, id: 'cid' } } })),
    disconnect: within('ann', (where) => ({ friendOf: { disconnect: where } })),
    connect: within('eve', (where) => ({ friends: { connect: where } })),
    set: within('eve', (where) => ({ friends: { set: where } })),
    connectOrCreate: within('eve', (where) => ({
      friendOf: { connectOrCreate: { where, create: { id: 'new' } } },
    })),
  },
  'the one related': {
    connect: reviewed((where) => ({ connect: where })),
    connectOrCreate: reviewed((where) => ({ connectOrCreate: { where, create: { id: 'new' } } })),
    'connect, of a new row': (filter) => (db) =>
      db.task.create({ data: { id: 70, title: 'new', owner: { connect: { id: 'bob', ...filter } } } }),
    'connect one to one, key here': within('eve', (where) => ({ spouse: { connect: where } })),
    'connect one to one, key there': within('eve', (where) => ({ spouseOf: { connect: where } })),
    'update with a filter': (filter) => (db) =>
      db.task.update({
        where: { id: 1 },
        data: { owner: { update: { where: filter, data: { name } } } },
      }),
  },
}

const UNDONE = new Error('undone')
const KEY = { orderBy: { id: 'asc' }, select: { id: true } }

/** What it answers, and what is there then; nothing of it stays. @param {any} client @param {(db: any) => Promise<any>} call */
async function inVain(client, call) {
  /** @type {any} */
  let seen
  const undone = client.$transaction(async (/** @type {any} */ tx) => {
    const answer = await call(tx)
    const people = await tx.person.findMany({ orderBy: { id: 'asc' }, include: { friends: KEY, tags: KEY } })
    const tasks = await tx.task.findMany({ orderBy: { id: 'asc' } })
    seen = { answer, people, tasks }
    throw UNDONE
  })
  await undone.catch((/** @type {any} */ error) => {
    if (error !== UNDONE) throw error
  })
  return seen
}

nestedThroughEachDoor(
  (pair) => {
    for (const [what, cases] of Object.entries(CASES))
      test.each(Object.keys(cases))(`${what}: %s`, async (title) => {
        for (const filter of unsure('boss')) {
          const call = (/** @type {any} */ db) => inVain(db, cases[title](filter))
          call.toString = () => `${what}: ${title}, where ${JSON.stringify(filter)}`
          await pair.ask(call)
        }
      })
  },
  // Before MySQL Prisma's own statement for half of these is broken (P2022); main.writes.test.js has what it does do.
  { load: (block, main) => loadAll(block, main), providers: ['postgresql', 'sqlite'] },
)
