//! Values on their way into a column: what the main column's native type would make of them.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::functions::shortest;
use crate::decimal;
use crate::error::{Failure, database, out_of_range};
use crate::instant::{DAY_MS, to_text};
use crate::plan::SlotKind;
use crate::scalar::{Native, Scalar};
use crate::value::Value;

type Normalised<'a> = Result<Cow<'a, Value>, Failure>;

/// Stores `value` as the main column would: rounded, padded, cut, or refused with the main's error.
///
/// The elements of a list of Json are settled as one JSON array is, uuids, dates and small numbers one by one; other lists are stored as
/// they come.
pub fn normalise(value: &Value, native: Native, kind: Option<SlotKind>) -> Normalised<'_> {
    let list = kind.is_some_and(|kind| kind.list);
    if native == Native::Plain {
        return Ok(Cow::Borrowed(value));
    }
    if list && !matches!(native, Native::Jsonb | Native::Double) {
        return each(value, native);
    }
    match (native, value) {
        (Native::Uuid, Value::Text(text)) => uuid_text(text),
        (Native::Date, Value::Int(at)) => {
            Ok(Cow::Owned(Value::Int(at.div_euclid(DAY_MS) * DAY_MS)))
        }
        (Native::VarChar(limit), Value::Text(text)) => limited(value, text, limit),
        (Native::Numeric(precision, scale), Value::Text(text)) => {
            numeric(value, text, precision, scale)
        }
        (Native::SmallInt, Value::Int(int)) if i16::try_from(*int).is_err() => {
            Err(out_of_range(format!("value \"{int}\" is out of range for type smallint")))
        }
        (Native::Double, Value::Text(text)) if list => Ok(Cow::Owned(Value::Text(doubles(text)))),
        (Native::Double, Value::Text(text)) => Ok(Cow::Owned(Value::Text(decimal::double(text)))),
        (Native::Real, Value::Real(real)) => real4(*real).map(|real| Cow::Owned(Value::Real(real))),
        (Native::Jsonb, Value::Text(text)) => jsonb(text),
        (Native::Timestamp(digits), Value::Int(at)) if digits < 3 => {
            Ok(Cow::Owned(Value::Int(rounded(*at, digits))))
        }
        _ => Ok(Cow::Borrowed(value)),
    }
}

/// A list of uuids, dates or small numbers.
fn each(value: &Value, native: Native) -> Normalised<'_> {
    let (Value::Text(text), Native::Uuid | Native::Date | Native::Real | Native::SmallInt) =
        (value, native)
    else {
        return Ok(Cow::Borrowed(value));
    };
    let Ok(Json::Array(mut list)) = serde_json::from_str(text) else {
        return Ok(Cow::Borrowed(value));
    };
    for element in &mut list {
        let plain = match &*element {
            Json::String(text) => Value::Text(text.clone()),
            Json::Number(number) if native == Native::Real => {
                number.as_f64().map_or(Value::Null, Value::Real)
            }
            Json::Number(number) => number.as_i64().map_or(Value::Null, Value::Int),
            _ => Value::Null,
        };
        match normalise(&plain, native, None)?.into_owned() {
            Value::Text(text) => *element = Json::String(text),
            Value::Int(int) => *element = int.into(),
            Value::Real(real) => *element = real.into(),
            _ => {}
        }
    }
    Ok(Cow::Owned(Value::Text(Json::Array(list).to_string())))
}

fn uuid_text(text: &str) -> Normalised<'static> {
    match uuid::Uuid::parse_str(text) {
        Ok(uuid) => Ok(Cow::Owned(Value::Text(uuid.hyphenated().to_string()))),
        Err(_) => Err(database(
            "P2007",
            "22P02",
            format!("invalid input syntax for type uuid: \"{text}\""),
        )),
    }
}

fn limited<'a>(value: &'a Value, text: &str, limit: u32) -> Normalised<'a> {
    let limit = limit as usize;
    if text.len() <= limit || text.chars().count() <= limit {
        return Ok(Cow::Borrowed(value));
    }
    // The standard lets spaces beyond the limit be cut in silence.
    if text.chars().skip(limit).all(|char| char == ' ') {
        return Ok(Cow::Owned(Value::Text(text.chars().take(limit).collect())));
    }
    Err(database("P2000", "22001", format!("value too long for type character varying({limit})")))
}

fn numeric<'a>(value: &'a Value, text: &str, precision: u32, scale: u32) -> Normalised<'a> {
    // Digits before and after the point are within the column: the usual case, nothing to compute.
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    let canonical = !text.contains(['e', 'E', '+'])
        && !rest.ends_with('0')
        && (whole == "0" || !whole.starts_with('0'));
    if precision == 0 && canonical && text != "-0" {
        return Ok(Cow::Borrowed(value));
    }
    let digits = precision.saturating_sub(scale) as usize;
    if canonical
        && text != "-0"
        && rest.len() <= scale as usize
        && (whole == "0" || whole.len() <= digits)
    {
        return Ok(Cow::Borrowed(value));
    }
    let parsed = decimal::parse(text).ok_or_else(|| out_of_range("not a decimal"))?;
    let fitted =
        if precision == 0 { Some(parsed) } else { decimal::fit(&parsed, precision, scale) };
    let fitted = fitted.ok_or_else(|| out_of_range("numeric field overflow"))?;
    Ok(Cow::Owned(Value::Text(decimal::canonical(&fitted))))
}

fn real4(value: f64) -> Result<f64, Failure> {
    shortest(value)
        .ok_or_else(|| out_of_range(format!("\"{value}\" is out of range for type real")))
}

/// The same for a list, which comes as a JSON array of texts.
fn doubles(text: &str) -> String {
    let texts: Vec<String> = serde_json::from_str(text).unwrap_or_default();
    json!(texts.iter().map(|text| decimal::double(text)).collect::<Vec<_>>()).to_string()
}

/// Rounds half away from the epoch's past, as `PostgreSQL` rounds microseconds.
fn rounded(at: i64, digits: u32) -> i64 {
    let unit = 10_i64.pow(3 - digits);
    (at + unit / 2).div_euclid(unit) * unit
}

fn jsonb(text: &str) -> Normalised<'static> {
    let parsed: Json = serde_json::from_str(text).map_err(|error| {
        database("P2007", "22P02", format!("invalid input syntax for type json: {error}"))
    })?;
    Ok(Cow::Owned(Value::Text(sorted(parsed).to_string())))
}

/// `jsonb` keeps keys by length, then by bytes.
pub fn sorted(json: Json) -> Json {
    match json {
        Json::Array(list) => Json::Array(list.into_iter().map(sorted).collect()),
        Json::Object(map) => {
            let mut entries: Vec<(String, Json)> =
                map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            entries.sort_by(|(left, _), (right, _)| {
                left.len().cmp(&right.len()).then_with(|| left.cmp(right))
            });
            Json::Object(entries.into_iter().collect())
        }
        other => other,
    }
}

/// A stored value as Prisma's JSON protocol spells it in arguments.
pub fn to_protocol(value: &Value, kind: SlotKind) -> Json {
    let tagged = |tag: &str, text: String| json!({ "$type": tag, "value": text });
    match (kind.scalar, value) {
        (Scalar::BigInt, Value::Int(int)) => tagged("BigInt", int.to_string()),
        (Scalar::Boolean, Value::Int(int)) => json!(*int != 0),
        (Scalar::DateTime, Value::Int(at)) => tagged("DateTime", to_text(*at)),
        (Scalar::Decimal, Value::Text(text)) => tagged("Decimal", text.clone()),
        (_, Value::Int(int)) => json!(int),
        (_, Value::Real(real)) => json!(real),
        (_, Value::Text(text)) => json!(text),
        (_, Value::Blob(bytes)) => tagged("Bytes", STANDARD.encode(bytes)),
        (_, Value::Null) => Json::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str, native: Native) -> Result<String, &'static str> {
        match normalise(&Value::Text(value.to_owned()), native, None) {
            Ok(value) => match value.into_owned() {
                Value::Text(text) => Ok(text),
                other => panic!("{other:?}"),
            },
            Err(failure) => Err(failure.code),
        }
    }

    #[test]
    fn stores_what_the_column_would() {
        assert_eq!(text("1.50", Native::Numeric(65, 30)), Ok("1.5".into()));
        assert_eq!(text("1.005", Native::Numeric(5, 2)), Ok("1.01".into()));
        assert_eq!(text("1000", Native::Numeric(5, 2)), Err("P2020"));
        assert_eq!(text("abcd", Native::VarChar(3)), Err("P2000"));
        assert_eq!(text("abc  ", Native::VarChar(3)), Ok("abc".into()));
        assert_eq!(
            text(r#"{"bb":1,"a":{"z":1,"y":2}}"#, Native::Jsonb),
            Ok(r#"{"a":{"y":2,"z":1},"bb":1}"#.into())
        );
        assert_eq!(text("nope", Native::Uuid), Err("P2007"));
    }

    #[test]
    fn rounds_instants_to_the_column() {
        let stored =
            |at, native| normalise(&Value::Int(at), native, None).map(Cow::into_owned).ok();
        assert_eq!(stored(1_678, Native::Timestamp(0)), Some(Value::Int(2_000)));
        assert_eq!(stored(DAY_MS + 5, Native::Date), Some(Value::Int(DAY_MS)));
        assert_eq!(stored(-1, Native::Date), Some(Value::Int(-DAY_MS)));
    }
}
