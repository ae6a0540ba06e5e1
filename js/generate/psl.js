// Manifest -> block.prisma: the block's data model in Prisma's own language, for people and their tools.
const { HEADER } = require('./header.js')

/**
 * @typedef {import('./types.js').Manifest} Manifest
 * @typedef {import('./types.js').ManifestModel} ManifestModel
 * @typedef {import('./types.js').ManifestField} ManifestField
 * @typedef {import('./types.js').ManifestRelation} ManifestRelation
 * @typedef {import('./types.js').ManifestKey} ManifestKey
 */

// Prisma's strings escape what JSON's do.
const quote = JSON.stringify

/** @param {string} name @param {string} dbName @param {string} prefix */
const mapOf = (name, dbName, prefix) => (dbName === name ? [] : [`${prefix}map(${quote(dbName)})`])

/** @param {string | null} schema */
const schemaOf = (schema) => (schema === null ? [] : [`@@schema(${quote(schema)})`])

/** @param {{isList: boolean, isRequired: boolean}} field */
function arity({ isList, isRequired }) {
  if (isList) return '[]'
  return isRequired ? '' : '?'
}

/** BigInt and Decimal literals arrive as strings but are written bare, as are enum values. @param {ManifestField} field @param {unknown} value @returns {string} */
function literal(field, value) {
  if (Array.isArray(value)) return `[${value.map((item) => literal(field, item)).join(', ')}]`
  const isBare = field.kind === 'enum' || ['BigInt', 'Decimal'].includes(field.type)
  return typeof value === 'string' && !isBare ? quote(value) : String(value)
}

/** @param {ManifestField} field */
function defaultOf(field) {
  if (field.default === null) return []
  if ('value' in field.default) return [`@default(${literal(field, field.default.value)})`]
  const { function: name, args } = field.default
  return [`@default(${name}(${args.map((arg) => (typeof arg === 'string' ? quote(arg) : arg)).join(', ')}))`]
}

/** @param {ManifestField} field */
function nativeOf({ nativeType }) {
  if (nativeType === null) return []
  const [name, args] = nativeType
  return [`@db.${name}${args.length > 0 ? `(${args.join(', ')})` : ''}`]
}

/** @param {ManifestField} field @param {ManifestModel} model */
function fieldLine(field, { primaryKey, uniques }) {
  const isKey = (/** @type {ManifestKey} */ key) => key.fields.length === 1 && key.fields[0] === field.name
  const attributes = [
    ...(isKey(primaryKey) ? ['@id'] : []),
    ...(uniques.some(isKey) ? ['@unique'] : []),
    ...defaultOf(field),
    ...(field.isUpdatedAt ? ['@updatedAt'] : []),
    ...mapOf(field.name, field.dbName, '@'),
    ...nativeOf(field),
  ]
  return [field.name, field.type + arity(field), ...attributes].join(' ')
}

/** @param {ManifestRelation} relation */
function relationLine(relation) {
  const { name, model, relationName, fields, references, onDelete, onUpdate } = relation
  const owner = [`fields: [${fields.join(', ')}]`, `references: [${references.join(', ')}]`]
  const args = [
    quote(relationName),
    ...(fields.length > 0 ? owner : []),
    ...(onDelete ? [`onDelete: ${onDelete}`] : []),
    ...(onUpdate ? [`onUpdate: ${onUpdate}`] : []),
  ]
  return `${name} ${model}${arity(relation)} @relation(${args.join(', ')})`
}

/** @param {string} attribute @param {ManifestKey} key */
function keyLine(attribute, { name, fields }) {
  return `@@${attribute}([${fields.join(', ')}]${name === null ? '' : `, name: ${quote(name)}`})`
}

/** @param {string} head @param {string[]} lines */
const braces = (head, lines) => `${head} {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`

/** @param {ManifestModel} model */
function modelBlock(model) {
  const isCompound = (/** @type {ManifestKey} */ { fields }) => fields.length > 1
  return braces(`model ${model.name}`, [
    ...model.fields.map((field) => fieldLine(field, model)),
    ...model.relations.map(relationLine),
    ...(isCompound(model.primaryKey) ? [keyLine('id', model.primaryKey)] : []),
    ...model.uniques.filter(isCompound).map((key) => keyLine('unique', key)),
    ...model.indexes.map(({ fields }) => keyLine('index', { name: null, fields })),
    ...mapOf(model.name, model.dbName, '@@'),
    ...schemaOf(model.schema),
  ])
}

/** @param {Manifest['enums'][number]} enumType */
function enumBlock({ name, dbName, schema, values }) {
  return braces(`enum ${name}`, [
    ...values.map((value) => [value.name, ...mapOf(value.name, value.dbName ?? value.name, '@')].join(' ')),
    ...mapOf(name, dbName ?? name, '@@'),
    ...schemaOf(schema),
  ])
}

/** @param {Manifest} manifest */
function datasourceBlock({ provider, prismaVersion, models, enums }) {
  const schemas = [
    ...new Set([...models, ...enums].flatMap(({ schema }) => (schema === null ? [] : [schema]))),
  ].sort()
  return braces('datasource db', [
    `provider = ${quote(provider)}`,
    // Prisma 6 refuses a datasource without a url, Prisma 7 one with it. The real one may hold a password: never copied.
    ...(Number.parseInt(prismaVersion, 10) < 7 ? ['url = env("DATABASE_URL")'] : []),
    ...(schemas.length > 0 ? [`schemas = [${schemas.map((name) => quote(name)).join(', ')}]`] : []),
  ])
}

/** @param {Manifest} manifest */
function blockSchema(manifest) {
  const blocks = [
    datasourceBlock(manifest),
    ...manifest.models.map((model) => modelBlock(model)),
    ...manifest.enums.map((enumType) => enumBlock(enumType)),
  ]
  return [HEADER, ...blocks].join('\n')
}

const COMMENTED = `// This file lies inside the folder that Prisma reads as the app's schema, where each model may be declared only
// once: so it is commented out.
`

/** @param {Manifest} manifest @param {boolean} isInsideSchema whether the user's Prisma would read the file as part of the schema */
function blockPrisma(manifest, isInsideSchema) {
  const text = blockSchema(manifest)
  if (!isInsideSchema) return text
  const body = text.slice(HEADER.length).replace(/^(?=.)/gm, '// ')
  return `${HEADER}${COMMENTED}${body}`
}

module.exports = { blockPrisma }
