// A MariaDB server of one test run's own. It never outlives the process that started it: a watchdog holds the other end of
// a pipe.
const { execFileSync, spawn } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')
const { freePort } = require('./private-postgres')

const START_DEADLINE_MS = 60_000
const MISSING = `no MySQL or MariaDB found for the tests. Any of these will do:
  - set MYSQL_URL to a server where databases may be created (mysql://user:password@host:3306/),
  - run one on 127.0.0.1:3306 with a user root that needs no password,
  - install MariaDB's binaries (Debian: apt-get install mariadb-server; macOS: brew install mariadb).`

/** @param {string} name */
function inPath(name) {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => path.join(folder, name)).find((file) => fs.existsSync(file))
}

/** The server and what makes its data folder. */
function requireBinaries() {
  const [server, install] = [inPath('mariadbd'), inPath('mariadb-install-db')]
  if (server === undefined || install === undefined) throw new Error(MISSING)
  return { server, install }
}

/** Run by root, the server becomes the system's user mysql. */
const asUser = () => (process.getuid?.() === 0 ? ['--user=mysql'] : [])

/** @param {string} install */
function makeFolder(install) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sharded-mariadb-'))
  if (process.getuid?.() === 0) {
    const id = (/** @type {string} */ flag) =>
      Number(execFileSync('id', [flag, 'mysql'], { encoding: 'utf8' }))
    fs.chownSync(folder, id('-u'), id('-g'))
  }
  const data = `--datadir=${path.join(folder, 'data')}`
  const root = '--auth-root-authentication-method=normal'
  execFileSync(install, ['--no-defaults', data, root, '--skip-test-db', ...asUser()], { stdio: 'pipe' })
  return folder
}

/** @param {string} script @param {import('node:child_process').ChildProcess} server @param {string} folder */
function watch(script, server, folder) {
  const watchdog = spawn(process.execPath, [script, String(server.pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watchdog.unref()
  const pipe = /** @type {import('node:net').Socket | null} */ (watchdog.stdin)
  pipe?.unref()
  return watchdog
}

/**
 * A running server on a free port; the caller calls `remove()` when done.
 * @param {(url: string) => Promise<boolean>} answers
 */
async function startPrivateMariadb(answers) {
  const { server: binary, install } = requireBinaries()
  const folder = makeFolder(install)
  const port = await freePort()
  const settings = [
    `--datadir=${path.join(folder, 'data')}`,
    `--socket=${path.join(folder, 'socket')}`,
    `--pid-file=${path.join(folder, 'pid')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--innodb-flush-log-at-trx-commit=0',
  ]
  const server = spawn(binary, ['--no-defaults', ...settings, ...asUser()], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  server.stderr?.on('data', (chunk) => {
    log = (log + chunk).slice(-20_000)
  })
  const watchdog = watch(path.join(__dirname, 'server-watchdog.js'), server, folder)
  server.unref()
  const url = `mariadb://root@127.0.0.1:${port}/`
  const deadline = Date.now() + START_DEADLINE_MS
  while (!(await answers(url))) {
    if (server.exitCode !== null || Date.now() > deadline) throw new Error(`mariadbd did not start:\n${log}`)
    await sleep(50)
  }
  const remove = async () => {
    const exited = server.exitCode !== null || new Promise((resolve) => server.once('exit', resolve))
    server.ref()
    server.kill('SIGTERM')
    await exited
    watchdog.kill()
    fs.rmSync(folder, { recursive: true, force: true })
  }
  return { url, remove }
}

module.exports = { requireBinaries, startPrivateMariadb }
