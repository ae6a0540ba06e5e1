// The user's own Prisma: where it is, which version, and one run of its `generate`.
const { spawn } = require('node:child_process')
const path = require('node:path')
const { GenerateError } = require('./errors.js')

const TIMEOUT_MS = 120_000

/** @param {string[]} from folders to look from @returns {string} */
function prismaFolder(from) {
  try {
    return path.dirname(require.resolve('prisma/package.json', { paths: from }))
  } catch {
    throw new GenerateError(
      'NO_PRISMA',
      `Prisma is not installed in ${from[0]}: run npm install prisma --save-dev`,
    )
  }
}

/** @param {string[]} from @returns {string} */
const prismaVersion = (from) => require(path.join(prismaFolder(from), 'package.json')).version

/** @param {string} folder of the package prisma @returns {string} */
function prismaBin(folder) {
  const { bin } = require(path.join(folder, 'package.json'))
  return path.join(folder, typeof bin === 'string' ? bin : bin.prisma)
}

/**
 * Prisma fetches engine binaries before any generator runs, though ours needs none. Pointing it at a file that
 * certainly exists (node) keeps this one child off the network; what the user has set wins.
 */
function childEnvironment() {
  return {
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_QUERY_ENGINE_LIBRARY: process.execPath,
    PRISMA_QUERY_ENGINE_BINARY: process.execPath,
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    ...process.env,
    NO_COLOR: '1',
    FORCE_COLOR: '0',
  }
}

/**
 * @param {string} cwd where Prisma looks for its config, as the user's own runs do
 * @param {{schema: string, generator: string}} copy
 * @param {string} dump the file that the generator writes
 * @returns {Promise<{code: number | null, output: string}>}
 */
function runGenerate(cwd, { schema, generator }, dump) {
  const args = [prismaBin(prismaFolder([cwd])), 'generate', '--schema', schema, '--generator', generator]
  const env = { ...childEnvironment(), SHARDED_DUMP: dump }
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    }
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output }))
  })
}

module.exports = { prismaFolder, prismaVersion, runGenerate }
