//! The ledger in `MySQL` and `MariaDB`: tables of a database `sharded` of the server, out of Prisma Migrate's sight. It is
//! shared by the main databases of the server; `main` says whose a row is. Names are bytes: no collation takes one for
//! another. Every statement of DDL commits, so they run by themselves, before an apply transaction.

use serde_json::json;

use super::{BLOCK, Call, Claim};
use crate::outbox::Window;

/// Run in order, each by itself: they may be repeated, and run by several processes at once.
const DDL: [&str; 3] = [
    "CREATE DATABASE IF NOT EXISTS sharded CHARACTER SET utf8mb4",
    "CREATE TABLE IF NOT EXISTS sharded.ledger (main VARBINARY(256) NOT NULL, block VARBINARY(512) NOT NULL, origin VARBINARY(64) NOT NULL, seq BIGINT NOT NULL, epoch BIGINT NOT NULL, updated_at DATETIME(3) NOT NULL, PRIMARY KEY (main, block, origin)) ENGINE=InnoDB",
    "CREATE TABLE IF NOT EXISTS sharded.rejected (main VARBINARY(256) NOT NULL, block VARBINARY(512) NOT NULL, origin VARBINARY(64) NOT NULL, seq BIGINT NOT NULL, at DATETIME(3) NOT NULL, code VARCHAR(64), error LONGTEXT NOT NULL, changes LONGTEXT NOT NULL, PRIMARY KEY (main, block, origin, seq)) ENGINE=InnoDB CHARACTER SET utf8mb4",
];

/// What a user of the main database needs, where it may not make the tables.
const GRANT: &str = "GRANT SELECT, INSERT, UPDATE ON sharded.* TO the user of DATABASE_URL";

const EXISTS: &str = "SELECT COUNT(*) = 2 AS found FROM information_schema.tables WHERE table_schema = 'sharded' AND table_name IN ('ledger', 'rejected')";

/// Block, origin, base: the row of an origin that the ledger does not know yet.
const OPEN: &str = "INSERT INTO sharded.ledger (main, block, origin, seq, epoch, updated_at) VALUES (DATABASE(), ?, ?, CAST(? AS SIGNED), 0, UTC_TIMESTAMP(3)) ON DUPLICATE KEY UPDATE origin = origin";

/// Last, epoch, block, origin, base, epoch.
const CLAIM: &str = "UPDATE sharded.ledger SET seq = CAST(? AS SIGNED), epoch = CAST(? AS SIGNED), updated_at = UTC_TIMESTAMP(3) WHERE main = DATABASE() AND block = ? AND origin = ? AND seq = CAST(? AS SIGNED) AND epoch <= CAST(? AS SIGNED)";

/// Block, origin -> what the ledger holds.
const READ: &str =
    "SELECT seq, epoch FROM sharded.ledger WHERE main = DATABASE() AND block = ? AND origin = ?";

/// Block, origin, first, last -> the rejections recorded in between.
const REJECTED: &str = "SELECT seq, code, error FROM sharded.rejected WHERE main = DATABASE() AND block = ? AND origin = ? AND seq BETWEEN CAST(? AS SIGNED) AND CAST(? AS SIGNED) ORDER BY seq";

/// Block, origin, seq, code, error, changes.
const REJECT: &str = "INSERT INTO sharded.rejected (main, at, block, origin, seq, code, error, changes) VALUES (DATABASE(), UTC_TIMESTAMP(3), ?, ?, CAST(? AS SIGNED), ?, ?, ?)";

pub fn claim(window: &Window, epoch: i64) -> Claim {
    let (base, last, epoch) =
        (window.base.0.to_string(), window.last.0.to_string(), epoch.to_string());
    Claim {
        opens: window.initial.then(|| Call::of(OPEN, &[BLOCK, &window.origin, &base])),
        call: Call::of(CLAIM, &[&last, &epoch, BLOCK, &window.origin, &base, &epoch]),
    }
}

pub fn json() -> String {
    json!({
        "ddl": DDL, "grant": GRANT, "exists": EXISTS, "apart": true,
        "read": READ, "rejected": REJECTED, "reject": REJECT,
        // A packet that the server takes whatever its `max_allowed_packet`.
        "longest": 900_000,
    })
    .to_string()
}
