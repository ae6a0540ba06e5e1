//! Filters on Json, as `PostgreSQL` judges `jsonb`.

use std::cmp::Ordering;

use rusqlite::functions::Context;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};
use serde_json::Value as Json;

use super::like::{Ends, like};
use super::{Certainty, PURE};
use crate::decimal;
use crate::exec::convert::sorted;

pub fn register(conn: &Connection, certainty: Certainty) -> Result<()> {
    conn.create_scalar_function("sharded_jsonb", 1, PURE, |context| {
        Ok(parsed(context.get_raw(0))?.map(|json| sorted(json).to_string()))
    })?;
    conn.create_scalar_function("sharded_json_path", 2, PURE, |context| {
        Ok(reached(context.get_raw(0), context.get_raw(1))?.map(|json| json.to_string()))
    })?;
    conn.create_scalar_function("sharded_json", 6, PURE, move |context| judge(context, &certainty))
}

fn parsed(value: ValueRef) -> Result<Option<Json>> {
    match value {
        ValueRef::Null => Ok(None),
        text => serde_json::from_str(text.as_str()?)
            .map(Some)
            .map_err(|error| Error::UserFunctionError(error.into())),
    }
}

/// What stands in a column at a path, if anything does.
fn reached(column: ValueRef, path: ValueRef) -> Result<Option<Json>> {
    let Some(mut json) = parsed(column)? else { return Ok(None) };
    let Some(Json::Array(path)) = parsed(path)? else { return Ok(Some(json)) };
    for step in &path {
        let step = step.as_str().unwrap_or_default();
        let next = match &mut json {
            Json::Object(map) => map.get_mut(step),
            Json::Array(list) => position(step, list.len()).and_then(|at| list.get_mut(at)),
            _ => None,
        };
        match next {
            Some(next) => json = next.take(),
            None => return Ok(None),
        }
    }
    Ok(Some(json))
}

/// A position as C's `strtol` reads it: spaces before, a sign, zeros before; from the end when negative.
fn position(step: &str, length: usize) -> Option<usize> {
    let number: i32 =
        step.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']).parse().ok()?;
    let at = usize::try_from(number.unsigned_abs()).ok()?;
    if number < 0 { length.checked_sub(at) } else { Some(at) }
}

enum Verdict {
    Is(bool),
    Neither,
    /// The test asks for values of another type.
    OtherType,
}

/// `sharded_json(test, column, path, operand, reversed, bytewise)`. A value of another type gives `reversed`, which the
/// `NOT` outside turns round, so that no such value passes either way.
fn judge(context: &Context, certainty: &Certainty) -> Result<Option<bool>> {
    let test = context.get_raw(0).as_str()?;
    let (path, operand) = (context.get_raw(2), context.get_raw(3));
    let Some(found) = reached(context.get_raw(1), path)? else { return Ok(None) };
    let verdict = if let Some(ends) = Ends::of(test) {
        string(&found, path == ValueRef::Null, operand.as_str()?, ends)?
    } else {
        let operand = parsed(operand)?.unwrap_or(Json::Null);
        if test.starts_with("array") {
            array(test, &found, &operand)
        } else {
            let bytewise = context.get_raw(5).as_i64()? != 0;
            ordered(test, &found, &operand, bytewise, certainty)?
        }
    };
    Ok(match verdict {
        Verdict::Is(holds) => Some(holds),
        Verdict::Neither => None,
        Verdict::OtherType => Some(context.get_raw(4).as_i64()? != 0),
    })
}

/// Without a path it is the JSON text that is looked at, quotes and escapes included.
fn string(found: &Json, whole: bool, pattern: &str, ends: Ends) -> Result<Verdict> {
    let Json::String(text) = found else { return Ok(Verdict::OtherType) };
    let holds =
        if whole { like(&found.to_string(), pattern, ends)? } else { like(text, pattern, ends)? };
    Ok(Verdict::Is(holds))
}

fn array(test: &str, found: &Json, operand: &Json) -> Verdict {
    let Json::Array(list) = found else { return Verdict::OtherType };
    let element = match test {
        "array_starts_with" => list.first(),
        "array_ends_with" => list.last(),
        // At the top, and only there, an array contains a bare element.
        _ => {
            let bare = !operand.is_array() && !operand.is_object();
            return Verdict::Is(if bare {
                list.contains(operand)
            } else {
                contains(found, operand)
            });
        }
    };
    element.map_or(Verdict::Neither, |element| Verdict::Is(element == operand))
}

/// `jsonb @> jsonb`
fn contains(outer: &Json, inner: &Json) -> bool {
    match (outer, inner) {
        (Json::Object(outer), Json::Object(inner)) => inner
            .iter()
            .all(|(key, value)| outer.get(key).is_some_and(|known| contains(known, value))),
        (Json::Array(outer), Json::Array(inner)) => {
            inner.iter().all(|value| outer.iter().any(|known| contains(known, value)))
        }
        _ => outer == inner,
    }
}

/// Numbers with numbers, strings with strings; of anything else, and of strings that have an order of their own, only
/// the main database knows.
fn ordered(
    test: &str,
    found: &Json,
    operand: &Json,
    bytewise: bool,
    certainty: &Certainty,
) -> Result<Verdict> {
    let order = match (found, operand) {
        (Json::String(found), Json::String(operand)) if bytewise => Some(found.cmp(operand)),
        (Json::Number(found), Json::Number(operand)) => numbers(found.as_str(), operand.as_str()),
        (_, Json::Number(_)) => return Ok(Verdict::OtherType),
        (_, Json::String(_)) if bytewise => return Ok(Verdict::OtherType),
        _ => None,
    };
    let Some(order) = order else {
        certainty.doubt()?;
        return Ok(Verdict::Neither);
    };
    Ok(Verdict::Is(match test {
        "lt" => order.is_lt(),
        "lte" => order.is_le(),
        "gt" => order.is_gt(),
        _ => order.is_ge(),
    }))
}

fn numbers(left: &str, right: &str) -> Option<Ordering> {
    Some(decimal::parse(left)?.cmp(&decimal::parse(right)?))
}
