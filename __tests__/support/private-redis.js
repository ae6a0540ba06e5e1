// A Redis of one test's own, which the test may stop, kill, stall and empty. It never outlives the process that started it: a
// watchdog holds the other end of a pipe.
const { execFileSync, spawn } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')
const { freePort } = require('./private-postgres')
const { redisCommand } = require('./redis-command')

const START_DEADLINE_MS = 20_000
const MISSING = `no Redis found for the tests. Any of these will do:
  - set REDIS_URL to a server of version 6.2 or later (redis://host:6379/), Valkey included,
  - run one on 127.0.0.1:6379,
  - install its binary (Debian: apt-get install redis-server; macOS: brew install redis).
The tests that stop and empty a Redis need the binary in any case.`

/** The server's binary. */
function requireRedis() {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin']
  const names = ['redis-server', 'valkey-server']
  const found = folders
    .flatMap((folder) => names.map((name) => path.join(folder, name)))
    .find((file) => fs.existsSync(file))
  if (found === undefined) throw new Error(MISSING)
  return found
}

class PrivateRedis {
  /** @param {{folder: string, port: number, settings: string[], password?: string}} place */
  constructor({ folder, port, settings, password }) {
    this.folder = folder
    this.port = port
    this.settings = settings
    this.password = password
    this.url = `redis://${password ? `:${password}@` : ''}127.0.0.1:${port}/0`
    /** @type {import('node:child_process').ChildProcess | null} */
    this.server = null
    /** @type {import('node:child_process').ChildProcess | null} */
    this.watchdog = null
    this.log = ''
  }

  /** Empty, also after a stop: nothing is kept on disk. */
  async start() {
    if (this.server) throw new Error('this Redis runs already')
    const settings = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--dir', this.folder]
    const password = this.password ? ['--requirepass', this.password] : []
    const server = spawn(requireRedis(), [...settings, ...password, ...this.settings], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [server.stdout, server.stderr]) {
      stream?.on('data', (chunk) => {
        this.log = (this.log + chunk).slice(-20_000)
      })
    }
    this.server = server
    this.watch(server)
    const deadline = Date.now() + START_DEADLINE_MS
    while (!(await this.answers())) {
      if (server.exitCode !== null || Date.now() > deadline)
        throw new Error(`Redis did not start:\n${this.log}`)
      await sleep(20)
    }
  }

  /** @param {import('node:child_process').ChildProcess} server */
  watch(server) {
    const script = path.join(__dirname, 'server-watchdog.js')
    this.watchdog = spawn(process.execPath, [script, String(server.pid), path.join(this.folder, 'none')], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    this.watchdog.unref()
    const pipe = /** @type {import('node:net').Socket | null} */ (this.watchdog.stdin)
    pipe?.unref()
    server.unref()
  }

  async answers() {
    try {
      return (await this.command('PING')) === 'PONG'
    } catch {
      return false
    }
  }

  /** @param {...string} args */
  command(...args) {
    return redisCommand(this.url, args)
  }

  /** Every connection stays, nothing is answered. */
  stall() {
    this.server?.kill('SIGSTOP')
  }

  resume() {
    this.server?.kill('SIGCONT')
  }

  /** Ends it as a power cut would. */
  async kill() {
    const server = this.server
    if (!server) return
    this.server = null
    const exited = server.exitCode !== null || new Promise((resolve) => server.once('exit', resolve))
    server.ref()
    server.kill('SIGKILL')
    await exited
    this.watchdog?.kill()
  }

  async remove() {
    await this.kill()
    fs.rmSync(this.folder, { recursive: true, force: true })
  }
}

/**
 * A running server on a free port; the caller calls `remove()` when done.
 * @param {{settings?: string[], password?: string}} [options]
 */
async function startPrivateRedis({ settings = [], password } = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sharded-redis-'))
  const redis = new PrivateRedis({ folder, port: await freePort(), settings, password })
  await redis.start()
  return redis
}

/** The server's version, for people. */
const redisVersion = () => execFileSync(requireRedis(), ['--version'], { encoding: 'utf8' }).trim()

module.exports = { MISSING, redisVersion, requireRedis, startPrivateRedis }
