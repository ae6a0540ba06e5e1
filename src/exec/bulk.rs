//! `createMany`, `updateMany`, `deleteMany`.

use super::bind::{Around, Param};
use super::convert::normalise;
use super::generate::generate;
use super::write::{Row, extended, is_constraint, is_foreign_key};
use super::{Call, Database, Sink};
use crate::error::Stop;
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
        let width = many.columns.iter().filter_map(|(at, ..)| *at).max().map_or(0, |at| at + 1);
        let rows: &[Param] = match call.params.get(many.rows.0) {
            Some(Param::Rows(rows)) => rows,
            _ => &[],
        };
        let count = rows.len().checked_div(width).unwrap_or(rows.len());
        for at in 0..count {
            let given = &rows[at * width..(at + 1) * width];
            let row = self.bulk_row(many, given, call)?;
            self.insert_row(many.model, &many.insert.text, &row, call)?;
        }
        give_count(count, sink);
        Ok(())
    }

    fn bulk_row(
        &self,
        many: &CreateManyProgram,
        given: &[Param],
        call: &Call,
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
                    call.value(&self.schema, source, *native, Some(*kind))?.into_owned()
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
            return self.assigned_refused(model, Row::new(), &bulk.assigned, call);
        }
        self.refused(model, error, &[], call)
    }
}

fn give_count(count: usize, sink: &mut dyn Sink) {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    sink.row(0, &[ValueRef::Integer(count)]);
}
