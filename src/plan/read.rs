//! `findUnique`, `findFirst`, `findMany` -> plans.

use serde_json::Value as Json;

use super::args::Arg;
use super::compile::Context;
use super::filter::{plan_unique, plan_where};
use super::order::{by_key, plan_order};
use super::shape::plan_node;
use super::slots::{Guard, SlotKind, Slots};
use super::{Arity, Planned, Read, Take, Window};
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
    /// Not every row that the filter lets through.
    pub fn cut(&self) -> bool {
        self.skip.is_some() || self.take != Take::All
    }

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
    if window.cut() {
        window.order_by_key(context, model)?;
    }
    Ok(window)
}

pub fn take(slots: &mut Slots, arg: &Arg) -> Planned<Take> {
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

pub fn skip(slots: &mut Slots, arg: &Arg) -> Planned<Option<super::SlotId>> {
    match arg.json.as_i64() {
        Some(0) => Ok(None),
        Some(count) if count > 0 => Ok(Some(arg.add(slots, SlotKind::INT, false, Guard::Positive))),
        _ => Err(arg.invalid("a positive Int")),
    }
}
