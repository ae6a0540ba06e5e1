//! A row to be changed: what is assigned to its fields, and what is written around it.

use super::super::args::Arg;
use super::super::compile::Context;
use super::super::slots::{SlotKind, Slots};
use super::super::values::{pushed, stored};
use super::super::{AssignOp, Assignment, Change, Planned, Refusal, Source};
use super::Writes;
use super::inputs::{Input, Named};
use super::nested::Around;
use crate::ids::FieldId;
use crate::scalar::Scalar;
use crate::schema::{Field, Model, Provider};

impl Change {
    /// Nothing is written around the row.
    pub fn is_flat(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }
}

impl Writes<'_> {
    pub fn change(&mut self, input: &Input, data: &Arg) -> Planned<Change> {
        let model = input.model;
        input.unmixed(data)?;
        let mut assignments = Vec::new();
        let mut around = Around::new(model, false);
        let (mut through, mut keyed) = (None, false);
        for (name, value) in data.entries()? {
            match input.named(name, &value)? {
                Named::Relation(at) => self.nested(&mut around, at, &value)?,
                Named::Field(field) => {
                    self.context.unique_here(model, field)?;
                    match assignment(self.context, self.slots, field, &value) {
                        Ok(assignment) => assignments.push(assignment),
                        Err(Refusal::Through(why)) => {
                            through = Some(why);
                            keyed |= model.key.fields.contains(&field.id);
                        }
                        Err(refusal) => return Err(refusal),
                    }
                }
            }
        }
        if let Some(why) = through {
            // What comes back is found by its key: the row of the old one would stay.
            keyed |= assignments.iter().any(|one| model.key.fields.contains(&one.field));
            return Err(if keyed { Refusal::Unsupported(why) } else { Refusal::Through(why) });
        }
        let keys = around.keys().into_iter();
        assignments.extend(keys.map(|(field, value)| set(field, value)));
        stamp(self.context, model, &mut assignments)?;
        let after = Around::in_order(around.after);
        Ok(Change { model: model.id, assignments, before: around.before, after })
    }
}

fn set(field: FieldId, value: Source) -> Assignment {
    Assignment { field, op: AssignOp::Set, value }
}

/// `@updatedAt` follows whatever else is assigned.
fn stamp(context: &Context, model: &Model, assignments: &mut Vec<Assignment>) -> Planned<()> {
    if assignments.is_empty() {
        return Ok(());
    }
    for field in model.fields.iter().filter(|field| field.updated_at) {
        if assignments.iter().any(|assignment| assignment.field == field.id) {
            continue;
        }
        if context.written_there(field) {
            return Err(Refusal::Through(format!("{}.{} is made there", model.name, field.name)));
        }
        assignments.push(set(field.id, Source::Now));
    }
    Ok(())
}

fn assignment(
    context: &Context,
    slots: &mut Slots,
    field: &Field,
    arg: &Arg,
) -> Planned<Assignment> {
    if let Some((op, value)) = pushed(context, slots, field, arg)? {
        return Ok(Assignment { field: field.id, op, value });
    }
    if !arg.is_plain_object() || field.list || field.scalar == Scalar::Json {
        return Ok(set(field.id, stored(context, slots, field, arg)?));
    }
    let entries = arg.entries()?;
    let [(name, value)] = entries.as_slice() else {
        return Err(arg.invalid("exactly one operation"));
    };
    let op = match *name {
        "set" => return Ok(set(field.id, stored(context, slots, field, value)?)),
        "increment" => AssignOp::Increment,
        "decrement" => AssignOp::Decrement,
        "multiply" => AssignOp::Multiply,
        "divide" => AssignOp::Divide,
        _ => return Err(value.invalid("an operation")),
    };
    if !field.scalar.numeric() {
        return Err(value.invalid("a numeric field"));
    }
    if context.written_there(field) || !computed_here(context, field, op) {
        return Err(Refusal::Through(format!(
            "argument `{}`: the main database computes it",
            value.name()
        )));
    }
    let slot = value.slot(context.schema, slots, SlotKind::of(field))?;
    Ok(Assignment { field: field.id, op, value: Source::Slot(slot) })
}

/// `MySQL` and SQLite compute decimals as doubles, round quotients or keep their fractions, and leave the range of a type
/// each in its own way. Before SQLite Prisma multiplies by a double: what stays an `Int` is exact, a `BigInt` may not be.
/// Before `MySQL` it multiplies a key once more by itself, to find the row again, and misses it when that is rounded.
fn computed_here(context: &Context, field: &Field, op: AssignOp) -> bool {
    let decimal = field.scalar == Scalar::Decimal;
    let key = context.schema.model(field.model).key.fields.contains(&field.id);
    match (context.schema.provider, op) {
        (Provider::Mysql, AssignOp::Multiply) if key => false,
        (Provider::Postgres, _) => op != AssignOp::Divide || !decimal,
        (_, AssignOp::Increment | AssignOp::Decrement) | (Provider::Mysql, AssignOp::Multiply) => {
            !decimal
        }
        (Provider::Sqlite, AssignOp::Multiply) => field.scalar == Scalar::Int,
        _ => false,
    }
}
