//! How long a read may hold the thread that calls: the connection's progress handler asks, and so do those who take rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

/// Instructions of SQLite's machine between two looks at the clock: about 20 rows of a scan, or 10 µs.
const INSTRUCTIONS: i32 = 500;

/// No limit: what a write must have, since to interrupt one is to roll its transaction back, and what begins or ends a
/// transaction: a `BEGIN` may be interrupted when it has begun one, a `ROLLBACK` before it has ended it.
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

    /// Does something however long it takes. The time goes on.
    pub fn beyond<T>(&self, work: impl FnOnce() -> T) -> T {
        let until_ns = self.until_ns.swap(NONE, Ordering::Relaxed);
        let done = work();
        self.until_ns.store(until_ns, Ordering::Relaxed);
        done
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_and_ends_a_transaction_is_not_interrupted() {
        let mut conn = Connection::open_in_memory().unwrap();
        let budget = Budget::install(&mut conn).unwrap();
        budget.spend();
        let run = |text| conn.prepare_cached(text)?.execute([]);
        for _ in 0..INSTRUCTIONS {
            budget.beyond(|| run("BEGIN")).unwrap();
            assert!(!conn.is_autocommit());
            budget.beyond(|| run("ROLLBACK")).unwrap();
            assert!(conn.is_autocommit());
        }
        assert!(budget.is_spent());
        let ends = |()| run("BEGIN").and_then(|_| run("ROLLBACK"));
        let interrupted = std::iter::repeat_n((), 1_000).map(ends).find_map(Result::err);
        assert!(interrupted.is_some_and(|error| error.to_string().contains("interrupted")));
    }
}
