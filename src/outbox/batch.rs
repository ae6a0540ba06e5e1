//! Commits as they lie in the file, for a queue to carry: nothing of them is decoded.

use rusqlite::Connection;

use super::origin::origin_of;
use super::store::{Result, blob, pending_after, pending_first};
use crate::ids::Seq;

/// Commits of one origin that follow on each other, in order.
#[derive(Debug, PartialEq)]
pub struct Batch {
    pub origin: String,
    /// The seq before the first of them.
    pub after: Seq,
    /// Up to this seq the main database has confirmed the origin's commits.
    pub floor: Seq,
    pub commits: Vec<Packed>,
}

#[derive(Debug, PartialEq)]
pub struct Packed {
    pub seq: Seq,
    /// The first commit that the origin ever had.
    pub initial: bool,
    pub at_ms: i64,
    pub payload: Vec<u8>,
    /// As of [`super::Window`].
    pub cause: Option<String>,
}

/// The next commits after a seq: at most so many, and so many bytes, but at least one; `None` where none is left, or none may be
/// carried yet. Those of an origin wait until no earlier one has any: a queue that loses some knows the order within an origin alone.
///
/// # Errors
/// [`super::StoreError`] when a commit belongs to no origin.
pub fn batch(
    conn: &Connection,
    after: Seq,
    max_commits: usize,
    max_bytes: usize,
) -> Result<Option<Batch>> {
    let Some(first) = pending_after(conn, after)? else { return Ok(None) };
    let origin = origin_of(conn, first)?;
    if pending_first(conn)?.is_some_and(|oldest| oldest.0 < origin.first) {
        return Ok(None);
    }
    let mut batch = Batch {
        floor: floor(conn, origin.first)?,
        after: Seq(first.0 - 1),
        origin: origin.id,
        commits: Vec::new(),
    };
    let mut bytes = 0;
    let mut statement = conn.prepare_cached(
        "SELECT seq, at_ms, payload, cause FROM _sharded_outbox WHERE seq >= ?1 AND seq < ?2 ORDER BY seq",
    )?;
    let mut rows = statement.query([first.0, origin.end])?;
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        let payload = blob(row.get_ref(2)?);
        let gap = batch.commits.last().is_some_and(|last| seq != last.seq.0 + 1);
        bytes += payload.len();
        let full = batch.commits.len() >= max_commits || bytes > max_bytes;
        if gap || (!batch.commits.is_empty() && full) {
            break;
        }
        batch.commits.push(Packed {
            seq: Seq(seq),
            initial: seq == origin.first,
            at_ms: row.get(1)?,
            payload: payload.to_vec(),
            cause: row.get(3)?,
        });
    }
    Ok(Some(batch))
}

/// An empty batch of the origin whose commits wait the longest: asks a queue that was given everything up to `sent` whether it
/// still has it.
///
/// # Errors
/// As [`batch`].
pub fn probe(conn: &Connection, sent: Seq) -> Result<Option<Batch>> {
    let Some(first) = pending_first(conn)? else { return Ok(None) };
    let origin = origin_of(conn, first)?;
    Ok(Some(Batch {
        floor: floor(conn, origin.first)?,
        after: Seq(sent.0.min(origin.end - 1)),
        origin: origin.id,
        commits: Vec::new(),
    }))
}

/// What is not pending any more is confirmed; of an origin that began after that, nothing is.
fn floor(conn: &Connection, origin_first: i64) -> Result<Seq> {
    let pending = pending_first(conn)?.map_or(0, |first| first.0);
    Ok(Seq(pending.max(origin_first) - 1))
}
