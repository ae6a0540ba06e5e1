//! The verbs of refused commits: recorded, told, made anew, dropped; and whose commits a refused one could have waited for.

use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use napi::bindgen_prelude::AsyncTask;
use napi::{Env, Result, Task};
use napi_derive::napi;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::block::Block;
use super::in_one_transaction;
use crate::block::OutboxReader;
use crate::error::{Failure, Stop};
use crate::exec::Database;
use crate::ids::Seq;
use crate::instant::now_millis;
use crate::outbox::{self, Rejected};
use crate::params::{thrown, thrown_stop};
use crate::schema::Schema;
use crate::sync::{self, Footprint};

/// Rows that are to be read from the main database again when nothing is pending (`js/apply/writeback.js`).
const UNREVERTED: &str = "unreverted";

#[derive(Deserialize)]
struct Named {
    origin: String,
    seq: i64,
}

fn named(text: &str) -> Result<Vec<Named>> {
    serde_json::from_str(text).map_err(|error| thrown("SHARDED_ARGUMENTS", &error.to_string()))
}

/// What a commit of an outbox, in base64, does to others.
pub(super) fn footprint_of(schema: &Schema, payload: &str) -> Result<Footprint> {
    let wrong = |why: String| thrown("SHARDED_ARGUMENTS", &format!("payload: {why}"));
    let bytes = BASE64_STANDARD.decode(payload).map_err(|error| wrong(error.to_string()))?;
    let changes = outbox::read(schema, &bytes).map_err(|error| wrong(error.to_string()))?;
    Ok(Footprint::of(schema, &changes))
}

fn told(schema: &Schema, commit: &Rejected) -> Json {
    let mut error: Json =
        serde_json::from_str(&commit.error).unwrap_or_else(|_| json!({ "message": commit.error }));
    let cause = error.as_object_mut().and_then(|error| error.remove("cause"));
    let changes: Vec<Json> =
        commit.changes.iter().map(|change| sync::change_json(schema, change)).collect();
    json!({
        "origin": commit.origin,
        "seq": commit.seq.0,
        "atMs": commit.at_ms,
        "error": error,
        "cause": cause,
        "changes": changes,
    })
}

/// Those that are asked for, in their order; one that is not there is an error, and nothing is done.
fn chosen(side: &Database, names: &[Named]) -> std::result::Result<Vec<Rejected>, Stop> {
    let mut all = outbox::rejected(&side.conn, &side.schema)?;
    for name in names {
        if !all.iter().any(|one| one.origin == name.origin && one.seq.0 == name.seq) {
            let why = format!("no refused commit {} of origin {}", name.seq, name.origin);
            return Err(Failure::new("SHARDED_UNKNOWN_COMMIT", why, json!({})).into());
        }
    }
    all.retain(|one| names.iter().any(|name| name.origin == one.origin && name.seq == one.seq.0));
    Ok(all)
}

#[napi]
impl Block {
    /// The commit leaves the outbox; later ones that depend on it are marked. 1, or 0 when it is not pending.
    #[napi(catch_unwind)]
    pub fn reject(&self, origin: String, seq: i64, error_json: String) -> Result<i64> {
        let mut inner = self.inner();
        let open = inner.open()?;
        let result = in_one_transaction(open, |side| {
            Ok(sync::refuse(&side.conn, &side.schema, &origin, Seq(seq), &error_json)?)
        });
        Ok(inner.code(result.map(i64::from)))
    }

    /// -> `[{origin, seq, atMs, error, cause, changes}]`
    #[napi(catch_unwind)]
    pub fn rejected(&self) -> Result<String> {
        let mut inner = self.inner();
        let open = inner.open()?;
        let rejected = outbox::rejected(&open.db.conn, open.schema())
            .map_err(|error| thrown_stop(error.into()))?;
        let list = rejected.iter().map(|commit| told(open.schema(), commit)).collect();
        Ok(Json::Array(list).to_string())
    }

    /// Makes refused commits anew, in their order, each as a commit of its own, and forgets them, all at once. `which`:
    /// `[{origin, seq}]`. -> the seq of the last; the others are those before it.
    #[napi(catch_unwind)]
    pub fn retry(&self, which_json: String) -> Result<i64> {
        let names = named(&which_json)?;
        let mut inner = self.inner();
        let open = inner.open()?;
        let result = open.writable().and_then(|()| {
            in_one_transaction(open, |side| {
                let mut last = Seq(0);
                for commit in chosen(side, &names)? {
                    let changes = side.redo(&commit.changes)?;
                    last = outbox::append(&side.conn, &side.schema, now_millis(), &changes)?;
                    outbox::forget(&side.conn, &commit.origin, commit.seq)?;
                }
                Ok(last)
            })
        });
        if let Ok(seq) = result {
            open.committed(seq);
        }
        Ok(inner.code(result.map(|seq| seq.0)))
    }

    /// Forgets refused commits; their rows are read from the main database again, once nothing is pending. -> how many
    #[napi(catch_unwind)]
    pub fn drop_rejected(&self, which_json: String) -> Result<i64> {
        let names = named(&which_json)?;
        let mut inner = self.inner();
        let open = inner.open()?;
        let result = in_one_transaction(open, |side| {
            let commits = chosen(side, &names)?;
            let known = side.meta(UNREVERTED)?.unwrap_or_default();
            let mut rows: Vec<Json> = serde_json::from_str(&known).unwrap_or_default();
            for commit in &commits {
                for row in sync::touched_rows(&side.schema, &commit.changes) {
                    let row = json!(row);
                    if !rows.contains(&row) {
                        rows.push(row);
                    }
                }
                outbox::forget(&side.conn, &commit.origin, commit.seq)?;
            }
            side.set_meta(UNREVERTED, &json!(rows).to_string())?;
            Ok(commits.len())
        });
        Ok(inner.code(super::count(result)))
    }

    /// Whether another commit may be appended.
    #[napi(catch_unwind)]
    pub fn has_room(&self) -> Result<bool> {
        let mut inner = self.inner();
        let db = &inner.open()?.db;
        db.bounds.has_room(&db.conn).map_err(|error| thrown_stop(error.into()))
    }

    /// Whether a pending commit in one of these block files makes room for this one (base64, as in an outbox).
    #[napi(catch_unwind, ts_return_type = "Promise<boolean>")]
    pub fn pending_elsewhere(
        &self,
        paths: Vec<String>,
        payload: String,
    ) -> Result<AsyncTask<Elsewhere>> {
        let mut inner = self.inner();
        let open = inner.open()?;
        let waits = footprint_of(open.schema(), &payload)?;
        let identity = open.db.meta("identity").map_err(thrown_stop)?;
        Ok(AsyncTask::new(Elsewhere { reader: open.outbox_reader(), paths, waits, identity }))
    }
}

pub struct Elsewhere {
    reader: OutboxReader,
    paths: Vec<String>,
    waits: Footprint,
    identity: Option<String>,
}

impl Task for Elsewhere {
    type Output = bool;
    type JsValue = bool;

    fn compute(&mut self) -> Result<Self::Output> {
        let schema = self.reader.schema();
        for path in &self.paths {
            let feeds = crate::exec::peek(Path::new(path), self.identity.as_deref(), |changes| {
                outbox::check(schema, changes).is_ok()
                    && self.waits.waits_for(&Footprint::of(schema, changes))
            });
            if feeds {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn resolve(&mut self, _env: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(output)
    }
}
