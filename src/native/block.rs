//! The verbs of a block: compile, run, transactions, the outbox, small texts, status, close.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use napi::bindgen_prelude::{AsyncTask, FnArgs, Function, Unknown};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi::{Env, Result};
use napi_derive::napi;
use parking_lot::{Mutex, MutexGuard};
use serde_json::json;

use super::residency::{Residence, Residency};
use super::work::{Backup, Close, NextWork, Sync};
use super::{Inner, count, in_one_transaction};
use crate::Schema;
use crate::block::OpenBlock;
use crate::error::{Failure, Miss};
use crate::exec::Absent;
use crate::ids::{PlanId, Seq};
use crate::instant::now_millis;
use crate::outbox;
use crate::params::{OpenOptions, thrown, thrown_stop};
use crate::rows::Factory;
use crate::sync::How;

/// One open block file.
#[napi]
pub struct Block {
    pub(super) inner: Arc<Mutex<Inner>>,
}

/// Rows that are known not to exist, as JS tells them.
pub(super) fn absent_of(json: &str) -> Result<Absent> {
    Absent::parse(json)
        .ok_or_else(|| thrown("SHARDED_ABSENT", "absent rows: expected [{model, where}] or null"))
}

#[napi]
impl Block {
    #[napi(catch_unwind)]
    pub fn open(
        schema: &Schema,
        path: String,
        options_json: String,
        residency: Option<&Residency>,
    ) -> Result<Block> {
        let options = OpenOptions::parse(&options_json)?;
        let open = OpenBlock::open(
            schema.engine.clone(),
            Path::new(&path),
            options.durability()?,
            options.load,
            options.bounds(),
            options.max_wal(),
        )
        .map_err(thrown_stop)?;
        let inner = Inner {
            open: Some(open),
            asleep: None,
            residence: Residence::default(),
            factories: schema.factories.clone(),
            failure: None,
            miss: None,
            refresher: None,
            listening: false,
            heard: None,
            ticket: 0,
            results: HashMap::new(),
        };
        let inner = Arc::new(Mutex::new(inner));
        if let Some(residency) = residency {
            residency.admit(&inner);
        }
        Ok(Self { inner })
    }

    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock()
    }

    #[napi(catch_unwind)]
    pub fn compile(&self, query_json: String) -> Result<String> {
        let mut inner = self.inner();
        let answer = inner.open()?.compile(&query_json);
        inner.forget_factories();
        Ok(answer)
    }

    #[napi(catch_unwind)]
    pub fn set_factories(&self, plan_id: u32, factories: Vec<Factory>) -> Result<()> {
        let mut inner = self.inner();
        let known = inner.open()?.plans.lock().get(PlanId(plan_id)).is_some();
        if known {
            inner.factories.lock().insert(plan_id, factories);
        }
        Ok(())
    }

    #[napi(catch_unwind)]
    pub fn run(&self, env: Env, plan_id: u32, params: Unknown) -> Result<i64> {
        self.inner().run(env, plan_id, &params, Absent::None, None)
    }

    #[napi(catch_unwind)]
    pub fn run_absent(
        &self,
        env: Env,
        plan_id: u32,
        params: Unknown,
        absent_json: String,
    ) -> Result<i64> {
        let absent = absent_of(&absent_json)?;
        self.inner().run(env, plan_id, &params, absent, None)
    }

    /// The next run's statements are noted for `heard()`.
    #[napi(catch_unwind)]
    pub fn listen(&self) {
        self.inner().listening = true;
    }

    #[napi(catch_unwind)]
    pub fn heard(&self) -> String {
        self.inner().heard.take().unwrap_or_else(|| "[]".to_owned())
    }

    #[napi(catch_unwind)]
    pub fn last_error(&self) -> String {
        self.inner().failure.as_ref().map_or_else(|| "null".to_owned(), Failure::to_json)
    }

    #[napi(catch_unwind)]
    pub fn last_miss(&self) -> String {
        self.inner().miss.as_ref().map_or_else(|| "null".to_owned(), Miss::to_json)
    }

    #[napi(catch_unwind)]
    pub fn begin(&self) -> Result<i64> {
        let mut inner = self.inner();
        let result = inner.open()?.begin().map(|()| 0);
        Ok(inner.code(result))
    }

    /// One moment for the reads until `commit` or `rollback`, without the write lock.
    #[napi(catch_unwind)]
    pub fn begin_reading(&self) -> Result<i64> {
        let mut inner = self.inner();
        let result = inner.open()?.db.begin_reading().map(|()| 0);
        Ok(inner.code(result))
    }

    #[napi(catch_unwind)]
    pub fn commit(&self) -> Result<i64> {
        let mut inner = self.inner();
        let open = inner.open()?;
        let result = open.commit();
        if let Ok(seq) = result {
            open.committed(seq);
        }
        Ok(inner.code(result.map(|seq| seq.0)))
    }

    #[napi(catch_unwind)]
    pub fn rollback(&self) -> Result<()> {
        self.inner().open()?.db.rollback().map_err(thrown_stop)
    }

    #[napi(catch_unwind)]
    pub fn last_seq(&self) -> Result<i64> {
        let mut inner = self.inner();
        let open = inner.open()?;
        outbox::last_seq(&open.db.conn).map(|seq| seq.0).map_err(|error| thrown_stop(error.into()))
    }

    /// `callback(seq, error)` runs on the loop when all commits up to `seq` are on the disk. It does not keep the
    /// process alive: whoever waits does.
    #[napi(catch_unwind)]
    pub fn on_synced(&self, callback: Function<FnArgs<(i64, Option<String>)>, ()>) -> Result<()> {
        let notify = callback
            .build_threadsafe_function()
            .weak::<true>()
            .callee_handled::<false>()
            .build()?;
        self.inner().open()?.wal().on_synced(Box::new(move |seq, error| {
            notify.call(FnArgs::from((seq, error)), ThreadsafeFunctionCallMode::NonBlocking);
        }));
        Ok(())
    }

    /// -> JSON `{maxBytes, blockedMs, lockedMs, lastError}` of the checkpoints of the WAL.
    #[napi(catch_unwind)]
    pub fn checkpoint(&self) -> Result<String> {
        let kept = self.inner().open()?.keeping().kept();
        let blocked = kept.held_for.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        let locked = kept.locked.as_secs_f64() * 1e3;
        let told = json!({
            "maxBytes": kept.max_bytes,
            "blockedMs": blocked,
            "lockedMs": locked,
            "lastError": kept.error,
        });
        Ok(told.to_string())
    }

    #[napi(catch_unwind)]
    pub fn pending(&self) -> Result<String> {
        let mut inner = self.inner();
        let open = inner.open()?;
        let pending = outbox::pending(&open.db.conn).map_err(|error| thrown_stop(error.into()))?;
        Ok(pending.told(now_millis()).to_string())
    }

    #[napi(catch_unwind, ts_return_type = "Promise<string | null>")]
    pub fn next_work(
        &self,
        max_commits: u32,
        after: i64,
        how_json: String,
    ) -> Result<AsyncTask<NextWork>> {
        let reader = self.inner().open()?.outbox_reader();
        let how = How::parse(reader.schema(), &how_json)
            .map_err(|why| thrown("SHARDED_ARGUMENTS", &why))?;
        Ok(AsyncTask::new(NextWork {
            reader,
            max_commits: max_commits as usize,
            after: Seq(after),
            how,
        }))
    }

    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    pub fn sync(&self) -> Result<AsyncTask<Sync>> {
        Ok(AsyncTask::new(Sync { reader: self.inner().open()?.outbox_reader() }))
    }

    /// Begins to bring the commits up to this one to the disk, on a thread beside; whoever needs them there waits for that.
    #[napi(catch_unwind)]
    pub fn sync_soon(&self, seq: i64) -> Result<()> {
        self.inner().open()?.sync_soon(Seq(seq));
        Ok(())
    }

    #[napi(catch_unwind)]
    pub fn ack(&self, origin: String, seq: i64) -> Result<i64> {
        let mut inner = self.inner();
        let open = inner.open()?;
        let result = in_one_transaction(open, |side| {
            Ok(outbox::ack(&side.conn, &origin, Seq(seq), now_millis())?)
        });
        Ok(inner.code(count(result)))
    }

    /// Writes a copy of the file to this path, where there must be none.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    pub fn backup(&self, to: String) -> Result<AsyncTask<Backup>> {
        Ok(AsyncTask::new(Backup { visitor: self.inner().open()?.visitor(), to }))
    }

    /// -> `[first, last]`: the seqs between which commits are pending; null when none is.
    #[napi(catch_unwind)]
    pub fn span(&self) -> Result<Option<String>> {
        let mut inner = self.inner();
        let open = inner.open()?;
        let span = outbox::span(&open.db.conn).map_err(|error| thrown_stop(error.into()))?;
        Ok(span.map(|(first, last)| json!([first.0, last.0]).to_string()))
    }

    /// -> the last seq that an origin has in this file.
    #[napi(catch_unwind)]
    pub fn last_of(&self, origin: String) -> Result<i64> {
        let mut inner = self.inner();
        let open = inner.open()?;
        let last = outbox::last_of(&open.db.conn, &origin);
        last.map(|seq| seq.0).map_err(|error| thrown_stop(error.into()))
    }

    /// -> what became of a commit: `pending`, or the error with which it was rejected; null when main has it.
    #[napi(catch_unwind)]
    pub fn fate(&self, seq: i64) -> Result<Option<String>> {
        let mut inner = self.inner();
        let open = inner.open()?;
        outbox::fate(&open.db.conn, Seq(seq)).map_err(|error| thrown_stop(error.into()))
    }

    #[napi(catch_unwind)]
    pub fn meta(&self, key: String) -> Result<Option<String>> {
        self.inner().open()?.db.meta(&key).map_err(thrown_stop)
    }

    #[napi(catch_unwind)]
    pub fn set_meta(&self, key: String, value: String) -> Result<i64> {
        let mut inner = self.inner();
        let result = inner.open()?.set_meta(&key, &value).map(|()| 0);
        Ok(inner.code(result))
    }

    #[napi(catch_unwind)]
    pub fn status(&self) -> Result<String> {
        self.inner().open()?.db.status().map(|status| status.to_string()).map_err(thrown_stop)
    }

    /// Every later call throws; the file is closed when the promise resolves.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    pub fn close(&self) -> AsyncTask<Close> {
        let mut inner = self.inner();
        inner.residence.leave();
        AsyncTask::new(Close {
            closing: inner.open.take().map(OpenBlock::into_closing),
            asleep: inner.asleep.take(),
        })
    }
}
