//! Updates of one row each, and what the many-row forms share with them.

use super::builder::Builder;
use super::rows::{Dialect, Limits, chunks, expected, key_among, key_is, row_weight, table};
use super::{Back, Call, Returning, Statement};
use crate::outbox::{Change, Column};
use crate::schema::{Model, Schema};
use crate::sync::apply::Run;
use crate::value::Value;

pub fn update_each(
    dialect: &dyn Dialect,
    schema: &Schema,
    model: &Model,
    run: &Run<'_>,
) -> Vec<Statement> {
    (0..run.changes.len()).filter_map(|at| update(dialect, schema, model, run, at)).collect()
}

/// `None` when nothing but old values was captured: there is nothing to write.
fn update(
    dialect: &dyn Dialect,
    schema: &Schema,
    model: &Model,
    run: &Run<'_>,
    at: usize,
) -> Option<Statement> {
    let change = run.changes[at];
    let mut build = Builder::new(schema, format!("UPDATE {} SET ", table(dialect, model)));
    let sets: Vec<String> = change
        .columns
        .iter()
        .filter_map(|column| set(dialect, &mut build, model, column))
        .collect();
    if sets.is_empty() {
        return None;
    }
    build.push(&sets.join(", ")).push(" WHERE ");
    key_is(dialect, &mut build, model, &change.key);
    let back = returned(dialect, model, change, "");
    if dialect.returns() && !back.is_empty() {
        build.push(" RETURNING ").push(&back.join(", "));
    }
    let mut statement = build.done(model, run, expected(schema, model, change, 1));
    if !dialect.returns() {
        statement.select = Some(select(dialect, schema, model, change, &back));
    }
    statement.returning = returning(dialect, schema, model, run, at..at + 1);
    Some(statement)
}

/// The columns that are added to: their new values are the main database's to tell. `prefix` names the table.
pub fn returned(
    dialect: &dyn Dialect,
    model: &Model,
    change: &Change,
    prefix: &str,
) -> Vec<String> {
    let name = |column: &Column| {
        let field = model.field(column.field);
        (field, format!("{prefix}{}", dialect.quote(&field.column)))
    };
    deltas(change)
        .map(name)
        .enumerate()
        .map(|(at, (field, name))| dialect.returned(field, &name, at))
        .collect()
}

fn deltas(change: &Change) -> impl Iterator<Item = &Column> {
    change.columns.iter().filter(|column| column.delta.is_some())
}

/// What comes back of the rows `range` of the run; `None` when nothing does.
pub fn returning(
    dialect: &dyn Dialect,
    schema: &Schema,
    model: &Model,
    run: &Run<'_>,
    range: std::ops::Range<usize>,
) -> Option<Returning> {
    let fields: Vec<_> = deltas(run.changes[range.start]).map(|column| column.field).collect();
    if fields.is_empty() {
        return None;
    }
    let local =
        |column: &Column| dialect.local(schema, model.field(column.field), column.new.as_ref()?);
    let rows = range.map(|at| {
        let change = run.changes[at];
        Back {
            key: run.rows[at].key.clone(),
            local: deltas(change).map(local).collect(),
            last: run.rows[at].last,
            stale: run.rows[at].stale.clone(),
        }
    });
    Some(Returning { rows: rows.collect(), fields })
}

/// Locks what it reads: the newest row, not one of the transaction's snapshot.
fn select(
    dialect: &dyn Dialect,
    schema: &Schema,
    model: &Model,
    change: &Change,
    back: &[String],
) -> Call {
    let key = change.moved_key(model).unwrap_or_else(|| change.key.clone());
    let back = if back.is_empty() { "1 AS r0".to_owned() } else { back.join(", ") };
    let head = format!("SELECT {back} FROM {} WHERE ", table(dialect, model));
    let mut build = Builder::new(schema, head);
    key_is(dialect, &mut build, model, &key);
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

/// The columns that an update writes, in all rows of its run.
pub fn written(change: &Change) -> impl Iterator<Item = (usize, &Column)> {
    change
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.delta.is_some() || column.new.is_some())
}

/// What is assigned or added.
pub fn operand(column: &Column) -> &Value {
    column.delta.as_ref().or(column.new.as_ref()).unwrap_or(&Value::Null)
}

/// `UPDATE … SET a = CASE WHEN key = ? THEN ? … END WHERE key IN (…)`: literals take on the column's type and collation,
/// which those of a derived table would not.
pub fn update_by_case(
    dialect: &dyn Dialect,
    limits: Limits,
    schema: &Schema,
    model: &Model,
    run: &Run<'_>,
) -> Vec<Statement> {
    let width = written(run.changes[0]).count();
    if width == 0 {
        return Vec::new();
    }
    let keys = model.key.fields.len();
    let width = width * (keys + 1) + keys;
    let mut start = 0;
    let mut out = Vec::new();
    for changes in chunks(&run.changes, limits, width, row_weight) {
        out.push(by_case(dialect, schema, model, run, start, changes));
        start += changes.len();
    }
    out
}

fn by_case(
    dialect: &dyn Dialect,
    schema: &Schema,
    model: &Model,
    run: &Run<'_>,
    start: usize,
    changes: &[&Change],
) -> Statement {
    let mut build = Builder::new(schema, format!("UPDATE {} SET ", table(dialect, model)));
    for (nth, (position, column)) in written(changes[0]).enumerate() {
        let field = model.field(column.field);
        let name = dialect.quote(&field.column);
        let plus = if column.delta.is_some() { format!("{name} + ") } else { String::new() };
        let comma = if nth == 0 { "" } else { ", " };
        build.push(&format!("{comma}{name} = {plus}CASE"));
        for change in changes {
            build.push(" WHEN ");
            key_is(dialect, &mut build, model, &change.key);
            let value = operand(&change.columns[position]);
            let slot = if column.delta.is_some() {
                dialect.compared(&mut build, field, value)
            } else {
                dialect.stored(&mut build, field, value)
            };
            build.push(" THEN ").push(&slot);
        }
        build.push(" END");
    }
    build.push(" WHERE ");
    key_among(dialect, &mut build, model, changes);
    let expect = expected(schema, model, changes[0], changes.len());
    let mut statement = build.done(model, run, expect);
    statement.select = Some(select_many(dialect, schema, model, changes));
    statement.returning = returning(dialect, schema, model, run, start..start + changes.len());
    statement
}

/// The rows of these updates, each with its position among them.
fn select_many(dialect: &dyn Dialect, schema: &Schema, model: &Model, changes: &[&Change]) -> Call {
    let mut build = Builder::new(schema, "SELECT CASE".to_owned());
    for (at, change) in changes.iter().enumerate() {
        build.push(" WHEN ");
        key_is(dialect, &mut build, model, &change.key);
        build.push(&format!(" THEN {at}"));
    }
    build.push(" END AS i");
    for back in returned(dialect, model, changes[0], "") {
        build.push(", ").push(&back);
    }
    build.push(&format!(" FROM {} WHERE ", table(dialect, model)));
    key_among(dialect, &mut build, model, changes);
    build.push(" FOR UPDATE");
    Call { sql: build.sql, params: build.params }
}
