//! `createMany`, `updateMany`, `deleteMany` with what they take beside their rows, and the forms that return them.

use serde_json::Value as Json;

use super::args::Arg;
use super::compile::Context;
use super::read::only;
use super::slots::{Guard, SlotKind, Slots};
use super::{CreateMany, DeleteMany, Planned, Returned, SlotId, UpdateMany, write};
use crate::schema::Model;

#[derive(Debug)]
pub struct InsertMany {
    pub many: CreateMany,
    /// The rows are shown, not counted.
    pub returned: Option<Returned>,
}

/// At most so many rows.
#[derive(Clone, Copy, Debug)]
pub enum Limit {
    Zero,
    Rows(SlotId),
}

#[derive(Debug)]
pub struct ChangeMany {
    pub update: UpdateMany,
    pub limit: Option<Limit>,
    /// The rows are shown, not counted.
    pub returned: Option<Returned>,
}

#[derive(Debug)]
pub struct RemoveMany {
    pub delete: DeleteMany,
    pub limit: Option<Limit>,
}

/// `selection`: of the rows, for the form that returns them.
pub fn insert(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
    selection: Option<&Json>,
) -> Planned<InsertMany> {
    let many = write::create_many(context, slots, model, arguments)?;
    Ok(InsertMany { many, returned: returned(context, slots, model, selection)? })
}

pub fn change(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
    selection: Option<&Json>,
) -> Planned<ChangeMany> {
    only(arguments, &["where", "data", "limit"])?;
    let limit = limit(slots, arguments)?;
    let update = write::update_many(context, slots, model, arguments)?;
    let returned = returned(context, slots, model, selection)?;
    // Main changes nothing, and then does not find what it was to include.
    let includes = returned.as_ref().is_some_and(|one| !one.node.relations.is_empty());
    if update.assignments.is_empty() && includes {
        return Err(arguments.invalid("something to write, or no relation to include"));
    }
    Ok(ChangeMany { update, limit, returned })
}

pub fn remove(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
) -> Planned<RemoveMany> {
    only(arguments, &["where", "limit"])?;
    let limit = limit(slots, arguments)?;
    Ok(RemoveMany { delete: write::delete_many(context, slots, model, arguments)?, limit })
}

fn limit(slots: &mut Slots, arguments: &Arg) -> Planned<Option<Limit>> {
    let Some(limit) = arguments.get("limit") else { return Ok(None) };
    match limit.json.as_i64().map(i32::try_from) {
        Some(Ok(0)) => Ok(Some(Limit::Zero)),
        Some(Ok(1..)) => {
            Ok(Some(Limit::Rows(limit.add(slots, SlotKind::INT, false, Guard::Positive))))
        }
        // Main says how it refuses a negative one.
        _ => Err(limit.invalid("Int, not negative")),
    }
}

fn returned(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    selection: Option<&Json>,
) -> Planned<Option<Returned>> {
    selection.map(|one| write::returned(context, slots, model, one)).transpose()
}
