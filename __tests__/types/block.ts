// `Block`, its options, `$block` and the errors.
import type { PrismaClient } from 'app'
import { expectTypeOf } from 'expect-type'
import type * as all from 'sharded'
import sharded, {
  type ApplierStatus,
  Block,
  type BlockApi,
  type BlockClient,
  type BlockFile,
  type BlockFileStatus,
  type ClientStats,
  type CommitName,
  FlushTimeoutError,
  type ListedBlock,
  type LoaderClient,
  type PendingCommits,
  type ProcessState,
  type RejectedCommit,
  type RetriedCommit,
  type ShardedError,
} from 'sharded'

declare const client: PrismaClient
declare const db: BlockClient<PrismaClient>

export async function create() {
  const block = await Block.create({
    blockId: 'b',
    client,
    loader: async (local, main) => {
      expectTypeOf(local).toEqualTypeOf<LoaderClient<PrismaClient>>()
      expectTypeOf(main).toEqualTypeOf<PrismaClient>()
      await local.user.createMany({ data: await main.user.findMany({ include: { posts: true } }) })
      await local.post.upsert({ create: { id: 1 } })
      expectTypeOf(local.$transaction([local.user.create({ data: {} })])).resolves.toEqualTypeOf<object[]>()
      expectTypeOf(
        local.$transaction(async (tx) => tx.user.createMany({ data: [] })),
      ).resolves.toEqualTypeOf<{ count: number }>()
      // @ts-expect-error: a loader's client takes rows only
      local.user.findMany()
      // @ts-expect-error: no such model
      local.nothing
      // @ts-expect-error: the rows are in `data`
      local.user.createMany({ rows: [] })
    },
    node: 'master',
    ttl: 60,
    debug: false,
    durability: 'os',
    fallback: 'never',
    coverage: 'forward',
    scope: {
      user: { where: { id: 'u1' } },
      Post: { where: { authorId: 'u1' }, take: 10, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] },
    },
    progress: ({ model, rows, done }) => {
      expectTypeOf(model).toEqualTypeOf<string>()
      expectTypeOf(rows).toEqualTypeOf<number>()
      expectTypeOf(done).toEqualTypeOf<boolean>()
    },
    stale: 'serve',
    collation: 'approximate',
    through: ['User', 'Post'],
    onRejected: 'keep',
    ledger: true,
    forwardTimeout: 1,
    dependencyTimeout: 1,
    maxCommit: 1,
    maxWal: 1,
    outbox: { maxCommits: 1, maxBytes: 1, whenFull: 'through', timeout: 1 },
    dir: 'd',
    generated: 'g',
  })
  expectTypeOf(block).toEqualTypeOf<BlockClient<PrismaClient>>()
}

export function wrongOptions() {
  // @ts-expect-error: blockId is required
  Block.create({ client })
  // @ts-expect-error: client is required
  Block.create({ blockId: 'b' })
  // @ts-expect-error: not a client
  Block.create({ blockId: 'b', client: {} })
  // @ts-expect-error: a number
  Block.create({ blockId: 1, client })
  // @ts-expect-error: an unknown option
  Block.create({ blockId: 'b', client, tll: 60 })
  // @ts-expect-error: an unknown model
  Block.create({ blockId: 'b', client, scope: { chat: {} } })
  // @ts-expect-error: a number
  Block.create({ blockId: 'b', client, scope: { user: { take: '10' } } })
  // @ts-expect-error: a string for seconds
  Block.create({ blockId: 'b', client, ttl: '60' })
  // @ts-expect-error: no such durability
  Block.create({ blockId: 'b', client, durability: 'none' })
  // @ts-expect-error: no such model
  Block.create({ blockId: 'b', client, through: ['Usr'] })
  // @ts-expect-error: not a function
  Block.create({ blockId: 'b', client, loader: {} })
  // @ts-expect-error: no such node
  Block.create({ blockId: 'b', client, node: 'slave' })
  // @ts-expect-error: no such key
  Block.create({ blockId: 'b', client, outbox: { max: 1 } })
}

export function block() {
  const { $block } = db
  expectTypeOf($block).toEqualTypeOf<BlockApi>()
  expectTypeOf<keyof BlockApi>().toEqualTypeOf<
    | 'id'
    | 'path'
    | 'flush'
    | 'refresh'
    | 'backup'
    | 'through'
    | 'status'
    | 'pending'
    | 'rejected'
    | 'retry'
    | 'drop'
    | 'on'
    | 'off'
  >()
  expectTypeOf($block.flush({ timeout: 5 })).resolves.toBeVoid()
  expectTypeOf($block.through(() => db.user.count())).resolves.toBeNumber()
  expectTypeOf($block.through(() => 'plain')).resolves.toBeString()
  expectTypeOf($block.pending()).toEqualTypeOf<PendingCommits>()
  expectTypeOf($block.pending().oldestMs).toEqualTypeOf<number | null>()
  expectTypeOf($block.rejected()).toEqualTypeOf<RejectedCommit[]>()
  expectTypeOf($block.rejected()[0].error.code).toEqualTypeOf<string | null>()
  expectTypeOf($block.rejected()[0].cause).toEqualTypeOf<CommitName | null>()
  expectTypeOf($block.retry()).resolves.toEqualTypeOf<RetriedCommit[]>()
  expectTypeOf($block.drop([1, { origin: 'o', seq: 2 }])).resolves.toEqualTypeOf<CommitName[]>()
  // @ts-expect-error: a number
  $block.retry('1')
  const status = $block.status()
  expectTypeOf(status.loadedAt).toEqualTypeOf<Date | null>()
  expectTypeOf(status.applier).toEqualTypeOf<ApplierStatus | null>()
  expectTypeOf(status.file).toEqualTypeOf<BlockFile | null>()
  expectTypeOf(status.checkpoint?.blockedMs).toEqualTypeOf<number | null | undefined>()
  expectTypeOf(status.checkpoint?.lockedMs).toEqualTypeOf<number | undefined>()
  expectTypeOf(status.client).toEqualTypeOf<ClientStats>()
  $block
    .on('applied', ({ first, last }) => expectTypeOf(last - first).toBeNumber())
    .on('rejected', ({ message, left }) => expectTypeOf(message + left.length).toBeString())
    .on('stale', ({ blockId }) => expectTypeOf(blockId).toBeString())
    .on('longReader', ({ walBytes, blockedMs }) => expectTypeOf(walBytes - blockedMs).toBeNumber())
    .off('error', (error) => expectTypeOf(error).toEqualTypeOf<Error>())
  // @ts-expect-error: no such event
  $block.on('done', () => {})
  // @ts-expect-error: no such property of the event
  $block.on('applied', ({ rows }) => rows)
  // @ts-expect-error: a number of milliseconds
  $block.flush({ timeout: '5s' })
  // @ts-expect-error: not a function
  $block.through(db.user.count())
  // @ts-expect-error: read only
  $block.id = 'other'
  // @ts-expect-error: read only
  db.$block = $block
}

export function verbs() {
  expectTypeOf(Block.invalidate('b', { timeout: 1 })).resolves.toEqualTypeOf<
    'refreshed' | 'marked' | 'told' | 'absent'
  >()
  expectTypeOf(Block.delete_block('b', { client, force: true })).resolves.toEqualTypeOf<{
    deleted: boolean
    dropped: number
  }>()
  expectTypeOf(Block.deleteBlock).toEqualTypeOf(Block.delete_block)
  expectTypeOf(Block.watch({ ttl: 1, interval: 1, connection: 'redis://h' }).stop).returns.toBeVoid()
  expectTypeOf(Block.rejected('b', { dir: 'd' })).resolves.toEqualTypeOf<RejectedCommit[]>()
  expectTypeOf(Block.retry('b', 1, { generated: 'g' })).resolves.toEqualTypeOf<RetriedCommit[]>()
  expectTypeOf(Block.drop('b')).resolves.toEqualTypeOf<CommitName[]>()
  expectTypeOf(Block.configure({ maxOpen: 1, idle: 1 })).toEqualTypeOf<ProcessState>()
  expectTypeOf(Block.list({ dir: 'd' })).resolves.toEqualTypeOf<ListedBlock[]>()
  expectTypeOf(Block.status('b', { dir: 'd' })).resolves.toEqualTypeOf<BlockFileStatus | null>()
  expectTypeOf(db.$block.refresh({ timeout: 1 })).resolves.toBeVoid()
  expectTypeOf(db.$block.backup('b.db')).resolves.toEqualTypeOf<{ path: string; bytes: number }>()
  // @ts-expect-error: an unknown option
  Block.delete_block('b', { forced: true })
  // @ts-expect-error: the id is required
  Block.invalidate()
  expectTypeOf(sharded.Block).toEqualTypeOf(Block)
}

export function errors(error: unknown) {
  if (error instanceof FlushTimeoutError) {
    expectTypeOf(error).toExtend<ShardedError>()
    expectTypeOf(error.code).toBeString()
    // @ts-expect-error: read only
    error.code = 'other'
  }
  type Errors = Exclude<keyof typeof all, 'Block' | 'default'>
  expectTypeOf<InstanceType<(typeof all)[Errors]>>().toExtend<ShardedError>()
}
