// One trial: the processes write while everything around them fails; then all is healed, sent, and read for the audit.
const fs = require('node:fs')
const path = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')
const { temporaryDir } = require('../support/app')
const { audit } = require('./audit')
const { Cast } = require('./cast')
const { readMain, settle } = require('./collect')
const { DirectWriter } = require('./direct')
const { APPLIER, runFaults } = require('./faults')
const { bringBack, copyFiles } = require('./files')
const { coalesceOf, connect, ownId, seedRows } = require('./world')
const { readLog } = require('./writelog')

/** Writing goes on after the faults, so that what they left meets new commits. */
const AFTER_MS = 80

/** @param {unknown} value */
const shown = (value) => JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : one), 1)

/**
 * @typedef {import('./plan').Plan} Plan
 * @typedef {{findings: import('./audit').Finding[], count: Record<string, number>, dir: string}} Result
 */

class Trial {
  /** @param {import('./world').App} app @param {import('./servers').Servers} servers @param {Plan} plan */
  constructor(app, servers, plan) {
    this.app = app
    this.servers = servers
    this.plan = plan
    this.dir = temporaryDir()
    for (const name of ['data', 'apart', 'older', 'logs']) fs.mkdirSync(path.join(this.dir, name))
    /** @type {string[]} */
    this.troubles = []
    this.starts = 0
    /** @type {Awaited<ReturnType<import('./servers').Servers['newMain']>> | null} */
    this.main = null
    /** @type {any} main's own, of the direct writer and of what is sent at the end */
    this.client = null
  }

  get database() {
    if (this.main === null) throw new Error('a trial begins with its main database')
    return this.main
  }

  /** @param {string} name */
  folder(name) {
    return path.join(this.dir, name)
  }

  /** @param {import('./plan').Phase} phase @param {number} number */
  roles(phase, number) {
    const { app, plan } = this
    const main = this.database
    const coalesce = coalesceOf(plan)
    const common = {
      app,
      url: main.far,
      connection: this.servers.connection,
      durability: plan.durability,
      coalesce,
      ttl: plan.ttl,
    }
    const writers = [
      ...phase.writers.map((writer) => ({ writer, folder: 'data', by: `${writer.block}.${number}` })),
      ...phase.apart.map((writer) => ({ writer, folder: 'apart', by: `${writer.block}'.${number}` })),
    ]
    return [
      ...writers.map(({ writer, folder, by }) => ({
        name: writer.name,
        file: 'writer.js',
        given: {
          ...common,
          dir: this.folder(folder),
          writer,
          by,
          seed: plan.seed,
          log: this.logOf(writer.name),
        },
      })),
      {
        name: APPLIER,
        file: 'applier.js',
        given: { ...common, dir: this.folder('data'), blocks: plan.blocks },
      },
    ]
  }

  /** @param {string} writer */
  logOf(writer) {
    return path.join(this.folder('logs'), writer)
  }

  /** @param {import('./plan').Phase} phase @param {number} number */
  async play(phase, number) {
    const { servers } = this
    const cast = new Cast(this.roles(phase, number))
    try {
      await cast.open()
      const faults = runFaults({ cast, servers }, phase.faults)
      await sleep(phase.ms)
      await faults
      await servers.heal()
      await cast.open()
      await sleep(AFTER_MS)
    } finally {
      this.troubles.push(...(await cast.end(phase.end)))
      this.starts += cast.starts
    }
  }

  /** Between two phases: the first block's file is copied, or an older copy comes back. @param {number} number of the phase that has ended */
  async betweenPhases(number) {
    const { file, back, flushed } = this.plan
    if (file === 'copy' && number === 0) copyFiles(this.folder('data'), this.folder('apart'))
    if (file !== 'restore') return
    if (number === 0) copyFiles(this.folder('data'), this.folder('older'))
    if (number !== 1) return
    if (flushed) await this.settle('data', { refresh: false })
    bringBack(this.folder('older'), this.folder('data'), this.plan.blocks[0], back)
  }

  /** @param {string} folder @param {{refresh: boolean}} options */
  settle(folder, options) {
    return settle(this, folder, options)
  }

  /** What no audit could be made of is a finding too. @returns {Promise<Result>} */
  async run() {
    try {
      return await this.tryOut()
    } catch (/** @type {any} */ error) {
      const findings = [...this.troubles, error.stack].map((text) => ({
        what: /** @type {const} */ ('trouble'),
        text,
      }))
      return { findings, count: {}, dir: this.dir }
    }
  }

  /** @returns {Promise<Result>} */
  async tryOut() {
    const { app, plan, servers } = this
    this.main = await servers.newMain(seedRows(plan.blocks, plan.homes))
    const client = connect(app, this.main.url, 'direct', 4)
    this.client = client
    const docs = Object.keys(plan.homes).map((writer) => ownId(writer, 'd'))
    const direct = plan.direct ? new DirectWriter(client, docs, plan.blocks[0]) : null
    try {
      for (const [number, phase] of plan.phases.entries()) {
        await this.play(phase, number)
        await this.betweenPhases(number)
      }
      await direct?.stop()
      if (plan.lease === 'empty') await servers.emptyRedis()
      // What a file sends changes what the other holds: first all is sent, then read again.
      const folders = plan.file === 'copy' ? ['data', 'apart'] : ['data']
      const files = []
      for (const folder of folders)
        files.push(...(await this.settle(folder, { refresh: folders.length === 1 })))
      if (folders.length > 1)
        for (const folder of folders) files.push(...(await this.settle(folder, { refresh: true })))
      return await this.judge(files, direct, client)
    } finally {
      if (direct) direct.running = false
      await client.$disconnect()
      await this.main.drop()
    }
  }

  /** @param {any[]} files @param {DirectWriter | null} direct @param {any} client @returns {Promise<Result>} */
  async judge(files, direct, client) {
    const { plan, troubles, dir } = this
    const logs = Object.fromEntries(Object.keys(plan.homes).map((name) => [name, readLog(this.logOf(name))]))
    const main = await readMain(this.database.url, client, plan.blocks)
    const { findings, count } = audit({ plan, logs, main, files, direct: direct?.counts ?? {}, troubles })
    if (findings.length > 0) fs.writeFileSync(path.join(dir, 'main.json'), shown(main))
    return { findings, count: { ...count, starts: this.starts }, dir }
  }
}

module.exports = { Trial }
