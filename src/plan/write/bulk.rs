//! `createMany`, `updateMany`, `deleteMany`; and rows of scalars alone, of which a call may bring any number.

use super::super::args::Arg;
use super::super::compile::Context;
use super::super::filter::plan_where;
use super::super::read::only;
use super::super::slots::{SlotKind, Slots};
use super::super::values::{fallback, plain_json};
use super::super::{CreateMany, DeleteMany, Planned, Predicate, Refusal, Source, UpdateMany};
use super::inputs::{Input, Named};
use super::row::put_off;
use super::{Writes, required};
use crate::scalar::Scalar;
use crate::schema::{Field, Model, Provider};

pub fn create_many(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
) -> Planned<CreateMany> {
    let (data, skips) = many_data(context, arguments)?;
    let many = Writes { context, slots }.rows(&Input::top(model), &data)?;
    Ok(CreateMany { skips, ..many })
}

/// The rows of a `createMany`, at the top or nested, and whether duplicates are left out.
pub fn many_data<'a>(context: &Context, arguments: &Arg<'a>) -> Planned<(Arg<'a>, bool)> {
    only(arguments, &["data", "skipDuplicates"])?;
    let skips = match arguments.get("skipDuplicates") {
        None => false,
        Some(skip) if context.schema.provider == Provider::Sqlite => {
            return Err(skip.invalid("nothing: SQLite has no such argument"));
        }
        Some(skip) => skip.json.as_bool().ok_or_else(|| skip.invalid("Boolean"))?,
    };
    Ok((required(arguments, "data")?, skips))
}

impl Writes<'_> {
    /// Rows of scalars alone: their number is no part of the call's shape.
    pub fn rows(&mut self, input: &Input, data: &Arg) -> Planned<CreateMany> {
        let model = input.model;
        let mut names: Vec<&str> = Vec::new();
        // What Prisma refuses is refused first, whoever makes the rows.
        let mut through = None;
        for element in data.elements() {
            for (name, value) in element.entries()? {
                let Named::Field(field) = input.named(name, &value).map_err(only_scalars)? else {
                    return Err(value.invalid(&format!("a scalar field of {}", model.name)));
                };
                self.context.unique_here(model, field)?;
                put_off(bulk_value(self.context, field, &value).map(|()| None), &mut through)?;
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        if data.elements().is_empty() {
            let columns = model.fields.iter().map(|_| (None, None)).collect();
            let rows = data.add_rows(self.slots, Vec::new());
            return Ok(CreateMany { model: model.id, rows, skips: false, columns });
        }
        let columns = model
            .fields
            .iter()
            .map(|field| bulk_column(self.context, input, field, &names, data, &mut through));
        let columns = columns.collect::<Planned<Vec<_>>>()?;
        if let Some(why) = through {
            return Err(Refusal::Through(why));
        }
        if names.is_empty() && input.above.is_none() {
            return Err(Refusal::Through("rows of which every value is made".to_owned()));
        }
        let described = names.iter().map(|name| {
            let field = model.field_named(name).expect("each name is one of a field");
            (field.name.clone(), SlotKind::of(field), !field.required)
        });
        let rows = data.add_rows(self.slots, described.collect());
        Ok(CreateMany { model: model.id, rows, skips: false, columns })
    }
}

/// A relation that leads outside the block is no argument either.
fn only_scalars(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Unsupported(why) => Refusal::Invalid(why),
        other => other,
    }
}

fn bulk_value(context: &Context, field: &Field, value: &Arg) -> Planned<()> {
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
    if field.scalar == Scalar::Json && !field.list {
        plain_json(value)?;
    }
    value.check(context.schema, SlotKind::of(field))
}

fn bulk_column(
    context: &Context,
    input: &Input,
    field: &Field,
    names: &[&str],
    data: &Arg,
    through: &mut Option<String>,
) -> Planned<(Option<usize>, Option<Source>)> {
    if let Some((_, theirs)) = input.given().iter().find(|(ours, _)| *ours == field.id) {
        return Ok((None, Some(Source::Linked { row: 0, field: *theirs })));
    }
    let at = names.iter().position(|name| *name == field.name);
    let everywhere =
        at.is_some() && data.elements().iter().all(|element| element.get(&field.name).is_some());
    if everywhere {
        return Ok((at, None));
    }
    let fallback = put_off(fallback(context, input.model, field), through)?
        .ok_or_else(|| data.invalid(&format!("`{}`", field.name)))?;
    Ok((at, Some(fallback)))
}

pub fn update_many(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
) -> Planned<UpdateMany> {
    let filter = set_filter(context, slots, model, arguments)?;
    let data = required(arguments, "data")?;
    no_relations(model, &data)?;
    let change =
        Writes { context, slots }.change(&Input::top(model), &data).map_err(not_through)?;
    Ok(UpdateMany { model: model.id, filter, assignments: change.assignments })
}

/// Set writes take scalars only.
pub fn no_relations(model: &Model, data: &Arg) -> Planned<()> {
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

pub fn delete_many(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
) -> Planned<DeleteMany> {
    Ok(DeleteMany { model: model.id, filter: set_filter(context, slots, model, arguments)? })
}
