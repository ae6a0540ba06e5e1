//! One open block as JS sees it: what its verbs share.

mod block;
mod damage;
mod ids;
mod queue;
mod reads;
mod refused;
mod residency;
mod rows;
mod settle;
mod transaction;
mod work;

pub use work::Inspect;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use napi::bindgen_prelude::Unknown;
use napi::{Env, Result};
use parking_lot::Mutex;
use serde_json::json;

use crate::block::{Asleep, INLINE, OpenBlock, Refresher, Run};
use crate::error::{Failure, Miss, Stop};
use crate::exec::{Absent, Database, Heard};
use crate::ids::{PlanId, Seq};
use crate::instant::now_millis;
use crate::params::{BUSY, ERROR, MISS, POOLED, thrown};
use residency::Residence;

use crate::rows::{Factory, JsSink, read_params};

/// Row factories by plan, which blocks of one manifest share.
pub type Factories = Arc<Mutex<HashMap<u32, Vec<Factory>>>>;

pub struct Inner {
    pub open: Option<OpenBlock>,
    /// Instead, while nobody uses it.
    pub asleep: Option<Asleep>,
    pub residence: Residence,
    pub factories: Factories,
    pub failure: Option<Failure>,
    pub miss: Option<Miss>,
    /// A refresh that has the write lock.
    pub refresher: Option<Refresher>,
    /// The next run's statements are to be noted.
    pub listening: bool,
    /// Those of the last run that was listened to, as JSON.
    pub heard: Option<String>,
    /// The read that the last run left to the pool.
    pub ticket: u32,
    /// Results that wait to be made JS of.
    pub results: HashMap<u32, reads::Pooled>,
}

impl Inner {
    /// The block, awake.
    pub fn open(&mut self) -> Result<&mut OpenBlock> {
        self.residence.used();
        if self.open.is_none() {
            self.wake()?;
        }
        self.open.as_mut().ok_or_else(|| thrown("SHARDED_BLOCK_CLOSED", "the block is closed"))
    }

    /// Plans that were forgotten take their row factories along.
    pub fn forget_factories(&mut self) {
        let Some(open) = &mut self.open else { return };
        let mut plans = open.plans.lock();
        if !plans.forgotten.is_empty() {
            let mut factories = self.factories.lock();
            for PlanId(id) in plans.forgotten.drain(..) {
                factories.remove(&id);
            }
        }
    }

    /// A result as the code that `run` and its like return.
    pub fn code(&mut self, result: std::result::Result<i64, Stop>) -> i64 {
        match result {
            Ok(code) => code,
            Err(Stop::Busy) => BUSY,
            Err(Stop::Miss(miss)) => {
                self.miss = Some(miss);
                MISS
            }
            Err(Stop::Interrupted) => {
                self.failure = Some(Failure::new(
                    "SHARDED_BLOCK_CLOSED",
                    "the block was closed during the read",
                    json!({}),
                ));
                ERROR
            }
            Err(Stop::Failed(failure)) => {
                self.failure = Some(failure);
                ERROR
            }
        }
    }

    /// `transaction`: the open one that the run is a part of.
    pub fn run(
        &mut self,
        env: Env,
        plan: u32,
        params: &Unknown,
        absent: Absent,
        transaction: Option<u32>,
    ) -> Result<i64> {
        self.open()?;
        let open = self.open.as_mut().expect("opened above");
        let all = self.factories.clone();
        let all = all.lock();
        let prepared = open.plans.lock().get(PlanId(plan)).cloned();
        let (Some(prepared), Some(factories)) = (prepared, all.get(&plan)) else {
            let why = format!("plan {plan} is not known any more: compile it again");
            return Ok(self.code(Err(Failure::new("SHARDED_PLAN", why, json!({})).into())));
        };
        let params = read_params(&env, params, &prepared.slots)?;
        let heard = std::mem::take(&mut self.listening).then(Heard::default);
        let run = Run { prepared, params, absent, now_ms: now_millis(), heard };
        let leaves = transaction.is_none() && !run.prepared.write && open.may_leave();
        if leaves && run.prepared.pace.is_slow(run.now_ms) {
            return self.leave(run);
        }
        let mut sink = JsSink::new(&env, factories, &run.prepared.nodes)?;
        let (result, overran) = if leaves {
            let open = &*open;
            let mut sink = sink.within(&open.db.budget);
            open.db.budget.arm(INLINE);
            let result = open.read(&run, &mut sink).map(|()| Seq(0));
            open.db.budget.disarm();
            let overran = sink.overran() || matches!(result, Err(Stop::Interrupted));
            sink.finish()?;
            (result, overran)
        } else {
            let result = match transaction {
                None => open.run(&run, &mut sink),
                Some(id) => open.run_in(id, &run, &mut sink).map(|()| Seq(0)),
            };
            sink.finish()?;
            (result, false)
        };
        if overran {
            run.prepared.pace.overran(run.now_ms);
            return self.leave(run);
        }
        if let Ok(seq) = result {
            open.committed(seq);
        }
        self.heard = run.heard.map(Heard::into_json);
        Ok(self.code(result.map(|seq| seq.0)))
    }

    /// The read starts over beside the loop. Rows that it has given to the factories already are to be forgotten.
    fn leave(&mut self, run: Run) -> Result<i64> {
        let heard = run.heard.is_some().then(Heard::default);
        match self.open()?.leave(Run { heard, ..run }) {
            Ok(ticket) => {
                self.ticket = ticket;
                Ok(POOLED)
            }
            Err(stop) => Ok(self.code(Err(stop))),
        }
    }
}

fn count(result: std::result::Result<usize, Stop>) -> std::result::Result<i64, Stop> {
    result.map(|count| i64::try_from(count).unwrap_or(i64::MAX))
}

/// Runs on the side connection as one transaction, or within the one a loader has open.
fn in_one_transaction<T>(
    open: &mut OpenBlock,
    run: impl FnOnce(&Database) -> std::result::Result<T, Stop>,
) -> std::result::Result<T, Stop> {
    let side = open.side()?;
    if side.in_transaction() {
        return run(side);
    }
    side.begin()?;
    let began = Instant::now();
    let result = match run(side) {
        Ok(value) => side.commit().map(|_| value),
        Err(stop) => side.rollback().and(Err(stop)),
    };
    open.turn.spent(began.elapsed());
    if result.is_ok() {
        open.grown();
    }
    result
}
