//! Filters on Json fields.

use serde_json::Value;

use super::{Filters, conjunction};
use crate::filter::{JsonOperand, JsonOperator};
use crate::plan::args::Arg;
use crate::plan::slots::{Guard, SlotKind};
use crate::plan::{JsonTest, Planned, Predicate, Refusal, SlotId};
use crate::scalar::{Native, Scalar};
use crate::schema::{Field, Provider};

const TEXT: SlotKind = SlotKind { scalar: Scalar::String, enumeration: None, list: false };

impl Filters<'_> {
    pub fn json(&mut self, field: &Field, arg: &Arg) -> Planned<Option<Predicate>> {
        let path = match arg.get("path") {
            Some(path) => {
                let kind = SlotKind { list: true, ..TEXT };
                Some(path.slot(self.context.schema, self.slots, kind)?)
            }
            None => None,
        };
        // Paths and kinds of null differ from provider to provider.
        let plain = |(_, value): &(&str, Arg)| null_kind(value) == Some("DbNull");
        if self.context.schema.provider != Provider::Postgres && !arg.entries()?.iter().all(plain) {
            return Err(main_only(arg));
        }
        let folded = arg.get("mode").is_some_and(|mode| mode.json == "insensitive");
        let mut all = Vec::new();
        for (name, value) in arg.entries()? {
            let test = match name {
                "path" | "mode" => continue,
                _ if value.tag() == Some("FieldRef") || folded => return Err(main_only(&value)),
                "equals" => self.json_equals(field, &value, path, false)?,
                "not" => self.json_equals(field, &value, path, true)?,
                _ => self.json_typed(field, name, &value, path)?,
            };
            all.push(test);
        }
        match (all.len(), path) {
            (0, Some(_)) => Err(arg.invalid("a filter beside `path`")),
            _ => Ok(conjunction(all)),
        }
    }

    fn json_equals(
        &mut self,
        field: &Field,
        arg: &Arg,
        path: Option<SlotId>,
        negated: bool,
    ) -> Planned<Predicate> {
        let test = |test| Predicate::Json { field: field.id, path, test };
        let missing = test(JsonTest::Missing { is: !negated });
        let null = test(JsonTest::Null { is: !negated });
        match null_kind(arg) {
            Some("DbNull") => return Ok(missing),
            Some("JsonNull") => return Ok(null),
            Some("AnyNull") if negated => return Ok(Predicate::All(vec![null, missing])),
            Some("AnyNull") => return Ok(Predicate::Any(vec![null, missing])),
            _ => {}
        }
        let value = arg.slot(self.context.schema, self.slots, JSON)?;
        Ok(test(JsonTest::Equals { value, negated }))
    }

    fn json_typed(
        &mut self,
        field: &Field,
        name: &str,
        arg: &Arg,
        path: Option<SlotId>,
    ) -> Planned<Predicate> {
        let operator =
            JsonOperator::named(name).ok_or_else(|| arg.invalid("an operator of Json"))?;
        // `jsonb_typeof` takes no `json`, and the main database says so.
        if path.is_none() && self.context.native(field) != Native::Jsonb {
            return Err(main_only(arg));
        }
        let value = match (operator.takes, arg.json) {
            (JsonOperand::Text, _) => arg.slot(self.context.schema, self.slots, TEXT)?,
            (_, Value::Object(_)) if arg.tag() == Some("Enum") => {
                return Err(arg.invalid("a JSON value"));
            }
            (JsonOperand::Ordered, Value::String(_)) if !self.context.strings.bytewise() => {
                return Err(main_only(arg));
            }
            (JsonOperand::Ordered, Value::String(_) | Value::Number(_)) | (JsonOperand::Any, _) => {
                arg.check(self.context.schema, JSON)?;
                arg.add(self.slots, JSON, false, Guard::Any)
            }
            (JsonOperand::Ordered, _) => return Err(main_only(arg)),
        };
        let (reversed, bytewise) = (self.reversed, self.context.strings.bytewise());
        let test = JsonTest::Typed { operator, value, reversed, bytewise };
        Ok(Predicate::Json { field: field.id, path, test })
    }
}

const JSON: SlotKind = SlotKind { scalar: Scalar::Json, enumeration: None, list: false };

fn main_only(arg: &Arg) -> Refusal {
    Refusal::Forward(format!("argument `{}`: judged by the main database", arg.name()))
}

/// A bare null is JSON's.
fn null_kind<'a>(arg: &Arg<'a>) -> Option<&'a str> {
    match arg.tag() {
        Some("Enum") => arg.json.get("value").and_then(Value::as_str),
        _ if arg.is_null() => Some("JsonNull"),
        _ => None,
    }
}
