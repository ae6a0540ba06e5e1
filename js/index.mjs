// The same module as the CommonJS entry, never a second copy: blocks are shared by file within a process.
import sharded from './index.js'

export const {
  Block,
  BindingError,
  BlockClosedError,
  BlockDeletedError,
  DurabilityError,
  ConfirmationTimeoutError,
  FlushTimeoutError,
  ForwardTimeoutError,
  InvalidOptionError,
  LedgerMissingError,
  LoaderError,
  MainDatabaseMismatchError,
  NotGeneratedError,
  NotSupportedError,
  QueueError,
  RejectedError,
  ShardedError,
  UnsupportedClientError,
  TransactionError,
  WriteLockTimeoutError,
} = sharded
export default sharded
