//! Row changes as statements for a main database in `SQLite`: what Prisma's own driver adapter would store.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::builder::Builder;
use super::rows::{Dialect, Limits, delete_in, insert_values, plain};
use super::text::plain_text;
use super::{Param, Statement};
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

    fn returned(&self, field: &Field, at: usize) -> String {
        format!("{} AS r{at}", quote(&field.column))
    }

    fn local(&self, schema: &Schema, field: &Field, value: &Value) -> Option<String> {
        plain_text(schema, field, value)
    }

    fn returns(&self) -> bool {
        true
    }
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
