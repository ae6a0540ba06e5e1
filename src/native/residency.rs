//! Which of a process's blocks have their connections open. An app has one block per user or chat, and uses few of them at a
//! time: the others sleep (`block/sleep.rs`), and wake with their next call.
//!
//! A clock: whoever has to make room looks at one block after the other in a ring, passes over those that were used since the
//! last look, and over those in which something is under way. The hand moves on, so that each look costs the same however many
//! blocks there are.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};

use napi::Result;
use napi_derive::napi;
use parking_lot::Mutex;
use serde_json::json;

use super::Inner;
use crate::block::OpenBlock;
use crate::params::thrown_stop;

/// How many blocks one look may pass over: the caller waits meanwhile.
const LOOKS: usize = 64;

#[derive(Clone, Copy)]
struct Limits {
    /// Blocks awake.
    awake: usize,
    /// Bytes of their files, as far as they may lie in page caches.
    bytes: u64,
    /// Blocks asleep that keep the lock of their file's life: one descriptor each.
    lives: usize,
}

struct Awake {
    inner: Weak<Mutex<Inner>>,
    bytes: u64,
}

struct State {
    limits: Limits,
    ring: Vec<Awake>,
    hand: usize,
    bytes: u64,
    lives: usize,
    asleep: usize,
    woken: u64,
}

pub struct Shared {
    state: Mutex<State>,
    /// Grows with time; blocks note it when they are used.
    tick: AtomicU32,
}

/// Where a block stands.
#[derive(Default)]
pub struct Residence {
    shared: Option<Arc<Shared>>,
    me: Weak<Mutex<Inner>>,
    /// The tick of the last call.
    used_at: u32,
    /// Since the hand last passed.
    used: bool,
    keeps_life: bool,
}

impl Residence {
    pub fn used(&mut self) {
        if let Some(shared) = &self.shared {
            self.used = true;
            self.used_at = shared.tick.load(Ordering::Relaxed);
        }
    }

    /// The block is closed for good.
    pub fn leave(&mut self) {
        let Some(shared) = self.shared.take() else { return };
        let mut state = shared.state.lock();
        if let Some(at) = state.ring.iter().position(|one| Weak::ptr_eq(&one.inner, &self.me)) {
            state.remove(at);
        } else {
            state.woke(self.keeps_life);
        }
    }
}

impl State {
    fn remove(&mut self, at: usize) {
        let gone = self.ring.swap_remove(at);
        self.bytes -= gone.bytes;
    }

    fn woke(&mut self, kept_life: bool) {
        self.asleep -= 1;
        self.lives -= usize::from(kept_life);
    }

    fn is_over(&self) -> bool {
        let many = self.ring.len() > self.limits.awake;
        // One block may be larger than all that is allowed.
        many || (self.bytes > self.limits.bytes && self.ring.len() > 1)
    }
}

impl Shared {
    fn admit(&self, inner: &Weak<Mutex<Inner>>, bytes: u64) {
        let mut state = self.state.lock();
        state.ring.push(Awake { inner: inner.clone(), bytes });
        state.bytes += bytes;
        let mut looks = 0;
        while state.is_over() && looks < LOOKS {
            looks += 1;
            let at = if state.hand < state.ring.len() { state.hand } else { 0 };
            state.hand = at + 1;
            let Some(one) = state.ring[at].inner.upgrade() else {
                state.remove(at);
                continue;
            };
            // Whoever makes room here is locked, and passed over.
            let Some(mut one) = one.try_lock() else { continue };
            if std::mem::take(&mut one.residence.used) {
                continue;
            }
            state.put_to_sleep(at, &mut one);
        }
    }
}

impl State {
    fn put_to_sleep(&mut self, at: usize, inner: &mut Inner) -> bool {
        let keeps_life = self.lives < self.limits.lives;
        if !inner.sleep(keeps_life) {
            return false;
        }
        inner.residence.keeps_life = keeps_life;
        self.remove(at);
        self.asleep += 1;
        self.lives += usize::from(keeps_life);
        true
    }
}

impl Inner {
    fn may_sleep(&self) -> bool {
        self.results.is_empty() && self.open.as_ref().is_some_and(OpenBlock::may_sleep)
    }

    fn sleep(&mut self, keeps_life: bool) -> bool {
        if !self.may_sleep() {
            return false;
        }
        let Some(open) = self.open.take() else { return false };
        match open.sleep(keeps_life) {
            Ok(asleep) => self.asleep = Some(asleep),
            // It stays awake; its next call meets what is wrong.
            Err((open, _stop)) => self.open = Some(*open),
        }
        self.open.is_none()
    }

    /// Opens the connections again; nothing where the block is closed.
    pub fn wake(&mut self) -> Result<()> {
        let Some(asleep) = self.asleep.take() else { return Ok(()) };
        let found = match asleep.find() {
            Ok(found) => found,
            Err(stop) => {
                self.asleep = Some(asleep);
                return Err(thrown_stop(stop));
            }
        };
        let open = asleep.wake(found);
        let bytes = open.cache_bytes();
        self.open = Some(open);
        if let Some(shared) = self.residence.shared.clone() {
            let mut state = shared.state.lock();
            state.woke(self.residence.keeps_life);
            state.woken += 1;
            drop(state);
            shared.admit(&self.residence.me, bytes);
        }
        Ok(())
    }
}

/// The blocks of this process, or of this thread of it.
#[napi]
pub struct Residency {
    shared: Arc<Shared>,
}

#[napi]
impl Residency {
    #[napi(constructor, catch_unwind)]
    #[must_use]
    pub fn new(awake: u32, bytes: f64, lives: u32) -> Self {
        let state = State {
            limits: limits(awake, bytes, lives),
            ring: Vec::new(),
            hand: 0,
            bytes: 0,
            lives: 0,
            asleep: 0,
            woken: 0,
        };
        Self { shared: Arc::new(Shared { state: Mutex::new(state), tick: AtomicU32::new(0) }) }
    }

    /// Holds from now on; what is beyond them goes when it is idle.
    #[napi(catch_unwind)]
    pub fn limit(&self, awake: u32, bytes: f64, lives: u32) {
        self.shared.state.lock().limits = limits(awake, bytes, lives);
    }

    /// Time has passed: blocks that were not used for a tick close what connections they need not have, and those that were not
    /// used for two, or are too many, sleep. -> how many blocks there are
    #[napi(catch_unwind)]
    pub fn tick(&self) -> u32 {
        let now = self.shared.tick.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let mut state = self.shared.state.lock();
        let mut at = 0;
        while at < state.ring.len() {
            let Some(one) = state.ring[at].inner.upgrade() else {
                state.remove(at);
                continue;
            };
            let Some(mut inner) = one.try_lock() else {
                at += 1;
                continue;
            };
            let idle = now.wrapping_sub(inner.residence.used_at);
            let sleeps =
                idle > 1 && (idle > 2 || state.is_over()) && state.put_to_sleep(at, &mut inner);
            if sleeps {
                continue;
            }
            if idle > 1 && inner.may_sleep() {
                inner.open.iter_mut().for_each(OpenBlock::trim);
            }
            let bytes = inner.open.as_ref().map_or(0, OpenBlock::cache_bytes);
            state.bytes = state.bytes - state.ring[at].bytes + bytes;
            state.ring[at].bytes = bytes;
            at += 1;
        }
        u32::try_from(state.ring.len() + state.asleep).unwrap_or(u32::MAX)
    }

    /// -> `{awake, asleep, bytes, woken}`
    #[napi(catch_unwind)]
    #[must_use]
    pub fn counts(&self) -> String {
        let state = self.shared.state.lock();
        let (awake, asleep) = (state.ring.len(), state.asleep);
        json!({ "awake": awake, "asleep": asleep, "bytes": state.bytes, "woken": state.woken })
            .to_string()
    }

    pub(super) fn admit(&self, inner: &Arc<Mutex<Inner>>) {
        let me = Arc::downgrade(inner);
        let mut locked = inner.lock();
        locked.residence = Residence {
            shared: Some(self.shared.clone()),
            me: me.clone(),
            used_at: self.shared.tick.load(Ordering::Relaxed),
            used: true,
            keeps_life: false,
        };
        let bytes = locked.open.as_ref().map_or(0, OpenBlock::cache_bytes);
        self.shared.admit(&me, bytes);
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "JS has checked it")]
fn limits(awake: u32, bytes: f64, lives: u32) -> Limits {
    Limits { awake: awake as usize, bytes: bytes as u64, lives: lives as usize }
}
