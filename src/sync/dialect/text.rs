//! Values as text, the parts that dialects share.

use std::fmt::Write as _;

use crate::scalar::Scalar;
use crate::schema::{Field, Schema};
use crate::value::Value;

/// An enum's value as the main database names it.
pub fn label<'a>(schema: &'a Schema, field: &Field, name: &'a str) -> &'a str {
    let values = field.enumeration.map_or(&[][..], |at| &schema.enums[at].values);
    values.iter().find(|value| value.name == name).map_or(name, |value| &value.label)
}

/// Shortest text that reads back to the same bits; keeps the sign of zero.
pub fn float_text(number: f64) -> String {
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    format!("{number:e}")
}

/// Numbers, strings and labels; `None` is SQL NULL.
pub fn plain_text(schema: &Schema, field: &Field, value: &Value) -> Option<String> {
    Some(match (field.scalar, value) {
        (_, Value::Null) => return None,
        (Scalar::Enum, Value::Text(name)) => label(schema, field, name).to_owned(),
        (_, Value::Int(number)) => number.to_string(),
        (_, Value::Real(number)) => float_text(*number),
        (_, Value::Text(text)) => text.clone(),
        (_, Value::Blob(bytes)) => hex(bytes),
    })
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `2009-02-13`, its year counted from 1 BC = 0.
pub fn date_text(ms: i64) -> String {
    let (year, month, day) = civil(ms.div_euclid(86_400_000));
    format!("{year:04}-{month:02}-{day:02}")
}

/// `23:31:30.123`
pub fn time_text(ms: i64) -> String {
    let rest = ms.rem_euclid(86_400_000);
    let (hour, minute, second, milli) =
        (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60, rest % 1000);
    format!("{hour:02}:{minute:02}:{second:02}.{milli:03}")
}

/// Days since 1970-01-01 -> year, month, day of the proleptic Gregorian calendar, as JS Dates count.
pub fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}
