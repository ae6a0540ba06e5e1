//! Row changes as statements: what all dialects share.
//!
//! A create is a plain INSERT: an existing key is a refusal, never an overwrite, unless the run says so. Links of an implicit
//! many-to-many table have nothing to overwrite; connecting twice is one link, as Prisma has it.

use super::builder::Builder;
use super::update::update_each;
use super::{Param, Statement};
use crate::ids::FieldId;
use crate::outbox::{Change, ChangeKind};
use crate::schema::{Field, Join, Model, Schema};
use crate::sync::apply::{Run, runs};
use crate::sync::coalesce::Plan;
use crate::value::Value;

pub trait Dialect {
    fn quote(&self, name: &str) -> String;

    /// Takes a parameter for a value that is stored in that column; the text names it.
    fn stored(&self, build: &mut Builder, field: &Field, value: &Value) -> String;

    /// The same for a value that is compared with that column's.
    fn compared(&self, build: &mut Builder, field: &Field, value: &Value) -> String;

    /// What follows an INSERT of links.
    fn ignore_links(&self) -> &'static str;

    /// What follows an INSERT of rows that overwrite those of their keys.
    fn overwrite(&self, model: &Model, change: &Change) -> String {
        on_conflict(self, model, change)
    }

    fn insert(&self, schema: &Schema, model: &Model, run: &Run<'_>) -> Vec<Statement>;

    fn delete_many(&self, schema: &Schema, model: &Model, run: &Run<'_>) -> Vec<Statement>;

    /// Rows that keep their keys, all with the same columns.
    fn update_many(&self, schema: &Schema, model: &Model, run: &Run<'_>) -> Vec<Statement>;

    /// A column, as an expression of that name, that comes back from an update.
    fn returned(&self, field: &Field, name: &str, at: usize) -> String;

    /// Its value as the block has it, in the form of [`Dialect::returned`].
    fn local(&self, schema: &Schema, field: &Field, value: &Value) -> Option<String>;

    /// Has UPDATE a RETURNING? Else its row is read in the same transaction.
    fn returns(&self) -> bool;
}

pub fn statements(
    dialect: &dyn Dialect,
    schema: &Schema,
    plan: &Plan<'_>,
    over: bool,
) -> Vec<Statement> {
    let mut out = Vec::new();
    for run in runs(schema, plan, over) {
        let model = schema.model(run.changes[0].model);
        let alone = run.changes.len() == 1;
        match run.changes[0].kind {
            ChangeKind::Create => out.extend(dialect.insert(schema, model, &run)),
            ChangeKind::Update if alone || moves_keys(model, &run) => {
                out.extend(update_each(dialect, schema, model, &run));
            }
            ChangeKind::Update => out.extend(dialect.update_many(schema, model, &run)),
            ChangeKind::Delete if alone => out.extend(delete_each(dialect, schema, model, &run)),
            ChangeKind::Delete => out.extend(dialect.delete_many(schema, model, &run)),
        }
    }
    out
}

/// What follows an INSERT of a run, for rows that are there already.
pub fn on_existing(dialect: &dyn Dialect, schema: &Schema, model: &Model, run: &Run<'_>) -> String {
    if schema.is_link(model.id) {
        dialect.ignore_links().to_owned()
    } else if run.over {
        dialect.overwrite(model, run.changes[0])
    } else {
        String::new()
    }
}

/// As `PostgreSQL` and `SQLite` have it.
fn on_conflict<D: Dialect + ?Sized>(dialect: &D, model: &Model, change: &Change) -> String {
    let name = |id: FieldId| dialect.quote(&model.field(id).column);
    let key: Vec<String> = model.key.fields.iter().map(|id| name(*id)).collect();
    let sets: Vec<String> = change
        .columns
        .iter()
        .filter(|column| !model.key.fields.contains(&column.field))
        .map(|column| format!("{0} = excluded.{0}", name(column.field)))
        .collect();
    let action = if sets.is_empty() {
        "NOTHING".to_owned()
    } else {
        format!("UPDATE SET {}", sets.join(", "))
    };
    format!(" ON CONFLICT ({}) DO {action}", key.join(", "))
}

fn moves_keys(model: &Model, run: &Run<'_>) -> bool {
    run.changes.iter().any(|change| change.moved_key(model).is_some())
}

pub fn table(dialect: &dyn Dialect, model: &Model) -> String {
    let schema = model.schema.as_ref().map(|name| dialect.quote(name) + ".").unwrap_or_default();
    schema + &dialect.quote(&model.table)
}

/// What a row found missing means: a refusal, unless the main database's own referential action may have come first,
/// or the row is only a link.
pub fn expected(schema: &Schema, model: &Model, change: &Change, rows: usize) -> Option<usize> {
    (!change.cascaded && !schema.is_link(model.id)).then_some(rows)
}

/// Rows that may name one another: a main database that checks each row at once wants them in execution order.
pub fn names_itself(model: &Model) -> bool {
    let local = |join: &Join| matches!(join, Join::Local { .. });
    model.relations.iter().any(|relation| relation.target == model.id && local(&relation.join))
}

/// `a = ? AND b = ?`
pub fn key_is(dialect: &dyn Dialect, build: &mut Builder, model: &Model, key: &[Value]) {
    for (at, (id, value)) in model.key.fields.iter().zip(key).enumerate() {
        let field = model.field(*id);
        let slot = dialect.compared(build, field, value);
        let and = if at == 0 { "" } else { " AND " };
        build.push(&format!("{and}{} = {slot}", dialect.quote(&field.column)));
    }
}

pub fn delete_each(
    dialect: &dyn Dialect,
    schema: &Schema,
    model: &Model,
    run: &Run<'_>,
) -> Vec<Statement> {
    let delete = |change: &&Change| {
        let mut build = Builder::new(schema, format!("DELETE FROM {}", table(dialect, model)));
        build.push(" WHERE ");
        key_is(dialect, &mut build, model, &change.key);
        build.done(model, run, expected(schema, model, change, 1))
    };
    run.changes.iter().map(delete).collect()
}

/// How much one statement of plain rows may hold.
#[derive(Clone, Copy)]
pub struct Limits {
    pub params: usize,
    pub bytes: usize,
}

/// An expression deeper than this is refused by `SQLite`, and slow everywhere.
const MAX_ALTERNATIVES: usize = 200;

impl Limits {
    /// For conditions on keys of so many fields.
    pub fn of_keys(self, width: usize) -> Self {
        let most = if width == 1 { self.params } else { MAX_ALTERNATIVES * width };
        Self { params: self.params.min(most), ..self }
    }
}

/// One multi-row INSERT per chunk, a parameter per value.
pub fn insert_values(
    dialect: &dyn Dialect,
    limits: Limits,
    schema: &Schema,
    model: &Model,
    run: &Run<'_>,
) -> Vec<Statement> {
    let columns = &run.changes[0].columns;
    let names: Vec<String> =
        columns.iter().map(|column| dialect.quote(&model.field(column.field).column)).collect();
    let head = format!("INSERT INTO {} ({}) VALUES ", table(dialect, model), names.join(", "));
    let statement = |changes: &[&Change]| {
        let mut build = Builder::new(schema, head.clone());
        for (at, change) in changes.iter().enumerate() {
            let slots: Vec<String> = change
                .columns
                .iter()
                .map(|column| {
                    let value = column.new.as_ref().unwrap_or(&Value::Null);
                    dialect.stored(&mut build, model.field(column.field), value)
                })
                .collect();
            let comma = if at == 0 { "(" } else { ", (" };
            build.push(comma).push(&slots.join(", ")).push(")");
        }
        build.push(&on_existing(dialect, schema, model, run));
        build.done(model, run, expected(schema, model, changes[0], changes.len()))
    };
    let width = columns.len().max(1);
    chunks(&run.changes, limits, width, row_weight).into_iter().map(statement).collect()
}

/// One `DELETE … WHERE` per chunk.
pub fn delete_in(
    dialect: &dyn Dialect,
    limits: Limits,
    schema: &Schema,
    model: &Model,
    run: &Run<'_>,
) -> Vec<Statement> {
    if names_itself(model) {
        return delete_each(dialect, schema, model, run);
    }
    let statement = |changes: &[&Change]| {
        let head = format!("DELETE FROM {} WHERE ", table(dialect, model));
        let mut build = Builder::new(schema, head);
        key_among(dialect, &mut build, model, changes);
        build.done(model, run, expected(schema, model, changes[0], changes.len()))
    };
    let width = model.key.fields.len();
    let limits = limits.of_keys(width);
    chunks(&run.changes, limits, width, key_weight).into_iter().map(statement).collect()
}

/// `key IN (…)`, or a chain of `OR` where a key has several fields.
pub fn key_among(dialect: &dyn Dialect, build: &mut Builder, model: &Model, changes: &[&Change]) {
    let [field] = model.key.fields.as_slice() else {
        for (at, change) in changes.iter().enumerate() {
            build.push(if at == 0 { "(" } else { " OR (" });
            key_is(dialect, build, model, &change.key);
            build.push(")");
        }
        return;
    };
    let field = model.field(*field);
    build.push(&format!("{} IN (", dialect.quote(&field.column)));
    let slots: Vec<String> =
        changes.iter().map(|change| dialect.compared(build, field, &change.key[0])).collect();
    build.push(&slots.join(", ")).push(")");
}

pub fn key_weight(change: &Change) -> usize {
    change.key.iter().map(weight).sum()
}

/// What an update or a create writes.
pub fn row_weight(change: &Change) -> usize {
    change.columns.iter().filter_map(|column| column.new.as_ref()).map(weight).sum()
}

fn weight(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
        _ => 8,
    }
}

/// Neighbours that fit one statement; a change that is larger than a statement may be stands alone.
pub fn chunks<'a, 'c>(
    changes: &'a [&'c Change],
    limits: Limits,
    width: usize,
    size: impl Fn(&Change) -> usize,
) -> Vec<&'a [&'c Change]> {
    let most = (limits.params / width).max(1);
    let (mut found, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (at, change) in changes.iter().enumerate() {
        let more = size(change);
        if at > start && (at - start == most || bytes + more > limits.bytes) {
            found.push(&changes[start..at]);
            (start, bytes) = (at, 0);
        }
        bytes += more;
    }
    found.push(&changes[start..]);
    found
}

/// A value as text where a number or a label is all there is to it; `None` is SQL NULL.
pub fn plain(schema: &Schema, field: &Field, value: &Value) -> Param {
    Param::One(super::text::plain_text(schema, field, value))
}
