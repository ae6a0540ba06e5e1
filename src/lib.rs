//! The native surface of `sharded`: open, compile, run, begin/commit/rollback, rows without an outbox entry, the
//! outbox's verbs, status, close. Codes and JSON text cross; classes live in JS. See `docs/architecture.md`.

mod block;
mod decimal;
mod error;
mod exec;
mod filter;
mod ids;
mod instant;
mod outbox;
mod params;
mod plan;
mod refusal;
mod rows;
mod scalar;
mod schema;
mod sql;
mod sync;
mod value;

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use napi::bindgen_prelude::{AsyncTask, FnArgs, Function, Unknown};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi::{Env, Error, Result, Status, Task};
use napi_derive::napi;
use parking_lot::{Mutex, MutexGuard};
use serde_json::json;

use block::{Engine, OpenBlock, WorkReader, Worker};
use error::{Failure, Miss, Stop};
use exec::{Absent, Call, Param, RowMode, Writer};
use ids::{FieldId, PlanId, Seq};
use params::{BUSY, ERROR, MISS, OpenOptions, thrown, thrown_stop};
use plan::SlotKind;
use rows::{Factory, JsSink, read_params, read_rows};
use schema::Model;

/// A checked manifest, and the background threads of the blocks that use it.
#[napi]
pub struct Schema {
    engine: Arc<Engine>,
}

#[napi]
impl Schema {
    #[napi(constructor, catch_unwind)]
    pub fn new(manifest_json: String) -> Result<Self> {
        let schema =
            schema::Schema::parse(&manifest_json).map_err(|error| thrown("SHARDED_MANIFEST", &error.to_string()))?;
        let engine = Engine {
            schema: Arc::new(schema),
            syncer: Worker::new("sharded-sync"),
            keeper: Worker::new("sharded-checkpoint"),
        };
        Ok(Self { engine: Arc::new(engine) })
    }

    #[napi(catch_unwind)]
    pub fn create_template(&self, path: String) -> Result<()> {
        exec::create_template(&self.engine.schema, Path::new(&path)).map_err(|error| thrown_stop(error.into()))
    }
}

/// An exclusive lock on a file, held until released or until the process ends.
#[napi]
pub struct FileLock {
    file: Option<File>,
}

#[napi]
impl FileLock {
    #[napi(catch_unwind)]
    pub fn try_acquire(path: String) -> Result<Option<FileLock>> {
        match block::try_lock(Path::new(&path)) {
            Ok(file) => Ok(file.map(|file| Self { file: Some(file) })),
            Err(error) => Err(thrown("SHARDED_STORAGE", &format!("{path}: {error}"))),
        }
    }

    #[napi(catch_unwind)]
    pub fn release(&mut self) {
        self.file = None;
    }
}

/// The main database's side of the ledger, as SQL text.
#[napi(catch_unwind)]
pub fn ledger_sql(provider: String) -> Option<String> {
    sync::ledger_json(&provider)
}

struct Inner {
    open: Option<OpenBlock>,
    factories: HashMap<u32, Vec<Factory>>,
    failure: Option<Failure>,
    miss: Option<Miss>,
}

/// One open block file.
#[napi]
pub struct Block {
    inner: Mutex<Inner>,
}

impl Inner {
    fn open(&mut self) -> Result<&mut OpenBlock> {
        self.open.as_mut().ok_or_else(|| thrown("SHARDED_BLOCK_CLOSED", "the block is closed"))
    }

    /// A result as the code that `run` and its like return.
    fn code(&mut self, result: std::result::Result<i64, Stop>) -> i64 {
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

    fn run(&mut self, env: &Env, plan: u32, params: &Unknown, absent: &Absent) -> Result<i64> {
        let open = self.open.as_mut().ok_or_else(|| thrown("SHARDED_BLOCK_CLOSED", "the block is closed"))?;
        let (Some(prepared), Some(factories)) = (open.plans.get(PlanId(plan)).cloned(), self.factories.get(&plan)) else {
            let why = format!("plan {plan} is not known any more: compile it again");
            return Ok(self.code(Err(Failure::new("SHARDED_PLAN", why, json!({})).into())));
        };
        let params = read_params(env, params, &prepared.slots)?;
        let mut sink = JsSink::new(env, factories, &prepared.nodes)?;
        let call = Call { params: &params, now_ms: instant::now_millis(), absent };
        let result = if prepared.write {
            open.writable().and_then(|()| open.db.write(&prepared.program, &call, &mut sink))
        } else {
            open.db.read(&prepared.program, &call, &mut sink).map(|()| Seq(0))
        };
        sink.finish()?;
        if let Ok(seq) = result {
            open.committed(seq);
        }
        Ok(self.code(result.map(|seq| seq.0)))
    }

    fn rows<T>(&mut self, name: &str, run: impl FnOnce(&mut OpenBlock, &Model) -> Result<T>) -> Result<T> {
        let open = self.open()?;
        let schema = open.schema().clone();
        let model = schema.models.iter().find(|model| model.name == name);
        run(open, model.ok_or_else(|| thrown("SHARDED_MODEL", &format!("no model `{name}` in the block")))?)
    }
}

fn field_ids(model: &Model, fields_json: &str) -> Result<Vec<FieldId>> {
    let names: Vec<String> =
        serde_json::from_str(fields_json).map_err(|error| thrown("SHARDED_FIELDS", &error.to_string()))?;
    names
        .iter()
        .map(|name| {
            let field = model.field_named(name).map(|field| field.id);
            field.ok_or_else(|| thrown("SHARDED_FIELDS", &format!("no field `{name}` in {}", model.name)))
        })
        .collect()
}

fn kinds(model: &Model, fields: &[FieldId]) -> Vec<SlotKind> {
    fields.iter().map(|id| SlotKind::of(model.field(*id))).collect()
}

fn count(result: std::result::Result<usize, Stop>) -> std::result::Result<i64, Stop> {
    result.map(|count| i64::try_from(count).unwrap_or(i64::MAX))
}

#[napi]
impl Block {
    #[napi(catch_unwind)]
    pub fn open(schema: &Schema, path: String, options_json: String) -> Result<Block> {
        let options = OpenOptions::parse(&options_json)?;
        let open = OpenBlock::open(schema.engine.clone(), Path::new(&path), options.durability()?, options.load)
            .map_err(thrown_stop)?;
        let inner = Inner { open: Some(open), factories: HashMap::new(), failure: None, miss: None };
        Ok(Self { inner: Mutex::new(inner) })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock()
    }

    #[napi(catch_unwind)]
    pub fn compile(&self, query_json: String) -> Result<String> {
        Ok(self.inner().open()?.compile(&query_json))
    }

    #[napi(catch_unwind)]
    pub fn set_factories(&self, plan_id: u32, factories: Vec<Factory>) -> Result<()> {
        let mut inner = self.inner();
        let known = inner.open()?.plans.get(PlanId(plan_id)).is_some();
        if known {
            inner.factories.insert(plan_id, factories);
        }
        Ok(())
    }

    #[napi(catch_unwind)]
    pub fn run(&self, env: Env, plan_id: u32, params: Unknown) -> Result<i64> {
        self.inner().run(&env, plan_id, &params, &Absent::None)
    }

    #[napi(catch_unwind)]
    pub fn run_absent(&self, env: Env, plan_id: u32, params: Unknown, absent_json: String) -> Result<i64> {
        let absent = Absent::parse(&absent_json)
            .ok_or_else(|| thrown("SHARDED_ABSENT", "absent rows: expected [{model, where}] or null"))?;
        self.inner().run(&env, plan_id, &params, &absent)
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
        let result = inner.open()?.db.begin().map(|()| 0);
        Ok(inner.code(result))
    }

    #[napi(catch_unwind)]
    pub fn commit(&self) -> Result<i64> {
        let mut inner = self.inner();
        let open = inner.open()?;
        let result = open.db.commit();
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
    pub fn insert_rows(
        &self,
        env: Env,
        model: String,
        fields_json: String,
        values: Unknown,
        mode: String,
        since_seq: i64,
    ) -> Result<i64> {
        let mode = match mode.as_str() {
            "load" => RowMode::Load,
            "adopt" => RowMode::Adopt,
            "member" => RowMode::Member,
            other => return Err(thrown("SHARDED_MODE", &format!("mode: expected load, adopt or member, given '{other}'"))),
        };
        let mut inner = self.inner();
        let result = inner.rows(&model, |open, model| {
            let fields = field_ids(model, &fields_json)?;
            let values = read_rows(&env, &values, &kinds(model, &fields))?;
            Ok(in_one_transaction(open, |side| Writer::new(side, model, fields).insert(&values, mode, Seq(since_seq))))
        })?;
        Ok(inner.code(count(result)))
    }

    #[napi(catch_unwind)]
    pub fn insert_links(&self, env: Env, relation_name: String, values: Unknown) -> Result<i64> {
        let mut inner = self.inner();
        let table = format!("_{relation_name}");
        let result = inner.rows(&table, |open, model| {
            let fields: Vec<FieldId> = model.fields.iter().map(|field| field.id).collect();
            let values = read_rows(&env, &values, &kinds(model, &fields))?;
            Ok(in_one_transaction(open, |side| Writer::new(side, model, fields).insert(&values, RowMode::Load, Seq(0))))
        })?;
        Ok(inner.code(count(result)))
    }

    #[napi(catch_unwind)]
    pub fn replace_row(&self, env: Env, model: String, fields_json: String, values: Unknown, seq: i64) -> Result<i64> {
        let mut inner = self.inner();
        let result = inner.rows(&model, |open, model| {
            let fields = field_ids(model, &fields_json)?;
            let values = read_rows(&env, &values, &kinds(model, &fields))?;
            Ok(in_one_transaction(open, |side| Writer::new(side, model, fields).replace(&values, Seq(seq))))
        })?;
        Ok(inner.code(count(result)))
    }

    #[napi(catch_unwind)]
    pub fn delete_row(&self, env: Env, model: String, key_values: Unknown, seq: i64) -> Result<i64> {
        let mut inner = self.inner();
        let result = inner.rows(&model, |open, model| {
            let key = read_rows(&env, &key_values, &kinds(model, &model.key.fields))?;
            let key: Vec<value::Value> = key
                .into_iter()
                .map(|param| if let Param::Value(value) = param { value } else { value::Value::Null })
                .collect();
            Ok(in_one_transaction(open, |side| Writer::new(side, model, Vec::new()).delete(&key, Seq(seq))))
        })?;
        Ok(inner.code(count(result)))
    }

    #[napi(catch_unwind)]
    pub fn refresh_from(&self, path: String, since_seq: i64) -> Result<i64> {
        let mut inner = self.inner();
        let open = inner.open()?;
        let result = open.side().and_then(|side| side.refresh_from(Path::new(&path), Seq(since_seq)));
        Ok(inner.code(count(result)))
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
        let notify = callback.build_threadsafe_function().weak::<true>().callee_handled::<false>().build()?;
        self.inner().open()?.wal().on_synced(Box::new(move |seq, error| {
            notify.call(FnArgs::from((seq, error)), ThreadsafeFunctionCallMode::NonBlocking);
        }));
        Ok(())
    }

    #[napi(catch_unwind)]
    pub fn pending(&self) -> Result<String> {
        let mut inner = self.inner();
        let open = inner.open()?;
        let pending = outbox::pending(&open.db.conn).map_err(|error| thrown_stop(error.into()))?;
        Ok(json!({
            "commits": pending.commits,
            "bytes": pending.bytes,
            "firstSeq": pending.first.map(|seq| seq.0),
            "lastSeq": pending.last.map(|seq| seq.0),
            "oldestMs": pending.oldest_ms.map(|at| (instant::now_millis() - at).max(0)),
        })
        .to_string())
    }

    #[napi(catch_unwind, ts_return_type = "Promise<string | null>")]
    pub fn next_work(&self, max_commits: u32) -> Result<AsyncTask<NextWork>> {
        let reader = self.inner().open()?.work(max_commits as usize);
        Ok(AsyncTask::new(NextWork { reader }))
    }

    #[napi(catch_unwind)]
    pub fn ack(&self, origin: String, seq: i64) -> Result<i64> {
        let mut inner = self.inner();
        let open = inner.open()?;
        let result = in_one_transaction(open, |side| {
            Ok(outbox::ack(&side.conn, &origin, Seq(seq), instant::now_millis())?)
        });
        Ok(inner.code(count(result)))
    }

    #[napi(catch_unwind)]
    pub fn reject(&self, origin: String, seq: i64, error_json: String) -> Result<i64> {
        let mut inner = self.inner();
        let open = inner.open()?;
        let result = in_one_transaction(open, |side| {
            Ok(outbox::reject(&side.conn, &origin, Seq(seq), instant::now_millis(), &error_json)?)
        });
        Ok(inner.code(result.map(i64::from)))
    }

    #[napi(catch_unwind)]
    pub fn rejected(&self) -> Result<String> {
        let mut inner = self.inner();
        let open = inner.open()?;
        let rejected = outbox::rejected(&open.db.conn).map_err(|error| thrown_stop(error.into()))?;
        let list: Vec<serde_json::Value> = rejected
            .iter()
            .map(|commit| {
                let error: serde_json::Value = serde_json::from_str(&commit.error).unwrap_or_else(|_| json!(commit.error));
                json!({ "origin": commit.origin, "seq": commit.seq.0, "atMs": commit.at_ms, "error": error })
            })
            .collect();
        Ok(serde_json::Value::Array(list).to_string())
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

    #[napi(catch_unwind)]
    pub fn close(&self) -> Result<()> {
        let mut inner = self.inner();
        inner.factories.clear();
        match inner.open.take() {
            Some(open) => open.close().map_err(thrown_stop),
            None => Ok(()),
        }
    }
}

/// Runs on the side connection as one transaction, or within the one a loader has open.
fn in_one_transaction<T>(
    open: &mut OpenBlock,
    run: impl FnOnce(&exec::Database) -> std::result::Result<T, Stop>,
) -> std::result::Result<T, Stop> {
    let side = open.side()?;
    if side.in_transaction() {
        return run(side);
    }
    side.begin()?;
    match run(side) {
        Ok(value) => side.commit().map(|_| value),
        Err(stop) => {
            side.rollback()?;
            Err(stop)
        }
    }
}

/// Reads the outbox's next window off the loop.
pub struct NextWork {
    reader: WorkReader,
}

impl Task for NextWork {
    type Output = Option<String>;
    type JsValue = Option<String>;

    fn compute(&mut self) -> Result<Self::Output> {
        self.reader.read().map_err(thrown_stop)
    }

    fn resolve(&mut self, _env: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(output)
    }

    fn reject(&mut self, _env: Env, error: Error) -> Result<Self::JsValue> {
        Err(Error::new(Status::GenericFailure, error.reason.clone()))
    }
}
