//! A row to be created: its values, the rows it needs and the rows that need it.

use super::super::args::Arg;
use super::super::values::{fallback, stored};
use super::super::{NewRow, Planned, Refusal, Source};
use super::Writes;
use super::inputs::{Input, Named, pairs};
use super::nested::Around;
use crate::schema::Field;
use crate::value::Value;

impl Writes<'_> {
    /// One source per field of a row to be created, and what is written around it.
    pub fn row(&mut self, input: &Input, data: &Arg) -> Planned<NewRow> {
        let model = input.model;
        input.unmixed(data)?;
        let mut values: Vec<Option<Source>> = vec![None; model.fields.len()];
        for (ours, theirs) in input.given() {
            values[ours.index()] = Some(Source::Linked { row: 0, field: theirs });
        }
        let mut around = Around::new(model, true);
        // What Prisma refuses is refused first, whoever makes the row.
        let mut through = None;
        for (name, value) in data.entries()? {
            match input.named(name, &value)? {
                Named::Field(field) => {
                    self.context.unique_here(model, field)?;
                    let source = stored(self.context, self.slots, field, &value).map(Some);
                    values[field.id.index()] = put_off(source, &mut through)?;
                }
                Named::Relation(at) => match self.nested(&mut around, at, &value) {
                    Err(Refusal::Through(why) | Refusal::Forward(why)) => {
                        through.get_or_insert(why);
                        for (ours, _) in pairs(&model.relations[at]) {
                            values[ours.index()] = Some(Source::Constant(Value::Null));
                        }
                    }
                    planned => planned?,
                },
            }
        }
        for (field, source) in around.keys() {
            values[field.index()] = Some(source);
        }
        let mut fill = |(field, value): (&Field, Option<Source>)| match value {
            Some(value) => Ok(value),
            None => put_off(fallback(self.context, model, field), &mut through)?
                .ok_or_else(|| data.invalid(&format!("`{}`", field.name))),
        };
        let values = model.fields.iter().zip(values).map(&mut fill).collect::<Planned<Vec<_>>>()?;
        if let Some(why) = through {
            return Err(Refusal::Through(why));
        }
        let after = Around::in_order(around.after);
        Ok(NewRow { model: model.id, values, before: around.before, after })
    }
}

/// A value that only main can make, or find, stands for any, until the rest of the row is read.
pub(super) fn put_off(
    source: Planned<Option<Source>>,
    through: &mut Option<String>,
) -> Planned<Option<Source>> {
    match source {
        Err(Refusal::Through(why)) => {
            through.get_or_insert(why);
            Ok(Some(Source::Constant(Value::Null)))
        }
        other => other,
    }
}
