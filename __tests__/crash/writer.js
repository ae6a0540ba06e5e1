// A process that writes to a block, at random from its seed, until it is told to stop (SIGTERM) or killed.
//   CRASH  JSON {app, url, connection, dir, log, writer, by, seed, durability, coalesce}
const { setTimeout: sleep } = require('node:timers/promises')
const { Rng } = require('../parity/rng')
const { KINDS, chooseOp, made, recall } = require('./ops')
const { setUp, openBlock } = require('./process')
const { WriteLog } = require('./writelog')

const AFTER_FAILURE_MS = 20

/** @param {{writer: import('./plan').Writer, by: string, seed: number, log: string}} given @param {any} db */
class Writer {
  /** @param {any} given @param {any} db */
  constructor({ writer, by, seed, log: file }, db) {
    this.db = db
    this.plan = writer
    this.seed = seed
    this.log = new WriteLog(file)
    /** @type {import('./ops').State} */
    this.state = { name: writer.name, block: writer.block, by, digits: new Map(), entries: [], marks: [] }
    recall(this.state, this.log.before)
    this.next = 1 + Math.max(0, ...this.log.before.map(({ n }) => n ?? 0))
    // Only the first life ends by its own hand.
    this.deaths = this.next === 1 ? writer.deaths : []
    this.running = true
  }

  /** @param {number} n */
  op(n) {
    const { name, by } = this.state
    const rng = Rng.of(this.seed * 1_000_003 + Number(name.slice(1)) * 100_003 + n)
    return { op: `${name}.${n}`, n, by, pause: rng.int(0, this.plan.pauseMs), ...chooseOp(this.state, rng) }
  }

  async one() {
    const n = this.next++
    const { pause, ...op } = this.op(n)
    this.log.add({ t: 'intent', ...op })
    // Started in this turn: a Prisma promise begins with its `then`.
    const running = KINDS[op.kind].call(this.db, op, this.state).then((got) => got)
    const death = this.deaths.find((one) => one.op === n)
    if (death) void this.die(death.ticks)
    try {
      const got = await running
      this.log.add({ t: 'ack', op: op.op, ...(op.kind === 'pair' || op.kind === 'ticket' ? { got } : {}) })
      made(this.state, op)
    } catch (/** @type {any} */ error) {
      this.log.add({ t: 'fail', op: op.op, code: error.code ?? error.name, message: error.message })
      await sleep(AFTER_FAILURE_MS)
    }
    await sleep(pause)
  }

  /** @param {number} ticks */
  async die(ticks) {
    for (let tick = 0; tick < ticks; tick++) await new Promise(setImmediate)
    process.kill(process.pid, 'SIGKILL')
  }

  async run() {
    const loop = async () => {
      while (this.running) await this.one()
    }
    await Promise.all(Array.from({ length: this.plan.atOnce }, loop))
  }
}

setUp(async (given, client) => {
  const db = await openBlock(given, client, given.writer.block)
  const writer = new Writer(given, db)
  const written = writer.run()
  process.stdout.write('open\n')
  return async () => {
    writer.running = false
    await written
  }
})
