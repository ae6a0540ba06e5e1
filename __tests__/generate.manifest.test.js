// The manifest: complete, the same on every machine, another one for another data model.
const { appsOfTest, MODELS } = require('./support/generate-app')

const newApp = appsOfTest()

/** @param {string} models @param {string[]} flags @param {7 | 6} [major] */
function manifestOf(models, flags = ['--all-models'], major = 7) {
  const app = newApp(major)
  app.write('prisma/schema.prisma', app.datasource() + models)
  const { code, stderr } = app.sharded('generate', ...flags)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return app.manifest()
}

/** @param {any} manifest @param {string} name */
const modelOf = ({ models }, name) =>
  models.find((/** @type {{name: string}} */ model) => model.name === name)

test('fields carry names, types, native types and defaults', () => {
  const { fields, ...user } = modelOf(manifestOf(MODELS), 'User')
  const plain = {
    kind: 'scalar',
    isList: false,
    isRequired: true,
    isUpdatedAt: false,
    nativeType: null,
    default: null,
  }
  expect(fields).toEqual([
    { ...plain, name: 'id', dbName: 'id', type: 'String', default: { function: 'cuid', args: [1] } },
    { ...plain, name: 'email', dbName: 'email', type: 'String' },
    { ...plain, name: 'role', dbName: 'role', kind: 'enum', type: 'Role', default: { value: 'USER' } },
    {
      ...plain,
      name: 'balance',
      dbName: 'balance',
      type: 'Decimal',
      isRequired: false,
      nativeType: ['Decimal', ['10', '2']],
    },
    { ...plain, name: 'tags', dbName: 'tags', type: 'String', isList: true, default: { value: ['a'] } },
    {
      ...plain,
      name: 'at',
      dbName: 'created_at',
      type: 'DateTime',
      nativeType: ['Timestamptz', ['3']],
      default: { function: 'now', args: [] },
    },
    { ...plain, name: 'edited', dbName: 'edited', type: 'DateTime', isUpdatedAt: true },
  ])
  expect(user).toMatchObject({ dbName: 'users', schema: null, primaryKey: { name: null, fields: ['id'] } })
  expect(user.uniques).toEqual([{ name: null, fields: ['email'] }])
})

test('relations, keys, indexes, enums and what lies outside', () => {
  const manifest = manifestOf(MODELS, ['--models=User,Post'])
  const post = modelOf(manifest, 'Post')
  expect(post.relations).toEqual([
    {
      name: 'author',
      model: 'User',
      isList: false,
      isRequired: true,
      relationName: 'PostToUser',
      fields: ['authorId'],
      references: ['id'],
      onDelete: 'Cascade',
      onUpdate: null,
    },
  ])
  expect(post.uniques).toEqual([{ name: null, fields: ['authorId', 'title'] }])
  expect(post.indexes).toEqual([{ fields: ['title'] }])
  const values = [
    { name: 'ADMIN', dbName: null },
    { name: 'USER', dbName: 'user' },
  ]
  expect(manifest.enums).toEqual([{ name: 'Role', dbName: 'roles', schema: null, values }])
  expect(manifest.outside).toEqual({
    models: ['Cat'],
    relations: [{ model: 'Post', field: 'cats', to: 'Cat' }],
  })
  expect(manifest.joinTables).toEqual([])
})

test('implicit many-to-many tables, between two models and of one model with itself', () => {
  const self =
    'model Node {\n  id Int @id\n  outs Node[] @relation("edge")\n  ins Node[] @relation("edge")\n}\n'
  expect(manifestOf(MODELS + self).joinTables).toEqual([
    {
      table: '_CatToPost',
      schema: null,
      relationName: 'CatToPost',
      a: { model: 'Cat', field: 'posts' },
      b: { model: 'Post', field: 'cats' },
    },
    {
      table: '_edge',
      schema: null,
      relationName: 'edge',
      a: { model: 'Node', field: 'ins' },
      b: { model: 'Node', field: 'outs' },
    },
  ])
})

test('a model without @id is known by its first unique of required fields', () => {
  const manifest = manifestOf(
    'model Seat {\n  code String? @unique\n  hall Int\n  no Int\n  @@unique([hall, no], name: "place")\n}\n',
  )
  expect(manifest.models[0].primaryKey).toEqual({ name: 'place', fields: ['hall', 'no'], unique: true })
  expect(manifest.models[0].uniques).toEqual([{ name: null, fields: ['code'] }])
})

test('the fingerprint depends on nothing but the content', () => {
  const shuffled = MODELS.split(/(?=^(?:model|enum) )/m)
    .reverse()
    .join('\n')
  const first = manifestOf(MODELS, ['--models=User,Post'])
  expect(first.fingerprint).toMatch(/^[0-9a-f]{16}$/)
  expect(manifestOf(shuffled, ['--models=Post,User'])).toEqual(first)
})

test('Prisma 6 and 7 give the same manifest and fingerprint, but for their version', () => {
  const { prismaVersion: six, ...from6 } = manifestOf(MODELS, ['--all-models'], 6)
  const { prismaVersion: seven, ...from7 } = manifestOf(MODELS)
  expect(from6).toEqual(from7)
  expect([six, seven].map((version) => version.split('.')[0])).toEqual(['6', '7'])
})

/** @type {string | undefined} */
let unchanged

test.each([
  ['a type', 'title    String', 'title    Int'],
  ['a native type', 'Decimal(10, 2)', 'Decimal(10, 3)'],
  ['a default', '["a"]', '["b"]'],
  ['a column', 'created_at', 'made_at'],
  ['a table', 'users', 'people'],
  ['an enum value', '"user"', '"USER"'],
  ['a referential action', 'Cascade', 'Restrict'],
  ['a unique', '@@unique([authorId, title])', '@@unique([title, authorId])'],
])('%s changes the fingerprint', (_, from, to) => {
  expect(MODELS).toContain(from)
  unchanged ??= manifestOf(MODELS).fingerprint
  expect(manifestOf(MODELS.replace(from, to)).fingerprint).not.toBe(unchanged)
})
