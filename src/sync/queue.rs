//! What carries commits from the origins of a block to its applier, and word of them back.
//!
//! ```text
//! outbox -> offer -> | log | -> next -> main database -> settle -> | receipts | -> heard -> outbox forgets
//! ```
//! One applier at a time is not the queue's business: a file lock elects it on one machine, a lease among several.
//!
//! Whatever the queue loses costs time only: an outbox keeps its commits until it has heard that the main database has
//! them, and offers them again. What arrives twice is found applied by the ledger.

use crate::error::DAMAGED;
use crate::ids::Seq;
use crate::outbox::{self, Batch, CodecError, StoreError, Window};
use crate::schema::Schema;

#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// It does not answer, or not what was asked: to be tried again.
    #[error("{0}")]
    Lost(String),
    /// It answers no: somebody has to do something.
    #[error("{0}")]
    Refused(String),
    /// It can never be used as it is.
    #[error("{0}")]
    Unsuitable(String),
    #[error(
        "{place}: the signature does not fit. Is connection.secret the same in every process? Nothing was applied"
    )]
    Signature { place: String },
    #[error(
        "{place}: {why}. Nothing was applied; remove the entry with XDEL to have its commit sent again"
    )]
    Entry { place: String, why: String },
    #[error(transparent)]
    Outbox(#[from] StoreError),
}

impl QueueError {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Lost(_) => "SHARDED_QUEUE",
            Self::Refused(_) => "SHARDED_QUEUE_REFUSED",
            Self::Unsuitable(_) => "SHARDED_NOT_SUPPORTED",
            Self::Signature { .. } => "SHARDED_QUEUE_SIGNATURE",
            Self::Entry { .. } => "SHARDED_QUEUE_ENTRY",
            Self::Outbox(error) if error.is_damage() => DAMAGED,
            Self::Outbox(_) => "SHARDED_STORAGE",
        }
    }

    pub fn undecodable(place: String, source: &CodecError) -> Self {
        Self::Entry { place, why: source.to_string() }
    }
}

pub type Result<T> = std::result::Result<T, QueueError>;

/// Commits to apply, with where each stands in the queue.
#[derive(Debug, PartialEq)]
pub struct Taken {
    pub window: Window,
    /// One per commit, in order.
    pub ids: Vec<String>,
    /// What the main database had of the origin when the first of them was offered.
    pub floor: Seq,
}

impl Taken {
    /// Without what the data model does not know, and what comes after it; `place` is where an entry is, for people.
    ///
    /// # Errors
    /// When the first of them is of that kind.
    pub fn checked(mut self, schema: &Schema, place: impl Fn(&str) -> String) -> Result<Self> {
        let commits = &mut self.window.commits;
        let fits = commits.iter().map(|(_, changes)| outbox::check(schema, changes));
        let Some((at, source)) =
            fits.enumerate().find_map(|(at, fits)| fits.err().map(|error| (at, error)))
        else {
            return Ok(self);
        };
        if at == 0 {
            return Err(QueueError::undecodable(place(&self.ids[0]), &source));
        }
        commits.truncate(at);
        self.ids.truncate(at);
        self.window.last = commits[at - 1].0;
        self.window.full = true;
        Ok(self)
    }
}

/// What became of commits.
pub struct Settlement<'a> {
    /// The last entry that is dealt with.
    pub id: &'a str,
    pub origin: &'a str,
    pub last: Seq,
    /// JSON for the origin; empty where it needs none.
    pub receipt: &'a str,
    /// Commits before these are missing: the origin is to offer them again.
    pub again: bool,
    /// The last of them was refused: whatever comes after it is offered anew, since some of it may depend on that.
    pub anew: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Receipt {
    pub id: String,
    /// As [`Settlement::receipt`].
    pub text: String,
}

pub trait Queue {
    /// Takes these commits if they follow on what it has of their origin. Answers up to which seq it has them.
    async fn offer(&self, batch: &Batch) -> Result<Seq>;

    /// The first commits in it, or those that come after this id, of one origin.
    async fn next(&self, max_commits: usize, after: Option<&str>) -> Result<Option<Taken>>;

    /// The main database has dealt with these: they go.
    async fn settle(&self, settlement: &Settlement<'_>) -> Result<()>;

    /// Receipts for an origin that come after this id, or all that are kept.
    async fn heard(&self, origin: &str, after: Option<&str>) -> Result<Vec<Receipt>>;
}
