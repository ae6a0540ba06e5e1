//! How long a read may hold the thread that calls: the connection's progress handler asks, and so do those who take rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

/// Instructions of SQLite's machine between two looks at the clock: about 20 rows of a scan, or 10 µs.
const INSTRUCTIONS: i32 = 500;

/// No limit: what a write must have, since to interrupt one is to roll its transaction back.
const NONE: u64 = u64::MAX;

/// A moment after which a read gives up. One thread at a time uses it, that of its connection.
pub struct Budget {
    start: Instant,
    until_ns: AtomicU64,
}

impl Budget {
    pub fn install(conn: &mut Connection) -> Result<Arc<Self>, rusqlite::Error> {
        let budget = Arc::new(Self { start: Instant::now(), until_ns: AtomicU64::new(NONE) });
        let asked = budget.clone();
        conn.progress_handler(INSTRUCTIONS, Some(move || asked.is_spent()))?;
        Ok(budget)
    }

    pub fn arm(&self, limit: Duration) {
        self.until_ns.store(self.now_ns() + nanos(limit), Ordering::Relaxed);
    }

    /// The rest of the read is not wanted.
    pub fn spend(&self) {
        self.until_ns.store(0, Ordering::Relaxed);
    }

    pub fn disarm(&self) {
        self.until_ns.store(NONE, Ordering::Relaxed);
    }

    pub fn is_spent(&self) -> bool {
        match self.until_ns.load(Ordering::Relaxed) {
            NONE => false,
            until_ns => self.now_ns() >= until_ns,
        }
    }

    fn now_ns(&self) -> u64 {
        nanos(self.start.elapsed())
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(NONE - 1)
}
