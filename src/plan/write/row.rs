//! A row to be created: its values, the rows it needs and the rows that need it.

use super::super::args::Arg;
use super::super::values::{fallback, stored};
use super::super::{NewRow, Planned, Source};
use super::Writes;
use super::inputs::{Input, Named};
use super::nested::Around;
use crate::schema::Field;

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
        for (name, value) in data.entries()? {
            match input.named(name, &value)? {
                Named::Field(field) => {
                    self.context.unique_here(model, field)?;
                    let source = stored(self.context, self.slots, field, &value)?;
                    values[field.id.index()] = Some(source);
                }
                Named::Relation(at) => self.nested(&mut around, at, &value)?,
            }
        }
        for (field, source) in around.keys() {
            values[field.index()] = Some(source);
        }
        let fill = |(field, value): (&Field, Option<Source>)| match value {
            Some(value) => Ok(value),
            None => fallback(self.context, model, field)?
                .ok_or_else(|| data.invalid(&format!("`{}`", field.name))),
        };
        let values = model.fields.iter().zip(values).map(fill).collect::<Planned<Vec<_>>>()?;
        let after = Around::in_order(around.after);
        Ok(NewRow { model: model.id, values, before: around.before, after })
    }
}
