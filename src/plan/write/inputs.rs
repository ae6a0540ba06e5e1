//! Which fields an input may name. Prisma has two of each: one names related rows by relations, the other by foreign keys,
//! and nobody may mix them. An input below a row leaves out what that row gives.

use super::super::args::Arg;
use super::super::{Planned, Refusal};
use crate::ids::FieldId;
use crate::schema::{Field, Join, Model, Relation};

/// The input of a row.
pub struct Input<'a> {
    pub model: &'a Model,
    /// The relation that leads back to the row above.
    pub above: Option<usize>,
}

/// What an input's key is.
pub enum Named<'a> {
    Field(&'a Field),
    /// Index in the model's relations.
    Relation(usize),
}

impl<'a> Input<'a> {
    pub fn top(model: &'a Model) -> Self {
        Self { model, above: None }
    }

    pub fn relation_above(&self) -> Option<&'a Relation> {
        self.above.map(|at| &self.model.relations[at])
    }

    /// What the row above fills: our field and its own.
    pub fn given(&self) -> Vec<(FieldId, FieldId)> {
        self.relation_above().map_or_else(Vec::new, pairs)
    }

    /// The field or relation of that name, where this input has it.
    pub fn named(&self, name: &str, value: &Arg) -> Planned<Named<'a>> {
        if let Some(field) = self.model.field_named(name) {
            if self.given().iter().any(|(ours, _)| *ours == field.id) {
                return Err(value.invalid("no foreign key of the row above"));
            }
            return Ok(Named::Field(field));
        }
        if self.model.leads_outside(name) {
            let model = &self.model.name;
            let why = format!("relation `{name}` of {model} leads outside the block");
            return Err(Refusal::Through(why));
        }
        let at = self.model.relations.iter().position(|relation| relation.name == name);
        match at.filter(|at| Some(*at) != self.above) {
            Some(at) => Ok(Named::Relation(at)),
            None => Err(value.invalid(&format!("a field of {}", self.model.name))),
        }
    }

    /// Refuses what names related rows in both ways.
    pub fn unmixed(&self, data: &Arg) -> Planned<()> {
        let entries = data.entries()?;
        if !entries.iter().any(|(name, _)| self.is_local(name)) {
            return Ok(());
        }
        for (name, value) in &entries {
            if self.model.field_named(name).is_some_and(|field| self.is_key(field)) {
                return Err(value.invalid("no scalar of a relation, since another is named as one"));
            }
        }
        Ok(())
    }
}

impl Input<'_> {
    fn is_local(&self, name: &str) -> bool {
        let relation = self.model.relation_named(name);
        relation.is_some_and(|relation| matches!(relation.join, Join::Local { .. }))
    }

    /// The rows of one list are told in one way: all by relations, or all by foreign keys.
    pub fn alike(&self, rows: &[Arg]) -> Planned<()> {
        let entries = rows.iter().map(Arg::entries).collect::<Planned<Vec<_>>>()?;
        let by_relation = |row: &Vec<(&str, Arg)>| row.iter().any(|(name, _)| self.is_local(name));
        if rows.len() < 2 || !entries.iter().any(by_relation) {
            return Ok(());
        }
        let relations = self.model.relations.iter().enumerate();
        let required: Vec<&str> = relations
            .filter(|(at, relation)| Some(*at) != self.above && relation.required)
            .filter(|(_, relation)| matches!(relation.join, Join::Local { .. }))
            .map(|(_, relation)| relation.name.as_str())
            .collect();
        for row in rows {
            if let Some(missing) = required.iter().find(|name| row.get(name).is_none()) {
                return Err(row.invalid(&format!("`{missing}`, as the other rows name theirs")));
            }
            let key = |(name, _): &(&str, Arg)| {
                self.model.field_named(name).is_some_and(|field| self.is_key(field))
            };
            if row.entries()?.iter().any(key) {
                return Err(row.invalid("no foreign key, since another row names a relation"));
            }
        }
        Ok(())
    }

    fn is_key(&self, field: &Field) -> bool {
        self.model.names_others_by(field.id) || field.counts_up()
    }
}

/// A foreign key on this side: each of its fields with the field it refers to.
pub fn pairs(relation: &Relation) -> Vec<(FieldId, FieldId)> {
    match &relation.join {
        Join::Local { fields, references } => {
            fields.iter().copied().zip(references.iter().copied()).collect()
        }
        Join::Remote { .. } | Join::Link { .. } => Vec::new(),
    }
}
