//! The internal tables of a block file, as numbered frozen steps: they live in users' files for years, so a
//! step is never edited, only followed by another.

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
];
