// `$block` of extended clients, where the client's runtime is that of @prisma/client.
import type { PrismaClient } from 'app'
import { expectTypeOf } from 'expect-type'
import type { BlockApi, BlockClient } from 'sharded'

declare const db: BlockClient<PrismaClient>
declare const main: PrismaClient

export async function kept() {
  const once = db.$extends({ client: { hello: () => 'hello' } })
  expectTypeOf(once.$block).toEqualTypeOf<BlockApi>()
  const twice = once.$extends({ result: { user: { one: { compute: () => 1 } } } })
  expectTypeOf(twice.$block).toEqualTypeOf<BlockApi>()
  expectTypeOf(twice.hello()).toBeString()
  expectTypeOf(twice.user.findFirstOrThrow()).resolves.toHaveProperty('one').toBeNumber()
  await twice.$transaction(async (tx) => {
    expectTypeOf(tx.$block).toEqualTypeOf<BlockApi>()
    expectTypeOf(tx.hello()).toBeString()
  })
  // @ts-expect-error: only a block client has it
  main.$extends({}).$block
}
