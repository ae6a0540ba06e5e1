//! What waits, in numbers.

use rusqlite::Connection;

use super::store::Result;
use crate::ids::Seq;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pending {
    pub commits: i64,
    pub bytes: i64,
    pub first: Option<Seq>,
    pub last: Option<Seq>,
    pub oldest_ms: Option<i64>,
}

impl Pending {
    /// As JS knows it, with the age of the oldest instead of its time.
    #[must_use]
    pub fn told(&self, now_ms: i64) -> serde_json::Value {
        serde_json::json!({
            "commits": self.commits,
            "bytes": self.bytes,
            "firstSeq": self.first.map(|seq| seq.0),
            "lastSeq": self.last.map(|seq| seq.0),
            "oldestMs": self.oldest_ms.map(|at| (now_ms - at).max(0)),
        })
    }
}

/// What the main database has not confirmed.
///
/// # Errors
/// Whatever `SQLite` reports.
pub fn pending(conn: &Connection) -> Result<Pending> {
    let row = conn
        .prepare_cached(
            "SELECT count(*), coalesce(sum(length(payload)), 0), min(seq), max(seq), min(at_ms) FROM _sharded_outbox",
        )?
        .query_row([], |row| {
            Ok(Pending {
                commits: row.get(0)?,
                bytes: row.get(1)?,
                first: row.get::<_, Option<i64>>(2)?.map(Seq),
                last: row.get::<_, Option<i64>>(3)?.map(Seq),
                oldest_ms: row.get(4)?,
            })
        })?;
    Ok(row)
}
