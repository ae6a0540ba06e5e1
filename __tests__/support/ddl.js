// The tables that Prisma Migrate would make of a data model (a manifest of all its models) in MySQL and SQLite: its own
// engine is a download that the tests do without.

const { columnType, quoter } = require('./columns')

/** @typedef {any} Manifest */
/** @typedef {{name: string, dbName: string, type: string, kind: string, isRequired: boolean, nativeType: [string, string[]] | null, default: any}} Field */

/**
 * @typedef {object} Dialect
 * @property {string} now
 * @property {string} serial what an autoincrement key is declared as
 * @property {(name: string) => string} unique how a unique key begins
 */

/** @type {Record<string, Dialect>} */
const DIALECTS = {
  mysql: {
    now: 'CURRENT_TIMESTAMP(3)',
    serial: 'INTEGER NOT NULL AUTO_INCREMENT PRIMARY KEY',
    unique: (name) => `UNIQUE INDEX ${name}`,
  },
  sqlite: {
    now: 'CURRENT_TIMESTAMP',
    serial: 'INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT',
    unique: () => 'UNIQUE',
  },
}

/** @type {Record<string, string>} */
const ACTIONS = {
  Cascade: 'CASCADE',
  Restrict: 'RESTRICT',
  NoAction: 'NO ACTION',
  SetNull: 'SET NULL',
  SetDefault: 'SET DEFAULT',
}

class Writer {
  /** @param {Manifest} manifest */
  constructor(manifest) {
    this.manifest = manifest
    this.dialect = DIALECTS[manifest.provider]
    this.name = quoter(manifest.provider)
  }

  /** @param {any} model @param {string[]} fields */
  columns(model, fields) {
    const of = (/** @type {string} */ name) => model.fields.find((/** @type {any} */ f) => f.name === name)
    return `(${fields.map((name) => this.name(of(name).dbName)).join(', ')})`
  }

  /** @param {string} name */
  model(name) {
    return this.manifest.models.find((/** @type {any} */ model) => model.name === name)
  }

  /** @param {Field} field */
  typeOf(field) {
    return columnType(this.manifest, field)
  }

  /** @param {Field} field */
  column(field) {
    const name = this.name(field.dbName)
    if (field.default?.function === 'autoincrement') return `${name} ${this.dialect.serial}`
    const now = field.default?.function === 'now' ? ` DEFAULT ${this.dialect.now}` : ''
    return `${name} ${this.typeOf(field)}${field.isRequired ? ' NOT NULL' : ' NULL'}${now}`
  }

  /** @param {any} model @param {any} relation */
  foreignKey(model, relation) {
    const target = this.model(relation.model)
    const required = relation.fields.every(
      (/** @type {string} */ name) => model.fields.find((/** @type {any} */ f) => f.name === name).isRequired,
    )
    const onDelete = ACTIONS[relation.onDelete] ?? (required ? 'RESTRICT' : 'SET NULL')
    const onUpdate = ACTIONS[relation.onUpdate] ?? 'CASCADE'
    const [mine, theirs] = [this.columns(model, relation.fields), this.columns(target, relation.references)]
    // InnoDB looks at the foreign keys of a row in the order of their names.
    const constraint = this.name(this.constraint(model, relation.fields, 'fkey'))
    return `CONSTRAINT ${constraint} FOREIGN KEY ${mine} REFERENCES ${this.name(target.dbName)} ${theirs} ON DELETE ${onDelete} ON UPDATE ${onUpdate}`
  }

  /** The name that Prisma gives a constraint. @param {any} model @param {string[]} fields @param {string} suffix */
  constraint(model, fields, suffix) {
    const of = (/** @type {string} */ name) => model.fields.find((/** @type {any} */ f) => f.name === name)
    return [model.dbName, ...fields.map((field) => of(field).dbName), suffix].join('_')
  }

  /** @param {any} model @param {string[]} fields */
  unique(model, fields) {
    const name = this.name(this.constraint(model, fields, 'key'))
    return `${this.dialect.unique(name)} ${this.columns(model, fields)}`
  }

  /** @param {any} model */
  table(model) {
    const isSerial = model.fields.some((/** @type {any} */ f) => f.default?.function === 'autoincrement')
    const { primaryKey, uniques, relations } = model
    const { fields } = primaryKey
    const key = primaryKey.unique ? this.unique(model, fields) : `PRIMARY KEY ${this.columns(model, fields)}`
    const lines = [
      ...model.fields.map((/** @type {Field} */ field) => this.column(field)),
      ...(isSerial ? [] : [key]),
      ...uniques.map((/** @type {any} */ one) => this.unique(model, one.fields)),
      ...relations
        .filter((/** @type {any} */ one) => one.fields.length > 0)
        .map((/** @type {any} */ one) => this.foreignKey(model, one)),
    ]
    return this.create(model.dbName, lines)
  }

  /** @param {any} join */
  joinTable({ table, a, b }) {
    const ends = [this.model(a.model), this.model(b.model)]
    const lines = ends.flatMap((model, n) => {
      const [key] = model.primaryKey.fields
      const field = model.fields.find((/** @type {any} */ f) => f.name === key)
      const column = this.name('AB'[n])
      const target = `${this.name(model.dbName)} ${this.columns(model, [key])}`
      return [
        `${column} ${this.typeOf(field)} NOT NULL`,
        `CONSTRAINT ${this.name(`${table}_${'AB'[n]}_fkey`)} FOREIGN KEY (${column}) REFERENCES ${target} ON DELETE CASCADE ON UPDATE CASCADE`,
      ]
    })
    const columns = lines.filter((_, n) => n % 2 === 0)
    const keys = lines.filter((_, n) => n % 2 === 1)
    const both = `${this.dialect.unique(this.name(`${table}_AB_unique`))} (${this.name('A')}, ${this.name('B')})`
    return this.create(table, [...columns, both, ...keys])
  }

  /** @param {string} table @param {string[]} lines */
  create(table, lines) {
    return `CREATE TABLE ${this.name(table)} (\n  ${lines.join(',\n  ')}\n)`
  }
}

/** One statement per table. Foreign keys may point forward: the caller switches their check off. @param {Manifest} manifest @returns {string[]} */
function createTables(manifest) {
  const writer = new Writer(manifest)
  return [
    ...manifest.models.map((/** @type {any} */ model) => writer.table(model)),
    ...manifest.joinTables.map((/** @type {any} */ join) => writer.joinTable(join)),
  ]
}

module.exports = { createTables }
