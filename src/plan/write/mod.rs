//! `create`, `update`, `upsert`, `delete` and their `Many` forms -> plans.

mod assign;
mod bulk;
mod inputs;
mod list;
mod nested;
mod related;
mod row;
mod single;

use serde_json::Value as Json;

use super::args::Arg;
use super::compile::Context;
use super::filter::plan_unique;
use super::read::only;
use super::shape::plan_node;
use super::slots::Slots;
use super::{Create, Delete, Planned, Refusal, Returned, UniqueWhere, Update, Upsert, Window};
use crate::ids::FieldId;
use crate::schema::{Model, Provider};
use inputs::Input;

pub use bulk::{create_many, delete_many, update_many};
pub use related::violation;

/// The planner of one write.
struct Writes<'a> {
    context: &'a Context<'a>,
    slots: &'a mut Slots,
}

pub fn create(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
    selection: &Json,
) -> Planned<Create> {
    only(arguments, &["data"])?;
    let empty = Json::Object(serde_json::Map::new());
    let data = arguments.get("data").unwrap_or_else(|| Arg::root(&empty, &[]));
    let mut whole = || {
        let row = Writes { context, slots }.row(&Input::top(model), &data)?;
        Ok(Create { row, returned: returned(context, slots, model, selection)? })
    };
    whole_through(model, &[&data], whole())
}

pub fn returned(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    selection: &Json,
) -> Planned<Returned> {
    Ok(Returned { node: plan_node(context, slots, model, selection, &[], Window::default())? })
}

fn required<'a>(arguments: &Arg<'a>, name: &str) -> Planned<Arg<'a>> {
    arguments.get(name).ok_or_else(|| arguments.invalid(&format!("`{name}`")))
}

/// A nested write that needs the main database is written through whole: by the relations that its data names, the rows that
/// main wrote are found again.
fn whole_through<T>(model: &Model, data: &[&Arg], planned: Planned<T>) -> Planned<T> {
    match planned {
        Err(Refusal::Forward(why)) if names_relations(model, data) => Err(Refusal::Through(why)),
        planned => planned,
    }
}

fn names_relations(model: &Model, data: &[&Arg]) -> bool {
    data.iter().any(|data| {
        data.entries().is_ok_and(|entries| {
            entries.iter().any(|(name, _)| model.relation_named(name).is_some())
        })
    })
}

/// The row that a write is about.
fn target(context: &Context, slots: &mut Slots, model: &Model, arg: &Arg) -> Planned<UniqueWhere> {
    let target = plan_unique(context, slots, model, arg)?;
    for (field, _) in target.keys.iter().flat_map(|key| &key.fields) {
        context.unique_here(model, model.field(*field))?;
    }
    Ok(target)
}

pub fn update(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
    selection: &Json,
) -> Planned<Update> {
    only(arguments, &["where", "data"])?;
    let sought = required(arguments, "where")?;
    let target = target(context, slots, model, &sought)?;
    let data = required(arguments, "data")?;
    let whole = || {
        looked_for_again(context, model, &sought, &target, &data)?;
        let change = Writes { context, slots }.change(&Input::top(model), &data)?;
        Ok(Update { target, change, returned: returned(context, slots, model, selection)? })
    };
    whole_through(model, &[&data], whole())
}

/// Without RETURNING, Prisma looks for the row by its `where` a second time, when what is nested has been written: a row that is found by
/// the foreign key of a relation which is written may not be found then. (Of its own key Prisma knows what has become.)
fn looked_for_again(
    context: &Context,
    model: &Model,
    sought: &Arg,
    target: &UniqueWhere,
    data: &Arg,
) -> Planned<()> {
    if context.schema.provider != Provider::Mysql {
        return Ok(());
    }
    let filters = sought.entries()?;
    let filters = filters.iter().filter_map(|(name, _)| model.field_named(name));
    let keys = target.keys.iter().flat_map(|key| key.fields.iter().map(|(field, _)| *field));
    let sought: Vec<FieldId> = filters.map(|field| field.id).chain(keys).collect();
    for (name, _) in data.entries()? {
        let written = model.relation_named(name).map_or_else(Vec::new, inputs::pairs);
        let is_sought = |ours| sought.contains(ours) && !model.key.fields.contains(ours);
        if written.iter().any(|(ours, _)| is_sought(ours)) {
            return Err(Refusal::Through(format!("`{name}` writes what the row is found by")));
        }
    }
    Ok(())
}

pub fn upsert(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
    selection: &Json,
) -> Planned<Upsert> {
    only(arguments, &["where", "create", "update"])?;
    let target = target(context, slots, model, &required(arguments, "where")?)?;
    let (create, update) = (required(arguments, "create")?, required(arguments, "update")?);
    let input = Input::top(model);
    let row = whole_through(model, &[&create], {
        Writes { context, slots: &mut *slots }.row(&input, &create)
    });
    let row = match row {
        Ok(row) => Some(row),
        Err(Refusal::Through(_)) => None,
        Err(refusal) => return Err(refusal),
    };
    let whole = || {
        let change = Writes { context, slots }.change(&input, &update)?;
        Ok(Upsert { target, change, row, returned: returned(context, slots, model, selection)? })
    };
    whole_through(model, &[&update], whole())
}

pub fn delete(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
    selection: &Json,
) -> Planned<Delete> {
    only(arguments, &["where"])?;
    let target = target(context, slots, model, &required(arguments, "where")?)?;
    Ok(Delete { model: model.id, target, returned: returned(context, slots, model, selection)? })
}
