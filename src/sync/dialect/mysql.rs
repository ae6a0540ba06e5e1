//! Row changes as `MySQL` and `MariaDB` statements. Parameters are text; the column makes of it what it makes of any
//! literal. What is compared is cast first: against text a number would be compared as a double.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::builder::Builder;
use super::rows::{Dialect, Limits, delete_in, insert_values, key_is, plain, table};
use super::text::{date_text, plain_text, time_text};
use super::update::update_by_case;
use super::{Param, Statement};
use crate::outbox::{Change, Column};
use crate::scalar::Scalar;
use crate::schema::{Field, Model, Schema};
use crate::sync::apply::Run;
use crate::value::Value;

/// The server takes 65,535 parameters, and a packet of 1 MiB at the least (`max_allowed_packet`).
const LIMITS: Limits = Limits { params: 16_000, bytes: 512 * 1024 };

/// Every row of such a statement is looked for among all its keys.
const CASES: Limits = Limits { params: 2_000, bytes: 512 * 1024 };

pub struct Mysql;

impl Dialect for Mysql {
    fn quote(&self, name: &str) -> String {
        format!("`{}`", name.replace('`', "``"))
    }

    fn stored(&self, build: &mut Builder, field: &Field, value: &Value) -> String {
        build.take(param(build.schema, field, value));
        // As text, `1` would be the byte 0x31.
        if field.native_name() == Some("Bit") { "CAST(? AS UNSIGNED)" } else { "?" }.to_owned()
    }

    fn compared(&self, build: &mut Builder, field: &Field, value: &Value) -> String {
        build.take(param(build.schema, field, value));
        cast(field).map_or_else(|| "?".to_owned(), |kind| format!("CAST(? AS {kind})"))
    }

    fn ignore_links(&self) -> &'static str {
        // `INSERT IGNORE` would ignore a missing end too.
        " ON DUPLICATE KEY UPDATE `A` = `A`"
    }

    fn insert(&self, schema: &Schema, model: &Model, run: &Run<'_>) -> Vec<Statement> {
        if run.over && !schema.is_link(model.id) {
            return run
                .changes
                .iter()
                .flat_map(|change| overwrite(schema, model, run, change))
                .collect();
        }
        insert_values(self, LIMITS, schema, model, run)
    }

    fn delete_many(&self, schema: &Schema, model: &Model, run: &Run<'_>) -> Vec<Statement> {
        delete_in(self, LIMITS, schema, model, run)
    }

    fn update_many(&self, schema: &Schema, model: &Model, run: &Run<'_>) -> Vec<Statement> {
        update_by_case(self, CASES, schema, model, run)
    }

    fn returned(&self, _: &Field, name: &str, at: usize) -> String {
        format!("{name} AS r{at}")
    }

    fn local(&self, schema: &Schema, field: &Field, value: &Value) -> Option<String> {
        plain_text(schema, field, value)
    }

    fn returns(&self) -> bool {
        false
    }
}

/// The row as an update, then as an insert if it is not there. `ON DUPLICATE KEY UPDATE` would also overwrite a row that has
/// nothing in common but another unique value.
fn overwrite(schema: &Schema, model: &Model, run: &Run<'_>, change: &Change) -> Vec<Statement> {
    let table = table(&Mysql, model);
    let value = |column: &Column| column.new.clone().unwrap_or(Value::Null);
    let name = |column: &Column| Mysql.quote(&model.field(column.field).column);
    let is_key = |column: &&Column| model.key.fields.contains(&column.field);
    let mut out = Vec::new();
    let mut update = Builder::new(schema, format!("UPDATE {table} SET "));
    let mut sets = Vec::new();
    for column in change.columns.iter().filter(|column| !is_key(column)) {
        let slot = Mysql.stored(&mut update, model.field(column.field), &value(column));
        sets.push(format!("{} = {slot}", name(column)));
    }
    if !sets.is_empty() {
        update.push(&sets.join(", ")).push(" WHERE ");
        key_is(&Mysql, &mut update, model, &change.key);
        out.push(update.done(model, run, None));
    }
    let names: Vec<String> = change.columns.iter().map(name).collect();
    let head = format!("INSERT INTO {table} ({}) SELECT ", names.join(", "));
    let mut insert = Builder::new(schema, head);
    let slots: Vec<String> = change
        .columns
        .iter()
        .map(|column| Mysql.stored(&mut insert, model.field(column.field), &value(column)))
        .collect();
    insert.push(&slots.join(", "));
    insert.push(&format!(" FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE "));
    key_is(&Mysql, &mut insert, model, &change.key);
    insert.push(")");
    out.push(insert.done(model, run, None));
    out
}

fn param(schema: &Schema, field: &Field, value: &Value) -> Param {
    match (field.scalar, value) {
        (_, Value::Blob(bytes)) => Param::Bytes { bytes: STANDARD.encode(bytes) },
        (Scalar::DateTime, Value::Int(ms)) => Param::One(Some(moment(field, *ms))),
        _ => plain(schema, field, value),
    }
}

fn moment(field: &Field, ms: i64) -> String {
    match field.native_name() {
        Some("Date") => date_text(ms),
        Some("Time") => time_text(ms),
        _ => format!("{} {}", date_text(ms), time_text(ms)),
    }
}

/// What a text is cast to before it is compared with, or added to, that column; `None` for what is compared as text or,
/// as `MySQL` does unasked, as a double.
fn cast(field: &Field) -> Option<String> {
    let native = field.native_name().unwrap_or_default();
    Some(match field.scalar {
        // The block's integers have a sign, deltas too.
        Scalar::Int | Scalar::BigInt => "SIGNED".to_owned(),
        Scalar::Boolean => "UNSIGNED".to_owned(),
        Scalar::Decimal => {
            let args = field.native.as_ref().map_or(&[][..], |(_, args)| args.as_slice());
            match args {
                [] => "DECIMAL(65,30)".to_owned(),
                args => format!("DECIMAL({})", args.join(",")),
            }
        }
        Scalar::DateTime => match native {
            "Date" => "DATE",
            "Time" => "TIME(3)",
            _ => "DATETIME(3)",
        }
        .to_owned(),
        Scalar::Float | Scalar::String | Scalar::Enum | Scalar::Json | Scalar::Bytes => {
            return None;
        }
    })
}
