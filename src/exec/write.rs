//! Runs writes inside the open transaction; what they change is captured by the connection's hook.

use std::sync::Arc;

use rusqlite::ffi::ErrorCode;
use rusqlite::types::ValueRef;
use serde_json::json;
use smallvec::SmallVec;

use super::bind::{Around, Sql};
use super::heard::shown;
use super::{Call, Database, Sink, refusal};
use crate::decimal;
use crate::error::{Failure, Miss, Stop};
use crate::ids::{FieldId, ModelId};
use crate::plan::{AssignOp, SlotKind};
use crate::scalar::Native;
use crate::schema::Model;
use crate::sql::{
    Assigned, Bind, CreateProgram, DeleteProgram, Delta, Program, ReturnedProgram, Statement,
    UpdateProgram, UpsertProgram,
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
        let row = self.insert(create.model, &create.insert, call)?;
        self.show(&create.returned, create.model, &row, call, sink)
    }

    /// Inserts one row and gives it back as stored.
    fn insert(&self, model: ModelId, statement: &Statement, call: &Call) -> Result<Row, Stop> {
        let mut row = Row::with_capacity(statement.binds.len());
        for bind in &statement.binds {
            let Bind::Value { source, native, kind } = bind else { continue };
            row.push(call.value(&self.schema, source, *native, *kind)?.into_owned());
        }
        self.insert_row(model, &statement.text, &row, call)?;
        Ok(row)
    }

    pub(super) fn insert_row(
        &self,
        model: ModelId,
        text: &str,
        row: &[Value],
        call: &Call,
    ) -> Result<(), Stop> {
        if let Some(heard) = call.heard {
            heard.note(text, row.iter().map(shown).collect());
        }
        let mut prepared = self.conn.prepare_cached(text)?;
        for (at, value) in row.iter().enumerate() {
            prepared.raw_bind_parameter(at + 1, Sql(value))?;
        }
        match prepared.raw_execute() {
            Ok(_) => Ok(()),
            Err(error) => {
                let given: Vec<Option<&Value>> = row.iter().map(Some).collect();
                Err(self.refused(self.schema.model(model), &error, &given, call))
            }
        }
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
        if !returned.with_relations {
            let cells: SmallVec<[ValueRef; 24]> =
                returned.fields.iter().map(|field| ValueRef::from(&row[*field])).collect();
            sink.row(0, &cells);
            return Ok(());
        }
        let model = self.schema.model(model);
        let key: Vec<Value> = model.key.fields.iter().map(|id| row[id.index()].clone()).collect();
        let around = Around { row_key: &key, ..Around::default() };
        self.emit_level(&returned.read, &returned.read.one, call, around, sink)?;
        Ok(())
    }

    fn update(&self, update: &UpdateProgram, call: &Call, sink: &mut dyn Sink) -> Result<(), Stop> {
        match self.update_row(update, call)? {
            Some(row) => self.show(&update.returned, update.model, &row, call, sink),
            None => Err(self.target_missing(&update.lookup, call, "an update")),
        }
    }

    /// The row as it is after the update; `None` when the `where` finds none.
    fn update_row(&self, update: &UpdateProgram, call: &Call) -> Result<Option<Row>, Stop> {
        let Some(statement) = &update.statement else { return self.one_row(&update.find, call) };
        self.announce(update.model, &update.written, &update.deltas, call)?;
        let result = self.step_update(update, statement, call);
        self.announced();
        result
    }

    fn step_update(
        &self,
        update: &UpdateProgram,
        statement: &Statement,
        call: &Call,
    ) -> Result<Option<Row>, Stop> {
        match self.one_row(statement, call) {
            Err(Stop::Failed(failure)) if failure.code == CONSTRAINT => {
                Err(self.update_refused(update, call, &failure))
            }
            other => other,
        }
    }

    /// Runs a statement that gives at most one row of every field.
    pub(super) fn one_row(&self, statement: &Statement, call: &Call) -> Result<Option<Row>, Stop> {
        let mut prepared = self.conn.prepare_cached(&statement.text)?;
        call.bind(&self.schema, &mut prepared, statement, Around::default())?;
        let columns = prepared.column_count();
        let mut rows = prepared.raw_query();
        let mut found = None;
        loop {
            match rows.next() {
                Ok(Some(row)) => {
                    let values = (0..columns).map(|at| Ok(Value::from(row.get_ref(at)?)));
                    found = Some(values.collect::<Result<Row, rusqlite::Error>>()?);
                }
                Ok(None) => return Ok(found),
                Err(error) if is_constraint(&error) => {
                    return Err(Failure::new(
                        CONSTRAINT,
                        error.to_string(),
                        json!({ "extended": extended(&error) }),
                    )
                    .into());
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn update_refused(&self, update: &UpdateProgram, call: &Call, failure: &Failure) -> Stop {
        let model = self.schema.model(update.model);
        let extended = failure.meta["extended"].as_i64().and_then(|code| i32::try_from(code).ok());
        if !extended.is_some_and(is_foreign_key) {
            return constraint_stop(&self.schema, model, &failure.message);
        }
        match self.one_row(&update.find, call) {
            Ok(row) => {
                self.assigned_refused(model, row.unwrap_or_default(), &update.assigned, call)
            }
            Err(stop) => stop,
        }
    }

    /// A foreign key of rows after an update: the assigned values over those of the row, where it is one row.
    pub(super) fn assigned_refused(
        &self,
        model: &Model,
        old: Row,
        assigned: &[Assigned],
        call: &Call,
    ) -> Stop {
        let mut new: Vec<Option<Value>> = old.into_iter().map(Some).collect();
        new.resize(model.fields.len(), None);
        for (field, source, native, kind) in assigned {
            match call.value(&self.schema, source, *native, Some(*kind)) {
                Ok(value) => new[field.index()] = Some(value.into_owned()),
                Err(stop) => return stop,
            }
        }
        let given: Vec<Option<&Value>> = new.iter().map(Option::as_ref).collect();
        self.parents_missing(model, &given, call).unwrap_or_else(|stop| stop)
    }

    /// Tells the capture what the next statement assigns, and what it adds to which column.
    pub(super) fn announce(
        &self,
        model: ModelId,
        written: &Arc<[FieldId]>,
        deltas: &[Delta],
        call: &Call,
    ) -> Result<(), Stop> {
        let Some(capture) = &self.capture else { return Ok(()) };
        let model = self.schema.model(model);
        let mut announced = Vec::with_capacity(deltas.len());
        for delta in deltas {
            let field = &model.fields[delta.field];
            let kind = Some(SlotKind::of(field));
            let value = call.value(&self.schema, &delta.value, Native::Plain, kind)?;
            let value =
                if delta.op == AssignOp::Decrement { negated(&value) } else { value.into_owned() };
            announced.push((field.id, value));
        }
        capture.announce(written.clone(), announced);
        Ok(())
    }

    /// The announced statement has run.
    pub(super) fn announced(&self) {
        if let Some(capture) = &self.capture {
            capture.announce(Arc::default(), Vec::new());
        }
    }

    fn upsert(&self, upsert: &UpsertProgram, call: &Call, sink: &mut dyn Sink) -> Result<(), Stop> {
        let update = &upsert.update;
        if let Some(row) = self.update_row(update, call)? {
            return self.show(&update.returned, update.model, &row, call, sink);
        }
        if !self.known_absent(&update.lookup, call)? {
            return Err(Stop::Miss(Miss::Rows(vec![self.asked(&update.lookup, call)])));
        }
        let Some(insert) = &upsert.insert else { return Err(Stop::Miss(Miss::Through)) };
        let row = self.insert(update.model, insert, call)?;
        self.show(&update.returned, update.model, &row, call, sink)
    }

    /// The row is shown as it was, so it is read before it goes.
    fn delete(&self, delete: &DeleteProgram, call: &Call, sink: &mut dyn Sink) -> Result<(), Stop> {
        let Some(row) = self.one_row(&delete.find, call)? else {
            return Err(self.target_missing(&delete.lookup, call, "a delete"));
        };
        self.show(&delete.returned, delete.model, &row, call, sink)?;
        let mut prepared = self.conn.prepare_cached(&delete.statement.text)?;
        call.bind(&self.schema, &mut prepared, &delete.statement, Around::default())?;
        match prepared.raw_execute() {
            Ok(_) => Ok(()),
            Err(error) => Err(self.refused(self.schema.model(delete.model), &error, &[], call)),
        }
    }

    /// SQLite's refusal of a row as Prisma's error. `values` are the row's, where they are known.
    pub(super) fn refused(
        &self,
        model: &Model,
        error: &rusqlite::Error,
        values: &[Option<&Value>],
        call: &Call,
    ) -> Stop {
        if !is_constraint(error) {
            return match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseBusy) => Stop::Busy,
                _ => copy_error(error),
            };
        }
        if !is_foreign_key(extended(error)) {
            return constraint_stop(&self.schema, model, &error.to_string());
        }
        let stop = if values.is_empty() {
            self.children_left(model)
        } else {
            self.parents_missing(model, values, call)
        };
        stop.unwrap_or_else(|stop| stop)
    }
}

/// Marks a constraint's failure on its way to the mapping that knows the row.
const CONSTRAINT: &str = "SHARDED_CONSTRAINT";

fn copy_error(error: &rusqlite::Error) -> Stop {
    let text = error.to_string();
    Stop::from(rusqlite::Error::UserFunctionError(text.into()))
}

pub(super) fn is_constraint(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}

/// `ON DELETE RESTRICT` is a trigger to SQLite, and the only one here that refuses.
pub(super) fn is_foreign_key(extended: i32) -> bool {
    matches!(
        extended,
        rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY | rusqlite::ffi::SQLITE_CONSTRAINT_TRIGGER
    )
}

pub(super) fn extended(error: &rusqlite::Error) -> i32 {
    error.sqlite_error().map_or(0, |error| error.extended_code)
}

/// `UNIQUE constraint failed: User.email, User.name` and its like.
fn constraint_stop(schema: &crate::schema::Schema, model: &Model, message: &str) -> Stop {
    let Some((what, columns)) = message.split_once(" constraint failed: ") else {
        return Failure::new("SHARDED_STORAGE", message, json!({})).into();
    };
    let pairs: Vec<(&str, &str)> =
        columns.split(", ").filter_map(|column| column.split_once('.')).collect();
    let owner = pairs.first().and_then(|(table, _)| schema.model_of_table(table)).unwrap_or(model);
    let fields: Vec<FieldId> = pairs
        .iter()
        .filter_map(|(_, column)| owner.fields.iter().find(|field| field.local == *column))
        .map(|field| field.id)
        .collect();
    let refuse = if what.ends_with("NOT NULL") { refusal::null_value } else { refusal::unique };
    refuse(owner, &fields).into()
}

fn negated(value: &Value) -> Value {
    match value {
        Value::Int(int) => Value::Int(int.saturating_neg()),
        Value::Real(real) => Value::Real(-real),
        Value::Text(text) => decimal::parse(text)
            .map_or(Value::Null, |value| Value::Text(decimal::canonical(&-value))),
        other => other.clone(),
    }
}
