//! How much may wait in the outbox, and how large a commit may be.

use std::cell::Cell;

use rusqlite::{Connection, OptionalExtension};

use super::store::Result;

#[derive(Clone, Debug)]
pub struct Bounds {
    pub max_commits: i64,
    pub max_bytes: i64,
    /// Changes of one commit.
    pub max_changes: usize,
    /// So many commits may be made before the outbox is looked at again.
    free: Cell<i64>,
}

impl Default for Bounds {
    fn default() -> Self {
        Self::new(i64::MAX, i64::MAX, usize::MAX)
    }
}

/// A look every so many commits: others write, too, and commits differ in size.
const LONGEST_FREE: i64 = 64;
const SHARE: i64 = 1_024;

impl Bounds {
    pub fn new(max_commits: i64, max_bytes: i64, max_changes: usize) -> Self {
        Self { max_commits, max_bytes, max_changes, free: Cell::new(0) }
    }

    /// May another commit be appended? Far from the bounds not every one looks.
    ///
    /// # Errors
    /// Whatever `SQLite` reports.
    pub fn has_room(&self, conn: &Connection) -> Result<bool> {
        if self.free.get() > 0 {
            self.free.set(self.free.get() - 1);
            return Ok(true);
        }
        if self.max_commits == i64::MAX && self.max_bytes == i64::MAX {
            return Ok(true);
        }
        let (commits, bytes) = waiting(conn)?;
        let (commits, bytes) = (self.max_commits - commits, self.max_bytes - bytes);
        // A commit has 1 KiB, as a rule.
        self.free.set((commits / SHARE).min(bytes / SHARE / SHARE).clamp(0, LONGEST_FREE));
        Ok(commits > 0 && bytes > 0)
    }
}

/// Commits and bytes that wait, without counting them: seqs follow on each other, and each row knows the bytes before it.
fn waiting(conn: &Connection) -> Result<(i64, i64)> {
    let end = |order: &str| {
        let text = format!(
            "SELECT seq, total, length(payload) FROM _sharded_outbox ORDER BY seq {order} LIMIT 1"
        );
        conn.prepare_cached(&text)?
            .query_row([], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
            })
            .optional()
    };
    let (Some(first), Some(last)) = (end("ASC")?, end("DESC")?) else { return Ok((0, 0)) };
    Ok((last.0 - first.0 + 1, (last.1 - first.1 + first.2).max(0)))
}
