//! `increment`, `decrement`, `multiply`, `divide`; and the sign of a zero.

use bigdecimal::BigDecimal;
use rusqlite::functions::Context;
use rusqlite::types::{ToSqlOutput, Value as SqlValue, ValueRef};
use rusqlite::{Connection, Error, Result};

use super::{PURE, out_of_range, raise};
use crate::decimal;

pub fn register(conn: &Connection) -> Result<()> {
    conn.create_scalar_function("sharded_arithmetic", 6, PURE, |context| arithmetic(context))?;
    // SQLite's own operators and functions do not tell -0 from 0.
    conn.create_scalar_function("sharded_is_minus", 1, PURE, |context| {
        Ok(matches!(context.get_raw(0), ValueRef::Real(real) if real.is_sign_negative()))
    })
}

fn division_by_zero() -> Error {
    raise("P2039", "22012", "division by zero")
}

/// `sharded_arithmetic(op, kind, precision, scale, left, right)` with the main column's range and rounding.
fn arithmetic(context: &Context<'_>) -> Result<ToSqlOutput<'static>> {
    let op = context.get_raw(0).as_str()?;
    let kind = context.get_raw(1).as_str()?;
    let owned = |value: SqlValue| Ok(ToSqlOutput::Owned(value));
    match (context.get_raw(4), context.get_raw(5)) {
        (ValueRef::Null, _) | (_, ValueRef::Null) => owned(SqlValue::Null),
        (ValueRef::Integer(left), ValueRef::Integer(right)) => {
            owned(SqlValue::Integer(integer(op, kind, left, right)?))
        }
        (left, right) if kind == "Decimal" => {
            let (precision, scale) = (context.get::<u32>(2)?, context.get::<u32>(3)?);
            owned(SqlValue::Text(decimals(op, left.as_str()?, right.as_str()?, precision, scale)?))
        }
        (left, right) => {
            let stored = if kind == "Real" {
                single(op, real(left), real(right))?
            } else {
                float(op, real(left), real(right))?
            };
            owned(if stored.is_nan() {
                SqlValue::Text("NaN".into())
            } else {
                SqlValue::Real(stored)
            })
        }
    }
}

pub fn real(value: ValueRef) -> f64 {
    match value {
        ValueRef::Real(real) => real,
        ValueRef::Integer(int) => {
            #[expect(
                clippy::cast_precision_loss,
                reason = "the main database's float8 loses the same bits"
            )]
            let real = int as f64;
            real
        }
        _ => f64::NAN,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the column is a float4")]
pub fn narrow(value: f64) -> f32 {
    value as f32
}

/// A float4 is stored by its shortest decimal text; the main database computes with what that text names.
fn single(op: &str, left: f64, right: f64) -> Result<f64> {
    let result = float(op, f64::from(narrow(left)), f64::from(narrow(right)))?;
    shortest(result).ok_or_else(|| out_of_range("value out of range: overflow"))
}

/// A float4 as JS sees it: the shortest decimal text that names it. `None` when it is too large or too small for one.
pub fn shortest(value: f64) -> Option<f64> {
    let single = narrow(value);
    let lost = value.is_finite() && (single.is_infinite() || (single == 0.0 && value != 0.0));
    if lost { None } else { Some(printed(single)) }
}

/// The decimal that the main database prints for a float4: the shortest strictly within half a step of it, the nearest
/// of those, the even one of two as near. (Rust also takes the halfway points, and the odd one.)
fn printed(single: f32) -> f64 {
    if !single.is_finite() || single == 0.0 {
        return f64::from(single);
    }
    let value = f64::from(single);
    let below = value.abs() - f64::from(single.abs().next_down());
    let above = f64::from(single.abs().next_up()) - value.abs();
    // Beyond the greatest there is no next one.
    let above = if above.is_finite() { above } else { below };
    let inside = |near: &f64| {
        let off = 2.0 * (near.abs() - value.abs());
        -below < off && off < above
    };
    // Rust rounds an exact tie to the even digit too.
    let mut rounded = (0..9).filter_map(|digits| format!("{value:.digits$e}").parse::<f64>().ok());
    rounded.find(inside).unwrap_or(value)
}

fn integer(op: &str, kind: &str, left: i64, right: i64) -> Result<i64> {
    let result = match op {
        "+" => left.checked_add(right),
        "-" => left.checked_sub(right),
        "*" => left.checked_mul(right),
        _ if right == 0 => return Err(division_by_zero()),
        _ => left.checked_div(right),
    };
    let (name, in_range) = match kind {
        "SmallInt" => ("smallint", result.filter(|value| i16::try_from(*value).is_ok())),
        "Int" => ("integer", result.filter(|value| i32::try_from(*value).is_ok())),
        _ => ("bigint", result),
    };
    in_range.ok_or_else(|| out_of_range(&format!("{name} out of range")))
}

fn float(op: &str, left: f64, right: f64) -> Result<f64> {
    let result = match op {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        _ if right == 0.0 && !left.is_nan() => return Err(division_by_zero()),
        _ => left / right,
    };
    let finite = left.is_finite() && right.is_finite();
    if finite && result.is_infinite() {
        return Err(out_of_range("value out of range: overflow"));
    }
    let vanishes = op == "/" || (op == "*" && right != 0.0);
    if finite && result == 0.0 && left != 0.0 && vanishes {
        return Err(out_of_range("value out of range: underflow"));
    }
    Ok(result)
}

fn decimals(op: &str, left: &str, right: &str, precision: u32, scale: u32) -> Result<String> {
    let parse = |text: &str| decimal::parse(text).ok_or_else(|| out_of_range("not a decimal"));
    let (left, right): (BigDecimal, BigDecimal) = (parse(left)?, parse(right)?);
    let result = match op {
        "+" => left + right,
        "-" => left - right,
        _ => left * right,
    };
    let fitted =
        if precision == 0 { Some(result) } else { decimal::fit(&result, precision, scale) };
    let overflow = || out_of_range("numeric field overflow");
    fitted.map(|value| decimal::canonical(&value)).ok_or_else(overflow)
}

#[cfg(test)]
mod tests {
    use super::shortest;

    #[test]
    fn prints_a_float4_as_postgresql_does() {
        for (single, printed) in [
            (0.1_f32, 0.1),
            (f32::from_bits(0xca41_e349), -3_176_658.2),
            (-43_751_128.0, -43_751_128.0),
            (16_777_216.0, 16_777_216.0),
            (f32::MAX, 3.402_823_5e38),
            (f32::from_bits(1), 1e-45),
        ] {
            assert_eq!(shortest(f64::from(single)).map(f64::to_bits), Some(f64::to_bits(printed)));
        }
    }
}
