//! Filters on Json fields.

use super::{Filters, conjunction};
use crate::filter::Operator;
use crate::plan::args::Arg;
use crate::plan::{Planned, Predicate};
use crate::scalar::Native;
use crate::schema::Field;

impl Filters<'_> {
    /// `equals` and `not`: stored JSON has one text per value, so equal values are equal texts.
    pub fn json_filter(&mut self, field: &Field, arg: &Arg) -> Planned<Option<Predicate>> {
        let mut all = Vec::new();
        for (name, value) in arg.entries()? {
            let negated = match name {
                "equals" => false,
                "not" => true,
                _ => return Err(value.unsupported()),
            };
            all.push(self.json_equals(field, &value, negated)?);
        }
        Ok(conjunction(all))
    }

    fn json_equals(&mut self, field: &Field, arg: &Arg, negated: bool) -> Planned<Predicate> {
        let field_id = field.id;
        let sql_null = Predicate::Null { field: field_id, is: !negated };
        let json_null = Predicate::JsonNull { field: field_id, is: !negated };
        let null_kind = arg
            .json
            .get("value")
            .and_then(serde_json::Value::as_str)
            .filter(|_| arg.tag() == Some("Enum"));
        match null_kind {
            Some("DbNull") => return Ok(sql_null),
            Some("JsonNull") => return Ok(json_null),
            Some("AnyNull") if negated => return Ok(Predicate::All(vec![sql_null, json_null])),
            Some("AnyNull") => return Ok(Predicate::Any(vec![sql_null, json_null])),
            _ => {}
        }
        if arg.is_null() || self.context.native(field) != Native::Jsonb {
            return Err(arg.unsupported());
        }
        let operator = Operator::named("equals").expect("the table has equals");
        let value = arg.field_slot(self.context.schema, self.slots, field, false)?;
        Ok(Predicate::Compare { field: field_id, operator, negated, value })
    }
}
