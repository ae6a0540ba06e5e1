//! Values as Prisma's JSON protocol spells them: what a refused commit is reported and re-read with.

use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use super::apply::kind_name;
use super::dialect::civil;
use crate::outbox::{Change, ChangeKind, Column, encode_key};
use crate::scalar::Scalar;
use crate::schema::{Field, Model, Schema};
use crate::value::Value;

/// A row by its key. `where` is the argument of `findUnique`; a link table's row has only `key`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowRef {
    model: String,
    link: bool,
    /// Field -> protocol value, in the key's order.
    key: Map<String, Json>,
    #[serde(rename = "where")]
    filter: Json,
}

pub fn row_ref(schema: &Schema, model: &Model, key: &[Value]) -> RowRef {
    let parts: Map<String, Json> = model
        .key
        .fields
        .iter()
        .zip(key)
        .map(|(id, part)| (model.field(*id).name.clone(), value(model.field(*id), part)))
        .collect();
    let filter =
        if parts.len() == 1 { json!(parts) } else { json!({ model.key.name.clone(): parts }) };
    RowRef { model: model.name.clone(), link: schema.is_link(model.id), key: parts, filter }
}

/// Every row that the changes touched, by its keys before and after them, each once.
pub fn touched_rows(schema: &Schema, changes: &[Change]) -> Vec<RowRef> {
    let mut rows: Vec<RowRef> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for change in changes {
        let model = schema.model(change.model);
        for key in std::iter::once(&change.key).chain(change.moved_key(model).as_ref()) {
            if seen.insert((change.model, encode_key(key))) {
                rows.push(row_ref(schema, model, key));
            }
        }
    }
    rows
}

/// A change for people: names instead of positions.
pub fn change(schema: &Schema, change: &Change) -> Json {
    let model = schema.model(change.model);
    let side = |pick: fn(&Column) -> Option<&Value>| -> Map<String, Json> {
        change
            .columns
            .iter()
            .filter_map(|column| {
                let field = model.field(column.field);
                pick(column).map(|part| (field.name.clone(), value(field, part)))
            })
            .collect()
    };
    let mut out = json!({
        "model": model.name,
        "kind": kind_name(change.kind),
        "key": row_ref(schema, model, &change.key).key,
        "old": side(|column| column.old.as_ref()),
        "new": side(|column| column.new.as_ref()),
        "delta": side(|column| column.delta.as_ref()),
    });
    if let Some(object) = out.as_object_mut() {
        object.retain(|_, part| part.as_object().is_none_or(|map| !map.is_empty()));
        if change.cascaded {
            object.insert("cascaded".to_owned(), json!(change.kind != ChangeKind::Create));
        }
    }
    out
}

fn value(field: &Field, value: &Value) -> Json {
    if field.list {
        // Lists are already JSON; their elements are spelt as the block file spells them.
        return match value {
            Value::Text(text) => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
            _ => Json::Null,
        };
    }
    let tagged = |kind: &str, text: String| json!({ "$type": kind, "value": text });
    match (field.scalar, value) {
        (_, Value::Null) => Json::Null,
        (Scalar::BigInt, Value::Int(number)) => tagged("BigInt", number.to_string()),
        (Scalar::Boolean, Value::Int(flag)) => json!(*flag != 0),
        (Scalar::DateTime, Value::Int(ms)) => tagged("DateTime", iso(*ms)),
        (Scalar::Decimal, Value::Text(text)) => tagged("Decimal", text.clone()),
        (Scalar::Json, Value::Text(text)) => tagged("Json", text.clone()),
        (_, Value::Int(number)) => json!(number),
        (_, Value::Real(number)) if number.is_finite() => json!(number),
        (_, Value::Real(number)) => json!(number.to_string()),
        (_, Value::Text(text)) => json!(text),
        (_, Value::Blob(bytes)) => tagged("Bytes", base64(bytes)),
    }
}

fn iso(ms: i64) -> String {
    let (year, month, day) = civil(ms.div_euclid(86_400_000));
    let rest = ms.rem_euclid(86_400_000);
    let year =
        if (0..=9999).contains(&year) { format!("{year:04}") } else { format!("{year:+07}") };
    let (hour, minute, second, milli) =
        (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60, rest % 1000);
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_usize, |word, byte| word << 8 | usize::from(*byte))
            << (8 * (3 - chunk.len()));
        for at in 0..4 {
            out.push(if at > chunk.len() {
                '='
            } else {
                char::from(LETTERS[word >> (18 - 6 * at) & 63])
            });
        }
    }
    out
}
