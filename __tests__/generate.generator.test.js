// `generator sharded { … }` in the schema, run by the user's own `prisma generate`.
const { appsOfTest, MODELS } = require('./support/generate-app')

const newApp = appsOfTest()

/** @param {7 | 6} major @param {string} lines */
function appWithBlock(major, lines) {
  const app = newApp(major)
  const block = `generator sharded {\n  provider = "sharded"\n${lines}\n}\n`
  app.write('prisma/schema.prisma', app.datasource() + block + MODELS)
  return app
}

const names = (/** @type {{models: {name: string}[]}} */ { models }) => models.map(({ name }) => name)

describe.each([7, 6])('with Prisma %i', (major) => {
  test('prisma generate writes the block and says what was left out', () => {
    const app = appWithBlock(major, '  models = ["User", "Post"]')
    const { code, stdout } = app.prisma('generate')
    expect(stdout).toContain('sharded: Post.cats is left out: Cat was not chosen')
    expect(code).toBe(0)
    expect(names(app.manifest())).toEqual(['Post', 'User'])
  })

  test.each(['', '  models = "all"'])('every model is the default (%s)', (lines) => {
    const app = appWithBlock(major, lines)
    expect(app.prisma('generate').code).toBe(0)
    expect(names(app.manifest())).toEqual(['Cat', 'Post', 'User'])
  })

  test('output moves the block, for prisma generate and for sharded generate alike', () => {
    const app = appWithBlock(major, '  models = ["Cat"]\n  output = "../blocks here"')
    expect(app.prisma('generate').code).toBe(0)
    const fromPrisma = app.read('blocks here/generated/manifest.json')
    expect(app.sharded('generate')).toMatchObject({ code: 0, stderr: '' })
    expect(app.read('blocks here/generated/manifest.json')).toBe(fromPrisma)
  })

  test('an unknown model and an empty selection fail prisma generate', () => {
    const unknown = appWithBlock(major, '  models = ["Usr"]').prisma('generate')
    expect(unknown.code).toBe(1)
    expect(unknown.stdout + unknown.stderr).toContain('unknown model "Usr". Did you mean User?')
    const empty = appWithBlock(major, '  models = []')
    expect(empty.prisma('generate').code).toBe(1)
    expect(empty.files()).toEqual(['package.json', 'prisma/schema.prisma'])
  })
})

test('flags win over the block of the schema', () => {
  const app = appWithBlock(7, '  models = ["Cat"]')
  expect(app.sharded('generate', '--models=User').code).toBe(0)
  expect(names(app.manifest())).toEqual(['User'])
})
