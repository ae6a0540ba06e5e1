//! `having`: filters on the fields of a group and on what is computed of it.

use super::aggregate::{Function, Measure, measure};
use super::args::Arg;
use super::compile::Context;
use super::filter::plan_field;
use super::slots::{SlotKind, Slots};
use super::{Planned, Predicate, SlotId};
use crate::filter::{Operand, Operator};
use crate::ids::FieldId;
use crate::scalar::{Native, Scalar};
use crate::schema::{Field, Model, Provider};

#[derive(Debug)]
pub enum Having {
    All(Vec<Having>),
    Any(Vec<Having>),
    Not(Box<Having>),
    /// On fields that all rows of the group share.
    Shared(Predicate),
    Measured {
        measure: Measure,
        test: Test,
    },
}

#[derive(Debug)]
pub enum Test {
    Null { is: bool },
    Compare { operator: &'static Operator, negated: bool, value: SlotId },
}

/// What an object of filters says; one that says nothing is left to main, which has answers of its own to it.
pub fn plan_having(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    by: &[FieldId],
    arg: &Arg,
) -> Planned<Having> {
    let mut all = Vec::new();
    for (name, value) in arg.entries()? {
        match name {
            "AND" | "OR" | "NOT" => all.push(group(context, slots, model, by, name, &value)?),
            _ => {
                let field = model
                    .field_named(name)
                    .ok_or_else(|| value.invalid(&format!("a field of {}", model.name)))?;
                all.push(on_field(context, slots, model, by, field, &value)?);
            }
        }
    }
    if all.is_empty() { Err(arg.unsupported()) } else { Ok(Having::All(all)) }
}

fn group(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    by: &[FieldId],
    name: &str,
    arg: &Arg,
) -> Planned<Having> {
    if name == "OR" && !arg.json.is_array() {
        return Err(arg.invalid("a list"));
    }
    let mut members = Vec::new();
    for element in arg.elements() {
        members.push(plan_having(context, slots, model, by, &element)?);
    }
    if members.is_empty() {
        return Err(arg.unsupported());
    }
    Ok(match name {
        "OR" => Having::Any(members),
        "NOT" => {
            Having::All(members.into_iter().map(|member| Having::Not(Box::new(member))).collect())
        }
        _ => Having::All(members),
    })
}

fn on_field(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    by: &[FieldId],
    field: &Field,
    arg: &Arg,
) -> Planned<Having> {
    let entries = if arg.is_plain_object() { arg.entries()? } else { Vec::new() };
    let functions = entries.iter().filter(|(name, _)| Function::named(name).is_some()).count();
    if functions == 0 {
        if !by.contains(&field.id) {
            return Err(arg.invalid("a field of `by`, or an aggregate"));
        }
        // Filters of Json mean something else below NOT.
        if field.scalar == Scalar::Json {
            return Err(arg.unsupported());
        }
        let shared = plan_field(context, slots, model, field, arg)?;
        return shared.map(Having::Shared).ok_or_else(|| arg.unsupported());
    }
    if functions < entries.len() {
        return Err(arg.unsupported());
    }
    let mut all = Vec::new();
    for (name, value) in entries {
        let function = Function::named(name).ok_or_else(|| value.unsupported())?;
        let measure = measure(context, model, function, &field.name)?;
        let subject = Subject::of(context, model, field, measure, &value)?;
        subject.tests(context, slots, &value, false, &mut all)?;
    }
    if all.is_empty() { Err(arg.unsupported()) } else { Ok(Having::All(all)) }
}

/// What is tested, and the type of what it is compared with.
struct Subject<'a> {
    measure: Measure,
    field: &'a Field,
    kind: SlotKind,
}

impl<'a> Subject<'a> {
    fn of(
        context: &Context,
        model: &Model,
        field: &'a Field,
        measure: Measure,
        arg: &Arg,
    ) -> Planned<Self> {
        if field.scalar == Scalar::Json {
            return Err(arg.invalid("a filter of Json"));
        }
        // The main database reads the operand as the measure's own type, which rounds or refuses it.
        let narrow = match (context.native(field), measure.function) {
            (Native::Real, function) => !matches!(function, Function::Count | Function::Avg),
            // As text, which `MySQL` takes for a double.
            (Native::Plain, Function::Min | Function::Max) => {
                context.schema.provider == Provider::Mysql && field.scalar == Scalar::Decimal
            }
            (Native::SmallInt, function) => matches!(function, Function::Min | Function::Max),
            _ => false,
        };
        if narrow {
            return Err(arg.unsupported());
        }
        Ok(Self { measure, field, kind: measure.kind(model) })
    }

    fn tests(
        &self,
        context: &Context,
        slots: &mut Slots,
        arg: &Arg,
        negated: bool,
        all: &mut Vec<Having>,
    ) -> Planned<()> {
        for (name, value) in arg.entries()? {
            match name {
                "not" if value.is_plain_object() => {
                    self.tests(context, slots, &value, !negated, all)?;
                }
                "not" => all.push(self.test(context, slots, "equals", &value, !negated)?),
                _ => all.push(self.test(context, slots, name, &value, negated)?),
            }
        }
        Ok(())
    }

    fn test(
        &self,
        context: &Context,
        slots: &mut Slots,
        name: &str,
        arg: &Arg,
        negated: bool,
    ) -> Planned<Having> {
        let operator = Operator::named(name)
            .filter(|operator| operator.allows(self.kind.scalar))
            .ok_or_else(|| arg.invalid("an operator of this aggregate"))?;
        let measured = |test| Having::Measured { measure: self.measure, test };
        if arg.is_null() && matches!(name, "equals" | "in" | "notIn") {
            if self.field.required {
                return Err(arg.invalid("a value, not null"));
            }
            return Ok(measured(Test::Null { is: (name == "notIn") == negated }));
        }
        if arg.elements().iter().any(|element| element.tag() == Some("NonFinite")) {
            return Err(arg.unsupported());
        }
        let list = operator.operand == Operand::Many;
        let value = arg.slot(context.schema, slots, SlotKind { list, ..self.kind })?;
        Ok(measured(Test::Compare { operator, negated, value }))
    }
}
