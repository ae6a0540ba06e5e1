//! What the operations of nested writes have in common.

use serde_json::{Value as Json, json};

use super::super::args::Arg;
use super::super::filter::plan_where;
use super::super::read::only;
use super::super::{Change, NewRow, Planned, Predicate, UniqueWhere};
use super::nested::Side;
use super::{Writes, required, target};
use crate::error::Failure;
use crate::schema::{Join, Model};

/// Whether the record that is there is meant, and what it must meet.
pub enum Wanted {
    Nothing,
    Record(Option<Predicate>),
}

impl Writes<'_> {
    pub fn unique(&mut self, side: &Side, arg: &Arg) -> Planned<UniqueWhere> {
        target(self.context, self.slots, side.target, arg)
    }

    pub fn uniques(&mut self, side: &Side, arg: &Arg) -> Planned<Vec<UniqueWhere>> {
        arg.elements().iter().map(|element| self.unique(side, element)).collect()
    }

    pub fn filter(&mut self, side: &Side, arg: &Arg) -> Planned<Option<Predicate>> {
        arg.entries()?;
        plan_where(self.context, self.slots, side.target, arg)
    }

    /// A filter of `updateMany` and `deleteMany`, which know of no relations.
    pub fn scalar_filter(&mut self, side: &Side, arg: &Arg) -> Planned<Option<Predicate>> {
        only_scalars(side.target, arg)?;
        self.filter(side, arg)
    }

    /// `true`, `false` or a filter.
    pub fn wanted(&mut self, side: &Side, arg: &Arg) -> Planned<Wanted> {
        match arg.json {
            Json::Bool(false) => Ok(Wanted::Nothing),
            Json::Bool(true) => Ok(Wanted::Record(None)),
            _ => self.filter(side, arg).map(Wanted::Record),
        }
    }

    pub fn connect_or_create(&mut self, side: &Side, arg: &Arg) -> Planned<(UniqueWhere, NewRow)> {
        only(arg, &["where", "create"])?;
        let target = self.unique(side, &required(arg, "where")?)?;
        Ok((target, self.row(&side.input(), &required(arg, "create")?)?))
    }

    /// The two rows of an `upsert`.
    pub fn either(&mut self, side: &Side, arg: &Arg) -> Planned<(Change, NewRow)> {
        let row = self.row(&side.input(), &required(arg, "create")?)?;
        Ok((self.change(&side.input(), &required(arg, "update")?)?, row))
    }

    /// A disconnect that a required side forbids fails before anything is looked at.
    pub fn may_part(&mut self, side: &Side) {
        if !side.relation().required && !side.back().required {
            return;
        }
        let (title, models) = (&side.relation().title, sides(side));
        let [a, b] = models;
        let meta = json!({ "relation_name": title, "model_a_name": a, "model_b_name": b });
        self.slots.fail(violation(title, models, meta));
    }
}

fn only_scalars(model: &Model, arg: &Arg) -> Planned<()> {
    for (name, value) in arg.entries()? {
        if let "AND" | "OR" | "NOT" = name {
            value.elements().iter().try_for_each(|element| only_scalars(model, element))?;
        } else if model.field_named(name).is_none() {
            return Err(value.invalid(&format!("a scalar field of {}", model.name)));
        }
    }
    Ok(())
}

/// The models of a relation, the one with the foreign key first.
fn sides<'s>(side: &'s Side) -> [&'s str; 2] {
    let (ours, theirs) = (side.model().name.as_str(), side.target.name.as_str());
    if matches!(side.relation().join, Join::Local { .. }) { [ours, theirs] } else { [theirs, ours] }
}

/// `P2014`.
pub fn violation(title: &str, [a, b]: [&str; 2], meta: Json) -> Failure {
    let message = format!(
        "The change you are trying to make would violate the required relation '{title}' between the `{a}` and `{b}` models."
    );
    Failure::new("P2014", message, meta)
}
