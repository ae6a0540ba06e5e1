//! `where` -> [`Predicate`].

mod json;
mod list;
mod reference;
mod relation;
mod scalar;
mod unique;

use super::args::Arg;
use super::compile::Context;
use super::slots::Slots;
use super::{Planned, Predicate};
use crate::schema::{Field, Model};

pub use unique::plan_unique;

/// A `where` object; `None` constrains nothing.
pub fn plan_where(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arg: &Arg,
) -> Planned<Option<Predicate>> {
    Filters::new(context, slots, model).object(arg, 0)
}

/// The filter of one field, outside a `where`: of a group, whose other fields need not be known.
pub fn plan_field(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    field: &Field,
    value: &Arg,
) -> Planned<Option<Predicate>> {
    let filters = Filters::new(context, slots, model);
    Filters { exact: true, alone: true, ..filters }.field(field, value)
}

/// The planner of one model's filters.
struct Filters<'a> {
    context: &'a Context<'a>,
    slots: &'a mut Slots,
    model: &'a Model,
    /// Below an odd number of `NOT` and `isNot`: Prisma then says the type conditions of Json filters the other way round.
    reversed: bool,
    /// Whether the statement tells false from neither here: below a `NOT` it does.
    exact: bool,
    /// No other field may be referred to.
    alone: bool,
}

impl<'a> Filters<'a> {
    fn new(context: &'a Context<'a>, slots: &'a mut Slots, model: &'a Model) -> Self {
        Self { context, slots, model, reversed: false, exact: false, alone: false }
    }
}

impl Filters<'_> {
    fn object(&mut self, arg: &Arg, depth: u32) -> Planned<Option<Predicate>> {
        let mut all = Vec::new();
        for (key, value) in arg.entries()? {
            all.extend(self.member(key, &value, depth)?);
        }
        Ok(conjunction(all))
    }

    fn member(&mut self, key: &str, value: &Arg, depth: u32) -> Planned<Option<Predicate>> {
        if let "AND" | "OR" | "NOT" = key {
            return self.group(key, value, depth);
        }
        match self.model.field_named(key) {
            Some(field) => self.field(field, value),
            None => self.relation(key, value),
        }
    }

    /// Empty members are dropped; a group left empty says nothing, but `OR: []` at the top matches nothing.
    fn group(&mut self, key: &str, value: &Arg, depth: u32) -> Planned<Option<Predicate>> {
        if key == "OR" && !value.json.is_array() {
            return Err(value.invalid("a list"));
        }
        let negates = key == "NOT";
        let mut members = Vec::new();
        let outside = (self.reversed, self.exact);
        self.reversed ^= negates;
        self.exact |= negates;
        for element in value.elements() {
            members.extend(self.object(&element, depth + 1)?);
        }
        (self.reversed, self.exact) = outside;
        Ok(match key {
            "OR" if members.is_empty() => (depth == 0).then_some(Predicate::Any(Vec::new())),
            "OR" => Some(Predicate::Any(members)),
            "NOT" => conjunction(members.into_iter().map(Predicate::negated).collect()),
            _ => conjunction(members),
        })
    }
}

fn conjunction(mut all: Vec<Predicate>) -> Option<Predicate> {
    if all.len() > 1 { Some(Predicate::All(all)) } else { all.pop() }
}
