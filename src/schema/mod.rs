//! The data model a block was generated from, checked once and then immutable.

mod ddl;
mod manifest;
mod native;
mod whole;

use std::collections::HashMap;

use crate::ids::{FieldId, ModelId};
use crate::scalar::{Native, Scalar};

pub use ddl::{ADOPTED, SCOPE, quote, template_sql};
pub use whole::{WHOLE, whole_mark};

/// The main database's kind: its semantics are the ones a block answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    Postgres,
    Mysql,
    Sqlite,
}

impl Provider {
    /// As messages name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Mysql => "MySQL",
            Self::Sqlite => "SQLite",
        }
    }
}

#[derive(Debug)]
pub struct Schema {
    pub provider: Provider,
    /// The chosen models, then one pseudo-model per implicit many-to-many table (fields `A` and `B`).
    pub models: Vec<Model>,
    pub enums: Vec<Enum>,
    /// How many of `models` a user can name; the rest are link tables.
    pub named: usize,
    by_name: HashMap<String, ModelId>,
    by_table: HashMap<String, ModelId>,
}

#[derive(Debug)]
pub struct Model {
    pub id: ModelId,
    /// Prisma's name.
    pub name: String,
    /// Table name in the block file (unique even where SQLite ignores case).
    pub local: String,
    /// Table and schema in the main database.
    pub table: String,
    pub schema: Option<String>,
    pub fields: Vec<Field>,
    pub relations: Vec<Relation>,
    /// The primary key, or the first required unique where a model has none.
    pub key: Key,
    /// The key is the main table's PRIMARY KEY, not one of its unique constraints.
    pub keyed: bool,
    pub uniques: Vec<Key>,
    pub indexes: Vec<Vec<FieldId>>,
    /// Relations to models that were not chosen for the block.
    pub outside: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Key {
    /// The name users give in a `where` for a compound key: `name:` or the fields joined by `_`.
    pub name: String,
    pub fields: Vec<FieldId>,
}

#[derive(Debug)]
pub struct Field {
    pub id: FieldId,
    pub model: ModelId,
    pub name: String,
    /// Column name in the block file.
    pub local: String,
    /// Column name in the main database.
    pub column: String,
    pub scalar: Scalar,
    /// Index into [`Schema::enums`] when the scalar is an enum.
    pub enumeration: Option<usize>,
    pub list: bool,
    pub required: bool,
    pub updated_at: bool,
    /// Native type of the main column (`@db.…`) and its arguments.
    pub native: Option<(String, Vec<String>)>,
    pub default: Option<Default>,
}

/// What fills a field that a create leaves out.
#[derive(Debug, Clone)]
pub enum Default {
    /// A literal, as the data model gives it.
    Literal(serde_json::Value),
    Now,
    Uuid(u8),
    Cuid(u8),
    Ulid,
    Nanoid(usize),
    /// `autoincrement()`.
    Autoincrement,
    /// Only the main database can make it (`dbgenerated()`, `sequence()`).
    Main(String),
}

#[derive(Debug)]
pub struct Relation {
    pub name: String,
    /// What both sides of it are called together.
    pub title: String,
    pub target: ModelId,
    /// The other side: a position in the target's relations.
    pub back: usize,
    pub list: bool,
    /// A single record that is always there.
    pub required: bool,
    pub on_delete: Action,
    pub on_update: Action,
    pub join: Join,
}

/// How a row finds its related rows.
#[derive(Debug, Clone)]
pub enum Join {
    /// The foreign key is on this model: `fields` here equal `references` there.
    Local { fields: Vec<FieldId>, references: Vec<FieldId> },
    /// The foreign key is on the other model: its `fields` equal our `references`.
    Remote { fields: Vec<FieldId>, references: Vec<FieldId> },
    /// Through a link table; `ours` and `theirs` are its columns (`A` is field 0, `B` is field 1).
    Link { table: ModelId, ours: FieldId, theirs: FieldId },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::enum_variant_names, reason = "Prisma's own names")]
pub enum Action {
    Cascade,
    Restrict,
    NoAction,
    SetNull,
    SetDefault,
}

#[derive(Debug)]
pub struct Enum {
    pub name: String,
    /// Type name in the main database.
    pub type_name: String,
    pub schema: Option<String>,
    pub values: Vec<EnumValue>,
}

#[derive(Debug)]
pub struct EnumValue {
    /// Prisma's name: what JS and the block file hold.
    pub name: String,
    /// What the main database holds.
    pub label: String,
}

impl Schema {
    /// The model a user may call by that name.
    pub fn model_named(&self, name: &str) -> Option<&Model> {
        self.by_name.get(name).map(|id| self.model(*id))
    }

    pub fn model_of_table(&self, local: &str) -> Option<&Model> {
        self.by_table.get(local).map(|id| self.model(*id))
    }

    pub fn model(&self, id: ModelId) -> &Model {
        &self.models[id.index()]
    }

    /// What the main column's type does to a value of that field.
    pub fn native(&self, field: &Field) -> Native {
        let native = field.native.as_ref().map(|(name, args)| (name.as_str(), args.as_slice()));
        native::native(self.provider, field.scalar, native)
    }

    /// Does the main column keep fewer digits of a second than a block, or turn instants into local ones and back? `MySQL`
    /// cuts or rounds, as its `sql_mode` says.
    pub fn alters_instants(&self, field: &Field) -> bool {
        let digits = |args: &[String]| args.first().and_then(|arg| arg.parse().ok()).unwrap_or(0);
        self.provider == Provider::Mysql
            && match &field.native {
                Some((name, args)) => match name.as_str() {
                    "DateTime" => digits(args) < 3,
                    "Timestamp" => true,
                    _ => false,
                },
                None => false,
            }
    }

    /// The values of an enum in the main database's order: `PostgreSQL` and `MySQL` order them by declaration, SQLite by
    /// what it holds, which is text.
    pub fn ordered_values(&self, enumeration: usize) -> Vec<&EnumValue> {
        let mut values: Vec<&EnumValue> = self.enums[enumeration].values.iter().collect();
        if self.provider == Provider::Sqlite {
            values.sort_by(|left, right| left.label.cmp(&right.label));
        }
        values
    }

    /// A foreign key of one field and the unique field that it names: what SQLite holds every write of a caller to.
    pub fn enforced(&self, relation: &Relation) -> Option<(FieldId, FieldId)> {
        let Join::Local { fields, references } = &relation.join else { return None };
        let ([field], [reference]) = (fields.as_slice(), references.as_slice()) else {
            return None;
        };
        let unique = self.model(relation.target).keys().any(|key| key.fields == *references);
        unique.then_some((*field, *reference))
    }

    pub fn is_link(&self, id: ModelId) -> bool {
        id.index() >= self.named
    }
}

impl Field {
    /// Only inputs that name foreign keys as scalars may name it.
    pub fn counts_up(&self) -> bool {
        matches!(&self.default, Some(Default::Autoincrement))
    }

    /// Precision and scale of a Decimal's column in `MySQL`.
    pub fn decimal_digits(&self) -> (usize, usize) {
        let Some((_, args)) = &self.native else { return (65, 30) };
        let number = |at: usize| args.get(at).and_then(|arg| arg.parse().ok());
        // `@db.Decimal` alone is ten digits and none behind the point.
        (number(0).unwrap_or(10), number(1).unwrap_or(0))
    }

    /// `Timestamptz` of `@db.Timestamptz(3)`.
    pub fn native_name(&self) -> Option<&str> {
        self.native.as_ref().map(|(name, _)| name.as_str())
    }
}

impl Model {
    pub fn field(&self, id: FieldId) -> &Field {
        &self.fields[id.index()]
    }

    pub fn field_named(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Is that a relation to a model that was not chosen for the block?
    pub fn leads_outside(&self, relation: &str) -> bool {
        self.outside.iter().any(|name| name == relation)
    }

    pub fn relation_named(&self, name: &str) -> Option<&Relation> {
        self.relations.iter().find(|relation| relation.name == name)
    }

    /// Does a relation of this model keep its foreign key in that field?
    pub fn names_others_by(&self, field: FieldId) -> bool {
        self.relations.iter().any(|relation| {
            matches!(&relation.join, Join::Local { fields, .. } if fields.contains(&field))
        })
    }

    /// The primary key and every unique key: what a unique `where` may name.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.key).chain(&self.uniques)
    }
}
