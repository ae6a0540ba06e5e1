//! Runs aggregates: the rows of the result as they come, and sums that JS cannot hold handed to the main database.

use smallvec::SmallVec;

use rusqlite::types::ValueRef;

use super::bind::Around;
use super::read::Cells;
use super::{Call, Database, Sink};
use crate::error::{Miss, Stop};
use crate::sql::{AggregateProgram, Statement};

/// Beyond this a JS number is not exact, and Prisma refuses to make one of an integer.
const MAX_SAFE: u64 = (1 << 53) - 1;

impl Database {
    pub(super) fn run_aggregate(
        &self,
        program: &AggregateProgram,
        call: &Call,
        sink: &mut dyn Sink,
    ) -> Result<(), Stop> {
        self.either(&program.statement, |statement| {
            self.emit_aggregate(program, statement, call, sink)
        })
    }

    fn emit_aggregate(
        &self,
        program: &AggregateProgram,
        statement: &Statement,
        call: &Call,
        sink: &mut dyn Sink,
    ) -> Result<(), Stop> {
        let mut prepared = self.conn.prepare_cached(&statement.text)?;
        call.bind(&self.schema, &mut prepared, statement, Around::default())?;
        let columns = prepared.column_count();
        let mut rows = prepared.raw_query();
        while let Some(row) = rows.next()? {
            let mut cells: Cells = SmallVec::new();
            for at in 0..columns {
                cells.push(row.get_ref(at)?);
            }
            if program.sums.iter().any(|at| unsafe_integer(cells[*at])) {
                return Err(Stop::Miss(Miss::Root));
            }
            sink.row(0, &cells);
        }
        Ok(())
    }
}

fn unsafe_integer(cell: ValueRef) -> bool {
    matches!(cell, ValueRef::Integer(int) if int.unsigned_abs() > MAX_SAFE)
}
