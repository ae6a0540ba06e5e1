//! Small things that cross as text or numbers: options in, codes out.

use napi::{Error, Result, Status};
use serde::Deserialize;
use serde_json::json;

use crate::block::Durability;
use crate::error::Stop;
use crate::outbox::Bounds;

/// What a call answers with: 0 or a seq, or one of these.
pub const MISS: i64 = -1;
pub const BUSY: i64 = -2;
pub const ERROR: i64 = -3;
/// The read goes on beside the loop: `lastTicket()` names it.
pub const POOLED: i64 = -4;

/// The WAL's bound where none is given: what js/options.js has as its default.
const MAX_WAL_BYTES: u64 = 64 << 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenOptions {
    durability: String,
    #[serde(default)]
    pub load: bool,
    #[serde(default)]
    max_commits: Option<i64>,
    #[serde(default)]
    max_bytes: Option<i64>,
    #[serde(default)]
    max_changes: Option<usize>,
    #[serde(default)]
    max_wal: Option<u64>,
}

impl OpenOptions {
    pub fn parse(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| thrown("SHARDED_OPTIONS", &error.to_string()))
    }

    pub fn bounds(&self) -> Bounds {
        Bounds::new(
            self.max_commits.unwrap_or(i64::MAX),
            self.max_bytes.unwrap_or(i64::MAX),
            self.max_changes.unwrap_or(usize::MAX),
        )
    }

    /// Bytes.
    pub fn max_wal(&self) -> u64 {
        self.max_wal.unwrap_or(MAX_WAL_BYTES)
    }

    pub fn durability(&self) -> Result<Durability> {
        match self.durability.as_str() {
            "full" => Ok(Durability::Full),
            "os" => Ok(Durability::Os),
            other => Err(thrown(
                "SHARDED_OPTIONS",
                &format!("durability: expected 'full' or 'os', given '{other}'"),
            )),
        }
    }
}

/// An error for JS to turn into one of its own classes.
pub fn thrown(code: &str, message: &str) -> Error {
    Error::new(Status::GenericFailure, json!({ "code": code, "message": message }).to_string())
}

/// A stop where no code can be returned.
pub fn thrown_stop(stop: Stop) -> Error {
    match stop {
        Stop::Failed(failure) => Error::new(Status::GenericFailure, failure.to_json()),
        Stop::Busy => thrown("SHARDED_BUSY", "another connection holds the write lock"),
        Stop::Interrupted => thrown("SHARDED_INTERRUPTED", "the read was interrupted"),
        Stop::Miss(_) => thrown("SHARDED_MISS", "the block does not hold what was asked for"),
    }
}
