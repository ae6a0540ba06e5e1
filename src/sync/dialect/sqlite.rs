//! Row changes as statements for a main database in `SQLite`: what Prisma's own driver adapter would store.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::builder::Builder;
use super::rows::{
    Dialect, Limits, chunks, delete_in, expected, insert_values, plain, row_weight, table,
};
use super::text::plain_text;
use super::update::{operand, update_each, written};
use super::{Param, Statement};
use crate::outbox::Change;
use crate::scalar::Scalar;
use crate::schema::{Field, Model, Schema, quote};
use crate::sync::apply::Run;
use crate::value::Value;

/// `SQLite` takes 32,766 parameters.
const LIMITS: Limits = Limits { params: 16_000, bytes: 4 * 1024 * 1024 };

pub struct Sqlite;

impl Dialect for Sqlite {
    fn quote(&self, name: &str) -> String {
        quote(name)
    }

    fn stored(&self, build: &mut Builder, field: &Field, value: &Value) -> String {
        build.take(param(build.schema, field, value));
        let whole = matches!(field.scalar, Scalar::Int | Scalar::BigInt | Scalar::Boolean);
        if whole { "CAST(? AS INTEGER)" } else { "?" }.to_owned()
    }

    fn compared(&self, build: &mut Builder, field: &Field, value: &Value) -> String {
        self.stored(build, field, value)
    }

    fn ignore_links(&self) -> &'static str {
        " ON CONFLICT DO NOTHING"
    }

    fn insert(&self, schema: &Schema, model: &Model, run: &Run<'_>) -> Vec<Statement> {
        insert_values(self, LIMITS, schema, model, run)
    }

    fn delete_many(&self, schema: &Schema, model: &Model, run: &Run<'_>) -> Vec<Statement> {
        delete_in(self, LIMITS, schema, model, run)
    }

    /// `RETURNING` could not say which row is whose: rows that are added to go one by one.
    fn update_many(&self, schema: &Schema, model: &Model, run: &Run<'_>) -> Vec<Statement> {
        let first = run.changes[0];
        let width = model.key.fields.len() + written(first).count();
        if first.columns.iter().any(|column| column.delta.is_some()) || written(first).count() == 0
        {
            return update_each(self, schema, model, run);
        }
        let statement = |changes: &&[&Change]| update_from(schema, model, run, changes);
        chunks(&run.changes, LIMITS, width, row_weight).iter().map(statement).collect()
    }

    fn returned(&self, _: &Field, name: &str, at: usize) -> String {
        format!("{name} AS r{at}")
    }

    fn local(&self, schema: &Schema, field: &Field, value: &Value) -> Option<String> {
        plain_text(schema, field, value)
    }

    fn returns(&self) -> bool {
        true
    }
}

/// The columns of `VALUES` are called `column1`, `column2`, …: the key's, then those that are written.
fn update_from(schema: &Schema, model: &Model, run: &Run<'_>, changes: &[&Change]) -> Statement {
    let keys = model.key.fields.len();
    let name = |id| quote(&model.field(id).column);
    let sets: Vec<String> = written(changes[0])
        .enumerate()
        .map(|(at, (_, column))| format!("{} = x.column{}", name(column.field), keys + at + 1))
        .collect();
    let head =
        format!("UPDATE {} AS t SET {} FROM (VALUES ", table(&Sqlite, model), sets.join(", "));
    let mut build = Builder::new(schema, head);
    for (at, change) in changes.iter().enumerate() {
        let parts = model.key.fields.iter().copied().zip(&change.key);
        let values = written(change).map(|(_, column)| (column.field, operand(column)));
        let slots: Vec<String> = parts
            .chain(values)
            .map(|(id, value)| Sqlite.stored(&mut build, model.field(id), value))
            .collect();
        build.push(if at == 0 { "(" } else { ", (" }).push(&slots.join(", ")).push(")");
    }
    let on = model.key.fields.iter().enumerate();
    let on: Vec<String> =
        on.map(|(at, id)| format!("t.{} = x.column{}", name(*id), at + 1)).collect();
    build.push(") AS x WHERE ").push(&on.join(" AND "));
    build.done(model, run, expected(schema, model, changes[0], changes.len()))
}

fn param(schema: &Schema, field: &Field, value: &Value) -> Param {
    match (field.scalar, value) {
        (_, Value::Blob(bytes)) => Param::Bytes { bytes: STANDARD.encode(bytes) },
        (Scalar::DateTime, Value::Int(ms)) => Param::Instant { instant: *ms },
        (Scalar::Float, Value::Real(number)) if number.is_finite() => Param::Number(*number),
        // Kept as a double, of which the block has the text.
        (Scalar::Decimal, Value::Text(text)) => {
            text.parse().map_or_else(|_| plain(schema, field, value), Param::Number)
        }
        _ => plain(schema, field, value),
    }
}
