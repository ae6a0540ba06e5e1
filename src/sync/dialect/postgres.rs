//! Row changes as `PostgreSQL` statements: one array parameter per column, cast in SQL.

use super::builder::Builder;
use super::postgres_types::{cast, quote, text};
use super::rows::{Dialect, expected, table};
use super::{Param, Statement};
use crate::ids::FieldId;
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

    /// One array per column: the text does not depend on the number of rows.
    fn insert(&self, schema: &Schema, model: &Model, run: &Run<'_>) -> Vec<Statement> {
        let columns = &run.changes[0].columns;
        let mut build = Builder::new(schema, format!("INSERT INTO {} (", table(self, model)));
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
                let texts = column_texts(schema, model, run, at, column.field);
                slot(&mut build, Param::Many(texts))
            })
            .collect();
        let aliases: Vec<String> = (0..columns.len()).map(|at| format!("c{at}")).collect();
        build.push(&slots.join(", ")).push(&format!(") AS x({})", aliases.join(", ")));
        if schema.is_link(model.id) {
            build.push(self.ignore_links());
        }
        let expect = expected(schema, model, run.changes[0], run.changes.len());
        vec![build.done(model, run, expect)]
    }

    fn delete_many(&self, schema: &Schema, model: &Model, run: &Run<'_>) -> Vec<Statement> {
        let field = model.field(model.key.fields[0]);
        let keys = run.changes.iter().map(|change| text(schema, field, &change.key[0])).collect();
        let mut build = Builder::new(schema, format!("DELETE FROM {}", table(self, model)));
        let slot = slot(&mut build, Param::Many(keys));
        let array = cast(schema, field, &slot, true);
        build.push(&format!(" WHERE {} = ANY({array})", quote(&field.column)));
        let expect = expected(schema, model, run.changes[0], run.changes.len());
        vec![build.done(model, run, expect)]
    }

    /// A number as text: Decimal in plain notation without the zeros of its column's scale.
    fn returned(&self, field: &Field, at: usize) -> String {
        let name = quote(&field.column);
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

/// Takes a parameter; the text names it, declared as `text` so that no driver guesses another type.
fn slot(build: &mut Builder, param: Param) -> String {
    let array = if matches!(param, Param::Many(_)) { "[]" } else { "" };
    format!("${}::text{array}", build.take(param))
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
