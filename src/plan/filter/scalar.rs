//! Filters on scalar fields, by the rules of Prisma's scalar filters.

use super::conjunction;
use super::json::json_filter;
use crate::filter::{Operand, Operator};
use crate::plan::args::Arg;
use crate::plan::compile::Context;
use crate::plan::slots::Slots;
use crate::plan::{Planned, Predicate, Refusal};
use crate::scalar::{Native, Scalar};
use crate::schema::Field;

pub fn scalar_filter(
    context: &Context,
    slots: &mut Slots,
    field: &Field,
    value: &Arg,
) -> Planned<Option<Predicate>> {
    comparable(context, field, value)?;
    if field.list {
        return Err(value.unsupported());
    }
    if field.scalar == Scalar::Json {
        return json_filter(context, slots, field, value);
    }
    if value.is_plain_object() {
        return operators(context, slots, field, value, false);
    }
    equals(context, slots, field, value, false).map(Some)
}

/// Fields whose comparison only the main database knows.
pub fn comparable(context: &Context, field: &Field, arg: &Arg) -> Planned<()> {
    if context.native(field) == Native::Exotic {
        return Err(Refusal::Forward(format!(
            "argument `{}`: its native type is compared by the main database",
            arg.name()
        )));
    }
    Ok(())
}

fn operators(
    context: &Context,
    slots: &mut Slots,
    field: &Field,
    arg: &Arg,
    negated: bool,
) -> Planned<Option<Predicate>> {
    let mut all = Vec::new();
    for (name, value) in arg.entries()? {
        match name {
            "not" if value.is_plain_object() => {
                all.extend(operators(context, slots, field, &value, !negated)?);
            }
            "not" => all.push(equals(context, slots, field, &value, !negated)?),
            "equals" => all.push(equals(context, slots, field, &value, negated)?),
            "mode" if value.json == "default" => {}
            "mode" | "search" => return Err(value.unsupported()),
            _ => all.push(operator(context, slots, field, name, &value, negated)?),
        }
    }
    Ok(conjunction(all))
}

fn is_null(field: &Field, arg: &Arg, is: bool) -> Planned<Predicate> {
    if field.required {
        return Err(arg.invalid("a value, not null"));
    }
    Ok(Predicate::Null { field: field.id, is })
}

fn equals(
    context: &Context,
    slots: &mut Slots,
    field: &Field,
    arg: &Arg,
    negated: bool,
) -> Planned<Predicate> {
    if arg.is_null() {
        return is_null(field, arg, !negated);
    }
    let operator = Operator::named("equals").expect("the table has equals");
    let value = arg.field_slot(context.schema, slots, field, false)?;
    Ok(Predicate::Compare { field: field.id, operator, negated, value })
}

fn operator(
    context: &Context,
    slots: &mut Slots,
    field: &Field,
    name: &str,
    arg: &Arg,
    negated: bool,
) -> Planned<Predicate> {
    let operator = Operator::named(name)
        .filter(|operator| operator.allows(field.scalar))
        .ok_or_else(|| arg.invalid(&format!("an operator of {}", field.scalar.name())))?;
    if operator.by_order() && field.scalar == Scalar::String && !context.bytewise {
        return Err(Refusal::Forward(format!(
            "argument `{}`: strings are ordered by the main database's collation",
            arg.name()
        )));
    }
    if arg.is_null() && operator.operand == Operand::Many {
        return is_null(field, arg, (operator.name == "in") != negated);
    }
    let value = arg.field_slot(context.schema, slots, field, operator.operand == Operand::Many)?;
    Ok(Predicate::Compare { field: field.id, operator, negated, value })
}
