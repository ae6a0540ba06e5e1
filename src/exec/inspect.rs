//! What a block file says of itself, read without opening the block: no life begins, no origin starts, nothing is migrated.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use serde_json::{Map, Value, json};

use super::examine::connect;
use super::sync::keep_files;
use crate::beside::beside;
use crate::instant::now_millis;
use crate::lock::try_lock;
use crate::outbox::{self, StoreError};
use crate::schema::{Schema, quote};

const WAIT: Duration = Duration::from_millis(50);
/// The small texts that are told.
const TOLD: [&str; 5] = ["blockId", "identity", "loadedAt", "invalidatedAt", "deleted"];

/// `{meta, pending, rejected}`; with a schema, which must be the file's own, `rows` and `pages` too. Of a file that cannot be
/// read: `{problem}`.
#[must_use]
pub fn inspect(path: &Path, schema: Option<&Schema>) -> Value {
    look(path, schema).unwrap_or_else(|error| json!({ "problem": error }))
}

fn look(path: &Path, schema: Option<&Schema>) -> Result<Value, String> {
    // Whoever removes or replaces the file holds this lock. Without it the last to close might empty the log of another file.
    let alone = try_lock(&beside(path, ".load.lock")).map_err(|error| error.to_string())?;
    let conn = connect(path).map_err(|error| error.to_string())?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, alone.is_none())
        .and_then(|_| keep_files(&conn))
        .map_err(|error| error.to_string())?;
    tell(&conn, schema).map_err(|error| error.to_string())
}

/// All of one moment: the transaction ends with the connection.
fn tell(conn: &Connection, schema: Option<&Schema>) -> Result<Value, StoreError> {
    conn.busy_timeout(WAIT)?;
    conn.execute_batch("BEGIN")?;
    let mut meta = BTreeMap::new();
    let mut statement = conn.prepare("SELECT key, value FROM _sharded_meta")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let key: String = row.get(0)?;
        if TOLD.contains(&key.as_str()) {
            meta.insert(key, row.get::<_, String>(1)?);
        }
    }
    let pending = outbox::pending(conn)?;
    let rejected: i64 =
        conn.query_row("SELECT count(*) FROM _sharded_rejected", [], |row| row.get(0))?;
    let mut told = json!({
        "meta": meta,
        "pending": pending.told(now_millis()),
        "rejected": rejected,
    });
    if let Some(schema) = schema {
        told["rows"] = Value::Object(rows_of(conn, schema)?);
        told["pages"] = conn.query_row("PRAGMA page_count", [], |row| row.get::<_, i64>(0))?.into();
    }
    Ok(told)
}

/// How many rows each model has.
pub fn rows_of(conn: &Connection, schema: &Schema) -> Result<Map<String, Value>, rusqlite::Error> {
    let mut rows = Map::new();
    for model in &schema.models[..schema.named] {
        let text = format!("SELECT COUNT(*) FROM {}", quote(&model.local));
        let count: i64 = conn.query_row(&text, [], |row| row.get(0))?;
        rows.insert(model.name.clone(), count.into());
    }
    Ok(rows)
}
