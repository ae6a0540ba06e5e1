//! Values as the text that `PostgreSQL` casts to a column's type.
//!
//! Casts name types without their length, precision or scale: an explicit cast to `varchar(3)` or `numeric(4,1)`
//! would cut or round in silence, while the assignment to the column checks as it does for Prisma.

use std::fmt::Write as _;

use super::text::{civil, float_text, hex, label, time_text};
use crate::scalar::Scalar;
use crate::schema::{Field, Schema};
use crate::value::Value;

/// How a date and time is spelt for a column.
#[derive(Clone, Copy, PartialEq)]
enum Moment {
    Timestamp,
    Timestamptz,
    Date,
    Time,
    Timetz,
}

/// Native type -> casts from text, where they are not those of the scalar.
const NATIVE: [(&str, &str); 17] = [
    ("SmallInt", "smallint"),
    ("Oid", "oid"),
    ("Real", "real"),
    // Money's own text form depends on the locale.
    ("Money", "numeric::money"),
    ("Char", "bpchar"),
    // A cast to `bit` means `bit(1)`.
    ("Bit", "varbit"),
    ("VarBit", "varbit"),
    ("Uuid", "uuid"),
    ("Xml", "xml"),
    ("Inet", "inet"),
    ("Citext", "citext"),
    ("Timestamptz", "timestamptz"),
    ("Date", "date"),
    ("Time", "time"),
    ("Timetz", "timetz"),
    ("Json", "json"),
    ("JsonB", "jsonb"),
];

const MOMENTS: [(&str, Moment); 4] = [
    ("Timestamptz", Moment::Timestamptz),
    ("Date", Moment::Date),
    ("Time", Moment::Time),
    ("Timetz", Moment::Timetz),
];

fn scalar_cast(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Int => "integer",
        Scalar::BigInt => "bigint",
        Scalar::Float => "double precision",
        Scalar::Decimal => "numeric",
        Scalar::String | Scalar::Enum => "text",
        Scalar::Boolean => "boolean",
        Scalar::DateTime => "timestamp",
        Scalar::Bytes => "bytea",
        Scalar::Json => "jsonb",
    }
}

fn native(field: &Field) -> Option<&str> {
    field.native.as_ref().map(|(name, _)| name.as_str())
}

/// `expression` (a text, or an array of texts where `many`) cast to the type of that column.
pub fn cast(schema: &Schema, field: &Field, expression: &str, many: bool) -> String {
    let mut text = expression.to_owned();
    let array = if field.list || many { "[]" } else { "" };
    if let Some(at) = field.enumeration {
        let enumeration = &schema.enums[at];
        let prefix = enumeration.schema.as_ref().map(|name| quote(name) + ".").unwrap_or_default();
        let _ = write!(text, "::{prefix}{}{array}", quote(&enumeration.type_name));
        return text;
    }
    let own = NATIVE.iter().find(|(name, _)| native(field) == Some(name)).map(|(_, cast)| *cast);
    for part in own.unwrap_or_else(|| scalar_cast(field.scalar)).split("::") {
        let _ = write!(text, "::{part}{array}");
    }
    text
}

pub fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A stored value as text; `None` is SQL NULL.
pub fn text(schema: &Schema, field: &Field, value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Text(json) if field.list => Some(array_literal(schema, field, json)),
        other => Some(scalar_text(schema, field, other)),
    }
}

fn scalar_text(schema: &Schema, field: &Field, value: &Value) -> String {
    match (field.scalar, value) {
        (Scalar::Boolean, Value::Int(flag)) => if *flag == 0 { "false" } else { "true" }.to_owned(),
        (Scalar::DateTime, Value::Int(ms)) => moment_text(field, *ms),
        (Scalar::Enum, Value::Text(name)) => label(schema, field, name).to_owned(),
        (_, Value::Int(number)) => number.to_string(),
        (_, Value::Real(number)) => float_text(*number),
        (_, Value::Text(text)) => text.clone(),
        (_, Value::Blob(bytes)) => format!("\\x{}", hex(bytes)),
        (_, Value::Null) => String::new(),
    }
}

/// The block's JSON array as `PostgreSQL`'s array literal. Quoting an element suits every type.
fn array_literal(schema: &Schema, field: &Field, json: &str) -> String {
    let mut out = String::with_capacity(json.len() + 8);
    out.push('{');
    for (at, raw) in elements(json).into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        if raw == "null" && field.scalar != Scalar::Json {
            out.push_str("NULL");
            continue;
        }
        push_element(&mut out, &element_text(schema, field, raw));
    }
    out.push('}');
    out
}

/// An array literal of texts.
pub fn array(elements: &[Option<String>]) -> String {
    let mut out = String::with_capacity(elements.len() * 12 + 2);
    out.push('{');
    for (at, element) in elements.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        match element {
            None => out.push_str("NULL"),
            Some(text) if is_bare(text) => out.push_str(text),
            Some(text) => push_element(&mut out, text),
        }
    }
    out.push('}');
    out
}

/// Needs no quotes: most numbers, ids and instants.
fn is_bare(text: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'+');
    !text.is_empty() && text.bytes().all(plain) && !text.eq_ignore_ascii_case("null")
}

fn push_element(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        if matches!(letter, '"' | '\\') {
            out.push('\\');
        }
        out.push(letter);
    }
    out.push('"');
}

fn element_text(schema: &Schema, field: &Field, raw: &str) -> String {
    let string = || serde_json::from_str::<String>(raw).unwrap_or_else(|_| raw.to_owned());
    match field.scalar {
        Scalar::Json | Scalar::Boolean | Scalar::Int | Scalar::BigInt => raw.to_owned(),
        Scalar::DateTime => raw.parse().map_or_else(|_| string(), |ms| moment_text(field, ms)),
        Scalar::Bytes => format!("\\x{}", string()),
        Scalar::Enum => label(schema, field, &string()).to_owned(),
        Scalar::Float | Scalar::Decimal | Scalar::String => string(),
    }
}

/// The elements of a JSON array, each as it is written: numbers keep every digit, objects their text.
fn elements(json: &str) -> Vec<&str> {
    let inner =
        json.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or_default();
    if inner.trim().is_empty() {
        return Vec::new();
    }
    let (mut found, mut start, mut depth, mut quoted, mut escaped) =
        (Vec::new(), 0, 0_usize, false, false);
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                found.push(inner[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(inner[start..].trim());
    found
}

fn moment_text(field: &Field, ms: i64) -> String {
    let form = MOMENTS
        .iter()
        .find(|(name, _)| native(field) == Some(name))
        .map_or(Moment::Timestamp, |(_, moment)| *moment);
    let (year, month, day) = civil(ms.div_euclid(86_400_000));
    // PostgreSQL has no year 0: the year before 1 is "1 BC".
    let (shown, era) = if year > 0 { (year, "") } else { (1 - year, " BC") };
    let date = format!("{shown:04}-{month:02}-{day:02}");
    let time = time_text(ms);
    match form {
        Moment::Timestamp => format!("{date} {time}{era}"),
        Moment::Timestamptz => format!("{date} {time}+00{era}"),
        Moment::Date => format!("{date}{era}"),
        Moment::Time => time,
        Moment::Timetz => format!("{time}+00"),
    }
}
