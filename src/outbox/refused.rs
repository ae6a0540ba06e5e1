//! Commits that the main database refused: out of the outbox, kept until they are made anew or dropped.

use rusqlite::{Connection, OptionalExtension, params};

use super::change::Change;
use super::codec::read;
use super::origin::range_of;
use super::store::{Result, StoreError, blob};
use crate::ids::Seq;
use crate::schema::Schema;

#[derive(Debug, PartialEq)]
pub struct Rejected {
    pub origin: String,
    pub seq: Seq,
    pub at_ms: i64,
    /// JSON, as [`reject`] was given it.
    pub error: String,
    pub changes: Vec<Change>,
}

/// Moves one commit to the rejected ones. `None` when it is no longer pending, else its changes. Needs a transaction.
///
/// # Errors
/// [`StoreError::UnknownOrigin`] when the file never had that origin.
pub fn reject(
    conn: &Connection,
    schema: &Schema,
    origin: &str,
    seq: Seq,
    now_ms: i64,
    error_json: &str,
) -> Result<Option<Vec<Change>>> {
    let (first, end) = range_of(conn, origin)?;
    if seq.0 < first || seq.0 >= end {
        return Ok(None);
    }
    let payload: Option<Vec<u8>> = conn
        .prepare_cached("SELECT payload FROM _sharded_outbox WHERE seq = ?1")?
        .query_row([seq.0], |row| row.get(0))
        .optional()?;
    let Some(payload) = payload else { return Ok(None) };
    let changes =
        read(schema, &payload).map_err(|source| StoreError::Payload { seq: seq.0, source })?;
    conn.prepare_cached(
        "INSERT OR IGNORE INTO _sharded_rejected (origin, seq, at_ms, error, payload) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![origin, seq.0, now_ms, error_json, payload])?;
    conn.prepare_cached("DELETE FROM _sharded_outbox WHERE seq = ?1")?.execute([seq.0])?;
    Ok(Some(changes))
}

/// Marks those of the commits after `seq` that `depends` on it says: they are refused with it. Those that are marked already keep
/// their cause. `looks` tells from the bytes whether a commit is worth decoding. Needs a transaction.
///
/// # Errors
/// [`StoreError::Payload`] when one cannot be read.
pub fn mark_dependents(
    conn: &Connection,
    schema: &Schema,
    seq: Seq,
    cause_json: &str,
    mut depends: impl FnMut(&[u8], &dyn Fn() -> Result<Vec<Change>>) -> Result<bool>,
) -> Result<usize> {
    let mut statement = conn
        .prepare_cached("SELECT seq, payload FROM _sharded_outbox WHERE seq > ?1 ORDER BY seq")?;
    let mut rows = statement.query([seq.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        let payload = blob(row.get_ref(1)?);
        let changes =
            || read(schema, payload).map_err(|source| StoreError::Payload { seq, source });
        if depends(payload, &changes)? {
            found.push(seq);
        }
    }
    let mut mark = conn
        .prepare_cached("UPDATE _sharded_outbox SET cause = ?2 WHERE seq = ?1 AND cause IS NULL")?;
    for seq in &found {
        mark.execute(params![seq, cause_json])?;
    }
    Ok(found.len())
}

/// The commits that the main database refused, oldest first.
///
/// # Errors
/// [`StoreError::Payload`] when one cannot be read.
pub fn rejected(conn: &Connection, schema: &Schema) -> Result<Vec<Rejected>> {
    let mut statement = conn.prepare_cached(
        "SELECT origin, seq, at_ms, error, payload FROM _sharded_rejected ORDER BY seq, rowid",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(1)?;
        found.push(Rejected {
            origin: row.get(0)?,
            seq: Seq(seq),
            at_ms: row.get(2)?,
            error: row.get(3)?,
            changes: read(schema, blob(row.get_ref(4)?))
                .map_err(|source| StoreError::Payload { seq, source })?,
        });
    }
    Ok(found)
}

/// Forgets a refused commit. `false` when there is none of that number. Needs a transaction.
///
/// # Errors
/// Whatever `SQLite` reports.
pub fn forget(conn: &Connection, origin: &str, seq: Seq) -> Result<bool> {
    let forgotten = conn
        .prepare_cached("DELETE FROM _sharded_rejected WHERE origin = ?1 AND seq = ?2")?
        .execute(params![origin, seq.0])?;
    Ok(forgotten > 0)
}
