// Names and column types of a manifest's fields in its main database's SQL.

/** Column types where the schema names none: Prisma's own choice. @type {Record<string, Record<string, string>>} */
const DEFAULTS = {
  postgresql: {
    Int: 'INTEGER',
    BigInt: 'BIGINT',
    Float: 'DOUBLE PRECISION',
    Decimal: 'DECIMAL(65,30)',
    String: 'TEXT',
    Boolean: 'BOOLEAN',
    DateTime: 'TIMESTAMP(3)',
    Bytes: 'BYTEA',
    Json: 'JSONB',
  },
  mysql: {
    Int: 'INTEGER',
    BigInt: 'BIGINT',
    Float: 'DOUBLE',
    Decimal: 'DECIMAL(65,30)',
    String: 'VARCHAR(191)',
    Boolean: 'BOOLEAN',
    DateTime: 'DATETIME(3)',
    Bytes: 'LONGBLOB',
    Json: 'JSON',
  },
  sqlite: {
    Int: 'INTEGER',
    BigInt: 'BIGINT',
    Float: 'REAL',
    Decimal: 'DECIMAL',
    String: 'TEXT',
    Boolean: 'BOOLEAN',
    DateTime: 'DATETIME',
    Bytes: 'BLOB',
    Json: 'JSONB',
  },
}

/** Native types whose SQL is not their name. @type {Record<string, string>} */
const NATIVE = {
  UnsignedTinyInt: 'TINYINT UNSIGNED',
  UnsignedSmallInt: 'SMALLINT UNSIGNED',
  UnsignedMediumInt: 'MEDIUMINT UNSIGNED',
  UnsignedInt: 'INTEGER UNSIGNED',
  UnsignedBigInt: 'BIGINT UNSIGNED',
}

/** @param {string} provider */
const quoter = (provider) => (/** @type {string} */ name) =>
  provider === 'mysql' ? `\`${name}\`` : `"${name}"`

/** @param {any} manifest @param {any} field */
function enumType(manifest, field) {
  const found = manifest.enums.find((/** @type {any} */ one) => one.name === field.type)
  const values = found.values.map((/** @type {any} */ value) => `'${value.dbName ?? value.name}'`).join(', ')
  return { name: found.dbName ?? found.name, values }
}

/** @param {any} manifest @param {any} field */
function columnType(manifest, field) {
  const { provider } = manifest
  if (field.kind === 'enum') {
    if (provider === 'sqlite') return 'TEXT'
    const { name, values } = enumType(manifest, field)
    return provider === 'mysql' ? `ENUM(${values})` : `"${name}"${field.isList ? '[]' : ''}`
  }
  const [native, args] = field.nativeType ?? [null, []]
  const size = args.length > 0 ? `(${args.join(',')})` : ''
  const type = native ? `${NATIVE[native] ?? native}${size}` : DEFAULTS[provider][field.type]
  return `${type}${field.isList ? '[]' : ''}`
}

module.exports = { columnType, enumType, quoter }
