//! Whether a file is what was written to it.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, ffi};

use super::Database;
use crate::error::{DAMAGED, Failure, Stop};
use crate::outbox;

/// Opens a file that is there. Of one that is empty SQLite would remove the log, and with it what that holds of commits.
pub fn connect(path: &Path) -> Result<Connection, rusqlite::Error> {
    if std::fs::metadata(path).is_ok_and(|found| found.len() == 0) {
        let why = Some("the file is empty".to_owned());
        return Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_NOTADB), why));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
}

impl Database {
    /// The form of the file's internal tables. An empty file is a database to `SQLite`, and no block.
    pub fn form(&self) -> Result<u32, Stop> {
        let version: u32 = self.conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version > 0 {
            return Ok(version);
        }
        Err(Failure::new(DAMAGED, "the file holds no block", serde_json::json!({})).into())
    }

    /// The first thing that `SQLite` finds wrong with the file; what keeps it from looking is an error of that code.
    pub fn examine(&self, full: bool) -> Result<Option<String>, Stop> {
        let check = if full { "PRAGMA integrity_check(1)" } else { "PRAGMA quick_check(1)" };
        let found: String = self.conn.query_row(check, [], |row| row.get(0))?;
        if found != "ok" {
            return Ok(Some(found));
        }
        match outbox::readable(&self.conn, &self.schema) {
            Err(error) if error.is_damage() => Ok(Some(error.to_string())),
            readable => Ok(readable.map(|()| None)?),
        }
    }
}
