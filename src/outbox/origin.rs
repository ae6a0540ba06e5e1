//! The origins of a file: each has the seqs from its first to that of its successor.

use rusqlite::{Connection, OptionalExtension, params};

use super::store::{StoreError, last_seq};
use crate::ids::Seq;

type Result<T> = std::result::Result<T, StoreError>;

/// Starts a new origin: commits from here on carry its id. The ids that the last one had are given up, before it ends:
/// a copy of the file has them too.
///
/// # Errors
/// Whatever `SQLite` reports, an id that was used before included.
pub fn start_origin(conn: &Connection, id: &str, now_ms: i64) -> Result<()> {
    conn.prepare_cached("DELETE FROM _sharded_lease")?.execute([])?;
    let first = last_seq(conn)?.0 + 1;
    conn.prepare_cached(
        "INSERT INTO _sharded_origin (id, first_seq, started_ms) VALUES (?1, ?2, ?3)",
    )?
    .execute(params![id, first, now_ms])?;
    Ok(())
}

/// The origin that commits carry now; `None` in a file that never had one.
///
/// # Errors
/// Whatever `SQLite` reports.
pub fn current_origin(conn: &Connection) -> Result<Option<String>> {
    let id = conn
        .prepare_cached("SELECT id FROM _sharded_origin ORDER BY ordinal DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(id)
}

/// Whether this file, or the one that it is a copy of, has ever written under this origin.
///
/// # Errors
/// Whatever `SQLite` reports.
pub fn knows_origin(conn: &Connection, origin: &str) -> Result<bool> {
    let known = conn
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM _sharded_origin WHERE id = ?1)")?
        .query_row([origin], |row| row.get(0))?;
    Ok(known)
}

pub(super) struct Origin {
    pub id: String,
    pub first: i64,
    /// The first seq of the next origin.
    pub end: i64,
}

/// An origin without a commit starts at the same seq as its successor: the later one owns that seq.
pub(super) fn origin_of(conn: &Connection, seq: Seq) -> Result<Origin> {
    let found = conn
        .prepare_cached(
            "SELECT id, first_seq FROM _sharded_origin WHERE first_seq <= ?1 ORDER BY ordinal DESC LIMIT 1",
        )?
        .query_row([seq.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (id, first) = found.ok_or(StoreError::NoOrigin(seq.0))?;
    let end = end_of(conn, seq.0)?;
    Ok(Origin { id, first, end })
}

/// The last seq that an origin has in this file; another file, of which this is a copy or the other way round, may have more of it.
///
/// # Errors
/// [`StoreError::UnknownOrigin`].
pub fn last_of(conn: &Connection, origin: &str) -> Result<Seq> {
    let (_, end) = range_of(conn, origin)?;
    Ok(Seq(last_seq(conn)?.0.min(end - 1)))
}

pub(super) fn range_of(conn: &Connection, origin: &str) -> Result<(i64, i64)> {
    let found = conn
        .prepare_cached(
            "SELECT first_seq, (SELECT min(later.first_seq) FROM _sharded_origin AS later WHERE later.ordinal > mine.ordinal)
             FROM _sharded_origin AS mine WHERE id = ?1",
        )?
        .query_row([origin], |row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?)))
        .optional()?;
    let (first, end) = found.ok_or_else(|| StoreError::UnknownOrigin(origin.to_owned()))?;
    Ok((first, end.unwrap_or(i64::MAX)))
}

fn end_of(conn: &Connection, seq: i64) -> Result<i64> {
    let end = conn
        .prepare_cached("SELECT min(first_seq) FROM _sharded_origin WHERE first_seq > ?1")?
        .query_row([seq], |row| row.get::<_, Option<i64>>(0))?;
    Ok(end.unwrap_or(i64::MAX))
}
