//! `findUnique`, `findFirst`, `findMany` -> plans.

use serde_json::Value as Json;

use super::args::Arg;
use super::compile::Context;
use super::cursor::{compared_as_ordered, is_stable, plan_cursor};
use super::filter::{plan_unique, plan_where};
use super::order::{by_key, plan_order};
use super::shape::plan_node;
use super::slots::{Guard, SlotKind, Slots};
use super::{Arity, Planned, Read, Take, Window};
use crate::ids::FieldId;
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
    Ok(Read { node, arity: Arity::One, or_throw, unique: Some(unique), complete: false })
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
    }
    let mut node = plan_node(context, slots, model, selection, &[], window)?;
    for child in &mut node.relations {
        child.node.window.page_per_parent(slots)?;
    }
    Ok(Read { node, arity, or_throw, unique: None, complete: false })
}

/// `findFirst` takes one row from either end.
fn first(take: &Arg) -> Planned<Take> {
    match take.json.as_i64() {
        Some(1) => Ok(Take::FirstConst(1)),
        Some(-1) => Ok(Take::LastConst(1)),
        _ => Err(take.invalid("1 or -1")),
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

/// `where`, `orderBy`, `take`, `skip`, `cursor` and `distinct` of a set read.
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
            "cursor" => window.cursor = Some(plan_cursor(context, slots, model, &value)?),
            "distinct" => window.distinct = Some(distinct(model, &value)?),
            "relationLoadStrategy" => return Err(value.unsupported()),
            _ => return Err(value.invalid("an argument of a set read")),
        }
    }
    if (window.cut() || window.cursor.is_some()) && window.order.is_empty() {
        window.order = by_key(context, model)?;
    }
    if window.cursor.is_some() {
        compared_as_ordered(context, model, &window.order)?;
    }
    let stable = is_stable(context.schema, model, &window.order);
    if let Some(cursor) = window.cursor.as_ref().filter(|_| !stable) {
        cursor.as_shown(slots)?;
    }
    window.in_memory = window.distinct.is_some() || (window.cursor.is_some() && !stable);
    Ok(window)
}

/// One field or a list of them. An empty list tells no two rows apart.
fn distinct(model: &Model, arg: &Arg) -> Planned<Vec<FieldId>> {
    let field = |element: &Arg| {
        let field = element.json.as_str().and_then(|name| model.field_named(name));
        field.map(|field| field.id).ok_or_else(|| element.invalid("a scalar field"))
    };
    arg.elements().iter().map(field).collect()
}

/// A number that JS holds exactly: Prisma reads others its own way.
fn whole(arg: &Arg) -> Option<i64> {
    arg.json.as_i64().filter(|count| count.unsigned_abs() < 1 << 53)
}

pub fn take(slots: &mut Slots, arg: &Arg) -> Planned<Take> {
    match whole(arg) {
        Some(0) => Ok(Take::None),
        Some(count) if count > 0 => {
            Ok(Take::First(arg.add(slots, SlotKind::INT, false, Guard::Positive)))
        }
        Some(_) => Ok(Take::Last(arg.add(slots, SlotKind::INT, false, Guard::Negative))),
        None => Err(arg.invalid("Int")),
    }
}

pub fn skip(slots: &mut Slots, arg: &Arg) -> Planned<Option<super::SlotId>> {
    match whole(arg) {
        Some(0) => Ok(None),
        Some(count) if count > 0 => Ok(Some(arg.add(slots, SlotKind::INT, false, Guard::Positive))),
        _ => Err(arg.invalid("a positive Int")),
    }
}
