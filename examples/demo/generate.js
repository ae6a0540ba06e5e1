const { execFile } = require('node:child_process')
const fs = require('node:fs/promises')
const path = require('node:path')
const { promisify } = require('node:util')

const run = promisify(execFile)
const SHARDED = path.join(__dirname, '..', '..', 'js', 'cli', 'index.js')
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

const prismaCli = () => path.join(path.dirname(require.resolve('prisma/package.json')), 'build', 'index.js')

/** @param {string} cwd @param {string} file @param {string[]} args */
async function cli(cwd, file, args) {
  try {
    await run(process.execPath, [file, ...args], { cwd, env: { ...process.env, ...OFFLINE } })
  } catch (error) {
    const { stdout, stderr } = /** @type {{ stdout: string, stderr: string }} */ (error)
    throw new Error(`${file} ${args.join(' ')} failed\n${stdout}${stderr}`, { cause: error })
  }
}

/**
 * Makes `app` look like a user's app: a package.json and prisma/schema.prisma, and `prisma generate` run.
 * @param {string} app
 * @param {string} schema
 */
async function generatePrisma(app, schema) {
  await fs.cp(schema, path.join(app, 'prisma', 'schema.prisma'))
  await fs.writeFile(path.join(app, 'package.json'), '{ "name": "app", "private": true }\n')
  await cli(app, prismaCli(), ['generate', '--schema=prisma/schema.prisma'])
}

/** `sharded generate` in the same app. @param {string} app @returns {Promise<string>} the generated folder */
async function generateSharded(app) {
  await cli(app, SHARDED, ['generate', '--schema=prisma/schema.prisma', '--all-models'])
  return path.join(app, 'prisma', 'blocks', 'generated')
}

/** A fresh folder for the app, so that the repository stays clean. */
async function makeFolder() {
  await fs.mkdir(WORK, { recursive: true })
  return fs.mkdtemp(path.join(WORK, 'app-'))
}

/**
 * What a user types once in an app.
 * @param {string} app
 * @returns {Promise<{ generated: string, PrismaClient: any }>}
 */
async function generateApp(app) {
  await generatePrisma(app, path.join(__dirname, 'schema', 'schema.prisma'))
  const generated = await generateSharded(app)
  return { generated, PrismaClient: require(path.join(app, 'client')).PrismaClient }
}

module.exports = { makeFolder, generateApp, generatePrisma, generateSharded }
