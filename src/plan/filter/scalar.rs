//! Filters on scalar fields, by the rules of Prisma's scalar filters.

use super::{Filters, conjunction};
use crate::collation::Rule;
use crate::decimal::has_digits;
use crate::filter::{Operand, Operator};
use crate::plan::args::Arg;
use crate::plan::compile::Context;
use crate::plan::{Against, Guard, ListTest, Planned, Predicate, Refusal, SlotKind};
use crate::scalar::{Native, Scalar};
use crate::schema::{Field, Provider};

/// How the operators of one filter object are read.
#[derive(Clone, Copy)]
struct Mode {
    negated: bool,
    /// `mode: 'insensitive'`.
    folded: bool,
}

impl Filters<'_> {
    pub fn field(&mut self, field: &Field, value: &Arg) -> Planned<Option<Predicate>> {
        comparable(self.context, field, value)?;
        if field.list {
            return self.list(field, value).map(Some);
        }
        if field.scalar == Scalar::Json {
            return self.json(field, value);
        }
        if value.tag() == Some("FieldRef") {
            return Err(value.invalid("a filter"));
        }
        if !value.is_plain_object() {
            return self.equals(field, value, Mode { negated: false, folded: false }).map(Some);
        }
        let folded = self.folded(field, value)?;
        self.operators(field, value, Mode { negated: false, folded })
    }

    fn folded(&self, field: &Field, arg: &Arg) -> Planned<bool> {
        match arg.get("mode") {
            Some(mode) if self.context.schema.provider != Provider::Postgres => {
                Err(mode.invalid("an operator of this provider"))
            }
            Some(mode) if mode.json == "insensitive" && field.scalar == Scalar::String => {
                if self.context.strings.folds(field) {
                    return Ok(true);
                }
                Err(Refusal::Forward(format!(
                    "argument `{}`: only the main database knows its letters",
                    mode.name()
                )))
            }
            Some(mode) if mode.json != "default" => Err(mode.invalid("a mode of strings")),
            _ => Ok(false),
        }
    }

    fn operators(&mut self, field: &Field, arg: &Arg, mode: Mode) -> Planned<Option<Predicate>> {
        let mut all = Vec::new();
        let inverse = Mode { negated: !mode.negated, ..mode };
        for (name, value) in arg.entries()? {
            match name {
                "mode" => {}
                "search" => return Err(value.unsupported()),
                "not" if value.is_plain_object() => {
                    if let Some(inner) = value.get("mode") {
                        return Err(inner.invalid("a mode beside `not`, not in it"));
                    }
                    all.extend(self.operators(field, &value, inverse)?);
                }
                "not" if value.tag() == Some("FieldRef") => return Err(value.invalid("a value")),
                // Of a value it means "other than this" however often it is turned round: Prisma only inverts objects.
                "not" => all.push(self.equals(field, &value, Mode { negated: true, ..mode })?),
                "equals" => all.push(self.equals(field, &value, mode)?),
                _ => all.push(self.operator(field, name, &value, mode)?),
            }
        }
        Ok(conjunction(all))
    }

    fn equals(&mut self, field: &Field, arg: &Arg, mode: Mode) -> Planned<Predicate> {
        if arg.is_null() {
            return is_null(field, arg, !mode.negated);
        }
        same_bytes(self.context, field, arg)?;
        let operator = Operator::named("equals").expect("the table has equals");
        self.compared(field, operator, arg, mode)
    }

    fn operator(&mut self, field: &Field, name: &str, arg: &Arg, mode: Mode) -> Planned<Predicate> {
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
            return is_null(field, arg, (operator.name == "in") != mode.negated);
        }
        same_bytes(self.context, field, arg)?;
        if operator.operand == Operand::Many {
            kept_exact(field, arg)?;
        }
        self.compared(field, operator, arg, mode)
    }

    fn compared(
        &mut self,
        field: &Field,
        operator: &'static Operator,
        arg: &Arg,
        Mode { negated, folded }: Mode,
    ) -> Planned<Predicate> {
        let many = operator.operand == Operand::Many;
        // Nothing goes on after them: without regard to case, an equal string is a pattern too.
        let ends = operator.name == "endsWith" || (folded && operator.name == "equals");
        let escapes = ends && self.context.schema.provider == Provider::Postgres;
        if escapes && may_dangle(arg) {
            return Err(Refusal::Forward(format!(
                "argument `{}`: an escape at the end is an error, if main reads as far",
                arg.name()
            )));
        }
        let against = if arg.tag() == Some("FieldRef") {
            let other = self.reference(field, arg, many)?.id;
            if many && folded {
                return Err(Refusal::Forward(format!("argument `{}`: a list", arg.name())));
            }
            if many {
                let is = (operator.name == "in") != negated;
                let test = ListTest::Contains { field: field.id, is };
                return Ok(Predicate::List { field: other, test, exact: self.exact });
            }
            Against::Field(other)
        } else {
            let kind = SlotKind { list: many, ..SlotKind::of(field) };
            arg.check(self.context.schema, kind)?;
            let guard =
                if escapes { Guard::Pattern } else { exact_digits(self.context, field, arg)? };
            let value = arg.add(self.slots, kind, false, guard);
            if !folded {
                return Ok(Predicate::Compare { field: field.id, operator, negated, value });
            }
            Against::Slot(value)
        };
        Ok(Predicate::Match { field: field.id, operator, negated, against, folded })
    }
}

/// Whether a pattern ends, or a column's values may end, with an escape of nothing.
fn may_dangle(arg: &Arg) -> bool {
    let escapes = |text: &str| text.chars().rev().take_while(|char| *char == '\\').count() % 2 == 1;
    arg.json.as_str().map_or(arg.tag() == Some("FieldRef"), escapes)
}

/// Prisma makes decimals of a list of floats that holds a whole number past 32 bits, and rounds what stands beside it.
fn kept_exact(field: &Field, arg: &Arg) -> Planned<()> {
    let elements = arg.elements();
    let wide = |element: &Arg| {
        let number = element.json.as_f64();
        number.is_some_and(|number| number.fract() == 0.0 && number.abs() > f64::from(i32::MAX))
    };
    if field.scalar == Scalar::Float && elements.len() > 1 && elements.iter().any(wide) {
        return Err(Refusal::Forward(format!(
            "argument `{}`: numbers that Prisma rounds",
            arg.name()
        )));
    }
    Ok(())
}

/// What a double tells apart.
const DOUBLE_DIGITS: usize = 15;

/// `MySQL` compares a decimal with the text of another, which it takes for a double unless the column can hold it; those of
/// a list it may take for doubles in any case.
fn exact_digits(context: &Context, field: &Field, arg: &Arg) -> Planned<Guard> {
    if context.schema.provider != Provider::Mysql || field.scalar != Scalar::Decimal {
        return Ok(Guard::Any);
    }
    let (precision, fraction) = field.decimal_digits();
    if arg.json.is_array() && precision > DOUBLE_DIGITS {
        return Err(Refusal::Forward(format!("argument `{}`: a list of decimals", arg.name())));
    }
    let whole = precision.saturating_sub(fraction);
    if arg.elements().iter().all(|element| has_digits(&element.digits(), whole, fraction)) {
        return Ok(Guard::Digits { whole, fraction });
    }
    Err(Refusal::Forward(format!("argument `{}`: more digits than the column has", arg.name())))
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
