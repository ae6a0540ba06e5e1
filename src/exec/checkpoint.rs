//! Carrying the WAL into the file.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use super::examine;
use crate::instant::now_millis;

/// How often the long part is repeated for what was written during it.
const ROUNDS: usize = 4;
/// What may be left of it to the short part, which keeps writers waiting: pages.
const FEW: i64 = 64;
/// How often the short part is tried: it needs a moment without readers of the WAL and without a writer.
const TRIES: usize = 20;
const PAUSE: Duration = Duration::from_millis(1);

/// What a checkpoint has come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Checkpoint {
    /// The WAL starts over.
    Whole,
    /// Somebody reads from it, or writes.
    Held,
    /// Another connection is at it.
    Elsewhere,
}

/// What SQLite answers.
struct Step {
    busy: bool,
    /// Pages in the WAL, and of these the ones that are in the file.
    pages: i64,
    carried: i64,
}

fn run(conn: &Connection, mode: &str) -> Result<Step, rusqlite::Error> {
    conn.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        Ok(Step { busy: row.get::<_, i64>(0)? != 0, pages: row.get(1)?, carried: row.get(2)? })
    })
}

/// Carries the WAL into the file and has it start over, so that it stays short and is overwritten rather than grown
/// (a sync of a file that grows costs half as much again); `shrink`: it is emptied as well. Writers go on during the long part; the
/// short rest and the new header's sync happen here, not in a caller's commit.
///
/// # Errors
/// Of the disk. What others keep from happening is an answer.
pub fn checkpoint(path: &Path, shrink: bool) -> Result<Checkpoint, rusqlite::Error> {
    match carry(path, shrink) {
        // It is being opened, or closed, by another process.
        Err(error) if is_busy(&error) => Ok(Checkpoint::Elsewhere),
        other => other,
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn carry(path: &Path, shrink: bool) -> Result<Checkpoint, rusqlite::Error> {
    let conn = examine::connect(path)?;
    conn.busy_timeout(Duration::ZERO)?;
    conn.execute_batch("PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0")?;
    let mut carried = 0;
    for _ in 0..ROUNDS {
        let step = run(&conn, "PASSIVE")?;
        if step.busy {
            return Ok(Checkpoint::Elsewhere);
        }
        if step.carried < step.pages {
            return Ok(Checkpoint::Held);
        }
        let few = step.carried - carried <= FEW;
        carried = step.carried;
        if few {
            break;
        }
    }
    let mode = if shrink { "TRUNCATE" } else { "RESTART" };
    for _ in 0..TRIES {
        if !run(&conn, mode)?.busy {
            note(&conn)?;
            return Ok(Checkpoint::Whole);
        }
        std::thread::sleep(PAUSE);
    }
    Ok(Checkpoint::Held)
}

/// The first commit after it writes the new header.
fn note(conn: &Connection) -> Result<(), rusqlite::Error> {
    let text = "INSERT OR REPLACE INTO _sharded_meta (key, value) VALUES ('checkpointedAt', ?)";
    match conn.execute(text, [now_millis().to_string()]) {
        // Then a caller's commit is the first.
        Err(error) if is_busy(&error) => Ok(()),
        other => other.map(drop),
    }
}
