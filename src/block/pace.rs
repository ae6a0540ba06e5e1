//! Where a plan's next read starts: on the caller's thread, or beside the loop because the last one took too long there.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// How long a read may hold the loop before it starts over on the pool.
pub const INLINE: Duration = Duration::from_micros(800);
/// A read that would have taken less than this on the loop is tried there next time. Some way below what it may take, or
/// one in between would be started twice every other time.
const QUICK: Duration = Duration::from_micros(600);
/// What making JS of a row takes at least.
const ROW: Duration = Duration::from_nanos(300);
/// A plan is tried on the loop again after so long: its rows or its values may have become fewer.
const FORGET_MS: i64 = 30_000;

#[derive(Default)]
pub struct Pace {
    slow_until_ms: AtomicI64,
}

impl Pace {
    pub fn is_slow(&self, now_ms: i64) -> bool {
        now_ms < self.slow_until_ms.load(Ordering::Relaxed)
    }

    pub fn overran(&self, now_ms: i64) {
        self.slow_until_ms.store(now_ms + FORGET_MS, Ordering::Relaxed);
    }

    /// A read on the pool has ended.
    pub fn ended(&self, took: Duration, rows: usize) {
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        if took.saturating_add(ROW.saturating_mul(rows)) < QUICK {
            self.slow_until_ms.store(0, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_that_overran_is_slow_until_it_was_quick_or_long_ago() {
        let pace = Pace::default();
        assert!(!pace.is_slow(1_000));
        pace.overran(1_000);
        assert!(pace.is_slow(1_001) && !pace.is_slow(1_000 + FORGET_MS));
        pace.ended(QUICK, 1);
        pace.ended(Duration::ZERO, 2_000);
        assert!(pace.is_slow(1_001));
        pace.ended(Duration::ZERO, 1);
        assert!(!pace.is_slow(1_001));
    }
}
