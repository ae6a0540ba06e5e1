//! Row changes as `PostgreSQL` statements: one text parameter per column, an array of the rows' values where there are several,
//! cast in SQL.

use super::builder::Builder;
use super::postgres_types::{array, cast, quote, text};
use super::rows::{Dialect, expected, on_existing, table};
use super::update::{operand, returned, returning, written};
use super::{Param, Statement};
use crate::outbox::Change;
use crate::scalar::Scalar;
use crate::schema::{Field, Model, Schema};
use crate::sync::apply::Run;
use crate::value::Value;

pub struct Postgres;

impl Dialect for Postgres {
    fn quote(&self, name: &str) -> String {
        quote(name)
    }

    fn stored(&self, build: &mut Builder, field: &Field, value: &Value) -> String {
        let slot = slot(build, Param::One(text(build.schema, field, value)));
        cast(build.schema, field, &slot, false)
    }

    fn compared(&self, build: &mut Builder, field: &Field, value: &Value) -> String {
        self.stored(build, field, value)
    }

    fn ignore_links(&self) -> &'static str {
        " ON CONFLICT DO NOTHING"
    }

    /// One array per column: the text of many rows does not depend on their number.
    fn insert<'r>(&self, schema: &Schema, model: &Model, run: &Run<'r>) -> Vec<Statement> {
        let columns = &run.changes[0].columns;
        let mut build = Builder::new(schema, format!("INSERT INTO {} (", table(self, model)));
        let names: Vec<String> =
            columns.iter().map(|column| quote(&model.field(column.field).column)).collect();
        build.push(&names.join(", ")).push(") OVERRIDING SYSTEM VALUE SELECT ");
        let mut table = Table::default();
        let values: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(at, column)| {
                let value = |change: &'r Change| change.columns[at].new.as_ref();
                table.column(&build, model.field(column.field), &run.changes, value)
            })
            .collect();
        build.push(&values.join(", ")).push(" FROM ");
        table.write(&mut build);
        build.push(&on_existing(self, schema, model, run));
        let expect = expected(schema, model, run.changes[0], run.changes.len());
        vec![build.done(model, run, expect)]
    }

    fn delete_many(&self, schema: &Schema, model: &Model, run: &Run<'_>) -> Vec<Statement> {
        let expect = expected(schema, model, run.changes[0], run.changes.len());
        let mut build = Builder::new(schema, format!("DELETE FROM {}", table(self, model)));
        if let [field] = model.key.fields.as_slice() {
            let field = model.field(*field);
            let keys: Vec<_> =
                run.changes.iter().map(|change| text(schema, field, &change.key[0])).collect();
            let slot = array_slot(&mut build, &keys);
            let array = cast(schema, field, &slot, true);
            build.push(&format!(" WHERE {} = ANY({array})", quote(&field.column)));
            return vec![build.done(model, run, expect)];
        }
        let mut table = Table::default();
        let on = table.keys(&build, model, &run.changes);
        build.push(" AS t USING ");
        table.write(&mut build);
        build.push(" WHERE ").push(&on);
        vec![build.done(model, run, expect)]
    }

    fn update_many<'r>(&self, schema: &Schema, model: &Model, run: &Run<'r>) -> Vec<Statement> {
        let first = run.changes[0];
        let mut build = Builder::new(schema, format!("UPDATE {} AS t SET ", table(self, model)));
        let mut table = Table::default();
        let on = table.keys(&build, model, &run.changes);
        let sets: Vec<String> = written(first)
            .map(|(at, column)| {
                let field = model.field(column.field);
                let name = quote(&field.column);
                let value = |change: &'r Change| Some(operand(&change.columns[at]));
                let value = table.column(&build, field, &run.changes, value);
                let plus =
                    if column.delta.is_some() { format!("t.{name} + ") } else { String::new() };
                format!("{name} = {plus}{value}")
            })
            .collect();
        if sets.is_empty() {
            return Vec::new();
        }
        build.push(&sets.join(", ")).push(" FROM ");
        let back = returned(self, model, first, "t.");
        let number = (!back.is_empty()).then(|| table.numbers(run.changes.len()));
        table.write(&mut build);
        build.push(" WHERE ").push(&on);
        if let Some(number) = number {
            build.push(&format!(" RETURNING {number} AS i, ")).push(&back.join(", "));
        }
        let expect = expected(schema, model, first, run.changes.len());
        let mut statement = build.done(model, run, expect);
        statement.returning = returning(self, schema, model, run, 0..run.changes.len());
        vec![statement]
    }

    /// A number as text: Decimal in plain notation without the zeros of its column's scale.
    fn returned(&self, field: &Field, name: &str, at: usize) -> String {
        match field.scalar {
            Scalar::Decimal => format!("trim_scale({name}::numeric)::text AS r{at}"),
            _ => format!("{name}::text AS r{at}"),
        }
    }

    fn local(&self, schema: &Schema, field: &Field, value: &Value) -> Option<String> {
        text(schema, field, value)
    }

    fn returns(&self) -> bool {
        true
    }
}

/// Rows that a statement brings along: one as values, more as `unnest` of one array per column.
#[derive(Default)]
struct Table {
    columns: Vec<Vec<Option<String>>>,
}

impl Table {
    /// Adds a column; the expression that reads it.
    fn column<'c>(
        &mut self,
        build: &Builder<'_>,
        field: &Field,
        changes: &[&'c Change],
        value: impl Fn(&'c Change) -> Option<&'c Value>,
    ) -> String {
        let texts = changes.iter().map(|change| text(build.schema, field, value(change)?));
        self.columns.push(texts.collect());
        cast(build.schema, field, &format!("x.c{}", self.columns.len() - 1), false)
    }

    /// Adds the key's columns; the condition that finds the rows of `t`.
    fn keys<'c>(&mut self, build: &Builder<'_>, model: &Model, changes: &[&'c Change]) -> String {
        let mut on = Vec::new();
        for (at, id) in model.key.fields.iter().enumerate() {
            let field = model.field(*id);
            let part = |change: &'c Change| change.key.get(at);
            let value = self.column(build, field, changes, part);
            on.push(format!("t.{} = {value}", quote(&field.column)));
        }
        on.join(" AND ")
    }

    /// Adds the rows' positions.
    fn numbers(&mut self, count: usize) -> String {
        self.columns.push((0..count).map(|at| Some(at.to_string())).collect());
        format!("x.c{}", self.columns.len() - 1)
    }

    /// A single row needs no arrays, and the planner sees through it.
    fn write(&self, build: &mut Builder<'_>) {
        let names: Vec<String> = (0..self.columns.len()).map(|at| format!("c{at}")).collect();
        let names = names.join(", ");
        if self.columns.iter().all(|column| column.len() == 1) {
            let slots: Vec<String> = self
                .columns
                .iter()
                .map(|column| slot(build, Param::One(column[0].clone())))
                .collect();
            build.push(&format!("(VALUES ({})) AS x({names})", slots.join(", ")));
            return;
        }
        let slots: Vec<String> =
            self.columns.iter().map(|column| array_slot(build, column)).collect();
        build.push(&format!("unnest({}) AS x({names})", slots.join(", ")));
    }
}

/// Takes a parameter; the text names it, declared as `text` so that no driver guesses another type.
fn slot(build: &mut Builder, param: Param) -> String {
    format!("${}::text", build.take(param))
}

/// An array crosses as one text: its elements one by one would be looked at by every layer on the way.
fn array_slot(build: &mut Builder, elements: &[Option<String>]) -> String {
    format!("${}::text::text[]", build.take(Param::One(Some(array(elements)))))
}
