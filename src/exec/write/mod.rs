//! Runs writes inside the open transaction; what they change is captured by the connection's hook.

mod ahead;
mod bulk;
mod edge;
mod insert;
mod knot;
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
use crate::plan::Source;
use crate::schema::Provider;
use crate::sql::{
    Bind, CreateProgram, DeleteProgram, Program, ReturnedProgram, UpdateProgram, UpsertProgram,
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
        self.show_again(&create.returned, model, &row, call, sink)
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
            return self.show_again(returned, model, row, call, sink);
        }
        let cells: SmallVec<[ValueRef; 24]> =
            returned.fields.iter().map(|field| ValueRef::from(&row[*field])).collect();
        sink.row(0, &cells);
        Ok(())
    }

    /// The same of a row that what was written around it may have changed. Of one that is gone, or has another key by now, Prisma
    /// shows nothing.
    fn show_again(
        &self,
        returned: &ReturnedProgram,
        model: ModelId,
        row: &[Value],
        call: &Call,
        sink: &mut dyn Sink,
    ) -> Result<(), Stop> {
        let key = self.key_of(model, row);
        let around = Around { row_key: &key, ..Around::default() };
        self.emit_level(&returned.read, &returned.read.one, call, around, sink).map(drop)
    }

    fn update(&self, update: &UpdateProgram, call: &Call, sink: &mut dyn Sink) -> Result<(), Stop> {
        let change = &update.change;
        if change.is_flat() {
            return match self.update_flat(update, call)? {
                Some(row) => self.show(&update.returned, update.model, &row, call, sink),
                None => Err(self.target_missing(&update.target.lookup, call, "an update")),
            };
        }
        let find = &update.target.find;
        let held = if change.before.is_empty() { None } else { self.one_row(find, call)? };
        let settled = self.settle(&change.before, call)?;
        let Some(old) = self.found_again(update, held.as_ref(), call)? else {
            if held.is_some() {
                return self.moved_away(update, "an update", &settled, call);
            }
            return Err(match self.target_missing(&update.target.lookup, call, "an update") {
                // Where an update gives no rows back, Prisma looks for the row before anything else.
                Stop::Failed(failure) if self.schema.provider != Provider::Mysql => {
                    self.orphaned(change, &settled, failure, call)
                }
                stop => stop,
            });
        };
        let row = self.change_settled(change, old, &[], &settled, call)?;
        self.show_again(&update.returned, update.model, &row, call, sink)
    }

    /// The row of an update, when what it needs is settled. Before `MySQL` Prisma has its key by then, and no other `where`.
    fn found_again(
        &self,
        update: &UpdateProgram,
        held: Option<&Row>,
        call: &Call,
    ) -> Result<Option<Row>, Stop> {
        let Some(held) = held.filter(|_| self.schema.provider == Provider::Mysql) else {
            return self.one_row(&update.target.find, call);
        };
        let model = self.schema.model(update.model);
        let key: Vec<&Value> = model.key.fields.iter().map(|id| &held[id.index()]).collect();
        Ok(self.rows_naming(model, &model.key.fields, &key)?.pop())
    }

    /// What was settled first has taken the row out of the `where` by which Prisma looks for it again. By its key it changes no
    /// row, and shows none.
    fn moved_away(
        &self,
        update: &UpdateProgram,
        operation: &str,
        settled: &[Row],
        call: &Call,
    ) -> Result<(), Stop> {
        if self.schema.provider == Provider::Mysql && update.change.after.is_empty() {
            return Ok(());
        }
        let failure = Failure::not_found(&self.schema.model(update.model).name, operation);
        Err(self.orphaned(&update.change, settled, failure, call))
    }

    fn upsert(&self, upsert: &UpsertProgram, call: &Call, sink: &mut dyn Sink) -> Result<(), Stop> {
        let update = &upsert.update;
        let (target, returned, model) = (&update.target, &update.returned, update.model);
        if update.change.is_flat() {
            let one_statement = self.proposed(upsert, call)?;
            match self.update_flat(update, call) {
                // Else Prisma reads the row again: by now its own key that it names has followed.
                Ok(Some(row))
                    if !one_statement && self.moves_own(model, &update.change.written) =>
                {
                    return self.show_again(returned, model, &row, call, sink);
                }
                Ok(Some(row)) => return self.show(returned, model, &row, call, sink),
                Ok(None) => {}
                // Else Prisma looks for the row first, and nobody reads the values of an update that is not made.
                Err(Stop::Failed(_))
                    if !one_statement && self.one_row(&target.find, call)?.is_none() => {}
                Err(stop) => return Err(stop),
            }
        } else if let Some(held) = self.one_row(&target.find, call)? {
            let settled = self.settle(&update.change.before, call)?;
            let Some(old) = self.found_again(update, Some(&held), call)? else {
                return self.moved_away(update, "an upsert", &settled, call);
            };
            let row = self.change_settled(&update.change, old, &[], &settled, call)?;
            return self.show_again(returned, model, &row, call, sink);
        }
        if !self.known_absent(&target.lookup, call)? {
            return Err(Stop::Miss(Miss::Rows(vec![self.asked(&target.lookup, call)])));
        }
        let Some(row) = &upsert.row else { return Err(Stop::Miss(Miss::Through)) };
        let made = self.create_row(row, call, &[])?;
        if row.only_inserts() {
            return self.show(returned, model, &made, call, sink);
        }
        self.show_again(returned, model, &made, call, sink)
    }

    /// Whether Prisma makes one statement of an upsert. Then main reads the values of the new row, wanted or not.
    fn proposed(&self, upsert: &UpsertProgram, call: &Call) -> Result<bool, Stop> {
        let Some(row) = upsert
            .row
            .as_ref()
            .filter(|row| upsert.one_statement && row.before.is_empty() && row.after.is_empty())
        else {
            return Ok(false);
        };
        let model = self.schema.model(row.model);
        let given = |at: usize| match &row.insert.binds[at] {
            Bind::Value { source: Source::Slot(slot), native, kind } => {
                Some((*slot, *native, *kind))
            }
            _ => None,
        };
        for (name, asked, _) in &upsert.update.target.lookup.ask {
            let field = model.field_named(name).map(|field| field.id.index());
            if field.and_then(given).is_none_or(|(slot, ..)| call.slot(slot) != call.slot(*asked)) {
                return Ok(false);
            }
        }
        for (slot, native, kind) in (0..row.insert.binds.len()).filter_map(given) {
            call.value_in(&self.schema, &Source::Slot(slot), native, kind, &[])?;
        }
        Ok(true)
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
