//! Writes single rows: created, or changed by their keys, with what is written around them.

use std::sync::Arc;

use serde_json::json;
use smallvec::SmallVec;

use super::super::bind::{Around, Linked, Sql};
use super::super::foreign::Event;
use super::super::heard::shown;
use super::super::{Call, Database};
use super::Row;
use super::refused::{CONSTRAINT, extended, is_constraint};
use crate::decimal;
use crate::error::{Failure, Stop};
use crate::ids::{FieldId, ModelId};
use crate::plan::{AssignOp, SlotKind};
use crate::scalar::{Native, Scalar};
use crate::schema::Field;
use crate::sql::{
    Bind, ChangeProgram, Delta, EdgeKind, NestedProgram, RowProgram, Statement, UpdateProgram,
};
use crate::value::Value;

pub type Key = SmallVec<[Value; 2]>;

impl Database {
    pub(super) fn key_of(&self, model: ModelId, row: &[Value]) -> Key {
        pick(row, &self.schema.model(model).key.fields)
    }

    /// Creates a row and what is nested in it, and gives it back as stored.
    pub(super) fn create_row(
        &self,
        program: &RowProgram,
        call: &Call,
        above: &[Value],
    ) -> Result<Row, Stop> {
        let settled = self.settle(&program.before, call)?;
        let linked = linked(above, &settled);
        let row = self.insert(program, call, &linked)?;
        for nested in &program.after {
            self.act(nested, &row, &linked, call)?;
        }
        Ok(row)
    }

    fn insert(&self, program: &RowProgram, call: &Call, linked: &Linked) -> Result<Row, Stop> {
        let mut row = Row::with_capacity(program.insert.binds.len());
        for bind in &program.insert.binds {
            let Bind::Value { source, native, kind } = bind else { continue };
            let value = call.value_in(&self.schema, source, *native, *kind, linked)?;
            row.push(value.into_owned());
        }
        self.insert_row(program.model, &program.insert.text, &row, call)?;
        Ok(row)
    }

    pub(super) fn insert_row(
        &self,
        model: ModelId,
        text: &str,
        row: &[Value],
        call: &Call,
    ) -> Result<(), Stop> {
        self.step_insert(text, row, call)?
            .map(drop)
            .map_err(|error| self.insert_refused(self.schema.model(model), &error, row, call))
    }

    /// How many rows went in; the inner error is SQLite's refusal.
    pub(super) fn step_insert(
        &self,
        text: &str,
        row: &[Value],
        call: &Call,
    ) -> Result<Result<usize, rusqlite::Error>, Stop> {
        if let Some(heard) = call.heard {
            heard.note(text, row.iter().map(shown).collect());
        }
        let mut prepared = self.conn.prepare_cached(text)?;
        for (at, value) in row.iter().enumerate() {
            prepared.raw_bind_parameter(at + 1, Sql(value))?;
        }
        Ok(prepared.raw_execute())
    }

    /// Changes a row at hand, and what is nested in the change. Gives the row as it is then.
    pub(super) fn change_row(
        &self,
        change: &ChangeProgram,
        old: Row,
        above: &[Value],
        call: &Call,
    ) -> Result<Row, Stop> {
        let settled = self.settle(&change.before, call)?;
        self.change_settled(change, old, above, &settled, call)
    }

    pub(super) fn change_settled(
        &self,
        change: &ChangeProgram,
        old: Row,
        above: &[Value],
        settled: &[Row],
        call: &Call,
    ) -> Result<Row, Stop> {
        let linked = linked(above, settled);
        self.know_related(change, &old, call)?;
        let row = match &change.statement {
            Some(statement) => self.step_change(change, statement, old, &linked, call)?,
            None => old,
        };
        for nested in &change.after {
            self.act(nested, &row, &linked, call)?;
        }
        Ok(row)
    }

    /// A key that changes takes along the row that names it. It is named by the old one where the main database is asked for it.
    fn know_related(&self, change: &ChangeProgram, old: &[Value], call: &Call) -> Result<(), Stop> {
        for NestedProgram { edge, .. } in &change.after {
            let moves = edge.ours.iter().any(|field| change.written.contains(field));
            if edge.kind == EdgeKind::Remote && edge.one_to_one && moves {
                self.related_one(edge, false, old, call)?;
            }
        }
        Ok(())
    }

    fn step_change(
        &self,
        change: &ChangeProgram,
        statement: &Statement,
        old: Row,
        linked: &Linked,
        call: &Call,
    ) -> Result<Row, Stop> {
        let key = self.key_of(change.model, &old);
        let may_knot = self.may_knot(change.model, &change.written);
        let around = Around { row_key: &key, linked, ..Around::default() };
        self.announce(change.model, &change.written, &change.deltas, call)?;
        let result = self.one_row_in(statement, call, around);
        self.announced();
        match result {
            // What another step of this call deleted is not changed any more.
            Ok(row) => {
                let row = row.unwrap_or(old);
                if may_knot && self.key_of(change.model, &row) != key {
                    self.unknotted(change.model, &row)?;
                }
                Ok(row)
            }
            Err(Stop::Failed(failure)) if failure.code == CONSTRAINT => {
                Err(self.change_refused(change, Some(old), linked, call, &failure))
            }
            Err(stop) => Err(stop),
        }
    }

    /// The row as it is after an update with nothing around it; `None` when the `where` finds none.
    pub(super) fn update_flat(
        &self,
        update: &UpdateProgram,
        call: &Call,
    ) -> Result<Option<Row>, Stop> {
        let Some(statement) = &update.flat else { return self.one_row(&update.target.find, call) };
        if self.may_knot(update.model, &update.change.written)
            && let Some(old) = self.one_row(&update.target.find, call)?
        {
            // Its own statement, of the same row, knows both keys.
            return self.change_row(&update.change, old, &[], call).map(Some);
        }
        self.announce(update.model, &update.change.written, &update.change.deltas, call)?;
        let result = self.one_row(statement, call);
        self.announced();
        match result {
            Err(Stop::Failed(failure)) if failure.code == CONSTRAINT => {
                let old = self.one_row(&update.target.find, call)?;
                Err(self.change_refused(&update.change, old, &[], call, &failure))
            }
            other => other,
        }
    }

    /// Runs a statement that gives at most one row of every field.
    pub(super) fn one_row(&self, statement: &Statement, call: &Call) -> Result<Option<Row>, Stop> {
        self.one_row_in(statement, call, Around::default())
    }

    pub(super) fn one_row_in(
        &self,
        statement: &Statement,
        call: &Call,
        around: Around,
    ) -> Result<Option<Row>, Stop> {
        Ok(self.rows_of(statement, call, around)?.pop())
    }

    /// The rows that a statement gives.
    pub(super) fn rows_of(
        &self,
        statement: &Statement,
        call: &Call,
        around: Around,
    ) -> Result<Vec<Row>, Stop> {
        let mut prepared = self.conn.prepare_cached(&statement.text)?;
        call.bind(&self.schema, &mut prepared, statement, around)?;
        let columns = prepared.column_count();
        let mut rows = prepared.raw_query();
        let mut found = Vec::new();
        loop {
            match rows.next() {
                Ok(Some(row)) => {
                    let values = (0..columns).map(|at| Ok(Value::from(row.get_ref(at)?)));
                    found.push(values.collect::<Result<Row, rusqlite::Error>>()?);
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

    /// Runs a statement that gives nothing. `affected`: the rows of `model`, as they are before, and what it does to them.
    pub(super) fn execute(
        &self,
        statement: &Statement,
        model: ModelId,
        affected: (&[Row], Event),
        call: &Call,
        around: Around,
    ) -> Result<(), Stop> {
        let mut prepared = self.conn.prepare_cached(&statement.text)?;
        call.bind(&self.schema, &mut prepared, statement, around)?;
        match prepared.raw_execute() {
            Ok(_) => Ok(()),
            Err(error) => Err(self.kept(self.schema.model(model), &error, affected, call)),
        }
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
            // What no value of the column's type can add travels as its result.
            if fits(field, &value) {
                announced.push((field.id, value));
            }
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
}

/// These fields of a row.
pub fn pick(row: &[Value], fields: &[FieldId]) -> Key {
    fields.iter().map(|id| row[id.index()].clone()).collect()
}

/// What a row's foreign keys may be taken from.
fn linked<'a>(above: &'a [Value], settled: &'a [Row]) -> SmallVec<[&'a [Value]; 4]> {
    std::iter::once(above).chain(settled.iter().map(Vec::as_slice)).collect()
}

fn fits(field: &Field, delta: &Value) -> bool {
    match (field.scalar, delta) {
        (Scalar::Int, Value::Int(int)) if field.native_name() == Some("SmallInt") => {
            i16::try_from(*int).is_ok()
        }
        (Scalar::Int, Value::Int(int)) => i32::try_from(*int).is_ok(),
        (Scalar::BigInt, Value::Real(_)) => false,
        _ => true,
    }
}

/// The smallest integer has no opposite: as a float it fits no column of integers.
#[expect(clippy::cast_precision_loss, reason = "it is told from an integer, not computed with")]
fn negated(value: &Value) -> Value {
    match value {
        Value::Int(int) => int.checked_neg().map_or(Value::Real(-(*int as f64)), Value::Int),
        Value::Real(real) => Value::Real(-real),
        Value::Text(text) => decimal::parse(text)
            .map_or(Value::Null, |value| Value::Text(decimal::canonical(&-value))),
        other => other.clone(),
    }
}
