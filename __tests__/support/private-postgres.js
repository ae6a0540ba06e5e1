// A PostgreSQL server of one test's own, which the test may stop, kill and stall. It never outlives the process
// that started it: a watchdog holds the other end of a pipe.
const { execFileSync, spawn } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')
const { Client } = require('pg')

const START_DEADLINE_MS = 30_000
const DEBIAN_ROOT = '/usr/lib/postgresql'
const MISSING = `no PostgreSQL found for the tests. Any of these will do:
  - set DATABASE_URL to a server where databases may be created,
  - run one on 127.0.0.1:5432 with a user postgres that needs no password,
  - install its binaries (Debian: apt-get install postgresql; macOS: brew install postgresql@17).`

/** @param {string} folder */
function hasBinaries(folder) {
  return ['initdb', 'postgres'].every((name) => fs.existsSync(path.join(folder, name)))
}

/** The folder of initdb and postgres. */
function requireBinaries() {
  const inPath = (process.env.PATH ?? '').split(path.delimiter).map((folder) => {
    const initdb = path.join(folder, 'initdb')
    return fs.existsSync(initdb) ? path.dirname(fs.realpathSync(initdb)) : folder
  })
  const versions = fs.existsSync(DEBIAN_ROOT) ? fs.readdirSync(DEBIAN_ROOT) : []
  const packaged = versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => path.join(DEBIAN_ROOT, version, 'bin'))
  const found = [...inPath, ...packaged].find(hasBinaries)
  if (!found) throw new Error(MISSING)
  return found
}

/** PostgreSQL refuses to run as root: then it runs as the system's user postgres. */
function serverUser() {
  if (process.getuid?.() !== 0) return {}
  const id = (/** @type {string} */ flag) =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {net.AddressInfo} */ (server.address())
      server.close(() => resolve(port))
    })
  })
}

/** @param {string} url */
async function waitUntilReady(url) {
  const deadline = Date.now() + START_DEADLINE_MS
  for (;;) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
    client.on('error', () => {})
    try {
      await client.connect()
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await sleep(25)
    } finally {
      await client.end().catch(() => {})
    }
  }
}

/** @param {number} pid */
function childrenOf(pid) {
  try {
    return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean)
      .map(Number)
  } catch {
    return []
  }
}

/** @param {number} pid @param {NodeJS.Signals} signal */
function signalIfAlive(pid, signal) {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error
  }
}

class PrivatePostgres {
  /** @param {{bin: string, folder: string, port: number, env: Record<string, string>}} place */
  constructor({ bin, folder, port, env }) {
    this.bin = bin
    this.env = { ...process.env, ...env }
    this.folder = folder
    this.port = port
    this.url = `postgresql://postgres@127.0.0.1:${port}/postgres`
    /** @type {import('node:child_process').ChildProcess | null} */
    this.server = null
    /** @type {import('node:child_process').ChildProcess | null} */
    this.watchdog = null
    this.log = ''
  }

  async start() {
    if (this.server) throw new Error('this PostgreSQL runs already')
    const settings = [
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'max_connections=200',
      'fsync=off',
    ]
    const server = spawn(
      path.join(this.bin, 'postgres'),
      [
        '-D',
        path.join(this.folder, 'data'),
        '-p',
        String(this.port),
        ...settings.flatMap((one) => ['-c', one]),
      ],
      { ...serverUser(), cwd: this.folder, env: this.env, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    server.stderr?.on('data', (chunk) => {
      this.log = (this.log + chunk).slice(-20_000)
    })
    this.server = server
    const ended = new Promise((_, reject) => {
      server.once('error', reject)
      server.once('exit', (code) => reject(new Error(`postgres ended with ${code}:\n${this.log}`)))
    })
    ended.catch(() => {})
    this.watch()
    await Promise.race([waitUntilReady(this.url), ended])
  }

  /** The watchdog ends the server and removes its folder once this process is gone. */
  watch() {
    this.watchdog?.kill()
    const script = path.join(__dirname, 'server-watchdog.js')
    this.watchdog = spawn(process.execPath, [script, String(this.server?.pid), this.folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    this.watchdog.unref()
    const pipe = /** @type {import('node:net').Socket | null} */ (this.watchdog.stdin)
    const log = /** @type {import('node:net').Socket | null | undefined} */ (this.server?.stderr)
    pipe?.unref()
    log?.unref()
    this.server?.unref()
  }

  /** @param {NodeJS.Signals} signal */
  async end(signal) {
    const server = this.server
    if (!server) return
    this.server = null
    const children = childrenOf(Number(server.pid))
    const exited = server.exitCode !== null || new Promise((resolve) => server.once('exit', resolve))
    server.ref()
    server.kill('SIGCONT')
    server.kill(signal)
    if (signal === 'SIGKILL') for (const pid of children) signalIfAlive(pid, 'SIGKILL')
    else for (const pid of children) signalIfAlive(pid, 'SIGCONT')
    await exited
  }

  /** An orderly end (fast shutdown): clients see their connections close. */
  stop() {
    return this.end('SIGINT')
  }

  /** The end of a crash: nothing is flushed, recovery at the next start. */
  kill() {
    return this.end('SIGKILL')
  }

  /** Connections stay open and nothing answers. */
  sigstop() {
    this.signalAll('SIGSTOP')
  }

  sigcont() {
    this.signalAll('SIGCONT')
  }

  /** @param {NodeJS.Signals} signal */
  signalAll(signal) {
    const pid = this.server?.pid
    if (!pid) throw new Error('this PostgreSQL does not run')
    process.kill(pid, signal)
    for (const child of childrenOf(pid)) signalIfAlive(child, signal)
  }

  /** Ends the server and removes its files. */
  async remove() {
    await this.stop()
    this.watchdog?.kill()
    fs.rmSync(this.folder, { recursive: true, force: true })
  }
}

/**
 * A running server on a free port; the caller calls `remove()` when done.
 * @param {(folder: string) => Record<string, string>} [prepare] puts into its folder what it needs, and answers with its variables
 */
async function startPrivatePostgres(prepare = () => ({})) {
  const bin = requireBinaries()
  const user = serverUser()
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sharded-pg-'))
  if (user.uid !== undefined) fs.chownSync(folder, user.uid, user.gid)
  const env = prepare(folder)
  const data = path.join(folder, 'data')
  const options = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  execFileSync(path.join(bin, 'initdb'), options, { ...user, cwd: folder, stdio: 'pipe' })
  const postgres = new PrivatePostgres({ bin, folder, port: await freePort(), env })
  await postgres.start()
  return postgres
}

module.exports = { freePort, requireBinaries, startPrivatePostgres, PrivatePostgres }
