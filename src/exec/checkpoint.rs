//! Carrying the WAL into the file.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::{examine, sync};
use crate::error::is_busy;
use crate::instant::now_millis;

/// How often the long part is repeated for what was written during it.
const ROUNDS: usize = 4;
/// What may be left of it to the short part, which keeps writers waiting: pages.
const FEW: i64 = 64;
/// Pages that a transaction which begins it anew may write itself.
const SHORT: i64 = 4;
/// How often the short part is tried: it needs a moment without readers of the WAL and without a writer.
const TRIES: usize = 20;
const PAUSE: Duration = Duration::from_millis(1);
/// How long it waits for each of them at a time. Writers wait as long for a reader of the WAL.
const LITTLE: Duration = Duration::from_micros(50);
const LITTLE_TRIES: i32 = 10;

/// What a checkpoint has come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Checkpoint {
    /// The WAL starts over.
    Whole,
    /// Somebody reads from it, or writes.
    Held,
    /// Another connection is at it.
    Elsewhere,
    /// On the disk.
    NoRoom,
    /// All of it is in the file, but somebody writes all the time, and it is still short.
    Written,
}

/// A checkpoint that was tried.
pub struct Tried {
    pub outcome: Result<Checkpoint, rusqlite::Error>,
    /// The longest time for which it had the write lock.
    pub locked: Duration,
}

/// How long the write lock was had, at the most.
#[derive(Default)]
struct Locked(Duration);

impl Locked {
    fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let done = work();
        self.0 = self.0.max(began.elapsed());
        done
    }
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

/// Asks the writers of this process to take their time after each commit, while a checkpoint comes to an end: as fast as a loop can
/// write, each sync would leave as much to be synced as the one before.
#[derive(Default)]
pub struct Haste(AtomicBool);

/// What a writer waits after a commit.
const SLOW: Duration = Duration::from_micros(500);

impl Haste {
    fn ask(&self) -> Asked<'_> {
        self.0.store(true, Ordering::Relaxed);
        Asked(self)
    }

    /// After a commit. Blocks a little, where it was asked for.
    pub fn give_way(&self) {
        if self.0.load(Ordering::Relaxed) {
            std::thread::sleep(SLOW);
        }
    }
}

struct Asked<'a>(&'a Haste);

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Relaxed);
    }
}

/// How a checkpoint ends.
#[derive(Clone, Copy)]
pub struct Ending {
    /// Over so many bytes of the WAL writers are kept waiting for it.
    pub force: i64,
    /// The WAL is emptied as well, at the same cost.
    pub shrink: bool,
}

/// Carries the WAL into the file and has it start over, so that it stays short and is overwritten rather than grown
/// (a sync of a file that grows costs half as much again). Writers go on meanwhile; what they wait for is the sync of the new header
/// alone, where there is a moment without them, else also the syncs of what they have just written.
/// Its errors are those of the disk. What others keep from happening is an answer.
pub fn checkpoint(path: &Path, ending: Ending, haste: &Haste) -> Tried {
    let mut locked = Locked::default();
    let outcome = match carry(path, ending, haste, &mut locked) {
        // It is being opened, or closed, by another process.
        Err(error) if is_busy(&error) => Ok(Checkpoint::Elsewhere),
        other => other,
    };
    Tried { outcome, locked: locked.0 }
}

fn carry(
    path: &Path,
    ending: Ending,
    haste: &Haste,
    locked: &mut Locked,
) -> Result<Checkpoint, rusqlite::Error> {
    let mut conn = examine::connect(path)?;
    conn.busy_timeout(Duration::ZERO)?;
    conn.execute_batch("PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0")?;
    if !fits(&conn, path)? {
        return Ok(Checkpoint::NoRoom);
    }
    let (carried, version) = match carry_most(&conn)? {
        Carried::All { pages, version } => (pages, version),
        Carried::Part(why) => return Ok(why),
    };
    if !ending.shrink {
        if carried <= SHORT {
            return Ok(Checkpoint::Whole);
        }
        if let Some(ended) = start_over(&conn, version, carried, locked)? {
            return Ok(ended);
        }
        if carried * page_size(&conn)? < ending.force {
            return Ok(Checkpoint::Written);
        }
    }
    let _slow = haste.ask();
    if let Carried::Part(why) = carry_most(&conn)? {
        return Ok(why);
    }
    end(&mut conn, if ending.shrink { "TRUNCATE" } else { "RESTART" }, locked)
}

/// How far the part went that keeps nobody waiting.
enum Carried {
    /// So many pages, all that there were while the file had this version.
    All {
        pages: i64,
        version: i64,
    },
    Part(Checkpoint),
}

/// Again and again for what was written meanwhile, until that is little.
fn carry_most(conn: &Connection) -> Result<Carried, rusqlite::Error> {
    let (mut carried, mut version) = (0, 0);
    for _ in 0..ROUNDS {
        version = data_version(conn)?;
        let step = run(conn, "PASSIVE")?;
        if step.busy {
            return Ok(Carried::Part(Checkpoint::Elsewhere));
        }
        if step.carried < step.pages {
            return Ok(Carried::Part(Checkpoint::Held));
        }
        // SQLite leaves this to whoever ends the log, who keeps writers waiting for it.
        sync::database(conn)?;
        let few = step.carried - carried <= FEW;
        carried = step.carried;
        if few {
            break;
        }
    }
    Ok(Carried::All { pages: carried, version })
}

/// Whether the disk has room for what the file grows by: half of that would help nobody, and take the room of commits.
fn fits(conn: &Connection, path: &Path) -> Result<bool, rusqlite::Error> {
    let pages: i64 = conn.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    let bytes = u64::try_from(pages * page_size(conn)?).unwrap_or(0);
    let there = std::fs::metadata(path).map_or(bytes, |meta| meta.len());
    Ok(bytes.saturating_sub(there) <= free_bytes(path))
}

#[cfg(unix)]
fn free_bytes(path: &Path) -> u64 {
    rustix::fs::statvfs(path)
        .map_or(u64::MAX, |found| found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> u64 {
    u64::MAX
}

/// Changes with every commit of another connection.
fn data_version(conn: &Connection) -> Result<i64, rusqlite::Error> {
    conn.query_row("PRAGMA data_version", [], |row| row.get(0))
}

fn page_size(conn: &Connection) -> Result<i64, rusqlite::Error> {
    conn.query_row("PRAGMA page_size", [], |row| row.get(0))
}

/// All of the WAL is in the file, on the disk, unless somebody has written since that version: a transaction begins the WAL anew.
fn start_over(
    conn: &Connection,
    version: i64,
    pages: i64,
    locked: &mut Locked,
) -> Result<Option<Checkpoint>, rusqlite::Error> {
    match conn.execute_batch("BEGIN IMMEDIATE") {
        Err(error) if is_busy(&error) => return Ok(None),
        begun => begun?,
    }
    let begun_anew = locked.time(|| {
        if data_version(conn)? != version {
            conn.execute_batch("ROLLBACK")?;
            return Ok(false);
        }
        conn.execute(NOTE, [now_millis().to_string()])?;
        conn.execute_batch("COMMIT").map(|()| true)
    })?;
    if !begun_anew {
        return Ok(None);
    }
    // A reader of the WAL keeps it: then this has gone to its end.
    let step = run(conn, "NOOP")?;
    let is_new = !step.busy && step.pages <= pages;
    Ok(Some(if is_new { Checkpoint::Whole } else { Checkpoint::Held }))
}

fn wait_a_little(tries: i32) -> bool {
    std::thread::sleep(LITTLE);
    tries < LITTLE_TRIES
}

/// With whoever writes kept waiting.
fn end(
    conn: &mut Connection,
    mode: &str,
    locked: &mut Locked,
) -> Result<Checkpoint, rusqlite::Error> {
    // A writer's commit is over sooner; where he is waited for no longer, all is carried and synced once more.
    conn.busy_handler(Some(wait_a_little))?;
    for _ in 0..TRIES {
        if !locked.time(|| run(conn, mode))?.busy {
            locked.time(|| note(conn))?;
            return Ok(Checkpoint::Whole);
        }
        std::thread::sleep(PAUSE);
    }
    Ok(Checkpoint::Held)
}

const NOTE: &str = "INSERT OR REPLACE INTO _sharded_meta (key, value) VALUES ('checkpointedAt', ?)";

/// The first commit after it writes the new header.
fn note(conn: &Connection) -> Result<(), rusqlite::Error> {
    match conn.execute(NOTE, [now_millis().to_string()]) {
        // Then a caller's commit is the first.
        Err(error) if is_busy(&error) => Ok(()),
        other => other.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with a WAL of some pages, and a connection to it.
    fn written(dir: &Path) -> (std::path::PathBuf, Connection) {
        let path = dir.join("block.sqlite");
        let conn = Connection::open(&path).unwrap();
        conn.execute_batch(
            "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;
            CREATE TABLE _sharded_meta (key TEXT PRIMARY KEY, value TEXT); CREATE TABLE t (x);
            INSERT INTO t SELECT zeroblob(3000) FROM json_each('[1,2,3,4,5,6,7,8,9]')",
        )
        .unwrap();
        (path, conn)
    }

    const PATIENT: Ending = Ending { force: i64::MAX, shrink: false };

    fn pages(conn: &Connection) -> i64 {
        run(conn, "NOOP").unwrap().pages
    }

    fn outcome(path: &Path, ending: Ending) -> Checkpoint {
        checkpoint(path, ending, &Haste::default()).outcome.unwrap()
    }

    #[test]
    fn writers_are_slow_while_it_is_asked_for() {
        let haste = Haste::default();
        let waits = || {
            let began = Instant::now();
            haste.give_way();
            began.elapsed() >= SLOW
        };
        let asked = haste.ask();
        assert!(waits());
        drop(asked);
        assert!(!haste.0.load(Ordering::Relaxed));
    }

    #[test]
    fn without_writers_it_starts_over() {
        let dir = tempfile::tempdir().unwrap();
        let (path, conn) = written(dir.path());
        assert!(pages(&conn) > SHORT);
        assert_eq!(outcome(&path, PATIENT), Checkpoint::Whole);
        assert!(pages(&conn) <= SHORT, "{} pages are left", pages(&conn));
        // There is nothing more to do.
        assert_eq!(outcome(&path, PATIENT), Checkpoint::Whole);
        let bytes = || std::fs::metadata(dir.path().join("block.sqlite-wal")).unwrap().len();
        assert!(bytes() > 20_000);
        assert_eq!(outcome(&path, Ending { shrink: true, ..PATIENT }), Checkpoint::Whole);
        assert!(bytes() < 20_000, "{} bytes are left", bytes());
        assert_eq!(
            conn.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).unwrap(),
            9
        );
    }

    #[test]
    fn a_reader_keeps_it() {
        let dir = tempfile::tempdir().unwrap();
        let (path, conn) = written(dir.path());
        let reader = Connection::open(&path).unwrap();
        reader.execute_batch("BEGIN; SELECT * FROM t").unwrap();
        // He has seen all of it.
        assert_eq!(outcome(&path, PATIENT), Checkpoint::Held);
        // Not what is new.
        conn.execute_batch("INSERT INTO t VALUES (zeroblob(30000))").unwrap();
        assert_eq!(outcome(&path, PATIENT), Checkpoint::Held);
        assert!(pages(&conn) > SHORT);
        reader.execute_batch("COMMIT").unwrap();
        assert_eq!(outcome(&path, PATIENT), Checkpoint::Whole);
        assert!(pages(&conn) <= SHORT);
    }

    #[test]
    fn a_writer_is_waited_for_only_where_it_is_long() {
        let dir = tempfile::tempdir().unwrap();
        let (path, conn) = written(dir.path());
        conn.execute_batch("BEGIN IMMEDIATE; INSERT INTO t VALUES (1)").unwrap();
        assert_eq!(outcome(&path, PATIENT), Checkpoint::Written);
        assert_eq!(outcome(&path, Ending { force: 0, ..PATIENT }), Checkpoint::Held);
        conn.execute_batch("COMMIT").unwrap();
        let ending = Ending { force: 0, shrink: true };
        assert_eq!(outcome(&path, ending), Checkpoint::Whole);
        assert!(pages(&conn) <= SHORT);
    }
}
