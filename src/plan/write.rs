//! `create`, `update`, `upsert`, `delete` and their `Many` forms -> plans.

use serde_json::Value as Json;

use super::args::Arg;
use super::compile::Context;
use super::filter::{plan_unique, plan_where};
use super::read::only;
use super::shape::plan_node;
use super::slots::{SlotKind, Slots};
use super::values::{fallback, field, stored};
use super::{
    AssignOp, Assignment, Create, CreateMany, Delete, DeleteMany, Planned, Predicate, Refusal,
    Returned, Source, UniqueWhere, Update, UpdateMany, Upsert, Window,
};
use crate::scalar::Scalar;
use crate::schema::{Field, Model, Provider};

pub fn create(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
    selection: &Json,
) -> Planned<Create> {
    only(arguments, &["data"])?;
    let values = match arguments.get("data") {
        Some(data) => row(context, slots, model, &data)?,
        None => row(context, slots, model, &Arg::root(&Json::Object(serde_json::Map::new()), &[]))?,
    };
    Ok(Create { model: model.id, values, returned: returned(context, slots, model, selection)? })
}

fn returned(
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

/// The row that a write is about.
fn target(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
) -> Planned<UniqueWhere> {
    let target = plan_unique(context, slots, model, &required(arguments, "where")?)?;
    for (field, _) in target.keys.iter().flat_map(|key| &key.fields) {
        context.unique_here(model, model.field(*field))?;
    }
    Ok(target)
}

/// One source per field of a row to be created.
fn row(context: &Context, slots: &mut Slots, model: &Model, data: &Arg) -> Planned<Vec<Source>> {
    let mut values: Vec<Option<Source>> = vec![None; model.fields.len()];
    for (name, value) in data.entries()? {
        let field = field(model, name, &value)?;
        context.unique_here(model, field)?;
        values[field.id.index()] = Some(stored(context, slots, field, &value)?);
    }
    let fill = |(field, value): (&Field, Option<Source>)| match value {
        Some(value) => Ok(value),
        None => fallback(context, model, field)?
            .ok_or_else(|| data.invalid(&format!("`{}`", field.name))),
    };
    model.fields.iter().zip(values).map(fill).collect()
}

pub fn create_many(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
) -> Planned<CreateMany> {
    only(arguments, &["data", "skipDuplicates"])?;
    if let Some(skip) = arguments.get("skipDuplicates")
        && *skip.json != Json::Bool(false)
    {
        return Err(skip.unsupported());
    }
    let data = required(arguments, "data")?;
    let mut names: Vec<&str> = Vec::new();
    for element in data.elements() {
        no_relations(model, &element)?;
        for (name, value) in element.entries()? {
            bulk_value(context, model, name, &value)?;
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    if data.elements().is_empty() {
        let columns = model.fields.iter().map(|_| (None, None)).collect();
        let rows = data.add_rows(slots, Vec::new());
        return Ok(CreateMany { model: model.id, rows, columns });
    }
    if names.is_empty() {
        return Err(Refusal::Through("rows of which every value is made".to_owned()));
    }
    let columns =
        model.fields.iter().map(|field| bulk_column(context, model, field, &names, &data));
    let columns = columns.collect::<Planned<Vec<_>>>()?;
    let described = names.iter().map(|name| {
        let field = model.field_named(name).expect("bulk_value knows the field");
        (field.name.clone(), SlotKind::of(field), !field.required)
    });
    let rows = data.add_rows(slots, described.collect());
    Ok(CreateMany { model: model.id, rows, columns })
}

fn bulk_value(context: &Context, model: &Model, name: &str, value: &Arg) -> Planned<()> {
    let field = field(model, name, value)?;
    context.unique_here(model, field)?;
    if context.written_there(field) {
        return Err(Refusal::Through(format!(
            "argument `{}`: its native type is made by the main database",
            value.name()
        )));
    }
    if value.is_null() && (!field.required || field.scalar == Scalar::Json) && !field.list {
        return Ok(());
    }
    if value.is_null() {
        return Err(value.invalid("a value, not null"));
    }
    if field.list && value.is_plain_object() {
        return Err(value.unsupported());
    }
    value.check(context.schema, SlotKind::of(field))
}

fn bulk_column(
    context: &Context,
    model: &Model,
    field: &Field,
    names: &[&str],
    data: &Arg,
) -> Planned<(Option<usize>, Option<Source>)> {
    let at = names.iter().position(|name| *name == field.name);
    let everywhere =
        at.is_some() && data.elements().iter().all(|element| element.get(&field.name).is_some());
    if everywhere {
        return Ok((at, None));
    }
    let fallback = fallback(context, model, field)?
        .ok_or_else(|| data.invalid(&format!("`{}`", field.name)))?;
    Ok((at, Some(fallback)))
}

fn assignments(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    data: &Arg,
) -> Planned<Vec<Assignment>> {
    let mut made = Vec::new();
    let mut through = None;
    for (name, value) in data.entries()? {
        let field = field(model, name, &value)?;
        context.unique_here(model, field)?;
        match assignment(context, slots, field, &value) {
            Ok(assignment) => made.push(assignment),
            Err(Refusal::Through(why)) => through = Some(why),
            Err(refusal) => return Err(refusal),
        }
    }
    if let Some(why) = through {
        // What comes back is found by its key: the row of the old one would stay.
        let keyed = made.iter().any(|assignment| model.key.fields.contains(&assignment.field));
        return Err(if keyed { Refusal::Unsupported(why) } else { Refusal::Through(why) });
    }
    let given = |field: &Field| made.iter().any(|assignment| assignment.field == field.id);
    let stamped = |field: &&Field| field.updated_at && !made.is_empty() && !given(field);
    if let Some(field) = model.fields.iter().filter(stamped).find(|one| context.written_there(one)) {
        return Err(Refusal::Through(format!("{}.{} is made there", model.name, field.name)));
    }
    let stamps: Vec<Assignment> = model
        .fields
        .iter()
        .filter(stamped)
        .map(|field| Assignment { field: field.id, op: AssignOp::Set, value: Source::Now })
        .collect();
    made.extend(stamps);
    Ok(made)
}

fn assignment(
    context: &Context,
    slots: &mut Slots,
    field: &Field,
    arg: &Arg,
) -> Planned<Assignment> {
    if !arg.is_plain_object() || field.list || field.scalar == Scalar::Json {
        return Ok(Assignment {
            field: field.id,
            op: AssignOp::Set,
            value: stored(context, slots, field, arg)?,
        });
    }
    let entries = arg.entries()?;
    let [(name, value)] = entries.as_slice() else {
        return Err(arg.invalid("exactly one operation"));
    };
    let op = match *name {
        "set" => {
            let value = stored(context, slots, field, value)?;
            return Ok(Assignment { field: field.id, op: AssignOp::Set, value });
        }
        "increment" => AssignOp::Increment,
        "decrement" => AssignOp::Decrement,
        "multiply" => AssignOp::Multiply,
        "divide" => AssignOp::Divide,
        _ => return Err(value.invalid("an operation")),
    };
    if !field.scalar.numeric() {
        return Err(value.invalid("a numeric field"));
    }
    if context.written_there(field) || !computed_here(context.schema.provider, field, op) {
        return Err(Refusal::Through(format!(
            "argument `{}`: the main database computes it",
            value.name()
        )));
    }
    let slot = value.slot(context.schema, slots, SlotKind::of(field))?;
    Ok(Assignment { field: field.id, op, value: Source::Slot(slot) })
}

/// `MySQL` and SQLite compute decimals as doubles, round quotients or keep their fractions, and leave the range of a type
/// each in its own way.
fn computed_here(provider: Provider, field: &Field, op: AssignOp) -> bool {
    let adds = matches!(op, AssignOp::Increment | AssignOp::Decrement);
    match provider {
        Provider::Postgres => op != AssignOp::Divide || field.scalar != Scalar::Decimal,
        Provider::Mysql | Provider::Sqlite => adds && field.scalar != Scalar::Decimal,
    }
}

pub fn update(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
    selection: &Json,
) -> Planned<Update> {
    only(arguments, &["where", "data"])?;
    let target = target(context, slots, model, arguments)?;
    let assignments = assignments(context, slots, model, &required(arguments, "data")?)?;
    Ok(Update {
        model: model.id,
        target,
        assignments,
        returned: returned(context, slots, model, selection)?,
    })
}

pub fn update_many(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
) -> Planned<UpdateMany> {
    no_limit(arguments)?;
    only(arguments, &["where", "data"])?;
    let filter = set_filter(context, slots, model, arguments)?;
    let data = required(arguments, "data")?;
    no_relations(model, &data)?;
    let assignments = assignments(context, slots, model, &data).map_err(not_through)?;
    Ok(UpdateMany { model: model.id, filter, assignments })
}

/// Set writes take scalars only.
fn no_relations(model: &Model, data: &Arg) -> Planned<()> {
    for (name, value) in data.entries()? {
        if model.relation_named(name).is_some() || model.leads_outside(name) {
            return Err(value.invalid(&format!("a scalar field of {}", model.name)));
        }
    }
    Ok(())
}

/// The main database answers a set write with a number, not with the rows that the block would need.
fn not_through(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Through(why) => Refusal::Unsupported(why),
        other => other,
    }
}

fn no_limit(arguments: &Arg) -> Planned<()> {
    arguments.get("limit").map_or(Ok(()), |limit| Err(limit.unsupported()))
}

fn set_filter(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
) -> Planned<Option<Predicate>> {
    match arguments.get("where") {
        Some(filter) => plan_where(context, slots, model, &filter),
        None => Ok(None),
    }
}

pub fn upsert(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
    selection: &Json,
) -> Planned<Upsert> {
    only(arguments, &["where", "create", "update"])?;
    let target = target(context, slots, model, arguments)?;
    let values = match row(context, slots, model, &required(arguments, "create")?) {
        Ok(values) => Some(values),
        Err(Refusal::Through(_)) => None,
        Err(refusal) => return Err(refusal),
    };
    let assignments = assignments(context, slots, model, &required(arguments, "update")?)?;
    let returned = returned(context, slots, model, selection)?;
    Ok(Upsert { model: model.id, target, assignments, values, returned })
}

pub fn delete(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
    selection: &Json,
) -> Planned<Delete> {
    only(arguments, &["where"])?;
    let target = target(context, slots, model, arguments)?;
    Ok(Delete { model: model.id, target, returned: returned(context, slots, model, selection)? })
}

pub fn delete_many(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
) -> Planned<DeleteMany> {
    no_limit(arguments)?;
    only(arguments, &["where"])?;
    Ok(DeleteMany { model: model.id, filter: set_filter(context, slots, model, arguments)? })
}
