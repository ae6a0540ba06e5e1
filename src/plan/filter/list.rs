//! Filters on scalar lists.

use serde_json::Value;

use super::Filters;
use crate::plan::args::Arg;
use crate::plan::slots::{Guard, SlotKind};
use crate::plan::{Against, ListTest, Planned, Predicate, Refusal, SlotId};
use crate::scalar::{Native, Scalar};
use crate::schema::Field;

impl Filters<'_> {
    /// Exactly one of the operators.
    pub fn list(&mut self, field: &Field, arg: &Arg) -> Planned<Predicate> {
        let entries = arg.entries()?;
        let [(name, value)] = entries.as_slice() else {
            return Err(arg.invalid("exactly one operator of a list"));
        };
        if !plain(self.context.native(field), field.scalar) {
            return Err(Refusal::Forward(format!(
                "argument `{}`: its native type is compared by the main database",
                value.name()
            )));
        }
        let reference = value.tag() == Some("FieldRef");
        let test = match *name {
            "has" if reference => {
                ListTest::Contains { field: self.reference(field, value, false)?.id, is: true }
            }
            "has" => ListTest::Has(self.element(field, value)?),
            "hasEvery" if reference => {
                ListTest::Every(Against::Field(self.reference(field, value, true)?.id))
            }
            "hasSome" if reference => {
                ListTest::Some(Against::Field(self.reference(field, value, true)?.id))
            }
            "hasEvery" => ListTest::Every(Against::Slot(self.elements(field, value)?)),
            "hasSome" => ListTest::Some(Against::Slot(self.elements(field, value)?)),
            "equals" if value.is_null() => ListTest::Null,
            "equals" if reference => return Err(value.invalid("a list")),
            "equals" => ListTest::Equals(self.elements(field, value)?),
            "isEmpty" => match value.json {
                Value::Bool(is) => ListTest::Empty { is: *is },
                _ => return Err(value.invalid("Boolean")),
            },
            _ => return Err(value.invalid("an operator of a list")),
        };
        Ok(Predicate::List { field: field.id, test, exact: self.exact })
    }

    /// A single element; no list has null, unless it is JSON's.
    fn element(&mut self, field: &Field, arg: &Arg) -> Planned<SlotId> {
        let kind = SlotKind { list: false, ..SlotKind::of(field) };
        if !arg.is_null() || field.scalar == Scalar::Json {
            arg.check(self.context.schema, kind)?;
        }
        Ok(arg.add(self.slots, kind, true, Guard::Any))
    }

    /// Lists of bytes reach the database as Prisma's adapter of the day writes them, which need not be as bytes.
    fn elements(&mut self, field: &Field, arg: &Arg) -> Planned<SlotId> {
        if field.scalar == Scalar::Bytes {
            return Err(Refusal::Forward(format!("argument `{}`: a list of bytes", arg.name())));
        }
        if arg.elements().iter().any(|element| element.tag() == Some("Enum")) {
            return Err(Refusal::Forward(format!("argument `{}`: a kind of null", arg.name())));
        }
        arg.slot(self.context.schema, self.slots, SlotKind::of(field))
    }
}

/// Elements of other native types compare in ways of their own.
fn plain(native: Native, scalar: Scalar) -> bool {
    match native {
        Native::Plain => scalar != Scalar::Json,
        Native::Jsonb | Native::Numeric(65, 30) => true,
        _ => false,
    }
}
