//! The ledger in `PostgreSQL`: schema `sharded`, out of Prisma Migrate's sight. Parameters are text.

use serde_json::json;

use super::{BLOCK, Call, Claim, Statement};
use crate::outbox::Window;

/// Run in order, each by itself: they may be repeated, and run by several processes at once (see `LOCK`).
const DDL: [&str; 5] = [
    r"CREATE SCHEMA IF NOT EXISTS sharded",
    r"CREATE TABLE IF NOT EXISTS sharded.identity (singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton), id text NOT NULL)",
    r"CREATE TABLE IF NOT EXISTS sharded.ledger (block text NOT NULL, origin text NOT NULL, seq bigint NOT NULL, epoch bigint NOT NULL, updated_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (block, origin))",
    // `json`, not `jsonb`: a refused text may hold U+0000, which `jsonb` refuses too.
    r"CREATE TABLE IF NOT EXISTS sharded.rejected (block text NOT NULL, origin text NOT NULL, seq bigint NOT NULL, at timestamptz NOT NULL DEFAULT now(), code text, error text NOT NULL, changes json NOT NULL, PRIMARY KEY (block, origin, seq))",
    r"INSERT INTO sharded.identity (id) VALUES (gen_random_uuid()::text) ON CONFLICT DO NOTHING",
];

/// `CREATE … IF NOT EXISTS` races with itself: whoever makes the tables holds this first ("sharded" in ASCII).
const LOCK: &str = "SELECT pg_advisory_xact_lock(32488654698800484)::text AS locked";

const EXISTS: &str = "SELECT to_regclass('sharded.identity')::text AS identity, to_regclass('sharded.ledger')::text AS ledger, to_regclass('sharded.rejected')::text AS rejected";

const IDENTITY: &str = "SELECT id FROM sharded.identity";

const CLAIM_FIRST: &str = "INSERT INTO sharded.ledger AS l (block, origin, seq, epoch) VALUES ($1::text, $2::text, $4::text::bigint, $5::text::bigint) ON CONFLICT (block, origin) DO UPDATE SET seq = excluded.seq, epoch = excluded.epoch, updated_at = now() WHERE l.seq = $3::text::bigint AND l.epoch <= excluded.epoch";

const CLAIM_NEXT: &str = "UPDATE sharded.ledger SET seq = $4::text::bigint, epoch = $5::text::bigint, updated_at = now() WHERE block = $1::text AND origin = $2::text AND seq = $3::text::bigint AND epoch <= $5::text::bigint";

/// Block, origin -> what the ledger holds.
const READ: &str = "SELECT seq::text AS seq, epoch::text AS epoch FROM sharded.ledger WHERE block = $1::text AND origin = $2::text";

/// Block, origin, first, last -> the rejections recorded in between.
const REJECTED: &str = "SELECT seq::text AS seq, code, error FROM sharded.rejected WHERE block = $1::text AND origin = $2::text AND seq BETWEEN $3::text::bigint AND $4::text::bigint ORDER BY seq";

/// Block, origin, seq, code, error, changes.
const REJECT: &str = "INSERT INTO sharded.rejected (block, origin, seq, code, error, changes) VALUES ($1::text, $2::text, $3::text::bigint, $4::text, $5::text, $6::text::json)";

/// Block, origin, base, last, epoch.
pub fn claim(window: &Window, epoch: i64) -> Claim {
    let sql = if window.initial { CLAIM_FIRST } else { CLAIM_NEXT };
    let (base, last) = (window.base.0.to_string(), window.last.0.to_string());
    let call = Call::of(sql, &[BLOCK, &window.origin, &base, &last, &epoch.to_string()]);
    Claim { opens: None, call }
}

/// The claim and the window's one statement as one statement, which fails where nobody may apply, or where it touches another number of
/// rows. Its parameters are the statement's, then the claim's; `back` is what the statement returns, as JSON.
pub fn whole(claim: &Claim, statement: &Statement) -> Option<String> {
    let rows = statement.expect?;
    let (sql, taken) = (&statement.sql, statement.params.len());
    let claim = (1..=claim.call.params.len()).rev().fold(claim.call.sql.clone(), |sql, nth| {
        sql.replace(&format!("${nth}::"), &format!("${}::", nth + taken))
    });
    let (returning, back) = match statement.returning {
        Some(_) => ("", "(SELECT json_agg(done)::text FROM done)"),
        None => (" RETURNING 1", "NULL::text"),
    };
    // The claim is counted first: who may not apply does not touch a row.
    Some(format!(
        "WITH claim AS ({claim} RETURNING 1), done AS ({sql}{returning}) SELECT 1 / CASE WHEN (SELECT count(*) FROM claim) = 1 AND (SELECT count(*) FROM done) = {rows} THEN 1 ELSE 0 END AS applied, {back} AS back"
    ))
}

pub fn json() -> String {
    json!({
        "ddl": DDL, "lock": LOCK, "exists": EXISTS, "identity": IDENTITY,
        "read": READ, "rejected": REJECTED, "reject": REJECT,
    })
    .to_string()
}
