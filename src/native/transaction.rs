//! The verbs of transactions that stay open between calls. Each is named by the number that its beginning gave.

use std::collections::BTreeMap;

use napi::bindgen_prelude::{Function, Unknown};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi::{Env, Result};
use napi_derive::napi;

use super::block::{Block, absent_of};
use super::count;
use super::rows::{field_ids, kinds};
use crate::exec::{Absent, Database};
use crate::ids::Seq;
use crate::params::{thrown, thrown_stop};
use crate::rows::read_rows;
use crate::sync;

#[napi]
impl Block {
    /// With the write lock. `insist`: also when another process stands in line for it.
    #[napi(catch_unwind)]
    pub fn tx_begin(&self, insist: bool) -> Result<i64> {
        let mut inner = self.inner();
        let result = inner.open()?.begin_writing(insist).map(i64::from);
        Ok(inner.code(result))
    }

    /// With the snapshot of this moment, and without the write lock.
    #[napi(catch_unwind)]
    pub fn tx_begin_reading(&self) -> Result<i64> {
        let mut inner = self.inner();
        let result = inner.open()?.begin_reading().map(i64::from);
        Ok(inner.code(result))
    }

    /// The write lock for a transaction that has only read so far.
    #[napi(catch_unwind)]
    pub fn tx_upgrade(&self, id: u32, insist: bool) -> Result<i64> {
        let mut inner = self.inner();
        let result = inner.open()?.upgrade(id, insist).map(|()| 0);
        Ok(inner.code(result))
    }

    #[napi(catch_unwind)]
    pub fn tx_run(&self, env: Env, id: u32, plan_id: u32, params: Unknown) -> Result<i64> {
        self.inner().run(env, plan_id, &params, Absent::None, Some(id))
    }

    #[napi(catch_unwind)]
    pub fn tx_run_absent(
        &self,
        env: Env,
        id: u32,
        plan_id: u32,
        params: Unknown,
        absent_json: String,
    ) -> Result<i64> {
        let absent = absent_of(&absent_json)?;
        self.inner().run(env, plan_id, &params, absent, Some(id))
    }

    /// `insertRows` in mode `adopt`, within the transaction.
    #[napi(catch_unwind)]
    pub fn tx_adopt(
        &self,
        env: Env,
        id: u32,
        model: String,
        fields_json: String,
        values: Unknown,
        since_seq: i64,
    ) -> Result<i64> {
        let mut inner = self.inner();
        let result = inner.rows(&model, |open, model| {
            let fields = field_ids(model, &fields_json)?;
            let values = read_rows(&env, &values, &kinds(model, &fields))?;
            let db = open.transaction(id);
            Ok(db.and_then(|db| db.adopt(model, fields, &values, Seq(since_seq))))
        })?;
        Ok(inner.code(count(result)))
    }

    /// From now on the verbs that write rows of the main database do so in this transaction; or no more.
    #[napi(catch_unwind)]
    pub fn tx_follow(&self, id: u32, follows: bool) -> Result<i64> {
        let mut inner = self.inner();
        let result = inner.open()?.follow(id, follows).map(|()| 0);
        Ok(inner.code(result))
    }

    /// Its changes from one number to another, as statements for the main database (see `src/sync/apply.rs`).
    #[napi(catch_unwind)]
    pub fn tx_part(&self, id: u32, from: u32, to: u32) -> Result<String> {
        let mut inner = self.inner();
        let open = inner.open()?;
        let schema = open.schema().clone();
        let db = open.transaction(id).map_err(thrown_stop)?;
        Ok(sync::part_json(&schema, db.changes(from as usize, to as usize)))
    }

    /// How many changes it has made.
    #[napi(catch_unwind)]
    pub fn tx_captured(&self, id: u32) -> Result<u32> {
        let mut inner = self.inner();
        let db = inner.open()?.transaction(id).map_err(thrown_stop)?;
        Ok(u32::try_from(db.captured()).unwrap_or(u32::MAX))
    }

    /// Ends it without an entry in the outbox, and with these texts (an object) in the file: the main database has committed it.
    #[napi(catch_unwind)]
    pub fn tx_commit_joint(&self, id: u32, meta_json: String) -> Result<i64> {
        let meta: Vec<(String, String)> = serde_json::from_str::<BTreeMap<_, _>>(&meta_json)
            .map_err(|error| thrown("SHARDED_META", &error.to_string()))?
            .into_iter()
            .collect();
        let mut inner = self.inner();
        let open = inner.open()?;
        let result = open.commit_joint(id, &meta).map(|()| 0);
        open.grown();
        Ok(inner.code(result))
    }

    #[napi(catch_unwind)]
    pub fn tx_savepoint(&self, id: u32) -> Result<i64> {
        let mut inner = self.inner();
        let result = inner.open()?.transaction(id).and_then(Database::savepoint).map(|()| 0);
        Ok(inner.code(result))
    }

    #[napi(catch_unwind)]
    pub fn tx_release(&self, id: u32) -> Result<i64> {
        let mut inner = self.inner();
        let result = inner.open()?.transaction(id).and_then(Database::release).map(|()| 0);
        Ok(inner.code(result))
    }

    #[napi(catch_unwind)]
    pub fn tx_rollback_to(&self, id: u32) -> Result<i64> {
        let mut inner = self.inner();
        let db = inner.open()?.transaction(id);
        let result = db.and_then(Database::roll_back_to_savepoint).map(|()| 0);
        Ok(inner.code(result))
    }

    #[napi(catch_unwind)]
    pub fn tx_commit(&self, id: u32) -> Result<i64> {
        let mut inner = self.inner();
        let open = inner.open()?;
        let result = open.commit_transaction(id);
        if let Ok(seq) = result {
            open.committed(seq);
        }
        Ok(inner.code(result.map(|seq| seq.0)))
    }

    #[napi(catch_unwind)]
    pub fn tx_rollback(&self, id: u32) -> Result<i64> {
        let mut inner = self.inner();
        let result = inner.open()?.roll_back_transaction(id).map(|()| 0);
        Ok(inner.code(result))
    }

    /// `callback()` runs on the loop when it is this process's turn at the write lock.
    #[napi(catch_unwind)]
    pub fn on_turn(&self, callback: Function<(), ()>) -> Result<()> {
        let notify = callback
            .build_threadsafe_function()
            .weak::<true>()
            .callee_handled::<false>()
            .build()?;
        self.inner().open()?.turn.on_turn(Box::new(move || {
            notify.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }));
        Ok(())
    }

    /// Stands in line for the write lock, until `giveTurn`.
    #[napi(catch_unwind)]
    pub fn ask_turn(&self) -> Result<()> {
        self.inner().open()?.turn.ask();
        Ok(())
    }

    #[napi(catch_unwind)]
    pub fn give_turn(&self) -> Result<()> {
        self.inner().open()?.turn.give_back();
        Ok(())
    }
}
