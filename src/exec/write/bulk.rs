//! `createMany`, `updateMany`, `deleteMany`.

use super::super::bind::{Around, Linked, Param};
use super::super::convert::normalise;
use super::super::generate::generate;
use super::super::{Call, Database, Sink};
use super::Row;
use super::refused::{extended, is_constraint, is_foreign_key};
use crate::error::{Miss, MissingRow, Stop};
use crate::ids::ModelId;
use crate::plan::Source;
use crate::sql::{BulkProgram, CreateManyProgram};
use crate::value::Value;
use rusqlite::types::ValueRef;

impl Database {
    pub(super) fn create_many(
        &self,
        many: &CreateManyProgram,
        call: &Call,
        sink: &mut dyn Sink,
    ) -> Result<(), Stop> {
        let count = self.create_rows(many, call, &[], &mut |_| Ok(()))?;
        give_count(count, sink);
        Ok(())
    }

    /// Creates the rows that a call brings, and says how many.
    pub(super) fn create_rows(
        &self,
        many: &CreateManyProgram,
        call: &Call,
        linked: &Linked,
        made: &mut dyn FnMut(&Row) -> Result<(), Stop>,
    ) -> Result<usize, Stop> {
        let width = many.columns.iter().filter_map(|(at, ..)| *at).max().map_or(0, |at| at + 1);
        let rows: &[Param] = match call.params.get(many.rows.0) {
            Some(Param::Rows(rows)) => rows,
            _ => &[],
        };
        let count = rows.len().checked_div(width).unwrap_or(rows.len());
        self.reserve_ids(many, rows, width, count, call)?;
        for at in 0..count {
            let given = &rows[at * width..(at + 1) * width];
            let row = self.bulk_row(many, given, call, linked)?;
            let inserted = self.insert_row(many.model, &many.insert.text, &row, call);
            if let Err(stop) = inserted {
                return Err(self.rows_refused(many, &rows[at * width..], linked, stop, call)?);
            }
            made(&row)?;
        }
        Ok(count)
    }

    /// The stop of many rows, of which the first of `rest` was refused.
    fn rows_refused(
        &self,
        many: &CreateManyProgram,
        rest: &[Param],
        linked: &Linked,
        stop: Stop,
        call: &Call,
    ) -> Result<Stop, Stop> {
        let width = many.columns.iter().filter_map(|(at, ..)| *at).max().map_or(1, |at| at + 1);
        let row = |given: &[Param]| self.bulk_row(many, given, call, linked);
        match stop {
            Stop::Miss(Miss::Rows(mut missing)) => {
                for given in rest.chunks_exact(width).skip(1) {
                    self.add_missing_parents(many.model, &row(given)?, call, &mut missing)?;
                }
                Ok(Stop::Miss(Miss::Rows(missing)))
            }
            // The main database looks at the foreign keys of all rows when it has them all.
            Stop::Failed(violation) if violation.code == "P2003" => {
                self.conn.execute_batch("PRAGMA defer_foreign_keys = ON")?;
                let duplicate = rest.chunks_exact(width).find_map(|given| {
                    let row = row(given).ok()?;
                    self.insert_row(many.model, &many.insert.text, &row, call).err()
                });
                self.conn.execute_batch("PRAGMA defer_foreign_keys = OFF")?;
                Ok(duplicate.unwrap_or(Stop::Failed(violation)))
            }
            stop => Ok(stop),
        }
    }

    /// The write is going to start over: what the rows after this one miss is asked for with the rest.
    fn add_missing_parents(
        &self,
        model: ModelId,
        row: &[Value],
        call: &Call,
        missing: &mut Vec<MissingRow>,
    ) -> Result<(), Stop> {
        let given: Vec<Option<&Value>> = row.iter().map(Some).collect();
        let model = self.schema.model(model);
        for parent in self.unheld_parents(model, &given, call)?.into_iter().flatten() {
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
            let lacking = at.map_or(count, |at| {
                let column = rows.iter().skip(at).step_by(width.max(1));
                column.filter(|value| !matches!(value, Param::Value(_))).count()
            });
            if lacking > 0 {
                self.id_source().reserve((*model, *field), lacking, call.now_ms)?;
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
        let Some(statement) = &bulk.statement else {
            let row = self.one_row(&bulk.count, call)?;
            if let Some([Value::Int(count)]) = row.as_deref() {
                sink.row(0, &[ValueRef::Integer(*count)]);
            }
            return Ok(());
        };
        let mut prepared = self.conn.prepare_cached(&statement.text)?;
        call.bind(&self.schema, &mut prepared, statement, Around::default())?;
        self.announce(bulk.model, &bulk.written, &bulk.deltas, call)?;
        let result = prepared.raw_execute();
        self.announced();
        match result {
            Ok(count) => {
                give_count(count, sink);
                Ok(())
            }
            Err(error) => Err(self.bulk_refused(bulk, &error, call)),
        }
    }

    fn bulk_refused(&self, bulk: &BulkProgram, error: &rusqlite::Error, call: &Call) -> Stop {
        let model = self.schema.model(bulk.model);
        if is_constraint(error) && is_foreign_key(extended(error)) && !bulk.assigned.is_empty() {
            return self.assigned_refused(model, Row::new(), &bulk.assigned, call, &[]);
        }
        self.refused(model, error, &[], call)
    }
}

fn give_count(count: usize, sink: &mut dyn Sink) {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    sink.row(0, &[ValueRef::Integer(count)]);
}
