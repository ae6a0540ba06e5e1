//! `createMany`, `updateMany`, `deleteMany`, and the forms that return rows.

use super::super::bind::{Around, Linked, Param};
use super::super::convert::normalise;
use super::super::foreign::Event;
use super::super::generate::generate;
use super::super::{Call, Database, Sink};
use super::Row;
use super::refused::{extended, is_constraint, is_foreign_key};
use crate::error::{Miss, MissingRow, Stop};
use crate::ids::ModelId;
use crate::plan::Source;
use crate::schema::Provider;
use crate::sql::{BulkProgram, CreateManyProgram, Statement};
use crate::value::Value;
use rusqlite::types::ValueRef;

impl Database {
    pub(super) fn create_many(
        &self,
        many: &CreateManyProgram,
        call: &Call,
        sink: &mut dyn Sink,
    ) -> Result<(), Stop> {
        let (made, inserted) = self.create_together(many, call, &[])?;
        let Some(returned) = &many.returned else {
            give_count(inserted.len(), sink);
            return Ok(());
        };
        let mut shown = inserted.iter().map(|at| &made[*at]);
        shown.try_for_each(|row| self.show(returned, many.model, row, call, sink))
    }

    /// Creates the rows of a `createMany`: all of them, and which went in.
    pub(super) fn create_together(
        &self,
        many: &CreateManyProgram,
        call: &Call,
        linked: &Linked,
    ) -> Result<(Vec<Row>, Vec<usize>), Stop> {
        let (width, rows) = rows_given(many, call);
        let count = rows.len().checked_div(width).unwrap_or(rows.len());
        self.reserve_ids(many, rows, width, count, call)?;
        // Main reads every value of the call before it stores a row.
        let made = (0..count)
            .map(|at| self.bulk_row(many, &rows[at * width..(at + 1) * width], call, linked))
            .collect::<Result<Vec<Row>, Stop>>()?;
        let inserted = self.insert_rows(many, &made, call)?;
        Ok((made, inserted))
    }

    /// Creates rows that are linked to the one above. Prisma makes one statement of them where main tells which rows it made.
    pub(super) fn create_linked(
        &self,
        many: &CreateManyProgram,
        call: &Call,
        made: &mut dyn FnMut(&Row) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        if self.schema.provider == Provider::Mysql {
            return self.create_each(many, call, made);
        }
        let (rows, _) = self.create_together(many, call, &[])?;
        rows.iter().try_for_each(made)
    }

    fn create_each(
        &self,
        many: &CreateManyProgram,
        call: &Call,
        made: &mut dyn FnMut(&Row) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let (width, rows) = rows_given(many, call);
        let count = rows.len().checked_div(width).unwrap_or(rows.len());
        self.reserve_ids(many, rows, width, count, call)?;
        for at in 0..count {
            let row = self.bulk_row(many, &rows[at * width..(at + 1) * width], call, &[])?;
            let inserted = self.insert_row(many.model, &many.insert.text, &row, call);
            if let Err(Stop::Miss(Miss::Rows(mut missing))) = inserted {
                for given in rows.chunks_exact(width.max(1)).skip(at + 1) {
                    let row = self.bulk_row(many, given, call, &[])?;
                    self.add_missing_parents(many.model, &row, call, &mut missing)?;
                }
                return Err(Stop::Miss(Miss::Rows(missing)));
            }
            inserted?;
            made(&row)?;
        }
        Ok(())
    }

    /// The write is going to start over: what the rows after this one miss is asked for with the rest.
    pub(super) fn add_missing_parents(
        &self,
        model: ModelId,
        row: &[Value],
        call: &Call,
        missing: &mut Vec<MissingRow>,
    ) -> Result<(), Stop> {
        let given: Vec<Option<&Value>> = row.iter().map(Some).collect();
        let found = self.parents_missing(self.schema.model(model), &given, call)?;
        let Some(Stop::Miss(Miss::Rows(parents))) = found else { return Ok(()) };
        for parent in parents {
            if !missing.iter().any(|other| other.model == parent.model && other.by == parent.by) {
                missing.push(parent);
            }
        }
        Ok(())
    }

    /// All ids that the rows lack, before the first of them is made: a range that is too short is told at once.
    fn reserve_ids(
        &self,
        many: &CreateManyProgram,
        rows: &[Param],
        width: usize,
        count: usize,
        call: &Call,
    ) -> Result<(), Stop> {
        for (at, fallback, ..) in &many.columns {
            let Some(Source::Id(model, field)) = fallback else { continue };
            let given = at.map_or(Vec::new(), |at| {
                let column = rows.iter().skip(at).step_by(width.max(1));
                column.filter(|value| matches!(value, Param::Value(_))).collect()
            });
            let highest = given.iter().filter_map(|value| match value {
                Param::Value(Value::Int(id)) => Some(*id),
                _ => None,
            });
            if given.len() < count {
                let lacking = count - given.len();
                self.id_source().reserve((*model, *field), lacking, highest.max(), call.now_ms)?;
            }
        }
        Ok(())
    }

    fn bulk_row(
        &self,
        many: &CreateManyProgram,
        given: &[Param],
        call: &Call,
        linked: &Linked,
    ) -> Result<Row, Stop> {
        let mut row = Row::with_capacity(many.columns.len());
        for (at, fallback, native, kind) in &many.columns {
            let value = match (at.map(|at| &given[at]), fallback) {
                (Some(Param::Value(value)), _) => {
                    normalise(value, *native, Some(*kind))?.into_owned()
                }
                (_, Some(Source::Generated(default))) => {
                    normalise(&generate(&self.schema, default, Some(*kind))?, *native, Some(*kind))?
                        .into_owned()
                }
                (_, Some(source)) => {
                    call.value_in(&self.schema, source, *native, Some(*kind), linked)?.into_owned()
                }
                _ => Value::Null,
            };
            row.push(value);
        }
        Ok(row)
    }

    pub(super) fn bulk(
        &self,
        bulk: &BulkProgram,
        call: &Call,
        sink: &mut dyn Sink,
    ) -> Result<(), Stop> {
        let Some(returned) = &bulk.returned else {
            give_count(self.bulk_count(bulk, call)?, sink);
            return Ok(());
        };
        for row in self.bulk_rows(bulk, call)? {
            self.show(returned, bulk.model, &row, call, sink)?;
        }
        Ok(())
    }

    fn bulk_count(&self, bulk: &BulkProgram, call: &Call) -> Result<usize, Stop> {
        let Some(statement) = &bulk.statement else {
            // Of rows to which nothing is assigned, Prisma counts none but before PostgreSQL.
            let counted = self.schema.provider == Provider::Postgres;
            return Ok(if counted { self.all_rows(&bulk.find, call)??.len() } else { 0 });
        };
        self.may_move(bulk, call)?;
        let found =
            if bulk.takes_own { Some(self.all_rows(&bulk.find, call)??.len()) } else { None };
        let mut prepared = self.conn.prepare_cached(&statement.text)?;
        call.bind(&self.schema, &mut prepared, statement, Around::default())?;
        self.announce(bulk.model, &bulk.written, &bulk.deltas, call)?;
        let result = prepared.raw_execute();
        self.announced();
        let counted = result.map_err(|error| self.bulk_refused(bulk, &error, call))?;
        Ok(found.unwrap_or(counted))
    }

    /// The rows as they are afterwards.
    fn bulk_rows(&self, bulk: &BulkProgram, call: &Call) -> Result<Vec<Row>, Stop> {
        let Some(statement) = &bulk.statement else { return Ok(self.all_rows(&bulk.find, call)??) };
        self.may_move(bulk, call)?;
        self.announce(bulk.model, &bulk.written, &bulk.deltas, call)?;
        let result = self.all_rows(statement, call);
        self.announced();
        result?.map_err(|error| self.bulk_refused(bulk, &error, call))
    }

    fn may_move(&self, bulk: &BulkProgram, call: &Call) -> Result<(), Stop> {
        let may_knot = self.may_knot(bulk.model, &bulk.written);
        let moves_own = self.moves_own(bulk.model, &bulk.written);
        if !may_knot && !moves_own {
            return Ok(());
        }
        let rows = self.all_rows(&bulk.find, call)??;
        if may_knot {
            rows.iter().try_for_each(|row| self.unknotted(bulk.model, row))?;
        }
        if moves_own { self.moved_at_once(bulk.model, rows.len()) } else { Ok(()) }
    }

    fn bulk_refused(&self, bulk: &BulkProgram, error: &rusqlite::Error, call: &Call) -> Stop {
        let model = self.schema.model(bulk.model);
        if !is_constraint(error) || !is_foreign_key(extended(error)) {
            return self.refused(model, error);
        }
        match self.all_rows(&bulk.find, call) {
            Ok(Ok(rows)) if bulk.written.is_empty() => {
                self.kept(model, error, (&rows, Event::Deleted), call)
            }
            Ok(Ok(rows)) => self.assigned_refused(model, &rows, &bulk.assigned, call, &[]),
            Ok(Err(error)) => error.into(),
            Err(stop) => stop,
        }
    }

    /// The rows of a statement that gives every field. The inner error is SQLite's refusal of it.
    fn all_rows(
        &self,
        statement: &Statement,
        call: &Call,
    ) -> Result<Result<Vec<Row>, rusqlite::Error>, Stop> {
        let mut prepared = self.conn.prepare_cached(&statement.text)?;
        call.bind(&self.schema, &mut prepared, statement, Around::default())?;
        let columns = prepared.column_count();
        let mut rows = prepared.raw_query();
        let mut all = Vec::new();
        loop {
            match rows.next() {
                Ok(Some(row)) => {
                    let values = (0..columns).map(|at| Ok(Value::from(row.get_ref(at)?)));
                    all.push(values.collect::<Result<Row, rusqlite::Error>>()?);
                }
                Ok(None) => return Ok(Ok(all)),
                Err(error) => return Ok(Err(error)),
            }
        }
    }
}

/// How many values each row brings, and all rows' values; nothing where a row leaves one out.
pub(super) fn rows_given<'a>(many: &CreateManyProgram, call: &Call<'a>) -> (usize, &'a [Param]) {
    let width = many.columns.iter().filter_map(|(at, ..)| *at).max().map_or(0, |at| at + 1);
    match call.params.get(many.rows.0) {
        Some(Param::Rows(rows)) => (width, rows),
        _ => (width, &[]),
    }
}

fn give_count(count: usize, sink: &mut dyn Sink) {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    sink.row(0, &[ValueRef::Integer(count)]);
}
