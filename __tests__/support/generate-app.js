// A small app in a temporary folder, with the user's own Prisma (7 or 6) and `sharded` installed as npm would.
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const ROOT = path.resolve(__dirname, '../..')
const MODULES = path.join(ROOT, 'node_modules')
const CLI = path.join(ROOT, 'js/cli/index.js')
const PACKAGES = { 7: 'prisma', 6: 'prisma-6' }

class App {
  /** @param {7 | 6} major */
  constructor(major) {
    this.major = major
    this.cli = CLI
    this.folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'sharded app '))
    this.write('package.json', '{"name":"app"}')
    const bin = path.join(this.folder, 'node_modules/.bin')
    fs.mkdirSync(bin, { recursive: true })
    fs.symlinkSync(path.join(MODULES, PACKAGES[major]), path.join(this.folder, 'node_modules/prisma'))
    fs.symlinkSync(CLI, path.join(bin, 'sharded'))
  }

  /** A datasource of this Prisma: 6 wants a url, 7 refuses it. */
  datasource(provider = 'postgresql') {
    const url = this.major === 6 ? '\n  url = env("DATABASE_URL")' : ''
    return `datasource db {\n  provider = "${provider}"${url}\n}\n`
  }

  /** @param {string} name @param {string} text */
  write(name, text) {
    const file = path.join(this.folder, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, text)
  }

  /** @param {string} name */
  read(name) {
    return fs.readFileSync(path.join(this.folder, name), 'utf8')
  }

  /** @param {string} [at] */
  manifest(at = 'prisma/blocks') {
    return JSON.parse(this.read(`${at}/generated/manifest.json`))
  }

  /** Every file outside node_modules, in order. */
  files() {
    return fs
      .readdirSync(this.folder, { recursive: true })
      .map((name) => String(name).split(path.sep).join('/'))
      .filter(
        (name) => !name.startsWith('node_modules') && fs.statSync(path.join(this.folder, name)).isFile(),
      )
      .sort()
  }

  /** @param {string} script @param {string[]} args @param {{cwd?: string, env?: NodeJS.ProcessEnv}} [where] */
  run(script, args, { cwd = this.folder, env: extra = {} } = {}) {
    const bin = path.join(this.folder, 'node_modules/.bin')
    const env = {
      ...process.env,
      PATH: `${bin}${path.delimiter}${process.env.PATH}`,
      NO_COLOR: '1',
      ...extra,
    }
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
      cwd,
      env,
      encoding: 'utf8',
      timeout: 60_000,
    })
    return { code: status, stdout, stderr }
  }

  /** @param {string[]} args */
  sharded(...args) {
    return this.run(this.cli, args)
  }

  /** The user's own `prisma`; the engines it would fetch are not needed by these commands. @param {string[]} args */
  prisma(...args) {
    const script = path.join(this.folder, 'node_modules/prisma/build/index.js')
    const env = {
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_QUERY_ENGINE_LIBRARY: process.execPath,
      DATABASE_URL: 'postgresql://nobody@localhost/nothing',
    }
    return this.run(script, args, { env })
  }

  remove() {
    fs.rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Makes apps for the tests of one file and removes them after each test. */
function appsOfTest() {
  /** @type {App[]} */
  const made = []
  afterEach(() => {
    for (const app of made.splice(0)) app.remove()
  })
  return (/** @type {7 | 6} */ major = 7) => {
    const app = new App(major)
    made.push(app)
    return app
  }
}

const MODELS = `
enum Role {
  ADMIN
  USER @map("user")
  @@map("roles")
}

model User {
  id      String   @id @default(cuid())
  email   String   @unique
  role    Role     @default(USER)
  balance Decimal? @db.Decimal(10, 2)
  tags    String[] @default(["a"])
  at      DateTime @default(now()) @map("created_at") @db.Timestamptz(3)
  edited  DateTime @updatedAt
  posts   Post[]
  @@map("users")
}

model Post {
  id       Int    @id @default(autoincrement())
  title    String
  authorId String
  author   User   @relation(fields: [authorId], references: [id], onDelete: Cascade)
  cats     Cat[]
  @@unique([authorId, title])
  @@index([title])
}

model Cat {
  id    String @id @default(dbgenerated("gen_random_uuid()")) @db.Uuid
  posts Post[]
}
`

module.exports = { appsOfTest, MODELS }
