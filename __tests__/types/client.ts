// The block client has the main client's types: each call is written once for both. Compiled by types.test.js, never run.
import { Prisma, type PrismaClient } from 'app'
import { expectTypeOf } from 'expect-type'
import type { BlockClient } from 'sharded'

declare const main: PrismaClient
declare const db: BlockClient<PrismaClient>
declare const at: Date

export function isAClient() {
  expectTypeOf(db).toExtend<PrismaClient>()
  const takesClient = (client: PrismaClient) => client
  takesClient(db)
  type Own = Exclude<keyof PrismaClient, '$extends'>
  expectTypeOf<Pick<BlockClient<PrismaClient>, Own>>().toEqualTypeOf<Pick<PrismaClient, Own>>()
  expectTypeOf<Exclude<keyof typeof db, keyof PrismaClient>>().toEqualTypeOf<'$block'>()
}

export function reads() {
  const where = { email: 'a@b' }
  expectTypeOf(db.user.findUnique({ where })).toEqualTypeOf(main.user.findUnique({ where }))
  expectTypeOf(db.user.findUnique({ where, select: { id: true, role: true } })).resolves.toEqualTypeOf<{
    id: string
    role: 'ADMIN' | 'USER' | 'GUEST'
  } | null>()
  const nested = {
    include: { posts: { include: { comments: true }, take: 2 }, _count: { select: { posts: true } } },
  } as const
  expectTypeOf(db.user.findMany(nested)).toEqualTypeOf(main.user.findMany(nested))
  expectTypeOf<
    Awaited<ReturnType<typeof fetchNested>>[number]['posts'][number]['comments'][number]['text']
  >().toBeString()
  const omitted = { where, omit: { avatar: true, balance: true } } as const
  const short = db.user.findUniqueOrThrow(omitted)
  expectTypeOf(short).toEqualTypeOf(main.user.findUniqueOrThrow(omitted))
  expectTypeOf(short).resolves.not.toHaveProperty('avatar')
  expectTypeOf(short).resolves.toHaveProperty('createdAt').toEqualTypeOf<Date>()
  expectTypeOf(
    db.post.findFirst({ orderBy: { author: { name: 'asc' } }, distinct: ['title'] }),
  ).toEqualTypeOf(main.post.findFirst({ orderBy: { author: { name: 'asc' } }, distinct: ['title'] }))
  expectTypeOf(db.user.findUnique({ where }).posts({ select: { title: true } })).toEqualTypeOf(
    main.user.findUnique({ where }).posts({ select: { title: true } }),
  )
  expectTypeOf(db.user.count({ select: { _all: true, age: true } })).resolves.toEqualTypeOf<{
    _all: number
    age: number
  }>()
  const sums = {
    _sum: { balance: true, views: true },
    _avg: { age: true },
    _max: { createdAt: true },
  } as const
  expectTypeOf(db.user.aggregate(sums)).toEqualTypeOf(main.user.aggregate(sums))
  const groups = { by: ['role'], _count: { _all: true }, orderBy: { role: 'asc' } } as const
  expectTypeOf(db.user.groupBy({ ...groups, by: ['role'] })).toEqualTypeOf(
    main.user.groupBy({ ...groups, by: ['role'] }),
  )
  expectTypeOf(db.auditLog.findMany()).toEqualTypeOf(main.auditLog.findMany())
}

function fetchNested() {
  return db.user.findMany({ include: { posts: { include: { comments: true } } } })
}

export function writes() {
  const data = {
    email: 'a@b',
    updatedAt: at,
    posts: { create: [{ title: 't', categories: { create: { name: 'c' } } }] },
  }
  expectTypeOf(db.user.create({ data, include: { posts: true } })).toEqualTypeOf(
    main.user.create({ data, include: { posts: true } }),
  )
  const counter = { id: 'c' }
  expectTypeOf(db.counter.createMany({ data: [counter], skipDuplicates: true })).resolves.toEqualTypeOf<{
    count: number
  }>()
  expectTypeOf(
    db.counter.createManyAndReturn({ data: [counter], select: { total: true } }),
  ).resolves.toEqualTypeOf<{ total: Prisma.Decimal }[]>()
  expectTypeOf(
    db.counter.update({ where: counter, data: { big: { increment: 1n } }, select: { big: true } }),
  ).resolves.toEqualTypeOf<{
    big: bigint
  }>()
  expectTypeOf(db.counter.updateMany({ data: { n: { multiply: 2 } }, limit: 3 })).resolves.toEqualTypeOf<{
    count: number
  }>()
  expectTypeOf(db.counter.updateManyAndReturn({ data: { n: 1 }, omit: { at: true } })).toEqualTypeOf(
    main.counter.updateManyAndReturn({ data: { n: 1 }, omit: { at: true } }),
  )
  const upsert = {
    where: { userId_teamId: { userId: 'u', teamId: 't' } },
    create: { userId: 'u', teamId: 't' },
    update: {},
  }
  expectTypeOf(db.membership.upsert(upsert)).toEqualTypeOf(main.membership.upsert(upsert))
  expectTypeOf(db.note.delete({ where: { place: { userId: 'u', teamId: 't', number: 1 } } })).toEqualTypeOf(
    main.note.delete({ where: { place: { userId: 'u', teamId: 't', number: 1 } } }),
  )
  expectTypeOf(db.counter.deleteMany({ limit: 1 })).resolves.toEqualTypeOf<{ count: number }>()
}

export function transactions() {
  expectTypeOf(db.$transaction([db.user.count(), db.post.findMany()])).toEqualTypeOf(
    main.$transaction([main.user.count(), main.post.findMany()]),
  )
  db.$transaction(
    async (tx) => {
      expectTypeOf(tx).toEqualTypeOf<Prisma.TransactionClient>()
      expectTypeOf(tx).not.toHaveProperty('$connect')
      expectTypeOf(tx).not.toHaveProperty('$extends')
      // @ts-expect-error: no such model
      tx.nothing
      return tx.user.count()
    },
    { maxWait: 1, timeout: 2, isolationLevel: Prisma.TransactionIsolationLevel.Serializable },
  )
  expectTypeOf(db.$transaction(async (tx) => tx.user.count())).resolves.toBeNumber()
  // @ts-expect-error: no such isolation level
  db.$transaction(async () => 1, { isolationLevel: 'Chaos' })
  // @ts-expect-error: not a promise of Prisma's
  db.$transaction([Promise.resolve(1)])
}

export function raw() {
  expectTypeOf(db.$queryRaw<{ n: number }[]>`SELECT 1 AS n`).resolves.toEqualTypeOf<{ n: number }[]>()
  expectTypeOf(db.$executeRaw(Prisma.sql`SELECT 1`)).resolves.toBeNumber()
}

export function wrongArguments() {
  // @ts-expect-error: no such model
  db.nobody.findMany()
  // @ts-expect-error: no such field
  db.user.findMany({ where: { nam: 'x' } })
  // @ts-expect-error: a number for a String
  db.user.findMany({ where: { name: 1 } })
  // @ts-expect-error: not a unique key
  db.user.findUnique({ where: { name: 'x' } })
  // @ts-expect-error: a required field is missing
  db.user.create({ data: { name: 'x' } })
  // @ts-expect-error: not a member of the enum
  db.user.create({ data: { email: 'x', role: 'KING' } })
  // @ts-expect-error: select and include together
  db.user.findMany({ select: { id: true }, include: { posts: true } })
  // @ts-expect-error: no such argument
  db.user.findMany({ limit: 1 })
  // @ts-expect-error: the field was not selected
  db.user.findFirst({ select: { id: true } }).then((user) => user?.email)
  // @ts-expect-error: no such operation on a String
  db.user.updateMany({ data: { name: { increment: 1 } } })
  // @ts-expect-error: of a nested create a required field is missing
  db.user.create({ data: { email: 'x', posts: { create: { body: 'b' } } } })
}
