// The same module as the CommonJS entry, never a second copy: blocks are shared by file within a process.
import sharded from './index.js'

export const {
  Block,
  BindingError,
  BlockClosedError,
  BlockDeletedError,
  CommitTooLargeError,
  DamagedBlockError,
  DiskFullError,
  DurabilityError,
  ConfirmationTimeoutError,
  FileSystemError,
  FlushTimeoutError,
  ForwardTimeoutError,
  InvalidOptionError,
  LedgerMissingError,
  LoaderError,
  MainDatabaseMismatchError,
  NotGeneratedError,
  NotSupportedError,
  OutboxFullError,
  QueueError,
  RejectedError,
  RetryConflictError,
  ShardedError,
  StorageError,
  UnsupportedClientError,
  TransactionError,
  UnknownCommitError,
  WriteLockTimeoutError,
} = sharded
export default sharded
