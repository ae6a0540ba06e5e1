// A generated client and a generated block per provider, made once per content, and a main database for them.
const fs = require('node:fs')
const path = require('node:path')
const { appFolder } = require('../support/app')
const { MAINS } = require('../support/mains')
const { ddl } = require('./ddl')
const { modelNames, schemaText } = require('./schema')

/**
 * @typedef {import('./schema').Provider} Provider
 * @typedef {{provider: Provider, PrismaClient: any, Prisma: any, generated: string, manifest: any}} App
 * @typedef {{client: any, run: (statements: string[]) => Promise<void>, drop: () => Promise<void>}} Main
 */

/** @param {Provider} provider @returns {App} */
function parityApp(provider) {
  const schema = schemaText(provider)
  const dir = appFolder('7', 'prisma-client-js', schema, modelNames(schema))
  const { PrismaClient, Prisma } = require(path.join(dir, 'client/index.js'))
  const generated = path.join(dir, 'prisma/blocks/generated')
  const manifest = JSON.parse(fs.readFileSync(path.join(generated, 'manifest.json'), 'utf8'))
  return { provider, PrismaClient, Prisma, generated, manifest }
}

/** A fresh main database with the tables of the app. @param {App} app @returns {Promise<Main>} */
async function parityMain(app) {
  const { adapter: name, connect, create } = MAINS[app.provider]
  const { url, drop } = await create({})
  const adapter = connect(url, require(`@prisma/${name}`))
  const client = new app.PrismaClient({ adapter, errorFormat: 'colorless' })
  const run = async (/** @type {string[]} */ statements) => {
    for (const statement of statements) await client.$executeRawUnsafe(statement)
  }
  await run(ddl(app.manifest))
  return {
    client,
    run,
    drop: async () => {
      await client.$disconnect()
      await drop()
    },
  }
}

module.exports = { parityApp, parityMain }
