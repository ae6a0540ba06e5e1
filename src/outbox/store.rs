//! The outbox's verbs over one connection. Those that write expect the caller's open transaction.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, params};

use super::change::Change;
use super::codec::{CodecError, check, decode, encode, encode_key, read};
use super::origin::{origin_of, range_of};
use super::recent::refreshing;
use super::tombstone;
use crate::ids::{ModelId, Seq};
use crate::schema::{Model, Schema};
use crate::value::Value;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error("commit {seq} of the outbox cannot be read: {source}")]
    Payload { seq: i64, source: CodecError },
    #[error("commit {0} of the outbox belongs to no origin")]
    NoOrigin(i64),
    #[error("the block file names no origin `{0}`")]
    UnknownOrigin(String),
}

impl StoreError {
    /// A payload of a later version is no damage.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Payload { source, .. } if !matches!(source, CodecError::Version(_)))
    }
}

pub(super) type Result<T> = std::result::Result<T, StoreError>;

/// Whole commits of one origin, contiguous, in order.
#[derive(Debug, PartialEq)]
pub struct Window {
    pub origin: String,
    /// The last seq that needs no apply: what the ledger must hold for this window to be next.
    pub base: Seq,
    pub first: Seq,
    pub last: Seq,
    /// `first` is the first seq this origin ever had: the ledger may not know it yet.
    pub initial: bool,
    /// The origin is the one that local commits still extend.
    pub current: bool,
    /// It holds as much as was asked for: there is more.
    pub full: bool,
    /// Its one commit depends on this refused one, as JSON `{origin, seq}`: it is refused with it.
    pub cause: Option<String>,
    pub commits: Vec<(Seq, Vec<Change>)>,
}

impl Window {
    /// # Errors
    /// [`StoreError::Payload`] of the first commit that the data model does not know.
    pub fn checked(self, schema: &Schema) -> Result<Self> {
        for (seq, changes) in &self.commits {
            check(schema, changes).map_err(|source| StoreError::Payload { seq: seq.0, source })?;
        }
        Ok(self)
    }
}

/// Appends the changes of the open transaction as one commit.
///
/// # Errors
/// Whatever `SQLite` reports; the caller rolls back.
pub fn append(conn: &Connection, schema: &Schema, now_ms: i64, changes: &[Change]) -> Result<Seq> {
    conn.prepare_cached(
        "INSERT INTO _sharded_outbox (at_ms, changes, payload, total) VALUES (?1, ?2, ?3, length(?3)
         + coalesce((SELECT total FROM _sharded_outbox ORDER BY seq DESC LIMIT 1), 0))",
    )?
    .execute(params![now_ms, changes.len().cast_signed(), encode(changes)])?;
    let seq = Seq(conn.last_insert_rowid());
    tombstone::follow(conn, schema, changes, seq, now_ms)?;
    Ok(seq)
}

/// The newest seq the file ever gave, acknowledged or not; 0 before the first commit.
///
/// # Errors
/// Whatever `SQLite` reports.
pub fn last_seq(conn: &Connection) -> Result<Seq> {
    let last = conn
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = '_sharded_outbox'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(Seq(last.unwrap_or(0)))
}

/// The first and the last commit that the main database has not confirmed; costs the same however many there are.
///
/// # Errors
/// Whatever `SQLite` reports.
pub fn span(conn: &Connection) -> Result<Option<(Seq, Seq)>> {
    let (first, last): (Option<i64>, Option<i64>) = conn
        .prepare_cached(
            "SELECT (SELECT min(seq) FROM _sharded_outbox), (SELECT max(seq) FROM _sharded_outbox)",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(first.zip(last).map(|(first, last)| (Seq(first), Seq(last))))
}

/// What became of a commit: `pending`, or the error (JSON) with which it was rejected; `None` when the main database has it.
///
/// # Errors
/// Whatever `SQLite` reports.
pub fn fate(conn: &Connection, seq: Seq) -> Result<Option<String>> {
    let found = conn
        .prepare_cached(
            "SELECT 'pending' FROM _sharded_outbox WHERE seq = ?1
             UNION ALL SELECT error FROM _sharded_rejected WHERE seq = ?1",
        )?
        .query_row([seq.0], |row| row.get(0))
        .optional()?;
    Ok(found)
}

/// The next commits to apply after a seq: at most `max_commits` and `max_bytes`, but at least one. A window ends where its
/// origin ends, and before a missing seq (the next claim will then report the gap). A commit that is refused with another
/// stands alone.
///
/// # Errors
/// [`StoreError`] when a payload cannot be read or belongs to no origin.
pub fn window(
    conn: &Connection,
    after: Seq,
    max_commits: usize,
    max_bytes: usize,
) -> Result<Option<Window>> {
    let Some(first) = pending_after(conn, after)? else { return Ok(None) };
    let origin = origin_of(conn, first)?;
    let mut commits: Vec<(Seq, Vec<Change>)> = Vec::new();
    let (mut bytes, mut full, mut cause) = (0, false, None);
    let mut statement = conn.prepare_cached(
        "SELECT seq, payload, cause FROM _sharded_outbox WHERE seq >= ?1 AND seq < ?2 ORDER BY seq",
    )?;
    let mut rows = statement.query([first.0, origin.end])?;
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        let payload = blob(row.get_ref(1)?);
        let gap = commits.last().is_some_and(|(last, _)| seq != last.0 + 1);
        bytes += payload.len();
        let own: Option<String> = row.get(2)?;
        let ends = commits.len() >= max_commits || bytes > max_bytes;
        full = !commits.is_empty() && (ends || cause.is_some() || own.is_some());
        if gap || full {
            break;
        }
        let changes = decode(payload).map_err(|source| StoreError::Payload { seq, source })?;
        commits.push((Seq(seq), changes));
        cause = own;
    }
    let last = commits.last().map_or(first, |(seq, _)| *seq);
    Ok(Some(Window {
        base: Seq(first.0 - 1),
        initial: first.0 == origin.first,
        current: origin.end == i64::MAX,
        full,
        cause,
        origin: origin.id,
        first,
        last,
        commits,
    }))
}

/// Deletes the commits of that origin up to `seq`: the main database has them. Returns how many there were.
/// Needs a transaction.
///
/// # Errors
/// [`StoreError::UnknownOrigin`] when the file never had that origin.
pub fn ack(conn: &Connection, origin: &str, seq: Seq, now_ms: i64) -> Result<usize> {
    let (first, end) = range_of(conn, origin)?;
    if refreshing(conn, now_ms)? {
        conn.prepare_cached(
            "INSERT INTO _sharded_recent (seq, payload)
             SELECT seq, payload FROM _sharded_outbox WHERE seq >= ?1 AND seq <= ?2 AND seq < ?3",
        )?
        .execute([first, seq.0, end])?;
    }
    let deleted = conn
        .prepare_cached("DELETE FROM _sharded_outbox WHERE seq >= ?1 AND seq <= ?2 AND seq < ?3")?
        .execute([first, seq.0, end])?;
    tombstone::purge(conn, now_ms)?;
    Ok(deleted)
}

/// Does a pending commit later than `seq` touch that row?
///
/// Every component of a row's key, before or after the change, stands in the payload in the codec's own bytes:
/// `SQLite` looks for the longest one, and only the hits are decoded.
///
/// # Errors
/// [`StoreError::Payload`] when a hit cannot be read.
pub fn touched_after(conn: &Connection, model: &Model, key: &[Value], seq: Seq) -> Result<bool> {
    let needle = key
        .iter()
        .map(|part| encode_key(std::slice::from_ref(part)))
        .max_by_key(Vec::len)
        .unwrap_or_default();
    let mut statement = conn.prepare_cached(
        "SELECT seq, payload FROM _sharded_outbox WHERE seq > ?1 AND instr(payload, ?2) > 0",
    )?;
    let mut rows = statement.query(params![seq.0, needle])?;
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        let changes =
            decode(blob(row.get_ref(1)?)).map_err(|source| StoreError::Payload { seq, source })?;
        if changes.iter().any(|change| change.touches(model, key)) {
            return Ok(true);
        }
    }
    Ok(false)
}

pub fn pending_first(conn: &Connection) -> Result<Option<Seq>> {
    pending_after(conn, Seq(0))
}

pub(super) fn pending_after(conn: &Connection, after: Seq) -> Result<Option<Seq>> {
    let first = conn
        .prepare_cached("SELECT min(seq) FROM _sharded_outbox WHERE seq > ?1")?
        .query_row([after.0], |row| row.get::<_, Option<i64>>(0))?;
    Ok(first.map(Seq))
}

/// The payload column is declared BLOB NOT NULL; anything else decodes to an error.
pub(super) fn blob(value: ValueRef<'_>) -> &[u8] {
    value.as_blob().unwrap_or_default()
}

/// The keys (before and after, where an update moved one) that commits after `since` touch, those included that were
/// acknowledged while a refresh ran.
///
/// # Errors
/// [`StoreError::Payload`] when a commit cannot be read.
pub fn touched_keys(
    conn: &Connection,
    schema: &Schema,
    since: Seq,
) -> Result<Vec<(ModelId, Vec<Value>)>> {
    let mut statement = conn.prepare_cached(
        "SELECT seq, payload FROM _sharded_outbox WHERE seq > ?1
         UNION ALL SELECT seq, payload FROM _sharded_recent WHERE seq > ?1",
    )?;
    let mut rows = statement.query([since.0])?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        let changes = read(schema, blob(row.get_ref(1)?))
            .map_err(|source| StoreError::Payload { seq, source })?;
        for change in changes {
            let moved = change.moved_key(schema.model(change.model));
            keys.extend(moved.map(|key| (change.model, key)));
            keys.push((change.model, change.key));
        }
    }
    Ok(keys)
}

/// Can every commit that waits be read?
///
/// # Errors
/// [`StoreError::Payload`] of the first that cannot.
pub fn readable(conn: &Connection, schema: &Schema) -> Result<()> {
    let mut statement = conn.prepare("SELECT seq, payload FROM _sharded_outbox ORDER BY seq")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        read(schema, blob(row.get_ref(1)?))
            .map_err(|source| StoreError::Payload { seq, source })?;
    }
    Ok(())
}
