//! One open block as JS sees it: what its verbs share.

mod block;
mod rows;
mod work;

use std::collections::HashMap;

use napi::bindgen_prelude::Unknown;
use napi::{Env, Result};
use serde_json::json;

use crate::block::OpenBlock;
use crate::error::{Failure, Miss, Stop};
use crate::exec::{Absent, Call, Database, Heard};
use crate::ids::{PlanId, Seq};
use crate::instant::now_millis;
use crate::params::{BUSY, ERROR, MISS, thrown};
use crate::rows::{Factory, JsSink, read_params};

pub struct Inner {
    pub open: Option<OpenBlock>,
    pub factories: HashMap<u32, Vec<Factory>>,
    pub failure: Option<Failure>,
    pub miss: Option<Miss>,
    /// The next run's statements are to be noted.
    pub listening: bool,
    /// Those of the last run that was listened to, as JSON.
    pub heard: Option<String>,
}

impl Inner {
    pub fn open(&mut self) -> Result<&mut OpenBlock> {
        self.open.as_mut().ok_or_else(|| thrown("SHARDED_BLOCK_CLOSED", "the block is closed"))
    }

    /// Plans that were forgotten take their row factories along.
    pub fn forget_factories(&mut self) {
        let Some(open) = &mut self.open else { return };
        for PlanId(id) in open.plans.forgotten.drain(..) {
            self.factories.remove(&id);
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
            Err(Stop::Failed(failure)) => {
                self.failure = Some(failure);
                ERROR
            }
        }
    }

    pub fn run(&mut self, env: Env, plan: u32, params: &Unknown, absent: &Absent) -> Result<i64> {
        let open = self
            .open
            .as_mut()
            .ok_or_else(|| thrown("SHARDED_BLOCK_CLOSED", "the block is closed"))?;
        let (Some(prepared), Some(factories)) =
            (open.plans.get(PlanId(plan)).cloned(), self.factories.get(&plan))
        else {
            let why = format!("plan {plan} is not known any more: compile it again");
            return Ok(self.code(Err(Failure::new("SHARDED_PLAN", why, json!({})).into())));
        };
        let params = read_params(&env, params, &prepared.slots)?;
        let mut sink = JsSink::new(&env, factories, &prepared.nodes)?;
        let heard = std::mem::take(&mut self.listening).then(Heard::default);
        let call = Call { params: &params, now_ms: now_millis(), absent, heard: heard.as_ref() };
        let result = if prepared.write {
            open.writable().and_then(|()| open.db.write(&prepared.program, &call, &mut sink))
        } else {
            open.db.read(&prepared.program, &call, &mut sink).map(|()| Seq(0))
        };
        self.heard = heard.map(Heard::into_json);
        sink.finish()?;
        if let Ok(seq) = result {
            open.committed(seq);
        }
        Ok(self.code(result.map(|seq| seq.0)))
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
    match run(side) {
        Ok(value) => {
            side.commit()?;
            open.grown();
            Ok(value)
        }
        Err(stop) => {
            side.rollback()?;
            Err(stop)
        }
    }
}
