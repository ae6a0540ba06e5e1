// Every error this package makes itself. They are made in JS only: an object made by the addon belongs to
// another realm under Jest and would fail `instanceof`. Errors of Prisma and of the user's loader pass through
// untouched. `name` and `code` are stable; the text is not.

const { inspect } = require('node:util')

class ShardedError extends Error {
  /**
   * @param {string} message
   * @param {{code?: string, cause?: unknown}} [details]
   */
  constructor(message, details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = new.target.name
    /** @type {string} */
    this.code = details.code ?? 'SHARDED_ERROR'
  }
}

/**
 * A subclass of ShardedError whose code is fixed.
 * @template {string} N
 * @param {N} name
 * @param {string} code
 */
function errorClass(name, code) {
  const Made = class extends ShardedError {
    /**
     * @param {string} message
     * @param {{cause?: unknown}} [details]
     */
    constructor(message, details = {}) {
      super(message, { ...details, code })
      this.name = name
    }
  }
  Object.defineProperty(Made, 'name', { value: name })
  return Made
}

const InvalidOptionError = errorClass('InvalidOptionError', 'SHARDED_INVALID_OPTION')
const FileSystemError = errorClass('FileSystemError', 'SHARDED_FILE_SYSTEM')
const StorageError = errorClass('StorageError', 'SHARDED_STORAGE')
const DiskFullError = errorClass('DiskFullError', 'SHARDED_DISK_FULL')
const DamagedBlockError = errorClass('DamagedBlockError', 'SHARDED_DAMAGED')
const NotGeneratedError = errorClass('NotGeneratedError', 'SHARDED_NOT_GENERATED')
const NotSupportedError = errorClass('NotSupportedError', 'SHARDED_NOT_SUPPORTED')
const BindingError = errorClass('BindingError', 'SHARDED_BINDING')
const UnsupportedClientError = errorClass('UnsupportedClientError', 'SHARDED_UNSUPPORTED_CLIENT')
const LoaderError = errorClass('LoaderError', 'SHARDED_LOADER')
const MainDatabaseMismatchError = errorClass('MainDatabaseMismatchError', 'SHARDED_MAIN_DATABASE_MISMATCH')
const BlockClosedError = errorClass('BlockClosedError', 'SHARDED_BLOCK_CLOSED')
const BlockDeletedError = errorClass('BlockDeletedError', 'SHARDED_BLOCK_DELETED')
const DurabilityError = errorClass('DurabilityError', 'SHARDED_DURABILITY')
const ForwardTimeoutError = errorClass('ForwardTimeoutError', 'SHARDED_FORWARD_TIMEOUT')
const WriteLockTimeoutError = errorClass('WriteLockTimeoutError', 'SHARDED_WRITE_LOCK_TIMEOUT')
const TransactionError = errorClass('TransactionError', 'SHARDED_TRANSACTION')
const LedgerMissingError = errorClass('LedgerMissingError', 'SHARDED_LEDGER_MISSING')
const QueueError = errorClass('QueueError', 'SHARDED_QUEUE')
const OutboxFullError = errorClass('OutboxFullError', 'SHARDED_OUTBOX_FULL')
const CommitTooLargeError = errorClass('CommitTooLargeError', 'SHARDED_COMMIT_TOO_LARGE')
const UnknownCommitError = errorClass('UnknownCommitError', 'SHARDED_UNKNOWN_COMMIT')
const RetryConflictError = errorClass('RetryConflictError', 'SHARDED_RETRY_CONFLICT')
const FlushTimeoutError = errorClass('FlushTimeoutError', 'SHARDED_FLUSH_TIMEOUT')
const ConfirmationTimeoutError = errorClass('ConfirmationTimeoutError', 'SHARDED_CONFIRMATION_TIMEOUT')
const RejectedError = errorClass('RejectedError', 'SHARDED_REJECTED')

const classes = {
  ShardedError,
  InvalidOptionError,
  FileSystemError,
  StorageError,
  DiskFullError,
  DamagedBlockError,
  NotGeneratedError,
  NotSupportedError,
  BindingError,
  UnsupportedClientError,
  LoaderError,
  MainDatabaseMismatchError,
  BlockClosedError,
  BlockDeletedError,
  DurabilityError,
  ForwardTimeoutError,
  WriteLockTimeoutError,
  TransactionError,
  FlushTimeoutError,
  ConfirmationTimeoutError,
  RejectedError,
  OutboxFullError,
  CommitTooLargeError,
  UnknownCommitError,
  RetryConflictError,
  LedgerMissingError,
  QueueError,
}

const byCode = new Map(Object.values(classes).map((Class) => [new Class('').code, Class]))

/**
 * A short text of any value, for the "given" part of a message.
 * @param {unknown} value
 */
function show(value) {
  const text = inspect(value, { depth: 1, maxStringLength: 60, maxArrayLength: 5, breakLength: Infinity })
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}

/**
 * The message form of this package: the argument, what was expected, what was given.
 * @param {string} argument
 * @param {string} expected
 * @param {unknown} given
 */
function mismatch(argument, expected, given) {
  return `${argument}: expected ${expected}, given ${show(given)}`
}

/** @type {Array<() => void>} */
const damageListeners = []

/** Called whenever SQLite says of a file that it is damaged. @param {() => void} listener */
const onDamage = (listener) => void damageListeners.push(listener)

/**
 * The error for what native code reported: `{code, message}`.
 * @param {{code: string, message: string}} report
 */
function fromReport(report) {
  const Class = byCode.get(report.code)
  if (Class === DamagedBlockError) for (const listener of damageListeners) listener()
  if (Class && Class !== ShardedError) return new Class(report.message)
  return new ShardedError(report.message, { code: report.code })
}

/**
 * The error for what native code threw: its message is `closed` or the JSON of `{code, message}`.
 * @param {unknown} thrown
 */
function fromNative(thrown) {
  if (thrown instanceof ShardedError) return thrown
  const text = String(/** @type {{message?: unknown}} */ (thrown)?.message ?? thrown)
  if (text === 'closed') return new BlockClosedError('this block is closed: open it again with Block.create')
  try {
    const report = JSON.parse(text)
    if (typeof report?.code === 'string') return fromReport(report)
  } catch {
    // Not a report: an ordinary message, kept below as it is.
  }
  return new ShardedError(text, { code: 'SHARDED_NATIVE', cause: thrown })
}

/** The same of what native code may have thrown, or somebody else, whose own it stays: Prisma has native code as well. @param {any} thrown */
function named(thrown) {
  const isReport = String(thrown?.message).startsWith('{"code":"SHARDED')
  const isClosed = thrown?.code === 'GenericFailure' && thrown.message === 'closed'
  return isReport || isClosed ? fromNative(thrown) : thrown
}

module.exports = { ...classes, errors: classes, fromNative, fromReport, mismatch, named, onDamage, show }
