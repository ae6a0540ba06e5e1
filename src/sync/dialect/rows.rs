//! Row changes as statements: what all dialects share.
//!
//! A create is a plain INSERT: an existing key is a refusal, never an overwrite. Links of an implicit many-to-many
//! table have nothing to overwrite; connecting twice is one link, as Prisma has it.

use super::builder::Builder;
use super::{Call, Param, Returning, Statement};
use crate::ids::Seq;
use crate::outbox::{Change, ChangeKind, Column};
use crate::schema::{Field, Join, Model, Schema};
use crate::sync::apply::{Run, runs};
use crate::value::Value;

pub trait Dialect {
    fn quote(&self, name: &str) -> String;

    /// Takes a parameter for a value that is stored in that column; the text names it.
    fn stored(&self, build: &mut Builder, field: &Field, value: &Value) -> String;

    /// The same for a value that is compared with that column's.
    fn compared(&self, build: &mut Builder, field: &Field, value: &Value) -> String;

    /// What follows an INSERT of links.
    fn ignore_links(&self) -> &'static str;

    fn insert(&self, schema: &Schema, model: &Model, run: &Run<'_>) -> Vec<Statement>;

    /// Rows of a key of one field.
    fn delete_many(&self, schema: &Schema, model: &Model, run: &Run<'_>) -> Vec<Statement>;

    /// A column that comes back from an update.
    fn returned(&self, field: &Field, at: usize) -> String;

    /// Its value as the block has it, in the form of [`Dialect::returned`].
    fn local(&self, schema: &Schema, field: &Field, value: &Value) -> Option<String>;

    /// Has UPDATE a RETURNING? Else its row is read in the same transaction.
    fn returns(&self) -> bool;
}

pub fn statements(
    dialect: &dyn Dialect,
    schema: &Schema,
    commits: &[(Seq, Vec<Change>)],
) -> Vec<Statement> {
    let mut out = Vec::new();
    for run in runs(commits) {
        let model = schema.model(run.changes[0].model);
        match run.changes[0].kind {
            ChangeKind::Create => out.extend(dialect.insert(schema, model, &run)),
            ChangeKind::Update => out.extend(update(dialect, schema, model, &run)),
            ChangeKind::Delete if model.key.fields.len() == 1 && run.changes.len() > 1 => {
                out.extend(dialect.delete_many(schema, model, &run));
            }
            ChangeKind::Delete => out.extend(delete_each(dialect, schema, model, &run)),
        }
    }
    out
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

fn where_key(dialect: &dyn Dialect, build: &mut Builder, model: &Model, key: &[Value]) {
    build.push(" WHERE ");
    for (at, (id, value)) in model.key.fields.iter().zip(key).enumerate() {
        let field = model.field(*id);
        let slot = dialect.compared(build, field, value);
        let and = if at == 0 { "" } else { " AND " };
        build.push(&format!("{and}{} = {slot}", dialect.quote(&field.column)));
    }
}

/// `None` when nothing but old values was captured: there is nothing to write.
fn update(
    dialect: &dyn Dialect,
    schema: &Schema,
    model: &Model,
    run: &Run<'_>,
) -> Option<Statement> {
    let change = run.changes[0];
    let mut build = Builder::new(schema, format!("UPDATE {} SET ", table(dialect, model)));
    let sets: Vec<String> = change
        .columns
        .iter()
        .filter_map(|column| set(dialect, &mut build, model, column))
        .collect();
    if sets.is_empty() {
        return None;
    }
    build.push(&sets.join(", "));
    where_key(dialect, &mut build, model, &change.key);
    let deltas: Vec<&Column> =
        change.columns.iter().filter(|column| column.delta.is_some()).collect();
    let key = change.moved_key(model).unwrap_or_else(|| change.key.clone());
    let back: Vec<String> = deltas
        .iter()
        .enumerate()
        .map(|(at, column)| dialect.returned(model.field(column.field), at))
        .collect();
    if dialect.returns() && !back.is_empty() {
        build.push(" RETURNING ").push(&back.join(", "));
    }
    let mut statement = build.done(model, run, expected(schema, model, change, 1));
    if !dialect.returns() {
        statement.select = Some(select(dialect, schema, model, &key, &back));
    }
    if !deltas.is_empty() {
        let local = |column: &&Column| {
            dialect.local(schema, model.field(column.field), column.new.as_ref()?)
        };
        statement.returning = Some(Returning {
            key,
            fields: deltas.iter().map(|column| column.field).collect(),
            local: deltas.iter().map(local).collect(),
        });
    }
    Some(statement)
}

/// Locks what it reads: the newest row, not one of the transaction's snapshot.
fn select(
    dialect: &dyn Dialect,
    schema: &Schema,
    model: &Model,
    key: &[Value],
    back: &[String],
) -> Call {
    let back = if back.is_empty() { "1 AS r0".to_owned() } else { back.join(", ") };
    let mut build = Builder::new(schema, format!("SELECT {back} FROM {}", table(dialect, model)));
    where_key(dialect, &mut build, model, key);
    build.push(" FOR UPDATE");
    Call { sql: build.sql, params: build.params }
}

fn set(
    dialect: &dyn Dialect,
    build: &mut Builder,
    model: &Model,
    column: &Column,
) -> Option<String> {
    let field = model.field(column.field);
    let name = dialect.quote(&field.column);
    if let Some(delta) = &column.delta {
        let slot = dialect.compared(build, field, delta);
        return Some(format!("{name} = {name} + {slot}"));
    }
    let slot = dialect.stored(build, field, column.new.as_ref()?);
    Some(format!("{name} = {slot}"))
}

pub fn delete_each(
    dialect: &dyn Dialect,
    schema: &Schema,
    model: &Model,
    run: &Run<'_>,
) -> Vec<Statement> {
    let delete = |change: &&Change| {
        let mut build = Builder::new(schema, format!("DELETE FROM {}", table(dialect, model)));
        where_key(dialect, &mut build, model, &change.key);
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
        if schema.is_link(model.id) {
            build.push(dialect.ignore_links());
        }
        build.done(model, run, expected(schema, model, changes[0], changes.len()))
    };
    let width = columns.len().max(1);
    let size = |change: &Change| -> usize {
        change.columns.iter().filter_map(|column| column.new.as_ref()).map(weight).sum()
    };
    chunks(&run.changes, limits, width, size).into_iter().map(statement).collect()
}

/// One `DELETE … WHERE key IN (…)` per chunk.
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
    let field = model.field(model.key.fields[0]);
    let name = dialect.quote(&field.column);
    let statement = |changes: &[&Change]| {
        let head = format!("DELETE FROM {} WHERE {name} IN (", table(dialect, model));
        let mut build = Builder::new(schema, head);
        let slots: Vec<String> = changes
            .iter()
            .map(|change| dialect.compared(&mut build, field, &change.key[0]))
            .collect();
        build.push(&slots.join(", ")).push(")");
        build.done(model, run, expected(schema, model, changes[0], changes.len()))
    };
    let size = |change: &Change| weight(&change.key[0]);
    chunks(&run.changes, limits, 1, size).into_iter().map(statement).collect()
}

fn weight(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
        _ => 8,
    }
}

/// Neighbours that fit one statement; a change that is larger than a statement may be stands alone.
fn chunks<'a, 'c>(
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
