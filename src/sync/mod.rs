//! From the outbox to the main database: what to run there, as text; JS runs it through the user's client.
//!
//! ```text
//! outbox::window -> coalesce -> apply::work_json -> JS: one transaction = claim, statements -> outbox::ack
//! ```
//! `dialect` knows one main database each; `protocol` spells values for Prisma's own engine.

mod apply;
mod coalesce;
mod depend;
mod dialect;
mod keys;
mod local;
mod park;
mod protocol;
mod queue;
mod redis;
mod repeatable;
mod runtime;
mod seal;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod park_tests;
#[cfg(test)]
mod tests;

#[cfg(fuzzing)]
pub use self::redis::read_answer;
pub use self::redis::{Address, Freshness, Heard, Log, Redis};
pub use apply::{How, part_json, work_json};
pub use depend::Footprint;
pub use dialect::ledger_json;
pub use keys::Realm;
pub use local::Local;
pub use park::refuse;
pub use protocol::{change as change_json, touched_rows};
pub use queue::{Queue, QueueError, Settlement};
pub use runtime::Runtime;
