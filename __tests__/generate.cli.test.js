// `sharded generate` as a user runs it, with real Prisma 7 and 6.
const fs = require('node:fs')
const path = require('node:path')
const { appsOfTest, MODELS } = require('./support/generate-app')

const newApp = appsOfTest()
const GENERATED = ['block.prisma', 'generated/index.d.ts', 'generated/manifest.json', 'template.sqlite']

/** @param {7 | 6} [major] */
function appWithSchema(major) {
  const app = newApp(major)
  app.write('prisma/schema.prisma', app.datasource() + MODELS)
  return app
}

describe.each([7, 6])('with Prisma %i', (major) => {
  test('a block of chosen models is written and what was left out is said', () => {
    const app = appWithSchema(major)
    const { code, stdout, stderr } = app.sharded('generate', '--models=Post, User')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('2 models (Post, User) was generated in prisma/blocks')
    expect(stdout).toContain('Post.cats is left out: Cat was not chosen')
    expect(app.files()).toEqual([
      'package.json',
      ...GENERATED.map((name) => `prisma/blocks/${name}`),
      'prisma/schema.prisma',
    ])
    expect(app.read('prisma/blocks/generated/index.d.ts')).toContain(
      "export type BlockModels = 'Post' | 'User'\n",
    )
    expect(app.manifest().prismaVersion).toMatch(new RegExp(`^${major}\\.`))
    expect(fs.statSync(path.join(app.folder, 'prisma/blocks/template.sqlite')).size).toBeGreaterThan(0)
  })

  test('block.prisma is a schema that Prisma accepts', () => {
    const app = appWithSchema(major)
    expect(app.sharded('generate', '--all-models').code).toBe(0)
    const { code, stdout } = app.prisma('validate', '--schema', 'prisma/blocks/block.prisma')
    expect(stdout).toContain('is valid')
    expect(code).toBe(0)
  })

  test('a folder schema named by prisma.config, with the output inside it, stays valid', () => {
    const app = newApp(major)
    const [enums, models] = MODELS.split(/(?=model User)/)
    app.write('prisma.config.mjs', "export default { schema: 'prisma' }\n")
    app.write('prisma/main.prisma', app.datasource() + models)
    app.write('prisma/parts/enums.prisma', enums)
    for (const run of [1, 2])
      expect({ run, ...app.sharded('generate', '--all-models') }).toMatchObject({ run, code: 0 })
    expect(app.manifest().models.map(({ name }) => name)).toEqual(['Cat', 'Post', 'User'])
    expect(app.prisma('validate').code).toBe(0)
  })

  test("Prisma's own message about an invalid schema is passed on, with the user's path", () => {
    const app = newApp(major)
    app.write('prisma/schema.prisma', `${app.datasource()}model User {\n  id Strin @id\n}\n`)
    const { code, stderr } = app.sharded('generate', '--all-models')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^error: Prisma could not read the schema prisma\/schema\.prisma\n/)
    expect(stderr).toContain('Type "Strin" is neither a built-in type')
    expect(stderr).toContain('-->  prisma/schema.prisma')
    expect(app.files()).toEqual(['package.json', 'prisma/schema.prisma'])
  })
})

test("other generators of the schema do not run, and the user's files stay as they are", () => {
  const app = newApp()
  const schema = `generator broken {\n  provider = "false"\n}\n${app.datasource()}${MODELS}`
  app.write('prisma/schema.prisma', schema)
  expect(app.sharded('generate', '--all-models')).toMatchObject({ code: 0, stderr: '' })
  expect(app.read('prisma/schema.prisma')).toBe(schema)
})

test('--json prints one object', () => {
  const app = appWithSchema()
  const { stdout } = app.sharded('generate', '--models=Post', '--json')
  expect(JSON.parse(stdout)).toMatchObject({
    output: path.join(app.folder, 'prisma/blocks'),
    fingerprint: app.manifest().fingerprint,
    models: ['Post'],
    leftOut: [
      { model: 'Post', field: 'author', to: 'User', keeps: ['authorId'] },
      { model: 'Post', field: 'cats', to: 'Cat', keeps: [] },
    ],
  })
})

test('a left-out relation keeps its foreign key, and says so', () => {
  const app = appWithSchema()
  const { stdout } = app.sharded('generate', '--models=Post')
  expect(stdout).toContain('Post.author is left out: User was not chosen; authorId stays as a plain column')
  const [post] = app.manifest().models
  expect(post.fields.map(({ name }) => name)).toEqual(['id', 'title', 'authorId'])
  expect(post.relations).toEqual([])
})

test('--schema and --output name other places', () => {
  const app = newApp()
  app.write('db/main.prisma', app.datasource() + MODELS)
  expect(app.sharded('generate', '--schema=db/main.prisma', '--all-models', '--output=db/out').code).toBe(0)
  expect(app.manifest('db/out').models).toHaveLength(3)
})

test('block data is added to .gitignore once, and only where there is one or git', () => {
  const app = appWithSchema()
  expect(app.sharded('generate', '--all-models').code).toBe(0)
  expect(app.files()).not.toContain('.gitignore')
  app.write('.gitignore', 'node_modules')
  expect(app.sharded('generate', '--all-models').stdout).toContain(
    'prisma/blocks/data was added to .gitignore',
  )
  expect(app.sharded('generate', '--all-models').stdout).not.toContain('.gitignore')
  expect(app.read('.gitignore')).toBe('node_modules\nprisma/blocks/data\n')
})

test.each([
  ['an unknown model', ['--models=Usr'], 'unknown model "Usr". Did you mean User?'],
  ['a name like no other', ['--models=Invoice'], 'unknown model "Invoice". Known models: Cat, Post, User'],
  ['no selection', [], 'no models were chosen: pass --models=User,Order or --all-models'],
  ['an empty selection', ['--models='], '--models: the selection of models is empty'],
  ['two selections', ['--models=User', '--all-models'], '--models and --all-models exclude each other'],
  [
    'a missing schema',
    ['--all-models', '--schema=none.prisma'],
    '--schema: expected a .prisma file or a folder',
  ],
  ['a file for a folder', ['--all-models', '--output=package.json'], 'cannot write to the output folder'],
  [
    'an unwritable folder',
    ['--all-models', '--output=package.json/a/b'],
    'cannot write to the output folder',
  ],
])('%s is one line and exit code 1, and nothing is written', (_, args, message) => {
  const app = appWithSchema()
  const { code, stdout, stderr } = app.sharded('generate', ...args)
  expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({ code: 1, stdout: '', lines: 1 })
  expect(stderr).toContain(`error: ${message}`)
  expect(app.files()).toEqual(['package.json', 'prisma/schema.prisma'])
})

test('a failure leaves the files of the last success', () => {
  const app = appWithSchema()
  expect(app.sharded('generate', '--models=User').code).toBe(0)
  const before = app.manifest()
  fs.mkdirSync(path.join(app.folder, 'prisma/blocks/old'))
  fs.rmSync(path.join(app.folder, 'prisma/blocks/template.sqlite'))
  fs.mkdirSync(path.join(app.folder, 'prisma/blocks/template.sqlite'))
  expect(app.sharded('generate', '--all-models').code).toBe(1)
  expect(app.manifest()).toEqual(before)
})

test('an app without a schema', () => {
  const { code, stderr } = newApp().sharded('generate', '--all-models')
  expect(code).toBe(1)
  expect(stderr).toMatch(/^error: no Prisma schema in .*pass --schema=/)
})

test('an app without Prisma', () => {
  const app = appWithSchema()
  const schema = path.join(app.folder, 'prisma/schema.prisma')
  // From the root folder: a temporary one may have somebody's node_modules above it.
  const { root } = path.parse(app.folder)
  const { code, stderr } = app.run(app.cli, ['generate', '--all-models', `--schema=${schema}`], { cwd: root })
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `error: Prisma is not installed in ${root}: run npm install prisma --save-dev\n`,
  })
})

test.each(['mongodb', 'sqlserver'])('provider %s is refused by name', (provider) => {
  const app = newApp()
  app.write('schema.prisma', `${app.datasource(provider)}model User {\n  id String @id @map("_id")\n}\n`)
  const { stdout, stderr, code } = app.sharded('generate', '--all-models', '--json')
  expect(stderr).toBe(
    `error: datasource provider: expected one of postgresql, mysql, sqlite, given ${provider}\n`,
  )
  expect(JSON.parse(stdout).error).toMatchObject({ name: 'NotSupportedError', code: 'SHARDED_NOT_SUPPORTED' })
  expect(code).toBe(1)
})

test('help, version and an unknown command', () => {
  const app = newApp()
  expect(app.sharded('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('generate') })
  expect(app.sharded('--version')).toMatchObject({
    code: 0,
    stdout: `${require('../package.json').version}\n`,
  })
  const unknown = {
    code: 1,
    stderr:
      "error: unknown command 'frob': expected one of generate, status, flush, invalidate, delete, ledger, doctor, rejected\n",
  }
  expect(app.sharded('frob')).toMatchObject(unknown)
})
