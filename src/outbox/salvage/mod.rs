//! What a damaged block file still holds of its commits.
//!
//! `SQLite` answers nothing where the way to a row leads through a damaged page. A commit is one row of a known form, so it is found by
//! looking at every page, of the file and of its log. What was acknowledged may be found too, on a page that is free by now: the ledger
//! knows up to where an origin has arrived, and what is not above that is left out.

mod log;
mod pages;
mod records;
#[cfg(test)]
mod tests;

pub use log::hides_commits;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;

use rusqlite::{Connection, params};
use serde::Serialize;

use super::codec::{encode, read};
use crate::ids::Seq;
use crate::schema::Schema;
use crate::value::Value;
use pages::Pages;
use records::Record;

/// An origin is named by a UUID.
const ORIGIN_LEN: usize = 36;

#[derive(Debug, Default)]
pub struct Salvaged {
    /// Of the main database; `None` where its page is damaged.
    pub identity: Option<String>,
    /// Id -> its first seq.
    pub origins: BTreeMap<i64, String>,
    commits: BTreeMap<i64, Commit>,
    rejected: Vec<Refused>,
}

#[derive(Debug)]
struct Commit {
    at_ms: i64,
    changes: i64,
    payload: Vec<u8>,
    cause: Option<String>,
}

#[derive(Debug)]
struct Refused {
    origin: String,
    seq: i64,
    at_ms: i64,
    error: String,
    payload: Vec<u8>,
}

/// What was put into the new file.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// Commits that wait for the main database.
    pub commits: usize,
    /// Seqs between them that were not found.
    pub lost: usize,
    /// Commits of which nobody knows whether they have arrived: they are among the refused ones.
    pub unsure: usize,
    /// Refused commits.
    pub rejected: usize,
}

/// Looks at every page of a file that nobody has open.
///
/// # Errors
/// When it cannot be read at all.
pub fn salvage(path: &Path, schema: &Schema) -> io::Result<Salvaged> {
    let mut pages = Pages::open(path)?;
    let mut found = Salvaged::default();
    for (page, version) in pages.all() {
        let latest = pages.is_latest(page, version);
        for record in records::records(&mut pages, page, version)? {
            found.take(record, schema, latest);
        }
    }
    Ok(found)
}

impl Salvaged {
    fn take(&mut self, record: Record, schema: &Schema, latest: bool) {
        let Record { rowid, values } = record;
        let is_payload = |payload: &[u8]| read(schema, payload).is_ok();
        match values.as_slice() {
            [
                Value::Null,
                Value::Int(at_ms),
                Value::Int(changes),
                Value::Blob(payload),
                rest @ ..,
            ] if rowid > 0
                && read(schema, payload)
                    .is_ok_and(|all| all.len().cast_signed() as i64 == *changes) =>
            {
                let cause = match rest {
                    [] | [Value::Int(_)] | [Value::Int(_), Value::Null] => None,
                    [Value::Int(_), Value::Text(cause)] => Some(cause.clone()),
                    _ => return,
                };
                let payload = payload.clone();
                let commit = Commit { at_ms: *at_ms, changes: *changes, payload, cause };
                self.commits.insert(rowid, commit);
            }
            [Value::Null, Value::Text(id), Value::Int(first), Value::Int(_)]
                if rowid > 0 && *first > 0 && id.len() == ORIGIN_LEN =>
            {
                // An origin without a commit starts where its successor does: the later one owns that seq.
                self.origins.insert(*first, id.clone());
            }
            [
                Value::Text(origin),
                Value::Int(seq),
                Value::Int(at_ms),
                Value::Text(error),
                Value::Blob(payload),
            ] if latest && *seq > 0 && is_payload(payload) => {
                let (origin, error, payload) = (origin.clone(), error.clone(), payload.clone());
                self.rejected.push(Refused { origin, seq: *seq, at_ms: *at_ms, error, payload });
            }
            [Value::Text(key), Value::Text(value)] if latest && key == "identity" => {
                self.identity = Some(value.clone());
            }
            _ => {}
        }
    }

    /// The newest seq that anything speaks of.
    fn last(&self) -> i64 {
        let commit = self.commits.keys().next_back().copied().unwrap_or(0);
        let origin = self.origins.keys().next_back().map_or(0, |first| first - 1);
        commit.max(origin)
    }

    /// Writes what has not arrived into a new file, under its own names: an applier elsewhere may have some of it. `applied` is the
    /// ledger's word for each origin. A seq that is missing becomes a commit without changes, since the ledger takes no seq before the
    /// one that comes first. Needs a transaction.
    ///
    /// # Errors
    /// Whatever `SQLite` reports.
    pub fn restore(
        &self,
        conn: &Connection,
        applied: &HashMap<String, i64>,
    ) -> rusqlite::Result<Restored> {
        let mut done = Restored::default();
        let mut writer = Writer { conn, total: 0 };
        for refused in &self.rejected {
            let Refused { origin, seq, at_ms, error, payload } = refused;
            done.rejected += writer.refused(origin, *seq, *at_ms, error, payload)?;
        }
        for (first, id) in &self.origins {
            conn.execute(
                "INSERT INTO _sharded_origin (id, first_seq, started_ms) VALUES (?1, ?2, 0)",
                params![id, first],
            )?;
        }
        // Of an origin whose row was not found.
        let known = self.origins.keys().next().copied().unwrap_or(i64::MAX);
        for (seq, commit) in self.commits.range(..known) {
            done.unsure += writer.unsure(*seq, commit)?;
        }
        for (first, id) in &self.origins {
            let end = self.origins.range(first + 1..).next().map_or(i64::MAX, |(end, _)| *end);
            let from = applied.get(id).map_or(*first, |last| last + 1).max(*first);
            if from >= end {
                continue;
            }
            let mut next = from;
            for (seq, commit) in self.commits.range(from..end) {
                for lost in next..*seq {
                    writer.filler(lost, commit.at_ms)?;
                    done.lost += 1;
                }
                writer.commit(*seq, commit)?;
                done.commits += 1;
                next = seq + 1;
            }
        }
        let arrived = applied.values().copied().max().unwrap_or(0);
        writer.continue_after(self.last().max(arrived))?;
        Ok(done)
    }
}

struct Writer<'c> {
    conn: &'c Connection,
    total: i64,
}

impl Writer<'_> {
    fn commit(&mut self, seq: i64, commit: &Commit) -> rusqlite::Result<()> {
        let Commit { at_ms, changes, payload, cause } = commit;
        self.total += payload.len().cast_signed() as i64;
        self.conn
            .prepare_cached(
                "INSERT INTO _sharded_outbox (seq, at_ms, changes, payload, total, cause) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![seq, at_ms, changes, payload, self.total, cause])
            .map(drop)
    }

    fn filler(&mut self, seq: i64, at_ms: i64) -> rusqlite::Result<()> {
        self.commit(seq, &Commit { at_ms, changes: 0, payload: encode(&[]), cause: None })
    }

    fn refused(
        &self,
        origin: &str,
        seq: i64,
        at_ms: i64,
        error: &str,
        payload: &[u8],
    ) -> rusqlite::Result<usize> {
        self.conn
            .prepare_cached(
                "INSERT OR IGNORE INTO _sharded_rejected (origin, seq, at_ms, error, payload) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![origin, seq, at_ms, error, payload])
    }

    fn unsure(&self, seq: i64, commit: &Commit) -> rusqlite::Result<usize> {
        let error = serde_json::json!({
            "code": "SHARDED_DAMAGED",
            "message": "the block file was damaged, and it is not known whether this commit has reached the main database: \
                        look there, then retry or drop it",
        });
        self.refused("lost", seq, commit.at_ms, &error.to_string(), &commit.payload)
    }

    /// No seq is given twice.
    fn continue_after(&self, last: i64) -> rusqlite::Result<()> {
        self.conn.execute("DELETE FROM sqlite_sequence WHERE name = '_sharded_outbox'", [])?;
        self.conn
            .execute(
                "INSERT INTO sqlite_sequence (name, seq) VALUES ('_sharded_outbox', ?1)",
                [Seq(last).0],
            )
            .map(drop)
    }
}
