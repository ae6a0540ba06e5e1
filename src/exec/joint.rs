//! A transaction that the main database has a part of: what was changed here is sent there before it ends, what was written
//! there is written here, and it ends without an entry in the outbox.

use rusqlite::config::DbConfig;

use super::Database;
use super::capture::Capture;
use crate::error::Stop;
use crate::instant::now_millis;
use crate::outbox::{self, Change};

impl Database {
    /// What the open transaction has changed, from one number of changes to another.
    pub fn changes(&self, from: usize, to: usize) -> Vec<Change> {
        self.capture.as_ref().map(|capture| capture.some(from, to)).unwrap_or_default()
    }

    /// While it follows, rows are written as they are in the main database: these are no changes, may lack their parents,
    /// and are newer than what the transaction itself has made.
    pub fn follow_main(&mut self, follows: bool) -> Result<(), Stop> {
        if follows {
            self.still_open()?;
        }
        self.follows = follows;
        self.aside(follows)
    }

    /// Runs with referential actions, in the open transaction.
    pub(super) fn with_actions<T>(
        &self,
        run: impl FnOnce(&Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        self.conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true)?;
        let result = run(self);
        self.conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false)?;
        result
    }

    /// Commits what the main database has already, with small texts in the file.
    pub fn commit_joint(&mut self, meta: &[(String, String)]) -> Result<(), Stop> {
        match self.commit_unsent(meta) {
            Ok(()) => {
                self.ended();
                Ok(())
            }
            Err(stop) => {
                self.rollback()?;
                Err(stop)
            }
        }
    }

    fn commit_unsent(&self, meta: &[(String, String)]) -> Result<(), Stop> {
        self.not_deleted()?;
        self.ids.write_back(&self.conn, now_millis())?;
        let changes = self.capture.as_ref().map(Capture::take).unwrap_or_default();
        outbox::sent_already(&self.conn, &self.schema, now_millis(), &changes)?;
        for (key, value) in meta {
            self.set_meta(key, value)?;
        }
        self.conn.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }
}
