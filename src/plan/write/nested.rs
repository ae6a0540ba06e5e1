//! Nested writes: the object that stands at a relation in `data`.

use super::super::args::Arg;
use super::super::{Before, Nested, NestedOp, Planned, Settle, Source};
use super::Writes;
use super::inputs::{Input, pairs};
use crate::ids::FieldId;
use crate::schema::{Join, Model, Relation, Schema};

/// What is written around a row.
pub struct Around<'a> {
    model: &'a Model,
    /// The row is created, not changed.
    created: bool,
    pub before: Vec<Before>,
    pub after: Vec<Nested>,
    /// Relations whose key the row takes from a row settled before.
    taken: Vec<(usize, usize)>,
}

impl<'a> Around<'a> {
    pub fn new(model: &'a Model, created: bool) -> Self {
        Self { model, created, before: Vec::new(), after: Vec::new(), taken: Vec::new() }
    }

    /// What comes after the row, in Prisma's order: new rows that need others themselves come last, unless those are connected or
    /// created.
    pub fn in_order(after: Vec<Nested>) -> Vec<Nested> {
        let waits = |before: &Before| !matches!(before.settle, Settle::ConnectOrCreate(..));
        let late = |nested: &Nested| matches!(&nested.op, NestedOp::Create(row) if row.before.iter().any(waits));
        let (mut last, mut all): (Vec<_>, Vec<_>) = after.into_iter().partition(late);
        all.append(&mut last);
        all
    }

    /// The foreign keys that settled rows fill. Of two rows for one relation the later is taken.
    pub fn keys(&self) -> Vec<(FieldId, Source)> {
        let mut keys: Vec<(FieldId, Source)> = Vec::new();
        for (relation, before) in &self.taken {
            for (ours, theirs) in pairs(&self.model.relations[*relation]) {
                keys.retain(|(field, _)| *field != ours);
                keys.push((ours, Source::Linked { row: before + 1, field: theirs }));
            }
        }
        keys
    }
}

/// One relation of a row, with what is written around that row.
pub struct Side<'s, 'a> {
    around: &'s mut Around<'a>,
    at: usize,
    pub target: &'s Model,
}

impl<'s, 'a> Side<'s, 'a> {
    fn new(around: &'s mut Around<'a>, at: usize, schema: &'s Schema) -> Self {
        let target = schema.model(around.model.relations[at].target);
        Self { around, at, target }
    }

    pub fn model(&self) -> &'a Model {
        self.around.model
    }

    pub fn relation(&self) -> &'a Relation {
        &self.around.model.relations[self.at]
    }

    pub fn created(&self) -> bool {
        self.around.created
    }

    /// The input of a related row: it leaves out what this row gives.
    pub fn input(&self) -> Input<'s> {
        Input { model: self.target, above: Some(self.relation().back) }
    }

    pub fn back(&self) -> &'s Relation {
        &self.target.relations[self.relation().back]
    }

    pub fn one_to_one(&self) -> bool {
        !self.relation().list && !self.back().list
    }

    pub fn is_local(&self) -> bool {
        matches!(self.relation().join, Join::Local { .. })
    }

    pub fn is_link(&self) -> bool {
        matches!(self.relation().join, Join::Link { .. })
    }

    /// A row that must be at hand first; its place among those.
    pub fn before(&mut self, settle: Settle) -> usize {
        self.around.before.push(Before { relation: self.at, creates: self.around.created, settle });
        self.around.before.len() - 1
    }

    /// The same, and the row written takes its key.
    pub fn take(&mut self, settle: Settle) {
        let at = self.before(settle);
        self.around.taken.push((self.at, at));
    }

    pub fn after(&mut self, op: NestedOp) {
        self.around.after.push(Nested { relation: self.at, created: self.around.created, op });
    }
}

impl Writes<'_> {
    /// Plans the operations in the order in which they are written.
    pub fn nested(&mut self, around: &mut Around, at: usize, value: &Arg) -> Planned<()> {
        let schema = self.context.schema;
        for (name, arg) in value.entries()? {
            let mut side = Side::new(around, at, schema);
            self.context.joined(side.model(), side.relation(), &value.name())?;
            if side.relation().list {
                self.of_list(&mut side, name, &arg)?;
            } else {
                self.of_one(&mut side, name, &arg)?;
            }
        }
        Ok(())
    }
}
