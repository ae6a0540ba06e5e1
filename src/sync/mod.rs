//! From the outbox to the main database: what to run there, as text; JS runs it through the user's client.
//!
//! ```text
//! outbox::window -> coalesce -> apply::work_json -> JS: one transaction = claim, statements -> outbox::ack
//! ```
//! `dialect` knows one main database each; `protocol` spells values for Prisma's own engine.

mod apply;
mod coalesce;
mod dialect;
mod protocol;

#[cfg(test)]
mod tests;

pub use apply::{How, part_json, work_json};
pub use dialect::ledger_json;
