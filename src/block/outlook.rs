//! How another thread looks into the outbox of an open block.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;

use super::{Wal, storage};
use crate::collation::Strings;
use crate::error::{DAMAGED, Stop};
use crate::exec::{Database, Role};
use crate::ids::Seq;
use crate::schema::Schema;

/// A connection of its own for another thread, opened when first used.
pub struct OutboxReader {
    pub(super) schema: Arc<Schema>,
    pub(super) strings: Arc<Strings>,
    pub(super) path: PathBuf,
    pub(super) reader: Arc<Mutex<Option<Database>>>,
    pub(super) wal: Arc<Wal>,
}

impl OutboxReader {
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Reads, then syncs the WAL: the commits that were read, up to the one that `last` names, are on the disk when this returns.
    pub fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Stop>,
        last: impl FnOnce(&T) -> Option<Seq>,
    ) -> Result<T, Stop> {
        let mut reader = self.reader.lock();
        let db = match reader.as_ref() {
            Some(db) => db,
            None => reader.insert(Database::open(&self.path, self.schema.clone(), Role::Side)?),
        };
        let found = read(&db.conn)?;
        if let Some(last) = last(&found) {
            self.wal.sync_to(last).map_err(storage)?;
        }
        Ok(found)
    }

    /// What is wrong with the file, by a connection of its own, which may not even be had; `None` when nothing is. `full`: its indexes too.
    pub fn examine(&self, full: bool) -> Result<Option<String>, Stop> {
        match self.look(full) {
            Err(Stop::Failed(failure)) if failure.code == DAMAGED => Ok(Some(failure.message)),
            looked => looked,
        }
    }

    fn look(&self, full: bool) -> Result<Option<String>, Stop> {
        let mut db = Database::open(&self.path, self.schema.clone(), Role::Reader)?;
        db.follow(&self.strings)?;
        db.examine(full)
    }

    /// All that is committed is on the disk when this returns.
    pub fn sync(&self) -> Result<(), Stop> {
        self.wal.sync().map_err(storage)
    }
}
