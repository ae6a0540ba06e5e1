//! `findUnique`, `findFirst`, `findMany` and `count` -> plans.

use serde_json::Value as Json;

use super::args::Arg;
use super::compile::Context;
use super::filter::{plan_unique, plan_where};
use super::order::{by_key, plan_order};
use super::shape::plan_node;
use super::slots::{Guard, SlotKind, Slots};
use super::{Arity, Count, Planned, Read, Refusal, Take, Window};
use crate::schema::Model;

pub fn find_unique(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
    selection: &Json,
    or_throw: bool,
) -> Planned<Read> {
    only(arguments, &["where"])?;
    let target = arguments.get("where").ok_or_else(|| arguments.invalid("`where`"))?;
    let unique = plan_unique(context, slots, model, &target)?;
    let window = Window { filter: Some(unique.predicate.clone()), ..Window::default() };
    let node = plan_node(context, slots, model, selection, &[], window)?;
    Ok(Read { node, arity: Arity::One, or_throw, unique: Some(unique) })
}

pub fn find_many(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
    selection: &Json,
    arity: Arity,
    or_throw: bool,
) -> Planned<Read> {
    let mut window = plan_window(context, slots, model, arguments, arity)?;
    if arity == Arity::One && window.take == Take::All {
        window.take = Take::FirstConst(1);
        window.order_by_key(context, model)?;
    }
    let node = plan_node(context, slots, model, selection, &[], window)?;
    Ok(Read { node, arity, or_throw, unique: None })
}

/// `findFirst` takes one row from either end.
fn first(take: &Arg) -> Planned<Take> {
    match take.json.as_i64() {
        Some(1) => Ok(Take::FirstConst(1)),
        Some(-1) => Ok(Take::Last(1)),
        _ => Err(take.invalid("1 or -1")),
    }
}

impl Window {
    fn order_by_key(&mut self, context: &Context, model: &Model) -> Planned<()> {
        if self.order.is_empty() {
            self.order = by_key(context, model)?;
        }
        Ok(())
    }
}

pub fn only(arguments: &Arg, names: &[&str]) -> Planned<()> {
    for (name, value) in arguments.entries()? {
        if !names.contains(&name) {
            return Err(value.invalid(&format!("one of {}", names.join(", "))));
        }
    }
    Ok(())
}

/// `where`, `orderBy`, `take` and `skip` of a set read.
pub fn plan_window(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
    arity: Arity,
) -> Planned<Window> {
    let mut window = Window::default();
    for (name, value) in arguments.entries()? {
        match name {
            "where" => window.filter = plan_where(context, slots, model, &value)?,
            "orderBy" => window.order = plan_order(context, model, &value)?,
            "take" if arity == Arity::One => window.take = first(&value)?,
            "take" => window.take = take(slots, &value)?,
            "skip" => window.skip = skip(slots, &value)?,
            "cursor" | "distinct" | "relationLoadStrategy" => return Err(value.unsupported()),
            _ => return Err(value.invalid("an argument of a set read")),
        }
    }
    let cut = window.skip.is_some() || window.take != Take::All;
    if cut {
        window.order_by_key(context, model)?;
    }
    Ok(window)
}

fn take(slots: &mut Slots, arg: &Arg) -> Planned<Take> {
    match arg.json.as_i64() {
        Some(0) => Ok(Take::None),
        Some(count) if count > 0 => {
            Ok(Take::First(arg.add(slots, SlotKind::INT, false, Guard::Positive)))
        }
        Some(count) => {
            Ok(Take::Last(count.checked_neg().ok_or_else(|| arg.invalid("a smaller number"))?))
        }
        None => Err(arg.invalid("Int")),
    }
}

fn skip(slots: &mut Slots, arg: &Arg) -> Planned<Option<super::SlotId>> {
    match arg.json.as_i64() {
        Some(0) => Ok(None),
        Some(count) if count > 0 => Ok(Some(arg.add(slots, SlotKind::INT, false, Guard::Positive))),
        _ => Err(arg.invalid("a positive Int")),
    }
}

/// `aggregate` with nothing but `_count`: what `count()` becomes.
pub fn count(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
    selection: &Json,
) -> Planned<Count> {
    let Json::Object(selected) = selection else {
        return Err(Refusal::Invalid("selection: expected an object".to_owned()));
    };
    if let Some(other) = selected.keys().find(|name| *name != "_count") {
        return Err(Refusal::Unsupported(format!("aggregate argument `{other}`")));
    }
    let counted =
        selected.get("_count").and_then(|count| count.get("selection")).and_then(Json::as_object);
    let Some(counted) = counted else {
        return Err(Refusal::Invalid("selection: nothing is counted".to_owned()));
    };
    let mut columns = Vec::new();
    let mut names = Vec::new();
    for (name, wanted) in counted {
        if *wanted != Json::Bool(true) {
            continue;
        }
        let column = match model.field_named(name) {
            // A list that is null reads as empty, so the block cannot tell which of its lists are null.
            Some(field) if field.list => {
                return Err(Refusal::Unsupported(format!("`_count` of the list `{name}`")));
            }
            Some(field) => Some(field.id),
            None if name == "_all" => None,
            None => return Err(Refusal::Invalid(format!("`_count`: unknown field `{name}`"))),
        };
        columns.push(column);
        names.push(name.clone());
    }
    if columns.is_empty() {
        return Err(Refusal::Invalid("selection: nothing is counted".to_owned()));
    }
    Ok(Count {
        model: model.id,
        window: plan_window(context, slots, model, arguments, Arity::Many)?,
        columns,
        names,
    })
}
