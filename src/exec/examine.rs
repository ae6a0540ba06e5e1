//! Whether a file is what was written to it.

use super::Database;
use crate::error::{DAMAGED, Failure, Stop};
use crate::outbox;

impl Database {
    /// An empty file is a database to `SQLite`, and no block.
    pub fn is_block(&self) -> Result<(), Stop> {
        let version: u32 = self.conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version > 0 {
            return Ok(());
        }
        Err(Failure::new(DAMAGED, "the file holds no block", serde_json::json!({})).into())
    }

    /// The first thing that `SQLite` finds wrong with the file.
    pub fn examine(&self, full: bool) -> Result<Option<String>, Stop> {
        let check = if full { "PRAGMA integrity_check(1)" } else { "PRAGMA quick_check(1)" };
        let found: String = match self.conn.query_row(check, [], |row| row.get(0)) {
            Ok(found) => found,
            Err(error) => match Stop::from(error) {
                Stop::Failed(failure) if failure.code == DAMAGED => failure.message,
                stop => return Err(stop),
            },
        };
        if found != "ok" {
            return Ok(Some(found));
        }
        match outbox::readable(&self.conn, &self.schema) {
            Err(error) if error.is_damage() => Ok(Some(error.to_string())),
            readable => Ok(readable.map(|()| None)?),
        }
    }
}
