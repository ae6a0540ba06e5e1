//! Runs writes inside the open transaction; what they change is captured by the connection's hook.

mod ahead;
mod bulk;
mod edge;
mod insert;
mod list;
mod nested;
mod orphan;
mod problem;
pub(super) mod refused;
mod row;

use rusqlite::types::ValueRef;
use smallvec::SmallVec;

use super::bind::Around;
use super::foreign::Event;
use super::{Call, Database, Sink};
use crate::error::{Failure, Miss, Stop};
use crate::ids::ModelId;
use crate::schema::Provider;
use crate::sql::{
    CreateProgram, DeleteProgram, Program, ReturnedProgram, UpdateProgram, UpsertProgram,
};
use crate::value::Value;

pub(super) type Row = Vec<Value>;

impl Database {
    pub(super) fn run_write(
        &self,
        program: &Program,
        call: &Call,
        sink: &mut dyn Sink,
    ) -> Result<(), Stop> {
        let call = &Call { ids: Some(self.id_source()), ..*call };
        match self.step_write(program, call, sink) {
            Err(Stop::Miss(Miss::Rows(mut missing))) => {
                self.look_ahead(program, call, &mut missing)?;
                Err(Stop::Miss(Miss::Rows(missing)))
            }
            result => result,
        }
    }

    fn step_write(&self, program: &Program, call: &Call, sink: &mut dyn Sink) -> Result<(), Stop> {
        match program {
            Program::Create(create) => self.create(create, call, sink),
            Program::CreateMany(many) => self.create_many(many, call, sink),
            Program::Update(update) => self.update(update, call, sink),
            Program::Bulk(bulk) => self.bulk(bulk, call, sink),
            Program::Upsert(upsert) => self.upsert(upsert, call, sink),
            Program::Delete(delete) => self.delete(delete, call, sink),
            Program::Read(_) | Program::Aggregate(_) => self.read(program, call, sink),
        }
    }

    fn create(&self, create: &CreateProgram, call: &Call, sink: &mut dyn Sink) -> Result<(), Stop> {
        let row = self.create_row(&create.row, call, &[])?;
        let model = create.row.model;
        if create.row.only_inserts() {
            return self.show(&create.returned, model, &row, call, sink);
        }
        self.show_again(&create.returned, (model, "a query"), &row, call, sink)
    }

    /// Shows a written row: from the values at hand, or with its relations.
    fn show(
        &self,
        returned: &ReturnedProgram,
        model: ModelId,
        row: &[Value],
        call: &Call,
        sink: &mut dyn Sink,
    ) -> Result<(), Stop> {
        if returned.with_relations {
            self.shown_by_key(returned, model, row, call, sink)?;
            return Ok(());
        }
        let cells: SmallVec<[ValueRef; 24]> =
            returned.fields.iter().map(|field| ValueRef::from(&row[*field])).collect();
        sink.row(0, &cells);
        Ok(())
    }

    /// The same of a row that what was written around it may have changed, or deleted.
    fn show_again(
        &self,
        returned: &ReturnedProgram,
        (model, operation): (ModelId, &str),
        row: &[Value],
        call: &Call,
        sink: &mut dyn Sink,
    ) -> Result<(), Stop> {
        if self.shown_by_key(returned, model, row, call, sink)? {
            return Ok(());
        }
        Err(Failure::not_found(&self.schema.model(model).name, operation).into())
    }

    fn shown_by_key(
        &self,
        returned: &ReturnedProgram,
        model: ModelId,
        row: &[Value],
        call: &Call,
        sink: &mut dyn Sink,
    ) -> Result<bool, Stop> {
        let key = self.key_of(model, row);
        let around = Around { row_key: &key, ..Around::default() };
        self.emit_level(&returned.read, &returned.read.one, call, around, sink)
    }

    fn update(&self, update: &UpdateProgram, call: &Call, sink: &mut dyn Sink) -> Result<(), Stop> {
        let change = &update.change;
        if change.is_flat() {
            return match self.update_flat(update, call)? {
                Some(row) => self.show(&update.returned, update.model, &row, call, sink),
                None => Err(self.target_missing(&update.target.lookup, call, "an update")),
            };
        }
        let settled = self.settle(&change.before, call)?;
        let Some(old) = self.one_row(&update.target.find, call)? else {
            return Err(match self.target_missing(&update.target.lookup, call, "an update") {
                // Where an update gives no rows back, Prisma looks for the row before anything else.
                Stop::Failed(failure) if self.schema.provider != Provider::Mysql => {
                    self.orphaned(change, &settled, failure, call)
                }
                stop => stop,
            });
        };
        let row = self.change_settled(change, old, &[], &settled, call)?;
        self.show_again(&update.returned, (update.model, "an update"), &row, call, sink)
    }

    fn upsert(&self, upsert: &UpsertProgram, call: &Call, sink: &mut dyn Sink) -> Result<(), Stop> {
        let update = &upsert.update;
        let (target, returned, model) = (&update.target, &update.returned, update.model);
        if update.change.is_flat() {
            if let Some(row) = self.update_flat(update, call)? {
                return self.show(returned, model, &row, call, sink);
            }
        } else if let Some(old) = self.one_row(&target.find, call)? {
            let row = self.change_row(&update.change, old, &[], call)?;
            return self.show_again(returned, (model, "an upsert"), &row, call, sink);
        }
        if !self.known_absent(&target.lookup, call)? {
            return Err(Stop::Miss(Miss::Rows(vec![self.asked(&target.lookup, call)])));
        }
        let Some(row) = &upsert.row else { return Err(Stop::Miss(Miss::Through)) };
        let made = self.create_row(row, call, &[])?;
        if row.only_inserts() {
            return self.show(returned, model, &made, call, sink);
        }
        self.show_again(returned, (model, "an upsert"), &made, call, sink)
    }

    /// The row is shown as it was, so it is read before it goes.
    fn delete(&self, delete: &DeleteProgram, call: &Call, sink: &mut dyn Sink) -> Result<(), Stop> {
        let Some(row) = self.one_row(&delete.find, call)? else {
            return Err(self.target_missing(&delete.lookup, call, "a delete"));
        };
        self.show(&delete.returned, delete.model, &row, call, sink)?;
        let affected = (std::slice::from_ref(&row), Event::Deleted);
        self.execute(&delete.statement, delete.model, affected, call, Around::default())
    }
}
