/**
 * `sharded`: the relational second-level cache and write buffer for Prisma.
 * The block client has the type of your own PrismaClient; what is typed here is the rest.
 */

// Prisma's own type of `$extends`: a version has one of these modules or both, and a missing one is `any` here.
// @ts-ignore
import type { Types as ClientTypes } from '@prisma/client/runtime/client'
// @ts-ignore
import type { Types as LibraryTypes } from '@prisma/client/runtime/library'

/** What every PrismaClient has, whatever its version and generator. */
export interface PrismaClientLike {
  $connect(): Promise<void>
  $disconnect(): Promise<void>
  $transaction(...args: any[]): Promise<any>
}

/** Your client's own type, plus `$block`, which clients made of it by `$extends` keep: see {@link ExtendsOf}. */
export type BlockClient<C extends PrismaClientLike> = { readonly $block: BlockApi } & ExtendsOf<C> & C

/** What `$extends` adds to a client whose children have `$block` too, as Prisma notes it. */
interface BlockExtension {
  client: { $block: () => BlockApi }
}

/** Whether a type of a module that is not there. Wrapped, since a condition on such a type is one itself. */
type IsMissing<T> = [0] extends [T] ? true : false

/**
 * The `$extends` of a block client: its results have `$block`. A client with a copy of Prisma's runtime beside it (the generator
 * `prisma-client-js` with an `output`) has types of its own, to which none can be added: take `$block` before you extend it.
 */
type ExtendsOf<C> = ExtendsOfClient<C> & ExtendsOfLibrary<C>

type ExtendsOfClient<C> =
  IsMissing<ClientTypes.Extensions.ExtendsHook<'extends', any, any>> extends true
    ? unknown
    : C extends {
          $extends: ClientTypes.Extensions.ExtendsHook<'extends', infer Types, infer Args, infer Models>
        }
      ? { $extends: ClientTypes.Extensions.ExtendsHook<'extends', Types, Args & BlockExtension, Models> }
      : unknown

type ExtendsOfLibrary<C> =
  IsMissing<LibraryTypes.Extensions.ExtendsHook<'extends', any, any>> extends true
    ? unknown
    : C extends {
          $extends: LibraryTypes.Extensions.ExtendsHook<'extends', infer Types, infer Args, infer Models>
        }
      ? { $extends: LibraryTypes.Extensions.ExtendsHook<'extends', Types, Args & BlockExtension, Models> }
      : unknown

/** A function that takes rows, as Prisma returned them (nested `include`d records too) or as plain objects. */
export interface LoaderModel {
  /**
   * Loads one record and every record nested in it. Every column must be there: no default is applied.
   * @returns `data`
   * @throws {LoaderError} a column is missing, a key is unknown, a type is wrong
   * @throws {BlockClosedError} the loader has returned
   */
  create(args: { data: object }): Promise<object>
  /** Loads many records, as `create` does each. @returns how many were given */
  createMany(args: { data: object | readonly object[] }): Promise<{ count: number }>
  /** Loads `create`, as `create` does: a row met twice is one row. `where` and `update` are not looked at. @returns `create` */
  upsert(args: { create: object; where?: object; update?: object }): Promise<object>
}

/** The model accessors of a client: what has `findMany`. */
type ModelKeys<C> = {
  [K in keyof C]: K extends `$${string}` ? never : C[K] extends { findMany: any } ? K : never
}[keyof C]

/** What a model of the client is called in the schema: `User` for `db.user`. */
export type ModelName<C> = ModelKeys<C> extends infer K extends string ? K | Capitalize<K> : string

/** The client that a loader fills: one accessor per model of the block. It refuses calls after the loader returned. */
export type LoaderClient<C extends PrismaClientLike> = { readonly [K in ModelKeys<C>]: LoaderModel } & {
  /** Runs `work` with this client. Nothing of a loader is seen before it returns, so that it adds nothing. */
  $transaction<R>(work: (client: LoaderClient<C>) => Promise<R>): Promise<R>
  $transaction<R>(calls: readonly Promise<R>[]): Promise<R[]>
}

/**
 * Reads from your main database and fills the block. What it writes goes to the block only.
 * If it throws, no block is made and its error reaches the caller of `Block.create` unchanged.
 */
export type Loader<C extends PrismaClientLike> = (block: LoaderClient<C>, main: C) => unknown

/**
 * Where Redis is (6.2 or later, Valkey included; not a cluster): `redis://user:password@host:6379/0`, `rediss://…` for TLS, or its
 * parts. `false`: nowhere, whatever the environment says.
 */
export type RedisConnection =
  | string
  | false
  | {
      host: string
      /** Default 6379. */
      port?: number
      username?: string
      password?: string
      /** Default 0. */
      db?: number
      /** `true`: TLS with the public certificate authorities. Certificates and key in PEM. */
      tls?:
        | boolean
        | {
            ca?: string | Uint8Array
            cert?: string | Uint8Array
            key?: string | Uint8Array
            rejectUnauthorized?: boolean
          }
      /** Signs all that travels (HMAC-SHA256): who does not know it can put no commit into your main database. The same everywhere. */
      secret?: string
    }

/** Which rows of a model a block holds. Without any of these: all. */
export interface ScopeOfModel {
  /** As in `findMany` of that model. */
  where?: object
  /**
   * At most so many rows, at least 1: a window. Reads in the order of `orderBy`, lists below a row too, are answered here as far as the
   * block holds every row (docs/coverage.md); all other sets of the model are the main database's, unless the window holds all of its own.
   */
  take?: number
  /** Which rows to take, by scalar fields; only beside `take`. */
  orderBy?: object | readonly object[]
}

/** How far the loading of a scope is. */
export interface ScopeProgress {
  /** The model's name in the schema. */
  model: string
  /** Rows of it loaded so far. */
  rows: number
  /** Whether these are all. */
  done: boolean
}

/**
 * Options of `Block.create`. A value marked "not yet" fails with {@link NotSupportedError}; any other value that
 * is not as described, and any unknown option, fails with {@link InvalidOptionError}.
 */
export interface BlockConfig<C extends PrismaClientLike> {
  /** Names the block. Data, not a path: any text of at most 512 bytes (UTF-8) without NUL and lone surrogates. Required. */
  blockId: string
  /** Your PrismaClient (6.7 to 7.x, extended or not). It is left untouched. Required. */
  client: C
  /**
   * Fills a new block, and a stale one again. Without it a block starts empty and adopts the rows it is asked for. Clients of one process share
   * the first one's. It must not wait for its own block, which is a {@link LoaderError}.
   */
  loader?: Loader<C>
  /**
   * `'worker'` serves and applies; `'master'` also refreshes its block when `ttl` has passed. Default `'worker'`. `'master'` for a block that is
   * open in this process without it is an {@link InvalidOptionError}.
   */
  node?: 'worker' | 'master'
  /**
   * Seconds after which the contents are stale, above 0. Default: what the block is open with in this process, else never. Another one than that is
   * an {@link InvalidOptionError}.
   */
  ttl?: number
  /**
   * Redis as the queue between this process and whoever applies. Default: `REDIS_URL`, else `REDIS_HOST` with `REDIS_PORT` and
   * `REDIS_PASSWORD`, else none: then the processes of this machine apply what they find in the block file.
   */
  connection?: RedisConnection
  /** Writes what happens to the block to stderr. Default `false`. */
  debug?: boolean
  /** Not yet, unless empty: set them on your PrismaClient, the block client is derived from it. */
  prismaOptions?: Record<string, unknown>
  /**
   * When a write's promise resolves. `'full'` (default): its commit is on the disk. `'os'`: it is committed; it survives a crash
   * of the process, not a power cut. `'queue'`: on the disk and in Redis, so that it survives this machine; needs `connection`.
   * `'main'`: on the disk and dealt with by the main database; what that refuses rejects with a {@link RejectedError}. Both wait for
   * `forwardTimeout`, then reject with a {@link ConfirmationTimeoutError}: the commit stays, and goes on its way.
   */
  durability?: 'full' | 'os' | 'queue' | 'main'
  /** `'missing'` (default): a row asked for by key that the block lacks is fetched from the main database. `'never'`: it is missing. */
  fallback?: 'missing' | 'never'
  /**
   * What a set read means in a block without {@link scope}. `'loaded'` (default): what the loader loaded. `'forward'`: nothing is known
   * to be complete, so set reads, and lists of a row, are the main database's to answer; look-ups by a whole unique key stay here.
   */
  coverage?: 'loaded' | 'forward'
  /**
   * What the block holds completely, by model. It is loaded from the main client, page by page, before `loader` runs. Reads that it covers
   * are answered here, all others by the main database; `updateMany` and `deleteMany` follow the same rule. See docs/coverage.md.
   * Every client of a block gives the same scope: another one is an {@link InvalidOptionError}.
   */
  scope?: { readonly [model in ModelName<C>]?: ScopeOfModel }
  /** Told of each page of a {@link scope} that was loaded, when the block is made and when it is loaded again. */
  progress?: (progress: ScopeProgress) => void
  /**
   * `'serve'` (default): stale contents are served during a refresh. `'wait'`: a read of a block that is due for one, by its `ttl` or since it
   * was invalidated, waits for it; writes do not, nor do reads of a transaction. When the loader fails, or has
   * kept reads waiting for 30 s, the old contents are served, and the event `error` tells.
   */
  stale?: 'serve' | 'wait'
  /**
   * `'exact'` (default): an order that only the main database knows (libc's locales) is asked of it. `'approximate'`: ICU's
   * order of the same language is used instead.
   */
  collation?: 'exact' | 'approximate'
  /**
   * Models whose writes go to the main database first, then to the block: a violation is told at once (`P2002`), and what was
   * written is final. Each such write costs a round trip. Default: none. See {@link BlockApi.through} for single calls.
   */
  through?: readonly ModelName<C>[]
  /**
   * Models of which the main database is sent every change, in order, as for an audit table or a trigger that counts. Of all others it
   * is sent what a row's waiting changes come to: five updates of a row are one, a row made and deleted is none.
   */
  coalesce?: { readonly [model in ModelName<C>]?: 'none' }
  /** What happens to local rows that the main database refused: `'revert'` (default) reads them again, `'keep'` leaves them. */
  onRejected?: 'revert' | 'keep'
  /**
   * `true` (default): exactly once, by a ledger in the main database. `false`: nothing is made there, and after a crash commits may
   * arrive again: created rows overwrite those under their keys, increments are sent as the values that came of them, refusals are
   * recorded in the block alone; whoever writes last wins. Only with the local queue; a block keeps to how it was made.
   */
  ledger?: boolean
  /** Bounds of what waits for the main database. */
  outbox?: OutboxBounds
  /**
   * Milliseconds, 1 to 2,147,483,647, that a forwarded call waits for pending commits to arrive first. Default 5,000, then
   * {@link ForwardTimeoutError}. Also how long a write of durability `'queue'` or `'main'` waits to be confirmed.
   */
  forwardTimeout?: number
  /**
   * Milliseconds, 1 to 2,147,483,647, that a commit whose foreign key or unique value was refused waits, and what comes after it in its
   * block with it, for pending commits of other blocks that make room for it. Default 30,000.
   */
  dependencyTimeout?: number
  /** Changes that one commit may hold, at least 1. Default 100,000. A larger call is a {@link CommitTooLargeError} and changes nothing. */
  maxCommit?: number
  /**
   * Bytes that the write-ahead log of the block's file is to stay below, at least 1. Default 67,108,864 (64 MiB). Above half of it the log is
   * emptied in the background; while a long read or transaction keeps it from that the log grows further, and the event `longReader` tells.
   */
  maxWal?: number
  /** Folder of the block files. Default: `SHARDED_DIR`, else `data` beside the generated folder (`prisma/blocks/data`). */
  dir?: string
  /** Folder of the manifest. Default: `prisma/blocks/generated` in the working directory or the nearest one above it. */
  generated?: string
}

/** How much may wait for the main database, and what becomes of a write when it does. */
export interface OutboxBounds {
  /** At least 1. Default 2,000,000. */
  maxCommits?: number
  /** Of their changes, as the outbox stores them; at least 1. Default 4 GiB. A commit larger than that is taken when nothing waits. */
  maxBytes?: number
  /**
   * `'wait'` (default): a write waits, in order and beside the event loop, until there is room. `'through'`: it goes to the main database
   * first, with what waits; one in a callback of `$transaction` is refused. `'reject'`: an {@link OutboxFullError} at once.
   */
  whenFull?: 'wait' | 'through' | 'reject'
  /** Milliseconds, 1 to 2,147,483,647, that a write waits. Default 30,000, then {@link OutboxFullError}. */
  timeout?: number
}

/** Commits that the main database has not confirmed. */
export interface PendingCommits {
  commits: number
  /** Size of their changes as the outbox stores them. */
  bytes: number
  /** Number of the oldest; null when there is none. */
  firstSeq: number | null
  /** Number of the newest; null when there is none. */
  lastSeq: number | null
  /** Age of the oldest in milliseconds; null when there is none. */
  oldestMs: number | null
}

/** Why the main database refused a commit. */
export interface Refusal {
  /** Prisma's code (`P2002` …), or one of this package (`SHARDED_DEPENDENT`: refused with its cause); null when the error has none. */
  code: string | null
  /** The SQLSTATE, where the driver tells it. */
  sqlState: string | null
  /** The database's own code: PostgreSQL's SQLSTATE, MySQL's number, the name of SQLite's result code. */
  databaseCode: string | null
  /** In the database's words. */
  message: string
}

/** A commit that the main database refused. */
export interface RejectedCommit {
  /** Which block file made it: a random id in the file. */
  origin: string
  /** Its number within the origin. */
  seq: number
  /** When it was refused: milliseconds since 1970. */
  atMs: number
  error: Refusal
  /** The refused commit that it depends on, and with which it was refused; null where it was refused itself. */
  cause: CommitName | null
  /** As in {@link RejectedEvent}. */
  changes: readonly Record<string, unknown>[]
}

/** A commit of a block. Its `seq` alone names it within a block file. */
export interface CommitName {
  origin: string
  seq: number
}

/** Which refused commits: by `seq`, or by name. */
export type WhichCommits = number | CommitName | readonly (number | CommitName)[]

/** A refused commit that was made anew. */
export interface RetriedCommit extends CommitName {
  /** Its new `seq`. */
  retriedAs: number
}

/** How often each door served this client, and how many calls went elsewhere. */
export interface ClientStats {
  /** Calls that skipped Prisma's own client code. */
  fast: number
  /** Calls that went through it. */
  shell: number
  /** Call shapes that the fast door has learnt. */
  learned: number
  /** Fast calls that ended in the shell after all: a miss, an error. */
  fallbacks: number
  /** Queries that the main database answered. */
  forwarded: number
  /** Reads that went on beside the event loop. */
  pooled: number
}

/** The block's SQLite file. */
export interface BlockFile {
  /** Rows of each model. */
  rows: Record<string, number>
  pages: number
  fileBytes: number
  /** Of its write-ahead log. */
  walBytes: number
}

/** How the write-ahead log of the block's file is carried into it, in the background. */
export interface CheckpointStatus {
  /** As {@link BlockConfig.maxWal}. */
  maxBytes: number
  /**
   * For how many milliseconds a read or transaction, of this process or another, has kept the log from being emptied, as far as this process has
   * tried; null when none does.
   */
  blockedMs: number | null
  /** For how many milliseconds writers were kept waiting by one checkpoint of this process, at the most, since the block was opened or woke. */
  lockedMs: number
  /** Why the last checkpoint failed; null when it did not. */
  lastError: string | null
}

/** The log of the block's file has grown past {@link BlockConfig.maxWal}, since something reads on and on. Told once until it was emptied. */
export interface LongReaderEvent {
  blockId: string
  code: 'SHARDED_LONG_READER'
  message: string
  /** Bytes of the log. */
  walBytes: number
  /** As {@link CheckpointStatus.blockedMs}. */
  blockedMs: number
}

/** What sends the commits to the main database. One process of the machine does at a time. */
export interface ApplierStatus {
  /**
   * `waiting`: another process applies. `elsewhere`: the same, of a block that is not open here. `dependency`: a refused commit waits for another block's. `transient`: the main database is away, tried again soon. `blocked`: it refuses in a way that no
   * commit is to blame for (a missing table, a permission), tried again from time to time.
   */
  state: 'idle' | 'running' | 'waiting' | 'dependency' | 'transient' | 'blocked' | 'stopped' | 'elsewhere'
  /** Whether this process is the one that applies. */
  applying: boolean
  /** Failures in a row. */
  attempts: number
  lastError: Refusal | null
}

export interface BlockStatus {
  id: string
  /** As {@link BlockApi.path}. */
  path: string
  open: boolean
  /** Whether the client's main database is known to be the block's own. */
  main: 'unknown' | 'same' | 'mismatch'
  /** Whether its ttl has passed or it was invalidated since it was loaded; false when the block is closed. */
  stale: boolean
  /** When its contents were read from the main database; null when the block is closed. */
  loadedAt: Date | null
  /** Null when the block is closed. */
  pending: PendingCommits | null
  /** Commits that the main database refused and that were neither made anew nor dropped. Null when the block is closed. */
  rejected: number | null
  /** Null when the block is closed. */
  file: BlockFile | null
  /** Null when the block is closed. */
  checkpoint: CheckpointStatus | null
  /** Null until the main database was reached. */
  applier: ApplierStatus | null
  /** Counted since the client was made by `Block.create`; those made of it by `$extends` are counted with it. */
  client: ClientStats
}

/** A block as {@link Block.status} tells it, of which there may be no client. */
export interface BlockFileStatus extends Omit<BlockStatus, 'client' | 'pending' | 'rejected' | 'file'> {
  /** Of a block that is not open here only {@link Block.invalidate} counts: whoever opens it knows its ttl. */
  stale: boolean
  pending: PendingCommits
  rejected: number
  file: BlockFile
  /** Of a block that is not open here null, or `elsewhere` while another process applies. */
  applier: ApplierStatus | null
  client: null
}

/** A block file of a folder. */
export interface ListedBlock {
  /** {@link BlockConfig.blockId}. Null where neither the name of the file nor the file tells it. */
  id: string | null
  path: string
  /** Of the data model that the file was made for. */
  fingerprint: string
  /** Whether that is the one that was generated last; a file of an earlier one is left over from a deploy. */
  current: boolean
  /** Whether it is open in this process. */
  open: boolean
  /** Of the file and its write-ahead log. */
  bytes: number
  /** Null when the file cannot be read. */
  pending: PendingCommits | null
  /** Commits that the main database refused. Null when the file cannot be read. */
  rejected: number | null
  /** Why the file cannot be read, else null. */
  problem: string | null
}

/** What happened to commits `first` to `last` of an origin. */
export interface AppliedEvent {
  blockId: string
  origin: string
  first: number
  last: number
}

/** One refused commit, with what it had changed. */
export interface RejectedEvent extends Refusal {
  blockId: string
  origin: string
  seq: number
  /** The refused commit with which it was refused; null where it was refused itself. */
  cause: CommitName | null
  /** Its rows: model, kind (`create`, `update`, `delete`), key, old and new values, in the spelling of Prisma's JSON protocol. */
  changes: readonly Record<string, unknown>[]
  /** Whether its rows were read again from the main database ({@link BlockConfig.onRejected}). */
  reverted: boolean
  /** Its rows that still hold what was refused, because later commits touch them: `model`, `key` and `where` of each. */
  left: readonly Record<string, unknown>[]
}

export interface BlockEvents {
  /** Commits reached the main database. */
  applied: [detail: AppliedEvent]
  /** A commit was refused. Without a listener it is a process warning. */
  rejected: [detail: RejectedEvent]
  /** Something in the background failed and is tried again. Without a listener it is a process warning, once per code. */
  error: [error: Error]
  /** The contents are stale and a refresh begins. */
  stale: [detail: { blockId: string }]
  /** Something reads on and on, and the file's log grows past its bound. Without a listener it is a process warning. */
  longReader: [detail: LongReaderEvent]
  /** A refresh has loaded a page of the block's scope. */
  progress: [detail: ScopeProgress]
}

/** The block behind a block client. */
export interface BlockApi {
  /** {@link BlockConfig.blockId}. */
  readonly id: string
  /** Its SQLite file. Never open it with another SQLite of this process. */
  readonly path: string
  /**
   * Resolves when every commit made before the call is in the main database or rejected.
   * @param options.timeout milliseconds, 1 to 2,147,483,647, default 30,000
   * @throws {FlushTimeoutError} they did not arrive in time; they stay and are tried again
   * @throws {InvalidOptionError} an option is wrong or unknown
   * @throws {LedgerMissingError} the main database cannot hold the ledger
   * @throws {BlockClosedError} the block is closed; {@link BlockDeletedError}, it was deleted
   */
  flush(options?: { timeout?: number }): Promise<void>
  /**
   * Runs `fn`; the writes that it makes with this client go to the main database first, as those of the models in
   * {@link BlockConfig.through} do. Calls belong to where they are started: await them within.
   * @returns what `fn` returns; what it throws rejects
   * @throws {InvalidOptionError} `fn` is not a function (thrown at once)
   */
  through<T>(fn: () => T | PromiseLike<T>): Promise<Awaited<T>>
  /**
   * Loads the block again, of what the main database has now, and resolves when the new contents are served. The old ones are served
   * meanwhile, pending commits are kept, and when the loader fails the old contents stay.
   * Rows of pending commits stay as they are, and so do those that have a unique value in common with them: the next refresh settles these.
   * @param options `timeout`: milliseconds that pending commits have to reach the main database first, default 30,000
   * @throws {InvalidOptionError} an option is wrong or unknown
   * @throws {BlockClosedError} the block is closed; {@link BlockDeletedError}, it was deleted
   */
  refresh(options?: { timeout?: number }): Promise<void>
  /**
   * Writes what is committed now to a file of its own, beside the event loop: an SQLite database that stands there whole or not at all,
   * for its owner alone (mode 0600).
   * @param path of a file that does not exist yet, in a folder that does
   * @returns the absolute path, and the size of the file
   * @throws {InvalidOptionError} the path is wrong
   * @throws {ShardedError} `SHARDED_BACKUP_EXISTS`: there is such a file, and it stays as it is; `SHARDED_STORAGE`: the file cannot be written
   * @throws {BlockClosedError} the block is closed; {@link BlockDeletedError}, it was deleted
   */
  backup(path: string): Promise<{ path: string; bytes: number }>
  /** The block, its file, its applier and this client, as of now. Never throws for a closed block: it says so. */
  status(): BlockStatus
  /**
   * What the main database has not confirmed.
   * @throws {BlockClosedError} the block is closed; {@link BlockDeletedError}, it was deleted
   */
  pending(): PendingCommits
  /**
   * Commits that the main database refused, oldest first.
   * @throws {BlockClosedError} the block is closed; {@link BlockDeletedError}, it was deleted
   */
  rejected(): RejectedCommit[]
  /**
   * Makes refused commits anew, in the order in which they were made, each as a commit with a new number; those that were refused
   * with one go with it. The block's rows change at once, and then the commits are sent as any other.
   * @param which default: all
   * @returns what became of each
   * @throws {UnknownCommitError} one is not among the refused; nothing is made anew
   * @throws {RetryConflictError} a row that it changes is gone, or another one has its unique value; nothing is made anew
   * @throws {InvalidOptionError} `which` is wrong
   * @throws {BlockClosedError} the block is closed; {@link BlockDeletedError}, it was deleted
   */
  retry(which?: WhichCommits): Promise<RetriedCommit[]>
  /**
   * Forgets refused commits. Their rows are read from the main database again, once nothing is pending.
   * @param which default: all
   * @returns those that were dropped
   * @throws {UnknownCommitError} one is not among the refused; nothing is dropped
   * @throws {InvalidOptionError} `which` is wrong
   * @throws {BlockClosedError} the block is closed; {@link BlockDeletedError}, it was deleted
   */
  drop(which?: WhichCommits): Promise<CommitName[]>
  /**
   * Calls `listener` from now on.
   * @returns this, for the next call
   * @throws {InvalidOptionError} the event is unknown, or the listener is not a function
   */
  on<E extends keyof BlockEvents>(event: E, listener: (...args: BlockEvents[E]) => void): this
  /**
   * Stops calling `listener`.
   * @returns this, for the next call
   * @throws {InvalidOptionError} the event is unknown, or the listener is not a function
   */
  off<E extends keyof BlockEvents>(event: E, listener: (...args: BlockEvents[E]) => void): this
}

/** Of all blocks of this process. */
export interface ProcessLimits {
  /**
   * Blocks whose files are open at once, at least 1; fewer where there are too few descriptors. Default 400. The others sleep: they keep what
   * they know and, while there are enough, one descriptor, and open their files with their next call. One in which something is under way stays
   * open beyond the limit.
   */
  maxOpen: number
  /** Bytes of the files of open blocks, of each 16 MB at most, which is what their page caches may hold. Default 1 GiB. */
  maxBytes: number
  /** File descriptors that blocks may take up. Default: 80 % of the limit of the process. */
  maxDescriptors: number
  /** Milliseconds, 1 to 2,147,483,647, after which a block that nobody uses sleeps. Default 60,000. */
  idle: number
}

export interface ProcessState extends Omit<ProcessLimits, 'maxDescriptors'> {
  /** Null: the default. */
  maxDescriptors: number | null
  /** Blocks whose files are open. */
  awake: number
  /** Blocks whose files are not, and whose clients are. */
  asleep: number
  /** How often one was woken by a call. */
  woken: number
}

export interface WatchConfig {
  /** Seconds after which a block of this process is stale, above 0. Default: each block's own. */
  ttl?: number
  /** Milliseconds between two looks, 1 to 2,147,483,647. Default 10,000. */
  interval?: number
  /**
   * Blocks of this process that have no `connection` of their own hear of {@link Block.invalidate} from other machines by this Redis.
   * Default: as in {@link BlockConfig.connection}.
   */
  connection?: RedisConnection
}

/** Options of {@link Block.invalidate}. */
export interface InvalidateConfig extends BlockPlace {
  /** Tells the processes of other machines by this Redis. Default: that of the block, else as in {@link BlockConfig.connection}. */
  connection?: RedisConnection
  /** Needed with Redis where the block is not on this machine: says which main database it belongs to. */
  client?: PrismaClientLike
}

/** Options of {@link Block.work}. */
export interface WorkConfig<C extends PrismaClientLike = PrismaClientLike> {
  /** Your PrismaClient. Commits are applied through it. */
  client: C
  /** As in {@link BlockConfig.connection}; required, unless the environment names one. */
  connection?: RedisConnection
  /** Only these blocks. Default: all blocks of the main database whose data model is that of the generated files. */
  blocks?: readonly string[]
  /** Blocks that are applied at the same time. Default 4. Each takes a connection of your client while it is. */
  concurrency?: number
  /** As in {@link BlockConfig.coalesce}: what a block says of it, a worker does not know. */
  coalesce?: { readonly [model in ModelName<C>]?: 'none' }
  /** As in {@link BlockConfig.dependencyTimeout}. */
  dependencyTimeout?: number
  /** As in {@link BlockConfig.generated}. */
  generated?: string
  /** Writes what happens to stderr. Default `false`. */
  debug?: boolean
}

export interface WorkStatus {
  redis: string
  connected: boolean
  /** Null until it was reached. */
  server: { version: string; policy: string } | null
  /** Those that are applied now. */
  blocks: Array<{ id: string; [detail: string]: unknown }>
  /** Blocks that wait for one of those. */
  waiting: number
  /** Commits since it was started. */
  applied: number
  rejected: number
  lastError: string | null
}

/** A worker. It keeps the process alive until it is stopped. */
export interface WorkHandle {
  /** Resolves when the transactions under way have ended; what is left another worker takes on. */
  stop(): Promise<void>
  status(): WorkStatus
  on<E extends 'applied' | 'rejected' | 'error'>(event: E, listener: (...args: BlockEvents[E]) => void): this
  off<E extends 'applied' | 'rejected' | 'error'>(event: E, listener: (...args: BlockEvents[E]) => void): this
}

export interface WatchHandle {
  /** No further looks. A refresh under way goes on. */
  stop(): void
}

/** Where the file of a block is looked for when it is not open in this process. */
export interface FilePlace {
  /** As in {@link BlockConfig.dir}. */
  dir?: string
  /** As in {@link BlockConfig.generated}. */
  generated?: string
}

/** And how long its pending commits are waited for. */
export interface BlockPlace extends FilePlace {
  /** Milliseconds, 1 to 2,147,483,647, that pending commits have to reach the main database. Default 30,000. */
  timeout?: number
}

export interface DeleteConfig extends BlockPlace {
  /** Sends the pending commits of a block that is not open in this process. Without it such commits are an error. */
  client?: PrismaClientLike
  /** Drops pending commits instead of sending them. Default `false`. */
  force?: boolean
}

export interface DeleteResult {
  /** False when there was no such block. */
  deleted: boolean
  /** Pending commits that were dropped; 0 without `force`. */
  dropped: number
}

export const Block: {
  /**
   * Opens a block, or makes it with the loader when it does not exist. Concurrent calls of one id, in this process and in
   * others of this machine, load once.
   * @throws {InvalidOptionError} an option is wrong or unknown
   * @throws {NotSupportedError} an option or the main provider is not supported yet
   * @throws {NotGeneratedError} `npx sharded generate` was not run
   * @throws {UnsupportedClientError} the inside of this version of Prisma Client is unknown
   * @throws {LoaderError} the loader gave a row that cannot be loaded
   * @throws {MainDatabaseMismatchError} the block belongs to another main database
   * @throws {BindingError} the native addon does not load
   * @throws {BlockDeletedError} others deleted the block each time it was opened
   */
  create<C extends PrismaClientLike>(config: BlockConfig<C>): Promise<BlockClient<C>>
  /**
   * Loads the block again. Its contents are served meanwhile, pending commits are kept, and when the loader fails the old
   * contents stay. A block that is not open here is marked, for the process that has it open to find by {@link Block.watch}
   * or at its next start as `master`. With Redis every process that has it open, on any machine, loads it again too; one that is
   * cut off does when it is back, one that opens it later does then.
   * @returns `'refreshed'`: done here; `'marked'`: it is not open here; `'told'`: it is not on this machine, others have been told;
   * `'absent'`: there is no such block
   * @throws {InvalidOptionError} an argument is wrong
   * @throws {QueueError} Redis could not be told; nothing was done
   * @throws {FlushTimeoutError} pending commits did not arrive within `timeout`; the old contents stay
   */
  invalidate(blockId: string, options?: InvalidateConfig): Promise<'refreshed' | 'marked' | 'told' | 'absent'>
  /**
   * Limits for all blocks of this process; what is not given stays. Without an argument it only tells.
   * @throws {InvalidOptionError} an option is wrong or unknown; nothing changes
   */
  configure(limits?: Partial<ProcessLimits>): ProcessState
  /**
   * The blocks whose files are in the folder, by name of their files. Opens none of them: what is told is read from the files.
   * @throws {InvalidOptionError} an option is wrong or unknown
   * @throws {NotGeneratedError} `npx sharded generate` was not run
   */
  list(options?: FilePlace): Promise<ListedBlock[]>
  /**
   * As {@link BlockApi.status}, of a block that need not be open: its file is looked at.
   * @returns null when there is no such block
   * @throws {InvalidOptionError} an argument is wrong
   * @throws {ShardedError} `SHARDED_STORAGE`: the file cannot be read
   */
  status(blockId: string, options?: FilePlace): Promise<BlockFileStatus | null>
  /**
   * Sends the pending commits, closes the block and removes its files.
   * @throws {InvalidOptionError} an argument is wrong
   * @throws {FlushTimeoutError} they did not arrive within `timeout`; the block stays
   * @throws {ShardedError} `SHARDED_PENDING_COMMITS`: it is not open here, and neither `client` nor `force` was given; the block stays
   */
  delete_block(blockId: string, options?: DeleteConfig): Promise<DeleteResult>
  /** The same as `delete_block`. */
  deleteBlock(blockId: string, options?: DeleteConfig): Promise<DeleteResult>
  /**
   * As {@link BlockApi.rejected}, of a block that need not be open: its file is looked at.
   * @throws {InvalidOptionError} an argument is wrong
   */
  rejected(blockId: string, options?: FilePlace): Promise<RejectedCommit[]>
  /**
   * As {@link BlockApi.retry}, of a block that need not be open: the commits are sent by whoever opens it next, or, where another process
   * has it open, with its next write.
   * @throws {UnknownCommitError} one is not among the refused, or there is no such block
   * @throws {RetryConflictError} a row that it changes is gone, or another one has its unique value
   * @throws {InvalidOptionError} an argument is wrong
   */
  retry(blockId: string, which?: WhichCommits, options?: FilePlace): Promise<RetriedCommit[]>
  /**
   * As {@link BlockApi.drop}, of a block that need not be open.
   * @throws {UnknownCommitError} one is not among the refused, or there is no such block
   * @throws {InvalidOptionError} an argument is wrong
   */
  drop(blockId: string, which?: WhichCommits, options?: FilePlace): Promise<CommitName[]>
  /**
   * Refreshes the stale ones among the open blocks of this process until stopped. Does not keep the process alive.
   * @throws {InvalidOptionError} an option is wrong or unknown
   */
  watch(config?: WatchConfig): WatchHandle
  /**
   * Applies, in this process, what other processes and machines have committed to blocks whose `connection` is the same Redis. Opens no
   * block file. Any number of workers may run; each block is applied by one at a time.
   */
  work<C extends PrismaClientLike>(config: WorkConfig<C>): Promise<WorkHandle>
  /**
   * For SIGTERM: sends what is pending in the open blocks of this process, closes them, and stops its workers.
   * @returns `pending`: commits that did not reach the main database within `timeout` (milliseconds, default 30,000). They stay in
   * the block files.
   */
  shutdown(options?: { timeout?: number }): Promise<{ blocks: number; pending: number }>
}

/** Base of every error that `sharded` makes itself. Errors of Prisma and of your loader reach you as they are. */
export class ShardedError extends Error {
  /** Stable, for programs; the message is not. */
  readonly code: string
}
/** An option or argument is wrong: the message names it, what was expected and what was given. */
export class InvalidOptionError extends ShardedError {}
/** The folder of the block files is on a network file system (`SHARDED_FILE_SYSTEM`): SQLite's locks do not hold there. */
export class FileSystemError extends ShardedError {}
/** SQLite cannot read or write the block's file (`SHARDED_STORAGE`): the message has its words. */
export class StorageError extends ShardedError {}
/** No room on the disk (`SHARDED_DISK_FULL`): nothing of the call was written; what was acknowledged stays. */
export class DiskFullError extends ShardedError {}
/**
 * The block's file is damaged (`SHARDED_DAMAGED`). `Block.create` builds it anew with the commits that can still be read, keeps the old
 * file beside it, and says so by an `error` event of this class.
 */
export class DamagedBlockError extends ShardedError {}
/** The generated files are missing or of another version. */
export class NotGeneratedError extends ShardedError {}
/** Part of the design that is not built yet. */
export class NotSupportedError extends ShardedError {}
/** The native addon is missing, does not load, or is there twice. */
export class BindingError extends ShardedError {}
/** The inside of this version of Prisma Client is unknown. */
export class UnsupportedClientError extends ShardedError {}
/** A loader gave a row that cannot be loaded: a missing column, an unknown key, a wrong type. */
export class LoaderError extends ShardedError {}
/** The block belongs to another main database: nothing is applied, nothing is served. */
export class MainDatabaseMismatchError extends ShardedError {}
/** The block was closed by `$disconnect`. */
export class BlockClosedError extends ShardedError {}
/** The block was deleted. */
export class BlockDeletedError extends ShardedError {}
/** The block's file could not be synced to disk; open the block again. */
export class DurabilityError extends ShardedError {}
/** Pending commits did not arrive in time for a call that the main database must answer. */
export class ForwardTimeoutError extends ShardedError {}
/** Others held the write lock of the block for too long. */
export class WriteLockTimeoutError extends ShardedError {}
/**
 * A call that cannot be a part of the open transaction, or that would wait for its end from within its callback: only the main
 * database could do it, or the outer client was used instead of the callback's.
 */
export class TransactionError extends ShardedError {}
/** Pending commits did not reach the main database in time; they stay and are tried again. */
export class FlushTimeoutError extends ShardedError {}
/**
 * A write of durability `'queue'` or `'main'` was not confirmed in time. It is on the disk here and goes on its way: do not repeat it.
 */
export class ConfirmationTimeoutError extends ShardedError {}
/** The main database refused a write of durability `'main'`; it is in the list of rejected ones. */
export class RejectedError extends ShardedError {
  /** As in `$block.rejected()`. */
  readonly seq: number
  /** The main database's own code; null when it gave none. */
  readonly databaseCode: string | null
}
/** As many commits wait for the main database as may ({@link OutboxBounds}). Nothing was written. */
export class OutboxFullError extends ShardedError {}
/** A call or transaction with more changes than {@link BlockConfig.maxCommit}. Nothing was written. */
export class CommitTooLargeError extends ShardedError {}
/** A commit that is to be retried or dropped is not among the refused ones. */
export class UnknownCommitError extends ShardedError {}
/** A refused commit cannot be made anew on the block's rows of now. Nothing was. */
export class RetryConflictError extends ShardedError {}
/** Redis does not answer (`SHARDED_QUEUE`). It is tried again; the commits are in the block file. */
export class QueueError extends ShardedError {}
/** The main database has no ledger and its user may not make it; the message says what to run. */
export class LedgerMissingError extends ShardedError {}
