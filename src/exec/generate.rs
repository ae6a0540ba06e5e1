//! Values that a create makes itself. They are final: the main database receives the row, not the call.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use crate::decimal;
use crate::error::Failure;
use crate::instant::parse_millis;
use crate::plan::SlotKind;
use crate::scalar::Scalar;
use crate::schema::{Default, Schema};
use crate::value::{Value, hex};

pub fn generate(
    schema: &Schema,
    default: &Default,
    kind: Option<SlotKind>,
) -> Result<Value, Failure> {
    Ok(match default {
        Default::Uuid(7) => Value::Text(uuid::Uuid::now_v7().to_string()),
        Default::Uuid(_) => Value::Text(uuid::Uuid::new_v4().to_string()),
        Default::Cuid(2) => Value::Text(cuid2::create_id()),
        Default::Cuid(_) => Value::Text(cuid1()),
        Default::Ulid => Value::Text(ulid::Ulid::generate().to_string()),
        Default::Nanoid(length) => Value::Text(nanoid::nanoid!(*length)),
        Default::Literal(json) => literal(schema, json, kind),
        Default::Now | Default::Autoincrement | Default::Main(_) => {
            return Err(Failure::new(
                "SHARDED_PLAN",
                format!("{default:?} is not made here"),
                Json::Null,
            ));
        }
    })
}

/// Prisma's `cuid()` is still the first version.
fn cuid1() -> String {
    cuid::cuid1()
}

fn literal(schema: &Schema, json: &Json, kind: Option<SlotKind>) -> Value {
    let Some(kind) = kind else { return Value::Null };
    if kind.list {
        let list = json.as_array().map_or(&[][..], Vec::as_slice);
        let one = SlotKind { list: false, ..kind };
        let elements: Vec<Json> =
            list.iter().map(|element| element_json(&scalar(schema, element, one), one)).collect();
        return Value::Text(Json::Array(elements).to_string());
    }
    scalar(schema, json, kind)
}

/// The DMMF writes most literals as strings.
fn scalar(_schema: &Schema, json: &Json, kind: SlotKind) -> Value {
    let text = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
    match kind.scalar {
        Scalar::Int | Scalar::BigInt => text.parse().map_or(Value::Null, Value::Int),
        Scalar::Float => text.parse().map_or(Value::Null, Value::Real),
        Scalar::Decimal => decimal::parse(&text)
            .map_or(Value::Null, |value| Value::Text(decimal::canonical(&value))),
        Scalar::Boolean => Value::Int(i64::from(text == "true")),
        Scalar::DateTime => parse_millis(&text).map_or(Value::Null, Value::Int),
        Scalar::Bytes => STANDARD.decode(&text).map_or(Value::Null, Value::Blob),
        Scalar::String | Scalar::Json | Scalar::Enum => Value::Text(text),
    }
}

/// An element of a stored list (see `scalar.rs`).
fn element_json(value: &Value, kind: SlotKind) -> Json {
    match (kind.scalar, value) {
        (Scalar::Boolean, Value::Int(int)) => Json::Bool(*int != 0),
        (Scalar::Json, Value::Text(text)) => serde_json::from_str(text).unwrap_or(Json::Null),
        (_, Value::Int(int)) => Json::from(*int),
        (_, Value::Real(real)) => Json::from(*real),
        (_, Value::Text(text)) => Json::from(text.as_str()),
        (_, Value::Blob(bytes)) => Json::from(hex(bytes)),
        (_, Value::Null) => Json::Null,
    }
}
