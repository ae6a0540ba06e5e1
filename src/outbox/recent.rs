//! What the main database has taken while a refresh reads it: newer than what the refresh brings. And commits that never were in
//! the outbox, because the main database had them first.

use rusqlite::{Connection, OptionalExtension, params};

use super::change::{Change, ChangeKind};
use super::codec::encode;
use super::store::{StoreError, last_seq};
use super::tombstone;
use crate::ids::{ModelId, Seq};
use crate::schema::Schema;
use crate::value::Value;

type Result<T> = std::result::Result<T, StoreError>;

/// Changes that the main database has, so that no entry is made of them: what was asked of it before does not bring the rows
/// back that they removed, nor a refresh that runs the values that they replaced. Needs a transaction.
///
/// # Errors
/// Whatever `SQLite` reports; the caller rolls back.
pub fn sent_already(
    conn: &Connection,
    schema: &Schema,
    now_ms: i64,
    changes: &[Change],
) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    // As of the next commit: whoever asked before this one knows of none later than the last.
    tombstone::follow(conn, schema, changes, Seq(last_seq(conn)?.0 + 1), now_ms)?;
    if refreshing(conn, now_ms)? {
        conn.prepare_cached("INSERT INTO _sharded_recent (seq, payload) VALUES (?1, ?2)")?
            .execute(params![NEWEST.0, encode(changes)])?;
    }
    Ok(())
}

/// Of no commit: later than all that a refresh reads.
pub const NEWEST: Seq = Seq(i64::MAX);

/// A refresh reads the main database now: until this time, if it lives that long.
pub const REFRESHING: &str = "refreshing";

/// Does a refresh run that must hear of every commit since it began?
///
/// # Errors
/// Whatever `SQLite` reports.
pub fn refreshing(conn: &Connection, now_ms: i64) -> Result<bool> {
    let until: Option<String> = conn
        .prepare_cached("SELECT value FROM _sharded_meta WHERE key = ?1")?
        .query_row([REFRESHING], |row| row.get(0))
        .optional()?;
    Ok(until.and_then(|until| until.parse::<i64>().ok()).is_some_and(|until| until > now_ms))
}

/// A row that the main database gave us while a refresh runs: newer than what the refresh reads, if the commit of this seq is.
/// `NEWEST`, where it was asked for just now.
///
/// # Errors
/// Whatever `SQLite` reports.
pub fn remember_row(
    conn: &Connection,
    model: ModelId,
    key: Vec<Value>,
    seq: Seq,
    now_ms: i64,
) -> Result<()> {
    if refreshing(conn, now_ms)? {
        let columns = Vec::new();
        let change = Change { model, kind: ChangeKind::Update, cascaded: false, key, columns };
        conn.prepare_cached("INSERT INTO _sharded_recent (seq, payload) VALUES (?1, ?2)")?
            .execute(params![seq.0, encode(&[change])])?;
    }
    Ok(())
}

/// A refresh begins, of which there is one at a time. What one before it remembered, that failed or died, is older than what this
/// one will read. Needs a transaction.
///
/// # Errors
/// Whatever `SQLite` reports; the caller rolls back.
pub fn begin_refresh(conn: &Connection, until_ms: i64) -> Result<()> {
    conn.prepare_cached("DELETE FROM _sharded_recent")?.execute([])?;
    conn.prepare_cached(
        "INSERT INTO _sharded_meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )?
    .execute(params![REFRESHING, until_ms.to_string()])?;
    Ok(())
}

/// The refresh has ended.
///
/// # Errors
/// Whatever `SQLite` reports.
pub fn end_refresh(conn: &Connection) -> Result<()> {
    conn.prepare_cached("DELETE FROM _sharded_recent")?.execute([])?;
    conn.prepare_cached("DELETE FROM _sharded_meta WHERE key = ?1")?.execute([REFRESHING])?;
    Ok(())
}
