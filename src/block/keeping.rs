//! How long the WAL of a block may be, and who keeps it from getting shorter.
//!
//! ```text
//! free --a checkpoint that readers or writers keep from ending--> held --one that ends--> free
//!                                       tried again by itself; told once when the WAL is over its bound
//! ```

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::beside::{WAL, beside};
use crate::exec::{self, Checkpoint, Ending, Haste, Tried};

/// After so many transactions the WAL is carried into the file.
const EVERY: u32 = 250;
/// Also after it has grown by this part of its bound.
const STEP: u64 = 4;
/// From this part on writers are kept waiting for it to start over. Only what is longer than its bound is made shorter as well: that takes
/// long, and where much is written it would only grow again.
const FORCE: u64 = 2;
/// A checkpoint that is held up is tried again so much later, then ever more rarely.
const FIRST_RETRY: Duration = Duration::from_millis(25);
const LONGEST_RETRY: Duration = Duration::from_secs(1);
/// Readers that are done sooner are not long.
const PATIENCE: Duration = Duration::from_secs(1);

/// Called on a thread with the block's file, the bytes of its WAL and since how many milliseconds that cannot be emptied.
pub type LongReader = Box<dyn Fn(String, i64, i64) + Send + Sync>;

/// Who hears of the long readers of all blocks of one manifest; only the first is kept.
pub type LongReaders = Arc<OnceLock<LongReader>>;

#[derive(Default)]
struct State {
    commits: u32,
    /// The WAL's size at the last checkpoint that was asked for.
    asked_at: u64,
    held_since: Option<Instant>,
    retry: Duration,
    told: bool,
    /// For how long a checkpoint has had the write lock at the most.
    locked: Duration,
    error: Option<String>,
    asleep: bool,
}

pub struct Keeping {
    path: PathBuf,
    wal: PathBuf,
    max_bytes: u64,
    state: Mutex<State>,
    haste: Haste,
    /// Held by the checkpoint that runs.
    running: Mutex<()>,
    report: LongReaders,
}

/// What there is to know of it.
pub struct Kept {
    pub max_bytes: u64,
    pub held_for: Option<Duration>,
    pub locked: Duration,
    pub error: Option<String>,
}

impl Keeping {
    pub fn new(database: &Path, max_bytes: u64, report: LongReaders) -> Arc<Self> {
        Arc::new(Self {
            path: database.to_owned(),
            wal: beside(database, WAL),
            max_bytes,
            state: Mutex::default(),
            haste: Haste::default(),
            running: Mutex::default(),
            report,
        })
    }

    /// After a commit: is it time for a checkpoint? A WAL that was left long by an earlier life counts as grown.
    pub fn is_due(&self, wal_bytes: u64) -> bool {
        let mut state = self.state.lock();
        state.commits += 1;
        // It was emptied.
        state.asked_at = state.asked_at.min(wal_bytes);
        let due = state.commits >= EVERY || wal_bytes - state.asked_at >= self.max_bytes / STEP;
        if due {
            state.commits = 0;
            state.asked_at = wal_bytes;
        }
        due
    }

    /// Of the database's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A commit was made: a checkpoint that comes to an end may want its writers to be slow.
    pub fn give_way(&self) {
        self.haste.give_way();
    }

    /// Whoever has it is not done: its block stays open.
    pub fn is_held(&self) -> bool {
        self.state.lock().held_since.is_some()
    }

    /// From now on no checkpoint begins.
    pub fn rest(&self) {
        self.state.lock().asleep = true;
    }

    /// Returns when none runs: its connection would be in the way of the last words of a file's life. Blocks.
    pub fn settle(&self) {
        drop(self.running.lock());
    }

    pub fn wake(&self) {
        self.state.lock().asleep = false;
    }

    pub fn kept(&self) -> Kept {
        let state = self.state.lock();
        Kept {
            max_bytes: self.max_bytes,
            held_for: state.held_since.map(|since| since.elapsed()),
            locked: state.locked,
            error: state.error.clone(),
        }
    }

    fn wal_bytes(&self) -> u64 {
        std::fs::metadata(&self.wal).map_or(0, |meta| meta.len())
    }

    /// A checkpoint. Blocks. -> when it is to be tried again.
    pub fn run(&self) -> Option<Duration> {
        let _running = self.running.lock();
        if self.state.lock().asleep {
            return None;
        }
        let ending = Ending {
            force: i64::try_from(self.max_bytes / FORCE).unwrap_or(i64::MAX),
            shrink: self.wal_bytes() > self.max_bytes,
        };
        let Tried { outcome, locked } = exec::checkpoint(&self.path, ending, &self.haste);
        let mut state = self.state.lock();
        state.locked = state.locked.max(locked);
        state.error = outcome.as_ref().err().map(ToString::to_string);
        match outcome {
            Ok(Checkpoint::Held) => Some(self.held(&mut state)),
            // The other one may not get further than this one would.
            Ok(Checkpoint::Elsewhere) => state.held_since.map(|_| state.next_retry()),
            Ok(Checkpoint::NoRoom) => {
                state.error = Some("the disk has no room for what is in the log".to_owned());
                Some(state.next_retry())
            }
            Ok(Checkpoint::Written) => {
                state.released();
                Some(state.next_retry())
            }
            Ok(Checkpoint::Whole) | Err(_) => {
                state.released();
                state.retry = Duration::ZERO;
                None
            }
        }
    }

    fn held(&self, state: &mut State) -> Duration {
        let held_for = state.held_since.get_or_insert_with(Instant::now).elapsed();
        let bytes = self.wal_bytes();
        if !state.told && held_for >= PATIENCE && bytes > self.max_bytes {
            state.told = true;
            if let Some(report) = self.report.get() {
                let millis = i64::try_from(held_for.as_millis()).unwrap_or(i64::MAX);
                let path = self.path.display().to_string();
                report(path, i64::try_from(bytes).unwrap_or(i64::MAX), millis);
            }
        }
        state.next_retry()
    }
}

impl State {
    /// No reader keeps it.
    fn released(&mut self) {
        self.held_since = None;
        self.told = false;
    }

    fn next_retry(&mut self) -> Duration {
        self.retry = (self.retry * 2).clamp(FIRST_RETRY, LONGEST_RETRY);
        self.retry
    }
}
