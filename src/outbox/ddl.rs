//! The internal tables of a block file, as numbered frozen steps: they live in users' files for years, so a
//! step is never edited, only followed by another.

use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// How long a file of an older form waits for those who write to it.
const MIGRATION_WAIT: Duration = Duration::from_secs(5);

/// Step `n` brings a file from `PRAGMA user_version` `n` to `n + 1`.
pub const MIGRATIONS: &[&str] = &[
    // 1. seq is AUTOINCREMENT: deleting acknowledged rows must never make SQLite use a seq again.
    //    `recent` keeps what is acknowledged while a refresh runs: the refresh must not undo it.
    //    A tombstone's key is `codec::encode_key`; its row is removed by a create of the same key.
    "CREATE TABLE _sharded_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
     CREATE TABLE _sharded_origin (
       ordinal INTEGER PRIMARY KEY,
       id TEXT NOT NULL UNIQUE,
       first_seq INTEGER NOT NULL,
       started_ms INTEGER NOT NULL
     );
     CREATE TABLE _sharded_outbox (
       seq INTEGER PRIMARY KEY AUTOINCREMENT,
       at_ms INTEGER NOT NULL,
       changes INTEGER NOT NULL,
       payload BLOB NOT NULL
     );
     CREATE TABLE _sharded_recent (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, payload BLOB NOT NULL);
     CREATE TABLE _sharded_tombstone (
       model INTEGER NOT NULL,
       key BLOB NOT NULL,
       seq INTEGER NOT NULL,
       at_ms INTEGER NOT NULL,
       PRIMARY KEY (model, key)
     ) WITHOUT ROWID;
     CREATE TABLE _sharded_rejected (
       origin TEXT NOT NULL,
       seq INTEGER NOT NULL,
       at_ms INTEGER NOT NULL,
       error TEXT NOT NULL,
       payload BLOB NOT NULL,
       PRIMARY KEY (origin, seq)
     );",
    // 2. Ids that the main database's sequence has given to this file: `remaining` of them from `next` on, `step` apart.
    //    `model` and `field` are positions, as in a payload.
    "CREATE TABLE _sharded_lease (
       id INTEGER PRIMARY KEY AUTOINCREMENT,
       model INTEGER NOT NULL,
       field INTEGER NOT NULL,
       next INTEGER NOT NULL,
       step INTEGER NOT NULL,
       remaining INTEGER NOT NULL,
       low INTEGER NOT NULL,
       used_ms INTEGER NOT NULL
     );",
    // 3. `total`: bytes of payloads, this one included, since the outbox was last empty. `cause`: the refused commit on which this one
    //    depends, `{\"origin\", \"seq\"}`: it is refused with it.
    "ALTER TABLE _sharded_outbox ADD COLUMN total INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE _sharded_outbox ADD COLUMN cause TEXT;",
];

/// Brings the file's internal tables from that form to this version's.
///
/// # Errors
/// Whatever `SQLite` reports.
pub fn migrate(conn: &Connection, form: u32) -> rusqlite::Result<()> {
    let newest = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    if form >= newest {
        return Ok(());
    }
    let version = || conn.query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0));
    conn.busy_timeout(MIGRATION_WAIT)?;
    let transaction = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
    // Another process may have done it meanwhile.
    for step in MIGRATIONS.iter().skip(version()? as usize) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", newest)?;
    transaction.commit()?;
    conn.busy_timeout(Duration::ZERO)?;
    Ok(())
}
