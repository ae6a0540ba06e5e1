//! SQL functions and collations that give SQLite the main provider's semantics.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bigdecimal::BigDecimal;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Null, ToSqlOutput, Value as SqlValue, ValueRef};
use rusqlite::{Connection, Error, Result};

use crate::decimal;
use crate::error::{UNHELD, marked};

const PURE: FunctionFlags = FunctionFlags::SQLITE_UTF8
    .union(FunctionFlags::SQLITE_DETERMINISTIC)
    .union(FunctionFlags::SQLITE_INNOCUOUS);

/// `certain`: rows that are not held are known not to exist.
pub fn register(conn: &Connection, certain: Arc<AtomicBool>) -> Result<()> {
    conn.create_scalar_function("sharded_unheld", 0, FunctionFlags::SQLITE_UTF8, move |_| {
        if certain.load(Ordering::Relaxed) { Ok(Null) } else { Err(unheld()) }
    })?;
    conn.create_collation("sharded_decimal", decimal::compare)?;
    for (name, before, after) in [
        ("sharded_contains", true, true),
        ("sharded_starts_with", false, true),
        ("sharded_ends_with", true, false),
    ] {
        conn.create_scalar_function(name, 2, PURE, move |context| like(context, before, after))?;
    }
    conn.create_scalar_function("sharded_arithmetic", 6, PURE, |context| arithmetic(context))
}

/// The statement came to a row that the block does not hold: only the main database knows the answer.
fn unheld() -> Error {
    Error::UserFunctionError(UNHELD.into())
}

/// An error whose text carries what `error.rs` reads back.
fn raise(code: &str, sqlstate: &str, text: &str) -> Error {
    Error::UserFunctionError(marked(code, sqlstate, text).into())
}

fn out_of_range(text: &str) -> Error {
    raise("P2020", "22003", text)
}

fn division_by_zero() -> Error {
    raise("P2039", "22012", "division by zero")
}

/// `column LIKE '%' || value || '%'` as `PostgreSQL` reads it: `%` and `_` in the value are wildcards, `\` escapes.
fn like(context: &Context, before: bool, after: bool) -> Result<Option<bool>> {
    let (ValueRef::Text(text), ValueRef::Text(pattern)) = (context.get_raw(0), context.get_raw(1))
    else {
        return Ok(None);
    };
    if !pattern.iter().any(|byte| matches!(byte, b'%' | b'_' | b'\\')) {
        return Ok(Some(match (before, after) {
            (true, true) => contains(text, pattern),
            (true, false) => text.ends_with(pattern),
            _ => text.starts_with(pattern),
        }));
    }
    let text: Vec<char> = String::from_utf8_lossy(text).chars().collect();
    let tokens = tokens(&String::from_utf8_lossy(pattern), before, after)?;
    Ok(Some(matches(&text, &tokens)))
}

fn contains(text: &[u8], needle: &[u8]) -> bool {
    needle.is_empty() || text.windows(needle.len()).any(|window| window == needle)
}

#[derive(Clone, Copy, PartialEq)]
enum Token {
    Any,
    One,
    Char(char),
}

fn tokens(pattern: &str, before: bool, after: bool) -> Result<Vec<Token>> {
    let mut tokens = Vec::new();
    if before {
        tokens.push(Token::Any);
    }
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        tokens.push(match char {
            '%' => Token::Any,
            '_' => Token::One,
            '\\' => match chars.next() {
                Some(escaped) => Token::Char(escaped),
                // The pattern's own closing `%` is what the backslash escapes.
                None if after => return Ok([tokens, vec![Token::Char('%')]].concat()),
                None => {
                    return Err(raise(
                        "P2039",
                        "22025",
                        "LIKE pattern must not end with escape character",
                    ));
                }
            },
            other => Token::Char(other),
        });
    }
    if after {
        tokens.push(Token::Any);
    }
    Ok(tokens)
}

/// Greedy matching with one point of return: the last `%`.
fn matches(text: &[char], tokens: &[Token]) -> bool {
    let (mut at, mut token) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match tokens.get(token) {
            Some(Token::Any) => {
                retry = Some((at, token));
                token += 1;
            }
            Some(Token::One) => {
                at += 1;
                token += 1;
            }
            Some(Token::Char(char)) if *char == text[at] => {
                at += 1;
                token += 1;
            }
            _ => {
                let Some((from, any)) = retry else { return false };
                retry = Some((from + 1, any));
                at = from + 1;
                token = any + 1;
            }
        }
    }
    tokens[token..].iter().all(|token| *token == Token::Any)
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

fn real(value: ValueRef) -> f64 {
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
fn narrow(value: f64) -> f32 {
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
    if lost { None } else { Some(single.to_string().parse().unwrap_or_else(|_| f64::from(single))) }
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
        _ if right == 0.0 => return Err(division_by_zero()),
        _ => left / right,
    };
    let finite = left.is_finite() && right.is_finite();
    if finite && result.is_infinite() {
        return Err(out_of_range("value out of range: overflow"));
    }
    if finite && result == 0.0 && left != 0.0 && matches!(op, "*" | "/") {
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
