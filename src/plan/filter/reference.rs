//! Field references: `db.user.fields.name` in the place of a value.

use super::Filters;
use crate::plan::args::Arg;
use crate::plan::{Planned, Refusal};
use crate::scalar::{Native, Scalar};
use crate::schema::Field;

impl<'a> Filters<'a> {
    /// The field that a reference names: one of the same model and type; Prisma refuses any other.
    pub fn reference(&self, field: &Field, arg: &Arg, list: bool) -> Planned<&'a Field> {
        if self.alone {
            return Err(arg.unsupported());
        }
        let part = |name: &str| arg.json.get("value").and_then(|value| value.get(name)?.as_str());
        let model = self.model;
        let other = part("_ref")
            .filter(|_| part("_container") == Some(&model.name))
            .and_then(|name| model.field_named(name))
            .filter(|other| {
                other.scalar == field.scalar
                    && other.enumeration == field.enumeration
                    && other.list == list
            })
            .ok_or_else(|| arg.invalid("a field of the same model and type"))?;
        let (left, right) = (self.context.native(field), self.context.native(other));
        let alike = comparable(field.scalar, left, right)
            && field.native_name() == other.native_name()
            && self.context.rule(field) == self.context.rule(other);
        if !alike {
            return Err(Refusal::Forward(format!(
                "argument `{}`: fields of these native types are compared by the main database",
                arg.name()
            )));
        }
        Ok(other)
    }
}

/// Do values of both columns compare as they are stored?
fn comparable(scalar: Scalar, left: Native, right: Native) -> bool {
    match (left, right) {
        (Native::Exotic, _) | (_, Native::Exotic) => false,
        (Native::VarChar(_) | Native::Plain, Native::VarChar(_) | Native::Plain) => {
            scalar != Scalar::Json
        }
        (Native::Numeric(..), Native::Numeric(..))
        | (Native::SmallInt | Native::Plain, Native::SmallInt | Native::Plain) => true,
        _ => left == right,
    }
}
