//! Filters on scalar fields, by the rules of Prisma's scalar filters.

use super::{Filters, conjunction};
use crate::collation::Rule;
use crate::filter::{Operand, Operator};
use crate::plan::args::Arg;
use crate::plan::compile::Context;
use crate::plan::{Planned, Predicate, Refusal};
use crate::scalar::{Native, Scalar};
use crate::schema::{Field, Provider};

impl Filters<'_> {
    pub fn field(&mut self, field: &Field, value: &Arg) -> Planned<Option<Predicate>> {
        comparable(self.context, field, value)?;
        if field.list {
            return Err(value.unsupported());
        }
        if field.scalar == Scalar::Json {
            return self.json_filter(field, value);
        }
        if value.is_plain_object() {
            return self.operators(field, value, false);
        }
        self.equals(field, value, false).map(Some)
    }

    fn operators(&mut self, field: &Field, arg: &Arg, negated: bool) -> Planned<Option<Predicate>> {
        let mut all = Vec::new();
        for (name, value) in arg.entries()? {
            match name {
                "not" if value.is_plain_object() => {
                    all.extend(self.operators(field, &value, !negated)?);
                }
                // Of a value it means "other than this" however often it is turned round: Prisma only inverts objects.
                "not" => all.push(self.equals(field, &value, true)?),
                "equals" => all.push(self.equals(field, &value, negated)?),
                "mode" if self.context.schema.provider != Provider::Postgres => {
                    return Err(value.invalid("an operator of this provider"));
                }
                "mode" if value.json == "default" => {}
                "mode" | "search" => return Err(value.unsupported()),
                _ => all.push(self.operator(field, name, &value, negated)?),
            }
        }
        Ok(conjunction(all))
    }

    fn equals(&mut self, field: &Field, arg: &Arg, negated: bool) -> Planned<Predicate> {
        if arg.is_null() {
            return is_null(field, arg, !negated);
        }
        same_bytes(self.context, field, arg)?;
        let operator = Operator::named("equals").expect("the table has equals");
        let value = arg.field_slot(self.context.schema, self.slots, field, false)?;
        Ok(Predicate::Compare { field: field.id, operator, negated, value })
    }

    fn operator(
        &mut self,
        field: &Field,
        name: &str,
        arg: &Arg,
        negated: bool,
    ) -> Planned<Predicate> {
        let operator = Operator::named(name)
            .filter(|operator| operator.allows(field.scalar))
            .ok_or_else(|| arg.invalid(&format!("an operator of {}", field.scalar.name())))?;
        if operator.by_order() && !self.context.rule(field).has_order() {
            return Err(Refusal::Forward(format!(
                "argument `{}`: strings are ordered by the main database's collation",
                arg.name()
            )));
        }
        if arg.is_null() && operator.operand == Operand::Many {
            return is_null(field, arg, (operator.name == "in") != negated);
        }
        same_bytes(self.context, field, arg)?;
        let value = arg.field_slot(
            self.context.schema,
            self.slots,
            field,
            operator.operand == Operand::Many,
        )?;
        Ok(Predicate::Compare { field: field.id, operator, negated, value })
    }
}

fn is_null(field: &Field, arg: &Arg, is: bool) -> Planned<Predicate> {
    if field.required {
        return Err(arg.invalid("a value, not null"));
    }
    Ok(Predicate::Null { field: field.id, is })
}

/// Fields whose comparison only the main database knows.
pub fn comparable(context: &Context, field: &Field, arg: &Arg) -> Planned<()> {
    if context.native(field) == Native::Exotic {
        return Err(Refusal::Forward(format!(
            "argument `{}`: its type is compared by the main database",
            arg.name()
        )));
    }
    Ok(())
}

/// Strings of which only the main database's collation knows whether they are equal.
pub fn same_bytes(context: &Context, field: &Field, arg: &Arg) -> Planned<()> {
    if *context.rule(field) == Rule::Foreign {
        return Err(Refusal::Forward(format!(
            "argument `{}`: strings are compared by the main database's collation",
            arg.name()
        )));
    }
    Ok(())
}
