// The command line as a child process, with an app's files and the module of its client.
const { execFile } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const ROOT = path.resolve(__dirname, '../..')
const CLI = path.join(ROOT, 'js/cli/index.js')

/**
 * @param {string[]} args
 * @param {{cwd?: string, env?: Record<string, string>}} [where]
 * @returns {Promise<{code: number, signal: string | null, stdout: string, stderr: string, json: () => any}>}
 */
function runCli(args, { cwd, env } = {}) {
  // Redis is used where a test names it.
  const { REDIS_URL: _, REDIS_HOST: __, ...rest } = process.env
  const options = { cwd, env: { ...rest, NO_COLOR: '1', ...env } }
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], options, (error, stdout, stderr) =>
      resolve({
        code: error ? Number(error.code) : 0,
        signal: error?.signal ?? null,
        stdout,
        stderr,
        json: () => JSON.parse(stdout),
      }),
    )
  })
}

/**
 * A module as a user has one: it exports a function that returns a connected client.
 * @param {string} folder @param {any} app @param {string} url
 */
function clientModule(folder, app, url) {
  const file = path.join(folder, `client-${app.provider}.js`)
  const support = JSON.stringify(path.join(__dirname, 'app.js'))
  const { version, provider, dir } = app
  fs.writeFileSync(
    file,
    `const { connectMain } = require(${support})
const { PrismaClient } = require(${JSON.stringify(path.join(dir, 'client/index.js'))})
const app = { ...${JSON.stringify({ version, provider })}, PrismaClient }
exports.prisma = () => connectMain(app, ${JSON.stringify(url)})
`,
  )
  return file
}

module.exports = { CLI, clientModule, runCli }
