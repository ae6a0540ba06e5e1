//! Row changes as `PostgreSQL` statements.
//!
//! A create is a plain INSERT: an existing key is a refusal, never an overwrite. Links of an implicit many-to-many
//! table have nothing to overwrite; connecting twice is one link, as Prisma has it.

use super::postgres_types::{cast, quote, text};
use super::{Param, Returning, Statement};
use crate::ids::{FieldId, Seq};
use crate::outbox::{Change, ChangeKind, Column};
use crate::scalar::Scalar;
use crate::schema::{Field, Model, Schema};
use crate::sync::apply::{Run, runs};
use crate::value::Value;

pub fn statements(schema: &Schema, commits: &[(Seq, Vec<Change>)]) -> Vec<Statement> {
    let mut out = Vec::new();
    for run in runs(commits) {
        let model = schema.model(run.changes[0].model);
        match run.changes[0].kind {
            ChangeKind::Create => out.push(insert(schema, model, &run)),
            ChangeKind::Update => out.extend(update(schema, model, &run)),
            ChangeKind::Delete if model.key.fields.len() == 1 => {
                out.push(delete_many(schema, model, &run));
            }
            ChangeKind::Delete => {
                out.extend(run.changes.iter().map(|change| delete(schema, model, &run, change)));
            }
        }
    }
    out
}

/// SQL text and parameters, grown together.
struct Builder<'a> {
    schema: &'a Schema,
    sql: String,
    params: Vec<Param>,
}

impl<'a> Builder<'a> {
    fn new(schema: &'a Schema, sql: String) -> Self {
        Self { schema, sql, params: Vec::new() }
    }

    fn push(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    /// Takes a parameter; the text names it, declared as `text` so that no driver guesses another type.
    fn slot(&mut self, param: Param) -> String {
        let array = if matches!(param, Param::Many(_)) { "[]" } else { "" };
        self.params.push(param);
        format!("${}::text{array}", self.params.len())
    }

    fn value(&mut self, field: &Field, value: &Value) -> String {
        let slot = self.slot(Param::One(text(self.schema, field, value)));
        cast(self.schema, field, &slot, false)
    }

    fn where_key(&mut self, model: &Model, key: &[Value]) -> &mut Self {
        self.push(" WHERE ");
        for (at, (id, value)) in model.key.fields.iter().zip(key).enumerate() {
            let field = model.field(*id);
            let slot = self.value(field, value);
            let and = if at == 0 { "" } else { " AND " };
            self.push(&format!("{and}{} = {slot}", quote(&field.column)));
        }
        self
    }

    fn done(self, model: &Model, run: &Run<'_>, expect: Option<usize>) -> Statement {
        Statement {
            sql: self.sql,
            params: self.params,
            expect,
            model: model.id,
            kind: run.changes[0].kind,
            first: run.first,
            last: run.last,
            returning: None,
        }
    }
}

fn table(model: &Model) -> String {
    let schema = model.schema.as_ref().map(|name| quote(name) + ".").unwrap_or_default();
    schema + &quote(&model.table)
}

/// What a row found missing means: a refusal, unless the main database's own referential action may have come first,
/// or the row is only a link.
fn expected(schema: &Schema, model: &Model, change: &Change, rows: usize) -> Option<usize> {
    (!change.cascaded && !schema.is_link(model.id)).then_some(rows)
}

/// One array per column: the text does not depend on the number of rows.
fn insert(schema: &Schema, model: &Model, run: &Run<'_>) -> Statement {
    let columns = &run.changes[0].columns;
    let mut build = Builder::new(schema, format!("INSERT INTO {} (", table(model)));
    let names: Vec<String> =
        columns.iter().map(|column| quote(&model.field(column.field).column)).collect();
    build.push(&names.join(", ")).push(") OVERRIDING SYSTEM VALUE SELECT ");
    let values: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| cast(schema, model.field(column.field), &format!("x.c{at}"), false))
        .collect();
    build.push(&values.join(", ")).push(" FROM unnest(");
    let slots: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            build.slot(Param::Many(column_texts(schema, model, run, at, column.field)))
        })
        .collect();
    let aliases: Vec<String> = (0..columns.len()).map(|at| format!("c{at}")).collect();
    build.push(&slots.join(", ")).push(&format!(") AS x({})", aliases.join(", ")));
    if schema.is_link(model.id) {
        build.push(" ON CONFLICT DO NOTHING");
        return build.done(model, run, None);
    }
    build.done(model, run, Some(run.changes.len()))
}

fn column_texts(
    schema: &Schema,
    model: &Model,
    run: &Run<'_>,
    at: usize,
    field: FieldId,
) -> Vec<Option<String>> {
    let field = model.field(field);
    run.changes
        .iter()
        .map(|change| change.columns[at].new.as_ref().and_then(|value| text(schema, field, value)))
        .collect()
}

/// `None` when nothing but old values was captured: there is nothing to write.
fn update(schema: &Schema, model: &Model, run: &Run<'_>) -> Option<Statement> {
    let change = run.changes[0];
    let mut build = Builder::new(schema, format!("UPDATE {} SET ", table(model)));
    let sets: Vec<String> =
        change.columns.iter().filter_map(|column| set(&mut build, model, column)).collect();
    if sets.is_empty() {
        return None;
    }
    build.push(&sets.join(", ")).where_key(model, &change.key);
    let deltas: Vec<&Column> =
        change.columns.iter().filter(|column| column.delta.is_some()).collect();
    for (at, column) in deltas.iter().enumerate() {
        build
            .push(if at == 0 { " RETURNING " } else { ", " })
            .push(&returned(model.field(column.field), at));
    }
    let mut statement = build.done(model, run, expected(schema, model, change, 1));
    if !deltas.is_empty() {
        let local =
            |column: &&Column| text(schema, model.field(column.field), column.new.as_ref()?);
        statement.returning = Some(Returning {
            key: change.moved_key(model).unwrap_or_else(|| change.key.clone()),
            fields: deltas.iter().map(|column| column.field).collect(),
            local: deltas.iter().map(local).collect(),
        });
    }
    Some(statement)
}

fn set(build: &mut Builder<'_>, model: &Model, column: &Column) -> Option<String> {
    let field = model.field(column.field);
    let name = quote(&field.column);
    if let Some(delta) = &column.delta {
        let slot = build.value(field, delta);
        return Some(format!("{name} = {name} + {slot}"));
    }
    let slot = build.value(field, column.new.as_ref()?);
    Some(format!("{name} = {slot}"))
}

/// A number as text: Decimal in plain notation without the zeros of its column's scale.
fn returned(field: &Field, at: usize) -> String {
    let name = quote(&field.column);
    match field.scalar {
        Scalar::Decimal => format!("trim_scale({name}::numeric)::text AS r{at}"),
        _ => format!("{name}::text AS r{at}"),
    }
}

fn delete(schema: &Schema, model: &Model, run: &Run<'_>, change: &Change) -> Statement {
    let mut build = Builder::new(schema, format!("DELETE FROM {}", table(model)));
    build.where_key(model, &change.key);
    build.done(model, run, expected(schema, model, change, 1))
}

fn delete_many(schema: &Schema, model: &Model, run: &Run<'_>) -> Statement {
    if let [change] = run.changes.as_slice() {
        return delete(schema, model, run, change);
    }
    let field = model.field(model.key.fields[0]);
    let keys = run.changes.iter().map(|change| text(schema, field, &change.key[0])).collect();
    let mut build = Builder::new(schema, format!("DELETE FROM {}", table(model)));
    let slot = build.slot(Param::Many(keys));
    let array = cast(schema, field, &slot, true);
    build.push(&format!(" WHERE {} = ANY({array})", quote(&field.column)));
    let expect = expected(schema, model, run.changes[0], run.changes.len());
    build.done(model, run, expect)
}
