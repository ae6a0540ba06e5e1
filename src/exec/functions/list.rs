//! `has`, `hasEvery`, `hasSome`, `isEmpty`, `equals` of a scalar list, and a scalar among a list's elements.
//!
//! A list is JSON text (see `scalar.rs`). Prisma's client shows a list that is NULL as an empty one, so an empty list that
//! came from the main database may be either: it is stored as [`EMPTY_OR_NULL`], and a filter whose answer depends on
//! which it is asks the main database.

use std::cmp::Ordering;

use rusqlite::functions::Context;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};
use serde_json::{Number, Value as Json};

use super::{Certainty, PURE};
use crate::decimal;
use crate::value::{EMPTY_OR_NULL, hex};

pub fn register(conn: &Connection, certainty: Certainty) -> Result<()> {
    conn.create_scalar_function("sharded_push", 4, PURE, |context| pushed(context))?;
    conn.create_scalar_function("sharded_list", 5, PURE, move |context| judge(context, &certainty))
}

/// `sharded_push(kind, list, several, operand)`: the list with one element more, or with those of another list. Onto NULL as onto an
/// empty one.
fn pushed(context: &Context) -> Result<String> {
    let kind = context.get_raw(0).as_str()?;
    let mut list = match context.get_raw(1) {
        ValueRef::Null => Vec::new(),
        list => elements(list.as_str()?)?,
    };
    let operand = context.get_raw(3);
    if context.get_raw(2).as_i64()? != 0 {
        list.extend(elements(operand.as_str()?)?);
    } else {
        list.extend(element(kind, operand)?);
    }
    Ok(Json::Array(list).to_string())
}

/// `sharded_list(test, kind, exact, list, operand)`: true, false, or neither for a list that is NULL. `exact`: the
/// statement tells false from neither.
fn judge(context: &Context, certainty: &Certainty) -> Result<Option<bool>> {
    let test = context.get_raw(0).as_str()?;
    let kind = context.get_raw(1).as_str()?;
    let stored = match context.get_raw(3) {
        ValueRef::Null => return Ok((test == "null").then_some(true)),
        list => list.as_str()?,
    };
    let list = elements(stored)?;
    let operand = context.get_raw(4);
    let Some(holds) = holds(test, kind, &list, operand)? else { return Ok(None) };
    let doubtful = [stored.as_bytes(), operand.as_bytes().unwrap_or_default()]
        .contains(&EMPTY_OR_NULL.as_bytes());
    // Of NULL it would have been neither.
    if doubtful && (holds || test == "null" || context.get_raw(2).as_i64()? != 0) {
        certainty.doubt()?;
    }
    Ok(Some(holds))
}

fn holds(test: &str, kind: &str, list: &[Json], operand: ValueRef) -> Result<Option<bool>> {
    let has = |element: &Json| list.iter().any(|known| same(kind, known, element));
    match test {
        "null" => return Ok(Some(false)),
        "empty" => return Ok(Some(list.is_empty())),
        "filled" => return Ok(Some(!list.is_empty())),
        "has" => return Ok(Some(element(kind, operand)?.is_some_and(|element| has(&element)))),
        "in" | "notIn" => {
            // A comparison with NULL is neither, but an empty list has nothing to compare with.
            let Some(element) = element(kind, operand)? else {
                return Ok(list.is_empty().then_some(test == "notIn"));
            };
            return Ok(Some(has(&element) == (test == "in")));
        }
        _ => {}
    }
    let ValueRef::Text(others) = operand else { return Ok(None) };
    let others = elements(&String::from_utf8_lossy(others))?;
    Ok(Some(match test {
        "every" => others.iter().all(has),
        "some" => others.iter().any(has),
        _ => {
            let mut pairs = list.iter().zip(&others);
            list.len() == others.len() && pairs.all(|(left, right)| same(kind, left, right))
        }
    }))
}

fn elements(text: &str) -> Result<Vec<Json>> {
    serde_json::from_str(text).map_err(|error| Error::UserFunctionError(error.into()))
}

/// A value of a column or a parameter as an element of a list.
fn element(kind: &str, value: ValueRef) -> Result<Option<Json>> {
    Ok(Some(match value {
        ValueRef::Null => return Ok(None),
        ValueRef::Integer(int) if kind == "Boolean" => Json::Bool(int != 0),
        ValueRef::Integer(int) => Json::Number(int.into()),
        ValueRef::Real(real) => Number::from_f64(real)
            .map_or_else(|| Json::String(infinite(real).to_owned()), Json::Number),
        ValueRef::Blob(bytes) => Json::String(hex(bytes)),
        ValueRef::Text(text) => {
            let text = String::from_utf8_lossy(text);
            if kind == "Json" {
                serde_json::from_str(&text)
                    .map_err(|error| Error::UserFunctionError(error.into()))?
            } else {
                Json::String(text.into_owned())
            }
        }
    }))
}

fn infinite(real: f64) -> &'static str {
    if real > 0.0 { "Infinity" } else { "-Infinity" }
}

fn same(kind: &str, left: &Json, right: &Json) -> bool {
    match (kind, left, right) {
        ("Decimal", Json::String(left), Json::String(right)) => {
            decimal::compare(left, right) == Ordering::Equal
        }
        ("Float", Json::Number(left), Json::Number(right)) => left.as_f64() == right.as_f64(),
        _ => left == right,
    }
}
