const { execFile } = require('node:child_process')
const fs = require('node:fs/promises')
const path = require('node:path')
const { promisify } = require('node:util')

const run = promisify(execFile)
const REPOSITORY = path.join(__dirname, '..', '..')
const WORK = path.join(__dirname, '.work')

/**
 * Prisma looks for its schema engine even when it only generates a client. Any existing file
 * satisfies it, and nothing is downloaded.
 */
const OFFLINE = {
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
}

/** @param {string} work a fresh folder @param {string[]} command */
async function cli(work, [file, ...args]) {
  try {
    await run(process.execPath, [file, ...args], { cwd: work, env: { ...process.env, ...OFFLINE } })
  } catch (error) {
    const { stdout, stderr } = /** @type {{ stdout: string, stderr: string }} */ (error)
    throw new Error(`${path.basename(file)} ${args.join(' ')} failed\n${stdout}${stderr}`, { cause: error })
  }
}

/**
 * What a user types once in an app: `prisma generate`, then `sharded generate`. Both run in a
 * folder of their own, so that the repository stays clean.
 * @returns {Promise<{ work: string, PrismaClient: any }>}
 */
async function generateClients() {
  await fs.mkdir(WORK, { recursive: true })
  const work = await fs.mkdtemp(path.join(WORK, 'demo-'))
  const schema = path.join(work, 'prisma', 'schema.prisma')
  await fs.cp(path.join(__dirname, 'schema', 'schema.prisma'), schema)
  await fs.writeFile(path.join(work, 'package.json'), '{ "name": "chat", "private": true }\n')
  const prisma = path.join(path.dirname(require.resolve('prisma/package.json')), 'build', 'index.js')
  const sharded = path.join(REPOSITORY, 'js', 'cli', 'index.js')
  await cli(work, [prisma, 'generate', `--schema=${schema}`])
  await cli(work, [sharded, 'generate', `--schema=${schema}`, '--all-models'])
  return { work, PrismaClient: require(path.join(work, 'client')).PrismaClient }
}

module.exports = { generateClients }
