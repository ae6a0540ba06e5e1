// What an extension adds is kept, whether the client was extended before it became a block's or after.
import { Prisma, type PrismaClient } from 'app'
import { expectTypeOf } from 'expect-type'
import { Block, type BlockClient } from 'sharded'

declare const main: PrismaClient
declare const db: BlockClient<PrismaClient>

const extension = Prisma.defineExtension({
  result: {
    user: { label: { needs: { email: true, role: true }, compute: (user) => `${user.role}: ${user.email}` } },
  },
  model: { $allModels: { exists: async (id: string) => id !== '' } },
  client: { version: () => 7 },
})

export async function before() {
  const extended = main.$extends(extension)
  const block = await Block.create({ blockId: 'b', client: extended })
  expectTypeOf(block).toExtend<typeof extended>()
  expectTypeOf(block.user.findMany({ select: { label: true } })).resolves.toEqualTypeOf<{ label: string }[]>()
  expectTypeOf(block.user.findFirst()).resolves.exclude<null>().toHaveProperty('label').toBeString()
  expectTypeOf(block.post.exists).toEqualTypeOf<(id: string) => Promise<boolean>>()
  expectTypeOf(block.version()).toBeNumber()
  expectTypeOf(block.$block.id).toBeString()
  block.$transaction(async (tx) => {
    expectTypeOf(tx.user.findFirst({ select: { label: true } })).resolves.toEqualTypeOf<{
      label: string
    } | null>()
    // @ts-expect-error: a transaction does not disconnect
    tx.$disconnect
  })
  // @ts-expect-error: computed fields are read, not written
  block.user.create({ data: { email: 'x', label: 'y' } })
}

export function after() {
  const extended = db.$extends(extension)
  expectTypeOf(extended.user.findFirstOrThrow({ include: { posts: true } }))
    .resolves.toHaveProperty('label')
    .toBeString()
  expectTypeOf(extended.version()).toBeNumber()
  expectTypeOf(extended.post.exists('x')).resolves.toBeBoolean()
  const twice = extended.$extends({
    query: { user: { findMany: ({ args, query }) => query({ ...args, take: 1 }) } },
    result: { post: { short: { needs: { title: true }, compute: ({ title }) => title.length } } },
  })
  expectTypeOf(twice.post.findFirstOrThrow()).resolves.toHaveProperty('short').toBeNumber()
  expectTypeOf(twice.user.findFirstOrThrow()).resolves.toHaveProperty('label').toBeString()
  // @ts-expect-error: of no extension
  twice.user.findMany({ select: { nothing: true } })
  // @ts-expect-error: needs a field that there is not
  db.$extends({ result: { user: { bad: { needs: { nothing: true }, compute: () => 1 } } } })
}
