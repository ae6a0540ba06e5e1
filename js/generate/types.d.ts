// The shape of prisma/blocks/generated/manifest.json, read by js/ and by the native addon.
export interface Manifest {
  version: 1
  fingerprint: string
  provider: 'postgresql' | 'mysql' | 'sqlite'
  prismaVersion: string
  enums: ManifestEnum[]
  models: ManifestModel[]
  joinTables: JoinTable[]
  outside: Outside
}

export interface ManifestEnum {
  name: string
  dbName: string | null
  schema: string | null
  values: { name: string; dbName: string | null }[]
}

export interface ManifestModel {
  name: string
  dbName: string
  schema: string | null
  fields: ManifestField[]
  relations: ManifestRelation[]
  primaryKey: ManifestKey
  uniques: ManifestKey[]
  indexes: { fields: string[] }[]
}

export interface ManifestKey {
  name: string | null
  fields: string[]
  /** of a primary key: the model has no @id, and one of its uniques stands in for it */
  unique?: boolean
}

export type FieldDefault = { value: unknown } | { function: string; args: (string | number)[] }

export interface ManifestField {
  name: string
  dbName: string
  kind: 'scalar' | 'enum'
  type: string
  isList: boolean
  isRequired: boolean
  isUpdatedAt: boolean
  nativeType: [string, string[]] | null
  default: FieldDefault | null
}

export interface ManifestRelation {
  name: string
  model: string
  isList: boolean
  isRequired: boolean
  relationName: string
  fields: string[]
  references: string[]
  onDelete: string | null
  onUpdate: string | null
}

export interface JoinTable {
  table: string
  schema: string | null
  relationName: string
  a: { model: string; field: string }
  b: { model: string; field: string }
}

export interface Outside {
  models: string[]
  relations: { model: string; field: string; to: string }[]
}
