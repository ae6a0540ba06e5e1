//! Schema -> the SQL text of an empty block file.

use super::{Action, Default, Field, Join, Key, Model, Provider, Relation, Schema};
use crate::ids::FieldId;
use crate::scalar::Scalar;

/// Marks a row that was fetched by a miss: it answers look-ups by key and to-one includes, not set reads.
/// A user's field cannot have this name: Prisma's names begin with a letter.
pub const ADOPTED: &str = "_adopted";
/// Key of `_sharded_meta` of the scope by which the file was loaded, see `js/scope`.
pub const SCOPE: &str = "scope";

/// The statements that create every table and index of the block's models.
pub fn template_sql(schema: &Schema) -> Vec<String> {
    let mut statements = Vec::new();
    for model in &schema.models {
        statements.push(table(schema, model));
        statements.extend(indexes(model));
        if !schema.is_link(model.id) {
            statements.push(adopted_rows(model));
        }
    }
    statements
}

/// A name as SQL text.
pub fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn names(model: &Model, ids: &[FieldId]) -> String {
    ids.iter().map(|id| quote(&model.field(*id).local)).collect::<Vec<_>>().join(", ")
}

fn table(schema: &Schema, model: &Model) -> String {
    let rowid = rowid_alias(model);
    let mut parts: Vec<String> =
        model.fields.iter().map(|field| column(schema, field, rowid == Some(field.id))).collect();
    if !schema.is_link(model.id) {
        parts.push(format!("{} INTEGER", quote(ADOPTED)));
    }
    // SQLite asks the last one first, and of several that a row breaks, main names the first.
    let uniques = model.uniques.iter().rev();
    parts.extend(uniques.map(|unique| format!("UNIQUE ({})", names(model, &unique.fields))));
    if rowid.is_none() {
        parts.push(format!("PRIMARY KEY ({})", names(model, &model.key.fields)));
    }
    parts.extend(foreign_keys(schema, model));
    format!("CREATE TABLE {} (\n  {}\n)", quote(&model.local), parts.join(",\n  "))
}

/// A single integer key is SQLite's own row id: one b-tree less.
fn rowid_alias(model: &Model) -> Option<FieldId> {
    match model.key.fields.as_slice() {
        [only]
            if matches!(model.field(*only).scalar, Scalar::Int | Scalar::BigInt)
                && !model.field(*only).list =>
        {
            Some(*only)
        }
        _ => None,
    }
}

fn column(schema: &Schema, field: &Field, rowid: bool) -> String {
    // MySQL has no bytewise equality: what its collation is, each connection learns from the file.
    let collated = schema.provider == Provider::Mysql && field.scalar == Scalar::String;
    let declared = match field.list {
        true => "TEXT",
        false if collated => "TEXT COLLATE sharded_main",
        false => field.scalar.declared(),
    };
    let mut text = quote(&field.local);
    if !declared.is_empty() {
        text.push(' ');
        text.push_str(declared);
    }
    if rowid {
        text.push_str(" PRIMARY KEY");
    } else if field.required && !field.list {
        text.push_str(" NOT NULL");
    }
    if let (Some(Default::Literal(value)), false) = (&field.default, field.list) {
        text.push_str(&set_default(field.scalar, value));
    }
    text
}

/// What `ON DELETE SET DEFAULT` sets a key column to; rows that are written give every column themselves.
fn set_default(scalar: Scalar, value: &serde_json::Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match scalar {
        Scalar::Int | Scalar::BigInt if text.parse::<i64>().is_ok() => format!(" DEFAULT {text}"),
        Scalar::String | Scalar::Enum => format!(" DEFAULT '{}'", text.replace('\'', "''")),
        _ => String::new(),
    }
}

fn foreign_keys<'a>(schema: &'a Schema, model: &'a Model) -> impl Iterator<Item = String> + 'a {
    model.relations.iter().filter_map(move |relation| {
        let Join::Local { fields, references } = &relation.join else { return None };
        let target = schema.model(relation.target);
        let unique = target.keys().any(|key| same_fields(key, references));
        unique.then(|| {
            format!(
                "FOREIGN KEY ({}) REFERENCES {} ({}) ON DELETE {} ON UPDATE {}",
                names(model, fields),
                quote(&target.local),
                names(target, references),
                action(relation.on_delete),
                action(on_update(schema, model, relation)),
            )
        })
    })
}

/// `InnoDB` does not follow an update into the table that it updates: there it restricts.
fn on_update(schema: &Schema, model: &Model, relation: &Relation) -> Action {
    let itself = schema.provider == Provider::Mysql && relation.target == model.id;
    match relation.on_update {
        Action::Cascade | Action::SetNull if itself => Action::Restrict,
        other => other,
    }
}

fn same_fields(key: &Key, fields: &[FieldId]) -> bool {
    key.fields.len() == fields.len() && fields.iter().all(|field| key.fields.contains(field))
}

fn action(action: Action) -> &'static str {
    match action {
        Action::Cascade => "CASCADE",
        Action::Restrict => "RESTRICT",
        Action::NoAction => "NO ACTION",
        Action::SetNull => "SET NULL",
        Action::SetDefault => "SET DEFAULT",
    }
}

/// The rows that set reads leave out are few, and counted without a look at the others.
fn adopted_rows(model: &Model) -> String {
    let (name, adopted) = (quote(&format!("{}{ADOPTED}", model.local)), quote(ADOPTED));
    let table = quote(&model.local);
    format!("CREATE INDEX {name} ON {table} ({adopted}) WHERE {adopted} IS NOT NULL")
}

/// Declared indexes, and one per foreign key: relations are loaded by it.
fn indexes(model: &Model) -> Vec<String> {
    let mut wanted: Vec<Vec<FieldId>> = model.indexes.clone();
    for relation in &model.relations {
        if let Join::Local { fields, .. } = &relation.join {
            wanted.push(fields.clone());
        }
    }
    let mut made: Vec<Vec<FieldId>> = Vec::new();
    for index in wanted {
        let covered =
            model.keys().any(|key| key.fields.starts_with(&index)) || made.contains(&index);
        if !covered {
            made.push(index);
        }
    }
    made.iter()
        .enumerate()
        .map(|(at, index)| {
            let name = quote(&format!("{}_{at}", model.local));
            format!("CREATE INDEX {name} ON {} ({})", quote(&model.local), names(model, index))
        })
        .collect()
}
