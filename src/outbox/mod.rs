//! The outbox: commits that the main database has not confirmed, kept in the block file.
//!
//! A local transaction appends one row of changes and commits with it; the applier takes windows of whole
//! commits in `seq` order and acknowledges them after the main database committed. `seq` is an
//! `AUTOINCREMENT` of the file, so it is never used twice; an *origin* is the stretch of it that one life
//! of the file wrote.
//!
//! ```text
//! append -> pending -> (window -> main database) -> ack     row deleted
//!                                                -> reject  row moved to `_sharded_rejected`, until it is appended anew or forgotten
//! ```

mod batch;
mod bounds;
pub mod change;
mod codec;
mod ddl;
#[cfg(test)]
mod hostile_tests;
mod origin;
mod pending;
mod recent;
mod refused;
mod salvage;
mod store;
#[cfg(test)]
mod tests;
mod tombstone;

pub use batch::{Batch, Packed, batch, probe};
pub use bounds::Bounds;
pub use change::{Change, ChangeKind, Column};
pub use codec::{CodecError, check, decode, encode, encode_key, read};
pub use ddl::{MIGRATIONS, migrate};
pub use origin::{current_origin, knows_origin, last_of, start_origin};
pub use pending::pending;
pub use recent::{NEWEST, begin_refresh, end_refresh, refreshing, remember_row, sent_already};
pub use refused::{Rejected, forget, mark_dependents, reject, rejected};
pub use salvage::{Salvaged, hides_commits, salvage};
pub use store::{
    StoreError, Window, ack, append, fate, last_seq, pending_first, readable, span, touched_after,
    touched_keys, window,
};
pub use tombstone::tombstoned;
