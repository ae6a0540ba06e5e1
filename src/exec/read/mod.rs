//! Runs reads: a level without relations streams to the sink, others are loaded level by level (`levels.rs`).

mod group;
mod keys;
mod levels;
mod pager;
mod rows;

use rusqlite::types::ValueRef;
use smallvec::SmallVec;

use super::bind::Around;
use super::{Call, Database, Sink};
use crate::error::{Failure, Miss, Stop};
use crate::schema::Model;
use crate::sql::{Level, ReadProgram, Statement};
use pager::{Pager, Verdict};
use rows::Rows;

pub(super) type Cells<'a> = SmallVec<[ValueRef<'a>; 24]>;

impl Database {
    pub(super) fn run_read(
        &self,
        read: &ReadProgram,
        call: &Call,
        sink: &mut dyn Sink,
    ) -> Result<(), Stop> {
        let found = self.in_one_snapshot(&read.root, || {
            self.either(&read.root.one, |statement| {
                self.emit_level(&read.root, statement, call, Around::default(), sink)
            })
        })?;
        if found || read.empty {
            return Ok(());
        }
        let model = self.schema.model(read.root.model);
        let known = match (&read.unique, &read.key) {
            (Some(lookup), _) => self.known_absent(lookup, call)?,
            (None, Some(key)) => call.absent.all() || self.key_deleted_here(model, key, call)?,
            (None, None) => call.absent.all(),
        };
        match (known, read.or_throw) {
            (false, _) => Err(Stop::Miss(Miss::Root)),
            (true, true) => Err(read_nothing(model)),
            (true, false) => Ok(()),
        }
    }

    /// Statements of several levels read one version of the file, whoever commits meanwhile, and lock it once.
    fn in_one_snapshot<T>(
        &self,
        level: &Level,
        read: impl FnOnce() -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        if level.children.is_empty() || !self.conn.is_autocommit() {
            return read();
        }
        self.budget.beyond(|| self.conn.prepare_cached("BEGIN")?.execute([]))?;
        let answer = read();
        self.budget.beyond(|| self.end_snapshot())?;
        answer
    }

    /// Streams or stitches one root level. Says whether there was a row.
    pub(super) fn emit_level(
        &self,
        level: &Level,
        statement: &Statement,
        call: &Call,
        around: Around,
        sink: &mut dyn Sink,
    ) -> Result<bool, Stop> {
        if level.children.is_empty() && !level.reversed {
            return self.stream(level, statement, call, around, sink);
        }
        let rows = self.load(level, statement, call, around)?;
        let loaded = self.with_children(level, rows, call, !level.reversed, sink)?;
        let count = loaded.rows.count();
        let order: Vec<usize> = directed(0..count, level.reversed).collect();
        levels::emit(level, &loaded, &order, sink);
        Ok(count > 0)
    }

    fn stream(
        &self,
        level: &Level,
        statement: &Statement,
        call: &Call,
        around: Around,
        sink: &mut dyn Sink,
    ) -> Result<bool, Stop> {
        let mut found = false;
        self.each(level, statement, call, around, &mut |row| {
            found = true;
            levels::give(level, row, sink)
        })?;
        Ok(found)
    }

    /// The rows of the root or of one parent; a page that is taken after SQL is taken here.
    fn each(
        &self,
        level: &Level,
        statement: &Statement,
        call: &Call,
        around: Around,
        take: &mut dyn FnMut(&rusqlite::Row) -> rusqlite::Result<()>,
    ) -> Result<(), Stop> {
        let mut prepared = self.conn.prepare_cached(&statement.text)?;
        call.bind(&self.schema, &mut prepared, statement, around)?;
        let mut rows = prepared.raw_query();
        let mut pager = level.page.as_ref().map(|page| Pager::new(page, call));
        while let Some(row) = rows.next()? {
            let verdict = pager.as_mut().map_or(Verdict::Keep, |pager| {
                pager.admit(|at| row.get_ref(at).unwrap_or(ValueRef::Null))
            });
            match verdict {
                Verdict::Keep => take(row)?,
                Verdict::Leave => {}
                Verdict::Done => break,
            }
        }
        Ok(())
    }

    fn load(
        &self,
        level: &Level,
        statement: &Statement,
        call: &Call,
        around: Around,
    ) -> Result<Rows, Stop> {
        let mut rows = Rows::new(level.width.max(1));
        self.each(level, statement, call, around, &mut |row| rows.push(row))?;
        Ok(rows)
    }
}

fn read_nothing(model: &Model) -> Stop {
    Failure::not_found(&model.name, "a query").into()
}

/// These positions, backwards where the rows came in reverse.
fn directed(range: std::ops::Range<usize>, reversed: bool) -> impl Iterator<Item = usize> {
    let (start, end) = (range.start, range.end);
    range.map(move |at| if reversed { start + end - 1 - at } else { at })
}
