//! A look into the outbox of another block file.

use std::path::Path;
use std::time::Duration;

use rusqlite::OptionalExtension;
use rusqlite::config::DbConfig;

use super::examine::connect;
use crate::outbox::{Change, decode};

const WAIT: Duration = Duration::from_millis(50);

/// Whether one of the commits that wait there is such a one. A file that cannot be read, or that belongs to another main
/// database, has none.
pub fn peek(path: &Path, identity: Option<&str>, is: impl Fn(&[Change]) -> bool) -> bool {
    look(path, identity, is).unwrap_or(false)
}

fn look(
    path: &Path,
    identity: Option<&str>,
    is: impl Fn(&[Change]) -> bool,
) -> Result<bool, rusqlite::Error> {
    let conn = connect(path)?;
    // Whoever has it open carries its WAL into it.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    conn.busy_timeout(WAIT)?;
    conn.execute_batch("PRAGMA query_only = 1")?;
    let main: Option<String> = conn
        .query_row("SELECT value FROM _sharded_meta WHERE key = 'identity'", [], |row| row.get(0))
        .optional()?;
    if main.as_deref() != identity {
        return Ok(false);
    }
    let mut statement = conn.prepare("SELECT payload FROM _sharded_outbox ORDER BY seq")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let payload = row.get_ref(0)?.as_blob().unwrap_or_default();
        if decode(payload).is_ok_and(|changes| is(&changes)) {
            return Ok(true);
        }
    }
    Ok(false)
}
