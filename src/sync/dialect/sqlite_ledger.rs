//! The ledger in `SQLite`: tables of the main file itself, since nothing else commits with it. Parameters have no numbers,
//! which one driver takes for names.

use serde_json::json;

use super::{BLOCK, Call, Claim};
use crate::outbox::Window;

/// Run in order, each by itself: they may be repeated, and run by several processes at once.
const DDL: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS _sharded_ledger (block TEXT NOT NULL, origin TEXT NOT NULL, seq INTEGER NOT NULL, epoch INTEGER NOT NULL, updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (block, origin)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS _sharded_rejected (block TEXT NOT NULL, origin TEXT NOT NULL, seq INTEGER NOT NULL, at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, code TEXT, error TEXT NOT NULL, changes TEXT NOT NULL, PRIMARY KEY (block, origin, seq)) WITHOUT ROWID",
];

/// The same for the user's schema, so that Prisma Migrate and `db push` know the tables; the client is not given them.
const MODELS: &str = r#"model ShardedLedger {
  block     String
  origin    String
  seq       Int
  epoch     Int
  updatedAt DateTime @default(now()) @map("updated_at")

  @@id([block, origin])
  @@map("_sharded_ledger")
  @@ignore
}

model ShardedRejected {
  block   String
  origin  String
  seq     Int
  at      DateTime @default(now())
  code    String?
  error   String
  changes String

  @@id([block, origin, seq])
  @@map("_sharded_rejected")
  @@ignore
}"#;

const EXISTS: &str = "SELECT count(*) = 2 AS found FROM sqlite_master WHERE type = 'table' AND name IN ('_sharded_ledger', '_sharded_rejected')";

/// Block, origin, last, epoch, base.
const CLAIM_FIRST: &str = "INSERT INTO _sharded_ledger AS l (block, origin, seq, epoch) VALUES (?, ?, CAST(? AS INTEGER), CAST(? AS INTEGER)) ON CONFLICT (block, origin) DO UPDATE SET seq = excluded.seq, epoch = excluded.epoch, updated_at = CURRENT_TIMESTAMP WHERE l.seq = CAST(? AS INTEGER) AND l.epoch <= excluded.epoch";

/// Last, epoch, block, origin, base, epoch.
const CLAIM_NEXT: &str = "UPDATE _sharded_ledger SET seq = CAST(? AS INTEGER), epoch = CAST(? AS INTEGER), updated_at = CURRENT_TIMESTAMP WHERE block = ? AND origin = ? AND seq = CAST(? AS INTEGER) AND epoch <= CAST(? AS INTEGER)";

/// Block, origin -> what the ledger holds.
const READ: &str = "SELECT seq, epoch FROM _sharded_ledger WHERE block = ? AND origin = ?";

/// Block, origin, first, last -> the rejections recorded in between.
const REJECTED: &str = "SELECT seq, code, error FROM _sharded_rejected WHERE block = ? AND origin = ? AND seq BETWEEN CAST(? AS INTEGER) AND CAST(? AS INTEGER) ORDER BY seq";

/// Block, origin, seq, code, error, changes.
const REJECT: &str = "INSERT INTO _sharded_rejected (block, origin, seq, code, error, changes) VALUES (?, ?, CAST(? AS INTEGER), ?, ?, ?)";

pub fn claim(window: &Window, epoch: i64) -> Claim {
    let (base, last, epoch) =
        (window.base.0.to_string(), window.last.0.to_string(), epoch.to_string());
    let call = if window.initial {
        Call::of(CLAIM_FIRST, &[BLOCK, &window.origin, &last, &epoch, &base])
    } else {
        Call::of(CLAIM_NEXT, &[&last, &epoch, BLOCK, &window.origin, &base, &epoch])
    };
    Claim { opens: None, call }
}

pub fn json() -> String {
    json!({
        "ddl": DDL, "exists": EXISTS, "apart": true, "models": MODELS,
        "read": READ, "rejected": REJECTED, "reject": REJECT,
    })
    .to_string()
}
