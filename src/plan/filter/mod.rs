//! `where` -> [`Predicate`].

mod json;
mod scalar;
mod unique;

use super::args::Arg;
use super::compile::Context;
use super::slots::Slots;
use super::{Planned, Predicate, Refusal};
use crate::schema::Model;
use scalar::scalar_filter;

pub use unique::plan_unique;

/// A `where` object; `None` constrains nothing.
pub fn plan_where(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arg: &Arg,
) -> Planned<Option<Predicate>> {
    object(context, slots, model, arg, 0)
}

fn object(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arg: &Arg,
    depth: u32,
) -> Planned<Option<Predicate>> {
    if depth > 100 {
        return Err(Refusal::Unsupported(format!(
            "argument `{}`: nested more than 100 deep",
            arg.name()
        )));
    }
    let mut all = Vec::new();
    for (key, value) in arg.entries()? {
        all.extend(member(context, slots, model, key, &value, depth)?);
    }
    Ok(conjunction(all))
}

fn conjunction(mut all: Vec<Predicate>) -> Option<Predicate> {
    if all.len() > 1 { Some(Predicate::All(all)) } else { all.pop() }
}

fn member(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    key: &str,
    value: &Arg,
    depth: u32,
) -> Planned<Option<Predicate>> {
    match key {
        "AND" | "OR" | "NOT" => group(context, slots, model, key, value, depth),
        _ => match model.field_named(key) {
            Some(field) => scalar_filter(context, slots, field, value),
            None if model.relation_named(key).is_some() || model.leads_outside(key) => {
                Err(value.unsupported())
            }
            None => Err(value.invalid(&format!("a field of {}", model.name))),
        },
    }
}

/// Empty members are dropped; a group left empty says nothing, but `OR: []` at the top matches nothing.
fn group(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    key: &str,
    value: &Arg,
    depth: u32,
) -> Planned<Option<Predicate>> {
    if key == "OR" && !value.json.is_array() {
        return Err(value.invalid("a list"));
    }
    let mut members = Vec::new();
    for element in value.elements() {
        members.extend(object(context, slots, model, &element, depth + 1)?);
    }
    Ok(match key {
        "OR" if members.is_empty() => (depth == 0).then_some(Predicate::Any(Vec::new())),
        "OR" => Some(Predicate::Any(members)),
        "NOT" => conjunction(
            members.into_iter().map(|member| Predicate::Not(Box::new(member))).collect(),
        ),
        _ => conjunction(members),
    })
}
