//! Taking turns at the write lock with other processes. SQLite's lock goes to whoever asks at the right moment, so a process
//! that takes it back to back would keep the others out. Whoever finds it taken waits in line for a file lock beside the
//! block, `.turn`, and keeps that until it has the write lock; whoever has had the write lock for a while looks
//! whether somebody stands in line, and then joins it.
//!
//! Only fairness hangs on it: who gives up waiting, or waits for a process that stands still, may write out of turn.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use rustix::fs::{FlockOperation, flock};

use crate::beside::beside;
use crate::lock::open_private;

/// After so long with the write lock a process looks whether others wait. The look takes some microseconds.
const COURTESY: Duration = Duration::from_millis(1);

/// Called on a thread when the turn has come.
pub type Report = Box<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct State {
    /// Somebody here wants the turn.
    asked: bool,
    /// A thread stands in line.
    waits: bool,
    held: Option<File>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    report: OnceLock<Report>,
}

pub struct Turn {
    path: PathBuf,
    shared: Arc<Shared>,
    /// For how long this process has had the write lock since it last looked.
    spent: Duration,
}

impl Turn {
    pub fn new(database: &Path) -> Self {
        Self { path: beside(database, ".turn"), shared: Arc::default(), spent: Duration::ZERO }
    }

    /// Who hears that the turn has come; only the first is kept.
    pub fn on_turn(&self, report: Report) {
        let _first_is_kept = self.shared.report.set(report);
    }

    /// Nobody here stands in line, or has the turn.
    pub fn is_idle(&self) -> bool {
        let state = self.shared.state.lock();
        !state.asked && !state.waits && state.held.is_none()
    }

    /// The write lock was held here for so long.
    pub fn spent(&mut self, time: Duration) {
        self.spent = self.spent.saturating_add(time);
    }

    /// Whether it is another process's turn, looked at only after a while with the lock, and once.
    pub fn is_due(&mut self) -> bool {
        self.spent >= COURTESY && self.is_wanted()
    }

    /// Whether another process stands in line. Who holds the turn itself need not ask.
    pub fn is_wanted(&mut self) -> bool {
        self.spent = Duration::ZERO;
        if self.shared.state.lock().held.is_some() {
            return false;
        }
        // Nobody has ever stood in line where there is no file; one that cannot be opened keeps nobody from writing.
        let Ok(probe) = OpenOptions::new().read(true).write(true).open(&self.path) else {
            return false;
        };
        flock(&probe, FlockOperation::NonBlockingLockShared) == Err(rustix::io::Errno::WOULDBLOCK)
    }

    /// Stands in line on a thread of its own, one per block however many calls wait here.
    pub fn ask(&self) {
        let mut state = self.shared.state.lock();
        state.asked = true;
        if state.waits || state.held.is_some() {
            return;
        }
        let (path, shared) = (self.path.clone(), self.shared.clone());
        let spawned = std::thread::Builder::new()
            .name("sharded-turn".to_owned())
            .spawn(move || stand_in_line(&path, &shared));
        // Without a thread the lock is asked for out of turn, now and then.
        state.waits = spawned.is_ok();
    }

    /// The write lock was got, or nobody here waits for it any more.
    pub fn give_back(&self) {
        let mut state = self.shared.state.lock();
        state.asked = false;
        state.held = None;
    }
}

fn stand_in_line(path: &Path, shared: &Shared) {
    let turn = open_private(path).and_then(|file| {
        loop {
            match flock(&file, FlockOperation::LockExclusive) {
                Ok(()) => return Ok(file),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    });
    let mut state = shared.state.lock();
    state.waits = false;
    // Where files cannot be locked nobody has a turn, and nobody waits for one.
    if let (true, Ok(file)) = (state.asked, turn) {
        state.held = Some(file);
        drop(state);
        if let Some(report) = shared.report.get() {
            report();
        }
    }
}
