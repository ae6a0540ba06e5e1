//! Keys deleted locally, kept until the main database surely no longer has their rows: a miss or a load that
//! was read from it before the delete arrived must not bring the row back.

use rusqlite::{Connection, OptionalExtension, Result, params};

use super::change::{Change, ChangeKind};
use super::codec::encode_key;
use crate::ids::{ModelId, Seq};
use crate::schema::Schema;
use crate::value::Value;

/// An answer of the main database that was read before an acknowledgement is not older than this when it is adopted.
const KEPT_MS: i64 = 30_000;

/// Was this key deleted by a commit later than `after`, and not created again?
///
/// # Errors
/// Whatever `SQLite` reports.
pub fn tombstoned(conn: &Connection, model: ModelId, key: &[Value], after: Seq) -> Result<bool> {
    conn.prepare_cached(
        "SELECT 1 FROM _sharded_tombstone WHERE model = ?1 AND key = ?2 AND seq > ?3",
    )?
    .query_row(params![model.0, encode_key(key), after.0], |_| Ok(()))
    .optional()
    .map(|found| found.is_some())
}

/// Follows the changes of one commit, in their order: a key may be deleted and created again, or moved.
pub(super) fn follow(
    conn: &Connection,
    schema: &Schema,
    changes: &[Change],
    seq: Seq,
    now_ms: i64,
) -> Result<()> {
    // Whether there is a tombstone at all: a commit of a thousand creates asks once.
    let mut any = None;
    for change in changes {
        let model = change.model;
        let moved = change.moved_key(schema.model(model));
        if change.kind == ChangeKind::Delete || moved.is_some() {
            bury(conn, model, &change.key, seq, now_ms)?;
            any = Some(true);
        }
        let created = (change.kind == ChangeKind::Create).then_some(&change.key);
        if let Some(key) = moved.as_ref().or(created) {
            raise(conn, model, key, &mut any)?;
        }
    }
    Ok(())
}

/// Forgets the tombstones of acknowledged commits, after a while.
pub(super) fn purge(conn: &Connection, now_ms: i64) -> Result<()> {
    conn.prepare_cached(
        "DELETE FROM _sharded_tombstone WHERE at_ms < ?1
         AND seq < coalesce((SELECT min(seq) FROM _sharded_outbox), 9223372036854775807)",
    )?
    .execute([now_ms.saturating_sub(KEPT_MS)])
    .map(drop)
}

fn bury(conn: &Connection, model: ModelId, key: &[Value], seq: Seq, now_ms: i64) -> Result<()> {
    conn.prepare_cached("INSERT OR REPLACE INTO _sharded_tombstone (model, key, seq, at_ms) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![model.0, encode_key(key), seq.0, now_ms])
        .map(drop)
}

fn raise(conn: &Connection, model: ModelId, key: &[Value], any: &mut Option<bool>) -> Result<()> {
    let some = match *any {
        Some(known) => known,
        None => conn
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM _sharded_tombstone)")?
            .query_row([], |row| row.get(0))?,
    };
    *any = Some(some);
    if some {
        conn.prepare_cached("DELETE FROM _sharded_tombstone WHERE model = ?1 AND key = ?2")?
            .execute(params![model.0, encode_key(key)])?;
    }
    Ok(())
}
