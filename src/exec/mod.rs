//! The only opener of SQLite: connections, transactions, reads and writes of a compiled program.

mod aggregate;
mod bind;
mod budget;
mod buffer;
mod capture;
mod checkpoint;
mod collations;
mod convert;
pub mod draft;
mod examine;
mod fits;
mod foreign;
mod functions;
mod generate;
mod heard;
mod ids;
mod inspect;
mod joint;
mod missing;
mod peek;
mod read;
mod redo;
mod refresh;
mod refusal;
mod respelled;
mod rows;
mod settle;
mod sync;
mod transaction;
mod whole;
mod write;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;

use crate::collation::DECLARED;
use crate::error::{DAMAGED, Failure, Miss, Stop};
use crate::ids::Seq;
use crate::instant::now_millis;
use crate::outbox::{self, Bounds, Change};
use crate::schema::Schema;
use crate::sql::Program;

pub use bind::{Absent, Call, Param};
pub use budget::Budget;
pub use buffer::Buffer;
use capture::Capture;
pub use checkpoint::{Checkpoint, Ending, Haste, Tried, checkpoint};
pub use heard::Heard;
pub use ids::{Ids, OnLow};
pub use inspect::inspect;
pub use peek::peek;
pub use rows::{RowMode, Writer};
pub use sync::sync_file;

/// Takes the rows of a result, level by level: all rows of a node's relations come before the first row of the node, whose
/// rows end with how many of each are theirs.
pub trait Sink {
    fn row(&mut self, node: usize, cells: &[ValueRef<'_>]);
}

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The caller's calls: changes are captured, foreign keys enforced.
    Calls,
    /// Loading, adoption, refresh, acknowledgement: nothing is captured, rows may lack their parents.
    Side,
    /// As `Side`, of a file that nobody else opens until it is closed, and that is thrown away where this does not come to its end.
    Draft,
    /// Long reads, on a thread of their own.
    Reader,
}

pub struct Database {
    pub conn: Connection,
    pub schema: Arc<Schema>,
    capture: Option<Capture>,
    /// What the open transaction takes its ids from.
    pub ids: Ids,
    /// An explicit transaction is open: its commits end with it.
    open: bool,
    /// Rows are written as the main database has them now, with what this transaction has sent there: nothing here is newer.
    follows: bool,
    /// For each savepoint of the open transaction, how many changes were captured before it.
    marks: Vec<usize>,
    /// During a call: rows that are not held are known not to exist.
    certain: Arc<AtomicBool>,
    pub budget: Arc<Budget>,
    /// Of what may wait in the outbox.
    pub bounds: Bounds,
    /// During a read: strings were compared that the main database may order otherwise.
    doubt: Arc<AtomicBool>,
}

/// Run first on every connection but a draft's.
const SHARED: &str = "PRAGMA synchronous=NORMAL";
/// Run on every connection. The cache is what better-sqlite3 gives one: over SQLite's own 2 MB, a scan that looks up
/// related rows takes two and a half times as long. It grows with what is read, never beyond the file.
const SETTINGS: &str =
    "PRAGMA wal_autocheckpoint=0; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000";

impl Database {
    pub fn open(path: &Path, schema: Arc<Schema>, role: Role) -> Result<Self, rusqlite::Error> {
        let mut conn = examine::connect(path)?;
        conn.execute_batch(if role == Role::Draft { draft::SETTINGS } else { SHARED })?;
        conn.execute_batch(SETTINGS)?;
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, role == Role::Calls)?;
        conn.busy_timeout(std::time::Duration::ZERO)?;
        // Else the planner looks at bound values, and each new one has a prepared statement planned anew.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        conn.set_prepared_statement_cache_capacity(512);
        if role == Role::Reader {
            // Where a sort may not spill, each of its records is allocated for itself. Here they lie in one piece of memory, up to the
            // size of the cache, and what is longer goes to a file.
            conn.execute_batch("PRAGMA temp_store=FILE; PRAGMA query_only=ON")?;
        }
        let certain = Arc::new(AtomicBool::new(false));
        functions::register(&conn, schema.provider, certain.clone())?;
        let capture = (role == Role::Calls).then(|| Capture::install(&conn, schema.clone()));
        let budget = Budget::install(&mut conn)?;
        Ok(Self {
            conn,
            schema,
            capture,
            ids: Ids::default(),
            open: false,
            follows: false,
            marks: Vec::new(),
            certain,
            doubt: Arc::default(),
            budget,
            bounds: Bounds::default(),
        })
    }

    /// Closes the connection. The file is to be opened again: SQLite keeps what it would make anew then.
    ///
    /// # Errors
    /// Of SQLite: some of the log may not be in the file.
    pub fn close(self, reopened: bool) -> Result<(), rusqlite::Error> {
        if reopened {
            sync::keep_files(&self.conn)?;
        }
        self.conn.close().map_err(|(_, error)| error)
    }

    /// Runs a read outside or inside the open transaction.
    pub fn read(&self, program: &Program, call: &Call, sink: &mut dyn Sink) -> Result<(), Stop> {
        self.certain.store(call.absent.all(), Ordering::Relaxed);
        self.doubt.store(false, Ordering::Relaxed);
        match program {
            Program::Read(read) => self.run_read(read, call, sink),
            Program::Aggregate(program) => self.run_aggregate(program, call, sink),
            _ => unreachable!("Program::is_write tells reads from writes"),
        }?;
        self.without_doubt()
    }

    /// What was compared by guess is main's to answer.
    fn without_doubt(&self) -> Result<(), Stop> {
        if self.doubt.load(Ordering::Relaxed) { Err(Stop::Miss(Miss::Main)) } else { Ok(()) }
    }

    /// What this connection would read now: the same mark later says that nothing was committed meanwhile, by whomever.
    pub fn mark(&self) -> Result<(u64, i64), Stop> {
        // The one counts this connection's changes, the other tells those of the others.
        let theirs = self
            .conn
            .prepare_cached("PRAGMA data_version")?
            .query_row([], |row| row.get::<_, i64>(0))?;
        Ok((self.conn.total_changes(), theirs))
    }

    /// From now on this connection reads what is committed at this moment.
    pub fn begin_snapshot(&self) -> Result<(), Stop> {
        self.conn.prepare_cached("BEGIN")?.execute([])?;
        // A transaction begins with its first read.
        let read = self.conn.prepare_cached("SELECT key FROM _sharded_meta LIMIT 1");
        let begun = read.and_then(|mut first| first.query([])?.next().map(drop));
        if begun.is_err() {
            self.end_snapshot()?;
        }
        Ok(begun?)
    }

    pub fn end_snapshot(&self) -> Result<(), Stop> {
        self.conn.prepare_cached("ROLLBACK")?.execute([])?;
        Ok(())
    }

    /// Runs a write as one transaction, or as a part of the open one. The seq is 0 when nothing changed or the
    /// transaction goes on.
    pub fn write(
        &mut self,
        program: &Program,
        call: &Call,
        sink: &mut dyn Sink,
    ) -> Result<Seq, Stop> {
        self.certain.store(call.absent.all(), Ordering::Relaxed);
        self.doubt.store(false, Ordering::Relaxed);
        if self.open {
            self.write_fitting(program, call, sink)?;
            return Ok(Seq(0));
        }
        self.begin()?;
        match self.write_fitting(program, call, sink) {
            Ok(()) => self.commit(),
            Err(stop) => {
                self.rollback()?;
                Err(stop)
            }
        }
    }

    pub(super) fn write_fitting(
        &self,
        program: &Program,
        call: &Call,
        sink: &mut dyn Sink,
    ) -> Result<(), Stop> {
        let before = self.capture.as_ref().map_or(0, Capture::len);
        let result = self.run_write(program, call, sink).and_then(|()| self.without_doubt());
        if let Err(stop) = &result
            && !matches!(stop, Stop::Failed(_))
        {
            return result;
        }
        // Of a call that fails, too: main may have refused a value before it came to what fails here.
        let fitting = |changes: &[Change]| fits::fits(&self.schema, changes);
        let respelling = |changes: &[Change]| self.respells(changes);
        match &self.capture {
            Some(capture) if !capture.since(before, fitting) => Err(Stop::Miss(Miss::Through)),
            Some(capture) if capture.since(before, respelling)? => Err(Stop::Miss(Miss::Through)),
            _ => result,
        }
    }

    pub fn begin(&mut self) -> Result<(), Stop> {
        self.conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        self.open = true;
        Ok(())
    }

    pub fn in_transaction(&self) -> bool {
        self.open
    }

    /// Appends what was captured to the outbox and commits both.
    pub fn commit(&mut self) -> Result<Seq, Stop> {
        match self.append_and_commit() {
            Ok(seq) => {
                self.ended();
                Ok(seq)
            }
            Err(stop) => {
                self.rollback()?;
                Err(stop)
            }
        }
    }

    /// It is committed.
    fn ended(&mut self) {
        self.open = false;
        self.marks.clear();
        self.ids.committed();
    }

    fn append_and_commit(&self) -> Result<Seq, Stop> {
        self.ids.write_back(&self.conn, now_millis())?;
        let changes = self.capture.as_ref().map(Capture::take).unwrap_or_default();
        let seq = if changes.is_empty() {
            Seq(0)
        } else {
            self.not_deleted()?;
            self.within_bounds(changes.len())?;
            outbox::append(&self.conn, &self.schema, now_millis(), &changes)?
        };
        self.conn.prepare_cached("COMMIT")?.execute([])?;
        Ok(seq)
    }

    fn within_bounds(&self, changes: usize) -> Result<(), Stop> {
        let Bounds { max_changes, max_commits, max_bytes, .. } = self.bounds;
        let refused = |code, why| Err(Failure::new(code, why, serde_json::json!({})).into());
        if changes > max_changes {
            let why = format!(
                "maxCommit: expected at most {max_changes} changes in one commit, given {changes}; nothing was written"
            );
            return refused("SHARDED_COMMIT_TOO_LARGE", why);
        }
        if !self.bounds.has_room(&self.conn)? {
            let why = format!(
                "outbox: {max_commits} commits or {max_bytes} bytes wait for the main database, as many as may; nothing was written"
            );
            return refused("SHARDED_OUTBOX_FULL", why);
        }
        Ok(())
    }

    /// A file that is marked as deleted is about to be unlinked: a commit to it would be lost.
    fn not_deleted(&self) -> Result<(), Stop> {
        match self.meta("deleted")?.as_deref() {
            None | Some("") => Ok(()),
            Some(_) => Err(Failure::new(
                "SHARDED_BLOCK_DELETED",
                "the block was deleted",
                serde_json::json!({}),
            )
            .into()),
        }
    }

    pub fn rollback(&mut self) -> Result<(), Stop> {
        self.open = false;
        self.follows = false;
        self.marks.clear();
        if let Some(capture) = &self.capture {
            capture.take();
        }
        // SQLite has already rolled back after some errors (disk full, I/O).
        if !self.conn.is_autocommit() {
            self.conn.prepare_cached("ROLLBACK")?.execute([])?;
        }
        self.ids.rolled_back();
        Ok(())
    }
}

impl From<outbox::StoreError> for Stop {
    fn from(error: outbox::StoreError) -> Self {
        match error {
            outbox::StoreError::Sqlite(error) => error.into(),
            other => {
                let code = if other.is_damage() { DAMAGED } else { "SHARDED_OUTBOX" };
                Failure::new(code, other.to_string(), serde_json::json!({})).into()
            }
        }
    }
}

/// Of the SQLite that is compiled in.
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}

/// Makes an empty block file in WAL mode.
pub fn create_template(schema: &Schema, path: &Path) -> Result<(), rusqlite::Error> {
    let conn = Connection::open(path)?;
    functions::register(&conn, schema.provider, Arc::default())?;
    conn.create_collation(DECLARED, str::cmp)?;
    conn.execute_batch("PRAGMA journal_mode=WAL; PRAGMA auto_vacuum=NONE")?;
    let transaction = conn.unchecked_transaction()?;
    for statement in outbox::MIGRATIONS {
        transaction.execute_batch(statement)?;
    }
    for statement in crate::schema::template_sql(schema) {
        transaction.execute_batch(&statement)?;
    }
    transaction.pragma_update(
        None,
        "user_version",
        i64::try_from(outbox::MIGRATIONS.len()).unwrap_or(i64::MAX),
    )?;
    transaction.commit()?;
    conn.pragma_query(None, "wal_checkpoint", |_| Ok(()))?;
    conn.close().map_err(|(_, error)| error)
}
