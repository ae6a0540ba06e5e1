//! What a transaction needs that goes on after a call: a snapshot that becomes a write, savepoints, parts that leave
//! nothing behind when they fail, rows taken over from the main database while the write lock is held.

use std::sync::atomic::Ordering;

use rusqlite::config::DbConfig;
use serde_json::json;

use super::capture::Capture;
use super::rows::{RowMode, Writer};
use super::{Call, Database, Param, Sink};
use crate::error::{Failure, Stop, write_conflict};
use crate::ids::{FieldId, ModelId, Seq};
use crate::instant::now_millis;
use crate::schema::Model;
use crate::sql::Program;
use crate::value::Value;

impl Database {
    /// Begins with the snapshot of this moment.
    pub fn begin_reading(&mut self) -> Result<(), Stop> {
        self.begin_snapshot()?;
        self.open = true;
        Ok(())
    }

    /// Gets the write lock for the open snapshot, unless somebody has committed since it was taken.
    pub fn upgrade(&self) -> Result<(), Stop> {
        // A write that finds no row takes the lock all the same.
        let mut statement = self.conn.prepare_cached("DELETE FROM _sharded_recent WHERE 0")?;
        match statement.execute([]) {
            Err(error) if is_stale(&error) => Err(write_conflict().into()),
            result => Ok(result.map(drop)?),
        }
    }

    /// After some errors (disk full, I/O) SQLite has rolled back by itself: what came now would be a transaction of its own.
    pub fn still_open(&self) -> Result<(), Stop> {
        if self.conn.is_autocommit() {
            let why = "the block's file could not be written, and the transaction was rolled back";
            return Err(Failure::new("SHARDED_STORAGE", why, json!({})).into());
        }
        Ok(())
    }

    /// A write as a part of the open transaction: when it fails, nothing of it is left.
    pub fn write_part(
        &mut self,
        program: &Program,
        call: &Call,
        sink: &mut dyn Sink,
    ) -> Result<(), Stop> {
        self.still_open()?;
        self.certain.store(call.absent.all(), Ordering::Relaxed);
        self.doubt.store(false, Ordering::Relaxed);
        self.conn.prepare_cached("SAVEPOINT part")?.execute([])?;
        let mark = self.captured();
        let ids = self.ids.mark();
        let result = self.write_fitting(program, call, sink);
        // What misses something runs again; what fails has used its ids up, as those of a sequence are.
        if let Err(Stop::Miss(_)) = &result {
            self.ids.reset(ids);
        }
        if result.is_err() {
            self.undo_to(mark, "ROLLBACK TO part")?;
        }
        if !self.conn.is_autocommit() {
            self.conn.prepare_cached("RELEASE part")?.execute([])?;
        }
        result
    }

    pub fn savepoint(&mut self) -> Result<(), Stop> {
        self.still_open()?;
        self.ids.write_back(&self.conn, now_millis())?;
        self.conn.prepare_cached("SAVEPOINT nested")?.execute([])?;
        self.marks.push(self.captured());
        Ok(())
    }

    pub fn release(&mut self) -> Result<(), Stop> {
        self.still_open()?;
        self.marks.pop();
        self.conn.prepare_cached("RELEASE nested")?.execute([])?;
        Ok(())
    }

    /// Undoes all since the last savepoint, and removes that.
    pub fn roll_back_to_savepoint(&mut self) -> Result<(), Stop> {
        let mark = self.marks.pop().unwrap_or(0);
        self.undo_to(mark, "ROLLBACK TO nested")?;
        self.ids.forget();
        self.still_open()?;
        self.conn.prepare_cached("RELEASE nested")?.execute([])?;
        Ok(())
    }

    /// How many changes the open transaction has made so far.
    pub fn captured(&self) -> usize {
        self.capture.as_ref().map_or(0, Capture::count)
    }

    fn undo_to(&self, mark: usize, text: &str) -> Result<(), Stop> {
        if let Some(capture) = &self.capture {
            capture.cut(mark);
        }
        if !self.conn.is_autocommit() {
            self.conn.prepare_cached(text)?.execute([])?;
        }
        Ok(())
    }

    /// Whether the open transaction has changed, made or removed a row under that key.
    pub(super) fn touched_here(&self, model: ModelId, key: &[Value]) -> bool {
        if self.follows {
            return false;
        }
        let schema = &self.schema;
        self.capture.as_ref().is_some_and(|capture| capture.touches(schema.model(model), key))
    }

    /// Rows of the main database, held for look-ups by key like those of a miss outside: they are no changes, and may lack
    /// their parents. Rows that this transaction has touched are left as it has made them.
    pub fn adopt(
        &self,
        model: &Model,
        fields: Vec<FieldId>,
        values: &[Param],
        since: Seq,
    ) -> Result<usize, Stop> {
        self.still_open()?;
        self.aside(true)?;
        let adopted = Writer::new(self, model, fields).insert(values, RowMode::Adopt, since);
        self.aside(false)?;
        adopted
    }

    pub(super) fn aside(&self, aside: bool) -> Result<(), Stop> {
        if let Some(capture) = &self.capture {
            capture.pause(aside);
        }
        // The pragma of that name does nothing inside a transaction.
        self.conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, !aside)?;
        Ok(())
    }
}

fn is_stale(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    code == Some(rusqlite::ffi::SQLITE_BUSY_SNAPSHOT)
}
