/**
 * One model method of a block client: the hot path (`start`), and the way through Prisma's shell for everything else.
 * A write is never run twice: only a negative code, which says that nothing was committed, leads to the shell.
 */
const { POOLED } = require('../codes.js')
const { kept } = require('../engine/context.js')
const { fromNative } = require('../errors')
const { arrange } = require('./memo.js')
const { errorOf } = require('./refused.js')
const { find } = require('./trie.js')

/** @typedef {import('./memo.js').Entry} Entry */
/**
 * @typedef {object} Door what the methods of one client share
 * @property {any} block
 * @property {(plan: import('../engine/plans.js').Plan, params: any[], limits: import('../scope/limits.js').Limits | null) => number} run a plan, or BUSY when the shell is to do it
 * @property {import('../engine/index.js').Engine} engine
 * @property {import('./order.js').Order} order
 * @property {import('./memo.js').Memo} memo
 * @property {{ fast: number, fallbacks: number, learned: number }} stats
 * @property {{ ticket(seq: number): Promise<void> | null, afterCommit(seq: number): void, refusal(): Error | null, through: { isOn: boolean, kept<F extends Function>(job: F): F } }} seams
 * @property {(call: ShellCall, begin: () => any) => any} tag runs `begin` so that the shell's request is known as this call
 * @property {(model: string) => import('./refused.js').Fields} typesOf
 * @property {boolean} refuses whether what Prisma refused once is refused here
 */

/** A call on its way through the shell. */
class ShellCall {
  /** @param {FastMethod} method @param {any} args @param {object | null} site */
  constructor(method, args, site) {
    this.method = method
    this.site = site
    /** As they are now: the shell reads them ticks later, and the caller may have changed his objects by then. */
    this.args = snapshot(args)
    this.untouched = true
  }

  /** The engine has it; null when it answers in some other way. @param {import('./memo.js').Learnable | null} known */
  arrived(known) {
    const { door, slot, unwrapFor } = this.method
    const isNew =
      known !== null && this.untouched && door.memo.learn(slot, this.args, known, unwrapFor(this.args))
    if (isNew) door.stats.learned += 1
    this.leave()
  }

  /** @param {import('./refused.js').Refusal} refusal */
  refused(refusal) {
    const { door, model, name } = this.method
    const { memo } = door
    // For `count` and its like the shell has made others, of which its words speak.
    const isOwn = refusal.params.args === this.args
    if (isOwn && this.untouched && memo.open)
      memo.refused.learn(`${model}.${name}`, this.args, door.typesOf(model), refusal)
  }

  leave() {
    this.method.door.order.leave(this)
  }
}

class FastMethod {
  /**
   * @param {Door} door @param {string} model @param {string} name
   * @param {(args: any) => any} shell the shell's method of that name
   */
  constructor(door, model, name, shell) {
    this.door = door
    this.model = model
    this.name = name
    this.shell = shell
    this.slot = door.memo.slot(model, name)
    this.rows = name.startsWith('createMany')
    this.orThrow = name.endsWith('OrThrow')
    this.unwrapFor = UNWRAP[name] ?? unwrapNothing
  }

  /**
   * Whether the call will be fast, as far as can be said before it starts. Not asked of a thousand rows, nor of a call that
   * fails when it finds nothing.
   * @param {any} args
   */
  knows(args) {
    return !this.rows && !this.orThrow && lookUp(this.slot.root, args, []) !== null
  }

  /** @param {any} args @param {object | null} site @returns {Promise<any>} */
  start(args, site) {
    if (this.door.order.busy === null) return this.startNow(args, site)
    return this.queue(args, site)
  }

  /** Its turn comes later, its arguments are those of now. @param {any} args @param {object | null} site @returns {Promise<any>} */
  queue(args, site) {
    return new Promise((resolve) => {
      const held = snapshot(args)
      const job = kept(() => resolve(this.startNow(held, site)))
      this.door.order.push(this.door.seams.through.kept(job))
    })
  }

  /** @param {any} args @param {object | null} site @returns {Promise<any>} */
  startNow(args, site) {
    /** @type {any[]} */
    const params = []
    const entry = lookUp(this.slot.root, args, params)
    if (entry === null) return this.refusal(args, site) ?? this.startShell(args, site)
    if (entry.plan.write && this.door.seams.through.isOn) return this.startShell(args, site)
    const ordered = arrange(entry, params)
    if (entry.guard !== null && !entry.guard(ordered)) return this.startShell(args, site)
    return this.run(entry, ordered, args, site) ?? this.fallBack(args, site)
  }

  /**
   * Of a call as Prisma has refused one, unless another error comes before that.
   * @param {any} args @param {object | null} site @returns {Promise<any> | null}
   */
  refusal(args, site) {
    const { engine, memo, refuses, seams, typesOf } = this.door
    if (!refuses || seams.through.isOn || engine.lock.isOwn || seams.refusal() !== null) return null
    const refusal = memo.refused.find(`${this.model}.${this.name}`, args, typesOf(this.model))
    // It is told ticks later, as the shell does.
    return refusal === undefined ? null : this.refuse(refusal, snapshot(args), site)
  }

  /** @param {import('./refused.js').Refusal} refusal @param {any} args @param {object | null} site @returns {Promise<any>} */
  async refuse(refusal, args, site) {
    // Only by then does V8 know who awaits the call: the error's stack tells, as that of Prisma's own does.
    await undefined
    const error = errorOf(refusal, args, this.door.typesOf(this.model), site)
    if (error === undefined) return this.startShell(args, site)
    throw error
  }

  /**
   * @param {Entry} entry @param {any[]} params @param {any} args @param {object | null} site
   * @returns {Promise<any> | null} null when the shell must say it
   */
  run(entry, params, args, site) {
    const { door } = this
    const { plan, limits } = entry
    const { queries } = door.engine
    const heard = queries.watch.on
    if (plan.holder.rows !== plan.rows) door.engine.plans.activate(door.block, plan)
    if (heard) queries.listen()
    let code
    try {
      code = door.run(plan, params, limits)
    } catch (error) {
      plan.rows.reset()
      return plan.write ? Promise.reject(door.seams.refusal() ?? fromNative(error)) : null
    }
    if (heard) queries.tell()
    if (code < 0) {
      plan.rows.reset()
      if (code !== POOLED) return null
      const ticket = door.block.lastTicket()
      return this.pooled({ entry, params, ticket }, snapshot(args), site)
    }
    const row = plan.rows.take()
    if (row === null && plan.orThrow && code === 0) return null
    try {
      if (limits !== null && !limits.areMet(door.block, row, params)) return null
    } catch (error) {
      return Promise.reject(error)
    }
    door.stats.fast += 1
    const value = entry.unwrap === null ? row : entry.unwrap(row)
    return code === 0 ? Promise.resolve(value) : this.committed(code, value)
  }

  /**
   * The read goes on beside the loop.
   * @param {{ entry: Entry, params: any[], ticket: number }} run @param {any} args as they are now @param {object | null} site
   * @returns {Promise<any>}
   */
  async pooled({ entry: { plan, unwrap, limits }, params, ticket }, args, site) {
    const { block, engine, order, stats } = this.door
    const { code, data } = await engine.pooled(plan, ticket)
    const isNone = code < 0 || (data === null && plan.orThrow)
    if (isNone || (limits !== null && !limits.areMet(block, data, params)))
      return new Promise((resolve) => order.push(kept(() => resolve(this.fallBack(args, site)))))
    stats.fast += 1
    return unwrap === null ? data : unwrap(data)
  }

  /** @param {number} seq @param {any} value @returns {Promise<any>} */
  committed(seq, value) {
    const { seams } = this.door
    seams.afterCommit(seq)
    const ticket = seams.ticket(seq)
    return ticket === null ? Promise.resolve(value) : ticket.then(() => value)
  }

  /** @param {any} args @param {object | null} site */
  fallBack(args, site) {
    this.door.stats.fallbacks += 1
    return this.startShell(args, site)
  }

  /** @param {any} args @param {object | null} site @returns {Promise<any>} */
  startShell(args, site) {
    const { door } = this
    /** @type {ShellCall | null} */
    let call = null
    try {
      const started = new ShellCall(this, args, site)
      call = started
      door.order.enter(call)
      const promise = this.shell(call.args)
      return door.tag(call, () => promise.then(left(started, pass), left(started, rethrow)))
    } catch (error) {
      call?.leave()
      return Promise.reject(error)
    }
  }

  /** A call of $transaction([...]). @param {any} args @param {any} transaction @param {object | null} site */
  startInTransaction(args, transaction, site) {
    const call = new ShellCall(this, args, site)
    const promise = this.shell(call.args)
    if (transaction?.kind !== 'batch') return promise.requestTransaction(transaction)
    const { order, tag } = this.door
    const { token, ready } = order.enterGroup(transaction.id)
    const begin = () => tag(call, () => promise.requestTransaction(transaction))
    const running = ready === null ? begin() : ready.then(begin)
    const leave = () => order.leave(token)
    running.then(leave, leave)
    return running
  }
}

/** @param {any} root @param {any} args @param {any[]} params @returns {Entry | null} */
function lookUp(root, args, params) {
  try {
    return find(root, args, params)
  } catch {
    // A getter of the arguments threw: the shell reads it again and says so its own way.
    return null
  }
}

/** @param {ShellCall} call @param {(value: any) => any} then */
function left(call, then) {
  return (/** @type {any} */ value) => {
    call.leave()
    return then(value)
  }
}

/** @param {any} value */
const pass = (value) => value

/** @param {any} error @returns {never} */
function rethrow(error) {
  throw error
}

/** Plain objects and arrays are copied, leaves and instances are not. @param {any} value @returns {any} */
function snapshot(value) {
  if (Array.isArray(value)) return value.map(snapshot)
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype)
    return value
  /** @type {Record<string, any>} */
  const copy = {}
  for (const key of Object.keys(value)) {
    const inner = snapshot(value[key])
    if (key === '__proto__') Object.defineProperty(copy, key, { value: inner, enumerable: true })
    else copy[key] = inner
  }
  return copy
}

const unwrapNothing = () => null

/** `count` is Prisma's sugar for the aggregate `_count`. @param {any} args */
function unwrapCount(args) {
  const whole = typeof args?.select === 'object'
  return whole ? (/** @type {any} */ value) => value._count : (/** @type {any} */ value) => value._count._all
}

/** `_count: true` stands for the count of all. @param {any} args */
function unwrapAggregate(args) {
  return typeof args?._count === 'boolean' ? plainCount : null
}

/** @param {any} args */
function unwrapGroups(args) {
  return typeof args?._count === 'boolean' ? (/** @type {any[]} */ rows) => rows.map(plainCount) : null
}

/** @param {any} row */
function plainCount(row) {
  row._count = row._count._all
  return row
}

/** @type {Record<string, (args: any) => ((value: any) => any) | null>} */
const UNWRAP = { count: unwrapCount, aggregate: unwrapAggregate, groupBy: unwrapGroups }

/** @param {any} door @param {string} model @param {string} name @param {any} shell @param {typeof import('./promise.js').FastPromise} Promised */
function makeMethod(door, model, name, shell, Promised) {
  const method = new FastMethod(door, model, name, shell)
  /** @param {any} args @returns {any} */
  const call = (args) => {
    // null as the whole of the arguments: the shell throws at the call, not in the promise.
    if (args === null) return shell(args)
    return new Promised(method, args, door.showsSites && !method.knows(args) ? siteOf(call) : null)
  }
  return call
}

/**
 * Where a method was called. Prisma's messages show it, except in production, and the shell is asked too late to see it.
 * It costs more than a fast call, so calls that will be fast go without.
 * @param {Function} method
 */
function siteOf(method) {
  const site = new Error('call site')
  Error.captureStackTrace(site, method)
  return site
}

module.exports = { FastMethod, ShellCall, makeMethod }
