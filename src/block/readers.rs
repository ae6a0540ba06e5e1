//! Long reads of one block, beside the loop.
//!
//! A read sees what was committed when it was called, not when a thread is free: a write called after it may commit first.
//! So its snapshot is taken in the caller's turn, on a connection that is then handed over. Reads between which nothing was
//! committed can share one: a *lane* is a connection with its snapshot and the reads that wait for it.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use rusqlite::InterruptHandle;
use serde_json::json;
use smallvec::SmallVec;

use super::plans::Prepared;
use super::pool::Pool;
use crate::collation::Strings;
use crate::error::{Failure, Stop};
use crate::exec::{Absent, Buffer, Call, Database, Heard, Param, Role};
use crate::schema::Schema;

/// Snapshots that a block may have at once. A caller that is this far ahead of the threads is slowed down.
const MAX_LANES: usize = 64;
/// A statement may begin between a look at `closing` and its interruption: so it is interrupted again.
const INTERRUPT_AGAIN: Duration = Duration::from_millis(5);

/// Says whether two moments have the same contents, see `Database::mark`.
pub type Mark = (u64, i64);

/// Called on any thread with the ticket of a read that has ended.
pub type Report = Box<dyn Fn(u32) + Send + Sync>;

/// One run of a plan, with all that it needs.
pub struct Run {
    pub prepared: Arc<Prepared>,
    pub params: SmallVec<[Param; 8]>,
    pub absent: Absent,
    pub now_ms: i64,
    pub heard: Option<Heard>,
}

impl Run {
    pub fn call(&self) -> Call<'_> {
        Call {
            params: &self.params,
            now_ms: self.now_ms,
            absent: &self.absent,
            heard: self.heard.as_ref(),
            ids: None,
        }
    }
}

/// A read that has ended.
pub struct Ended {
    pub prepared: Arc<Prepared>,
    pub result: Result<Buffer, Stop>,
    pub heard: Option<String>,
}

struct Lane {
    id: u64,
    mark: Mark,
    runs: VecDeque<(u32, Run)>,
    interrupt: InterruptHandle,
}

#[derive(Default)]
struct State {
    lanes: Vec<Lane>,
    next_lane: u64,
    next_ticket: u32,
    ended: HashMap<u32, Ended>,
    connections: usize,
    closing: bool,
}

#[derive(Default)]
pub struct Shared {
    state: Mutex<State>,
    /// How many lanes there are, for a look without the lock at every read.
    lanes: AtomicUsize,
    closed: Condvar,
    report: OnceLock<Report>,
}

/// A connection, counted by the block that opened it.
pub struct Connection {
    db: Database,
    counted: Counted,
}

impl Connection {
    pub fn is_of(&self, block: &Arc<Shared>) -> bool {
        Arc::ptr_eq(&self.counted.0, block)
    }
}

/// Dropped after the connection: the last field.
struct Counted(Arc<Shared>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.state.lock().connections -= 1;
        self.0.closed.notify_all();
    }
}

pub struct Readers {
    shared: Arc<Shared>,
    pool: Pool,
    schema: Arc<Schema>,
    strings: Arc<Strings>,
    path: PathBuf,
}

impl Readers {
    pub fn new(pool: Pool, schema: Arc<Schema>, strings: Arc<Strings>, path: PathBuf) -> Self {
        Self { shared: Arc::default(), pool, schema, strings, path }
    }

    /// Strings compare otherwise from now on: idle connections are closed, the next ones know.
    pub fn follow(&mut self, strings: Arc<Strings>) {
        self.strings = strings;
        self.pool.forget(&self.shared);
    }

    /// Who hears of reads that have ended; only the first is kept.
    pub fn on_ended(&self, report: Report) {
        let _first_is_kept = self.shared.report.set(report);
    }

    /// Whether another read may be started.
    pub fn has_room(&self) -> bool {
        self.shared.lanes.load(Ordering::Relaxed) < MAX_LANES
    }

    /// Whether none runs, and nobody has still to ask for the result of one.
    pub fn is_idle(&self) -> bool {
        let state = self.shared.state.lock();
        state.lanes.is_empty() && state.ended.is_empty()
    }

    /// Closes idle connections.
    pub fn rest(&self) {
        self.pool.forget(&self.shared);
    }

    /// Starts a read of what is committed now, and names it.
    pub fn start(&self, mark: Mark, run: Run) -> Result<u32, Stop> {
        let mut state = self.shared.state.lock();
        let ticket = state.next_ticket;
        state.next_ticket = ticket.wrapping_add(1);
        // While a thread is free, a lane of its own is sooner done.
        if state.lanes.len() >= self.pool.width()
            && let Some(lane) = shortest(&mut state.lanes, mark)
        {
            lane.runs.push_back((ticket, run));
            return Ok(ticket);
        }
        drop(state);
        let connection = self.connect()?;
        connection.db.begin_snapshot()?;
        let interrupt = connection.db.conn.get_interrupt_handle();
        let mut state = self.shared.state.lock();
        let id = state.next_lane;
        state.next_lane += 1;
        state.lanes.push(Lane { id, mark, runs: VecDeque::from([(ticket, run)]), interrupt });
        self.shared.lanes.store(state.lanes.len(), Ordering::Relaxed);
        drop(state);
        let pool = self.pool.clone();
        self.pool.push(Box::new(move || serve(connection, id, &pool)));
        Ok(ticket)
    }

    fn connect(&self) -> Result<Connection, Stop> {
        if let Some(connection) = self.pool.take(&self.shared) {
            return Ok(connection);
        }
        let mut db = Database::open(&self.path, self.schema.clone(), Role::Reader)?;
        db.follow(&self.strings)?;
        self.shared.state.lock().connections += 1;
        Ok(Connection { db, counted: Counted(self.shared.clone()) })
    }

    pub fn take(&self, ticket: u32) -> Option<Ended> {
        self.shared.state.lock().ended.remove(&ticket)
    }

    /// Ends the reads that run, and returns when every connection is closed.
    pub fn close(&self) {
        self.stop();
        let mut state = self.shared.state.lock();
        while state.connections > 0 {
            self.shared.closed.wait_for(&mut state, INTERRUPT_AGAIN);
            state.lanes.iter().for_each(|lane| lane.interrupt.interrupt());
        }
    }

    fn stop(&self) {
        self.shared.state.lock().closing = true;
        self.pool.forget(&self.shared);
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.stop();
    }
}

fn shortest(lanes: &mut [Lane], mark: Mark) -> Option<&mut Lane> {
    lanes.iter_mut().filter(|lane| lane.mark == mark).min_by_key(|lane| lane.runs.len())
}

/// Runs the reads of a lane, then gives its connection back.
fn serve(connection: Connection, lane: u64, pool: &Pool) {
    let shared = connection.counted.0.clone();
    while let Some((ticket, run)) = next(&shared, lane) {
        let ended = read(&connection.db, run, &shared);
        shared.state.lock().ended.insert(ticket, ended);
        if let Some(report) = shared.report.get() {
            report(ticket);
        }
    }
    let reusable = connection.db.end_snapshot().is_ok() && !shared.state.lock().closing;
    if reusable {
        pool.keep(connection);
        // The block may have been closed between the question and the answer.
        if shared.state.lock().closing {
            pool.forget(&shared);
        }
    }
}

/// The lane's next read; a lane without one is over, and none can join it any more.
fn next(shared: &Shared, lane: u64) -> Option<(u32, Run)> {
    let mut state = shared.state.lock();
    let at = state.lanes.iter().position(|known| known.id == lane)?;
    let run = state.lanes[at].runs.pop_front();
    if run.is_none() {
        state.lanes.swap_remove(at);
        shared.lanes.store(state.lanes.len(), Ordering::Relaxed);
    }
    run
}

fn read(db: &Database, run: Run, shared: &Shared) -> Ended {
    let began = Instant::now();
    let result = if shared.state.lock().closing {
        Err(Stop::Interrupted)
    } else {
        catch_unwind(AssertUnwindSafe(|| {
            let mut buffer = Buffer::default();
            db.read(&run.prepared.program, &run.call(), &mut buffer).map(|()| buffer)
        }))
        .unwrap_or_else(|_| Err(panicked()))
    };
    // A read that found nothing has told how long that takes, too.
    run.prepared.pace.ended(began.elapsed(), result.as_ref().map_or(0, Buffer::rows));
    Ended { result, heard: run.heard.map(Heard::into_json), prepared: run.prepared }
}

fn panicked() -> Stop {
    Failure::new("SHARDED_PANIC", "a read failed inside the block's engine", json!({})).into()
}
