// Started by private-postgres.js and private-mariadb.js with a pipe as its input: when the pipe closes, the process that started the server
// is gone, however it ended. The server is then told to quit and its folder is removed.
const fs = require('node:fs')
const { setTimeout: sleep } = require('node:timers/promises')

const QUIT_DEADLINE_MS = 5_000
const [pid, folder] = [Number(process.argv[2]), process.argv[3]]

function isRunning() {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function cleanUp() {
  const deadline = Date.now() + QUIT_DEADLINE_MS
  if (isRunning()) {
    process.kill(pid, 'SIGCONT')
    process.kill(pid, 'SIGQUIT')
  }
  while (isRunning() && Date.now() < deadline) await sleep(50)
  if (isRunning()) process.kill(pid, 'SIGKILL')
  fs.rmSync(folder, { recursive: true, force: true })
}

process.stdin.resume()
process.stdin.once('close', cleanUp)
