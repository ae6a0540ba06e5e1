// A generated client and a generated block per provider, made once per content, and a main database for them.
const fs = require('node:fs')
const path = require('node:path')
const { VERSIONS, appFolder } = require('../support/app')
const { MAINS } = require('../support/mains')
const { ddl } = require('./ddl')
const { modelNames, schemaText } = require('./schema')

/**
 * @typedef {import('./schema').Provider} Provider
 * @typedef {{provider: Provider, version: '6' | '7', PrismaClient: any, Prisma: any, generated: string, manifest: any}} App
 * @typedef {{client: any, url: string, run: (statements: string[]) => Promise<void>, drop: () => Promise<void>}} Main
 */

/**
 * @param {Provider} provider @param {string} [models] the file of the models @param {'6' | '7'} [version] of Prisma
 * @returns {App}
 */
function parityApp(provider, models, version = '7') {
  const schema = schemaText(provider, models, version)
  const dir = appFolder(version, 'prisma-client-js', schema, modelNames(schema))
  const { PrismaClient, Prisma } = require(path.join(dir, 'client/index.js'))
  const generated = path.join(dir, 'prisma/blocks/generated')
  const manifest = JSON.parse(fs.readFileSync(path.join(generated, 'manifest.json'), 'utf8'))
  return { provider, version, PrismaClient, Prisma, generated, manifest }
}

/**
 * What a run may make of a new main database before it is used.
 * @typedef {{prepare: (url: string) => Promise<void>, adapter: (url: string, module: any) => {adapter: any, end: () => Promise<void>}}} Access
 */

/** @param {App} app @returns {Access} */
const plainAccess = ({ provider }) => ({
  prepare: async () => {},
  adapter: (url, module) => ({ adapter: MAINS[provider].connect(url, module), end: async () => {} }),
})

/**
 * A fresh main database with the tables of the app.
 * @param {App} app @param {string[]} [tables] their statements @param {Access} [access] @returns {Promise<Main>}
 */
async function parityMain(app, tables = ddl(app.manifest), access = plainAccess(app)) {
  const { url, drop } = await MAINS[app.provider].create({})
  await access.prepare(url)
  const { adapter, end } = access.adapter(url, require(String(VERSIONS[app.version].adapter[app.provider])))
  // Prisma 6 may show a place in its own runtime as that of the call.
  const errorFormat = app.version === '6' ? 'minimal' : 'colorless'
  const client = new app.PrismaClient({ adapter, errorFormat })
  const run = async (/** @type {string[]} */ statements) => {
    for (const statement of statements) await client.$executeRawUnsafe(statement)
  }
  await run(tables)
  return {
    client,
    url,
    run,
    drop: async () => {
      await client.$disconnect()
      await end()
      await drop()
    },
  }
}

module.exports = { parityApp, parityMain }
