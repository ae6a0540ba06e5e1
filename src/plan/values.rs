//! The values of a row that is written: given, or filled in.

use serde_json::Value as Json;

use super::args::Arg;
use super::compile::Context;
use super::slots::{Guard, SlotKind, Slots};
use super::{AssignOp, Planned, Refusal, Source};
use crate::scalar::Scalar;
use crate::schema::{Default, Field, Model};
use crate::value::Value;

/// What fills a field that a create leaves out; `None` where Prisma wants a value.
pub fn fallback(context: &Context, model: &Model, field: &Field) -> Planned<Option<Source>> {
    Ok(match &field.default {
        Some(Default::Autoincrement) if context.leases(field) => {
            Some(Source::Id(model.id, field.id))
        }
        Some(Default::Autoincrement) => {
            return Err(Refusal::Through(format!(
                "{}.{} is made by autoincrement()",
                model.name, field.name
            )));
        }
        Some(Default::Main(function)) => {
            return Err(Refusal::Through(format!(
                "{}.{} is made by {function}()",
                model.name, field.name
            )));
        }
        // What fills it is a value; a missing one is NULL whatever the type.
        default if (default.is_some() || field.updated_at) && context.written_there(field) => {
            return Err(Refusal::Through(format!(
                "{}.{} has a native type of its own",
                model.name, field.name
            )));
        }
        Some(Default::Now) => Some(Source::Now),
        Some(default) => Some(Source::Generated(default.clone())),
        None if field.updated_at => Some(Source::Now),
        None if field.list || !field.required => Some(Source::Constant(Value::Null)),
        None => None,
    })
}

/// A value as it is stored: a slot, or a constant for the kinds of null.
pub fn stored(context: &Context, slots: &mut Slots, field: &Field, arg: &Arg) -> Planned<Source> {
    if context.written_there(field) {
        return Err(Refusal::Through(format!(
            "argument `{}`: its native type is made by the main database",
            arg.name()
        )));
    }
    let kind = SlotKind::of(field);
    if field.list {
        return list(context, slots, field, arg);
    }
    if field.scalar == Scalar::Json {
        plain_json(arg)?;
        return json(slots, field, arg);
    }
    if arg.is_null() {
        if field.required {
            return Err(arg.invalid("a value, not null"));
        }
    } else {
        arg.check(context.schema, kind)?;
    }
    Ok(Source::Slot(arg.add(slots, kind, !field.required, Guard::Any)))
}

fn list(context: &Context, slots: &mut Slots, field: &Field, arg: &Arg) -> Planned<Source> {
    if !arg.is_plain_object() {
        return Ok(Source::Slot(arg.slot(context.schema, slots, SlotKind::of(field))?));
    }
    match arg.entries()?.as_slice() {
        [("set", set)] => Ok(Source::Slot(set.slot(context.schema, slots, SlotKind::of(field))?)),
        _ => Err(arg.invalid("a list, `set` or `push`")),
    }
}

/// `push` of one element or of several onto a list; `None` for any other value.
pub fn pushed(
    context: &Context,
    slots: &mut Slots,
    field: &Field,
    arg: &Arg,
) -> Planned<Option<(AssignOp, Source)>> {
    let push = arg.get("push").filter(|_| field.list && arg.is_plain_object());
    let Some(push) = push.filter(|_| arg.json.as_object().is_some_and(|map| map.len() == 1)) else {
        return Ok(None);
    };
    if context.written_there(field) {
        return Err(Refusal::Through(format!(
            "argument `{}`: its native type is made by the main database",
            push.name()
        )));
    }
    let list = push.json.is_array();
    let kind = SlotKind { list, ..SlotKind::of(field) };
    let op = if list { AssignOp::PushAll } else { AssignOp::Push };
    Ok(Some((op, Source::Slot(push.slot(context.schema, slots, kind)?))))
}

/// What JSON a Decimal becomes, or a `BigInt` beyond 64 bits, is decided by Prisma's engine.
pub fn plain_json(arg: &Arg) -> Planned<()> {
    let text = arg.json.get("value").and_then(Json::as_str).unwrap_or_default();
    match arg.tag() {
        Some("BigInt") if text.parse::<i64>().is_ok() => Ok(()),
        Some("Decimal" | "BigInt") => {
            Err(Refusal::Through(format!("argument `{}`: a number that is no JSON", arg.name())))
        }
        _ => Ok(()),
    }
}

/// A JS null is JSON null; SQL NULL is asked for with `Prisma.DbNull`.
fn json(slots: &mut Slots, field: &Field, arg: &Arg) -> Planned<Source> {
    let null_kind = match (arg.tag(), arg.json.get("value").and_then(Json::as_str)) {
        (Some("Enum"), Some(kind)) => Some(kind),
        _ if arg.is_null() => Some("JsonNull"),
        _ => None,
    };
    match null_kind {
        None if arg.json.to_string().contains("\\u0000") => Err(arg.invalid("JSON without U+0000")),
        None => Ok(Source::Slot(arg.add(slots, SlotKind::of(field), false, Guard::Any))),
        Some("JsonNull") => Ok(Source::Constant(Value::Text("null".to_owned()))),
        Some("DbNull") if !field.required => Ok(Source::Constant(Value::Null)),
        Some(_) => Err(arg.invalid("a JSON value")),
    }
}
