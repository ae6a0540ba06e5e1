//! The native surface of `sharded`: open, compile, run, begin/commit/rollback, rows without an outbox entry, the
//! outbox's verbs, status, close. Codes and JSON text cross; classes live in JS. See `docs/native-boundary.md`.
//! The verbs of a block are in `native/`.

#![expect(clippy::needless_pass_by_value, reason = "N-API hands over owned values")]
#![expect(
    clippy::missing_errors_doc,
    reason = "index.d.ts documents what users meet; these are codes for js/"
)]

mod beside;
mod block;
mod collation;
mod decimal;
mod error;
mod exec;
mod filter;
mod ids;
mod instant;
mod lock;
mod native;
mod numeric;
mod outbox;
mod params;
mod plan;
mod rows;
mod scalar;
mod schema;
mod sql;
mod sync;
mod value;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use napi::Result;
use napi::bindgen_prelude::{AsyncTask, FnArgs, Function};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;

use block::{Engine, Library, LongReaders, Pool, Worker};
use collation::Tables;
use params::{thrown, thrown_stop};

/// A checked manifest, and the background threads of the blocks that use it.
#[napi]
pub struct Schema {
    engine: Arc<Engine>,
    /// Makers of rows, by plan: of all blocks.
    factories: native::Factories,
}

#[napi]
impl Schema {
    #[napi(constructor, catch_unwind)]
    pub fn new(manifest_json: String) -> Result<Self> {
        let schema = schema::Schema::parse(&manifest_json)
            .map_err(|error| thrown("SHARDED_MANIFEST", &error.to_string()))?;
        let engine = Engine {
            schema: Arc::new(schema),
            tables: Tables::default(),
            boot: block::boot_id(),
            library: Library::default(),
            syncer: Worker::new("sharded-sync"),
            keeper: Worker::new("sharded-checkpoint"),
            long_readers: LongReaders::default(),
            pool: Pool::new(),
            closer: Pool::new(),
        };
        Ok(Self { engine: Arc::new(engine), factories: native::Factories::default() })
    }

    #[napi(catch_unwind)]
    pub fn create_template(&self, path: String) -> Result<()> {
        exec::create_template(&self.engine.schema, Path::new(&path))
            .map_err(|error| thrown_stop(error.into()))
    }

    /// `callback(path, bytes, millis)` runs on the loop when the WAL of a block has grown past its bound and a read or transaction has kept
    /// it from being emptied for so long; once, until it was. Only the first callback is kept.
    #[napi(catch_unwind)]
    pub fn on_long_reader(&self, callback: Function<FnArgs<(String, i64, i64)>, ()>) -> Result<()> {
        let notify = callback
            .build_threadsafe_function()
            .weak::<true>()
            .callee_handled::<false>()
            .build()?;
        let _first_is_kept = self.engine.long_readers.set(Box::new(move |path, bytes, millis| {
            let told = FnArgs::from((path, bytes, millis));
            notify.call(told, ThreadsafeFunctionCallMode::NonBlocking);
        }));
        Ok(())
    }

    /// What block files say of themselves, as a JSON array; with `rows` also how many rows each model has, of files of this schema.
    #[napi(catch_unwind, ts_return_type = "Promise<string>")]
    #[must_use]
    pub fn inspect(&self, paths: Vec<String>, rows: bool) -> AsyncTask<native::Inspect> {
        AsyncTask::new(native::Inspect { paths, schema: rows.then(|| self.engine.schema.clone()) })
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
        match lock::try_lock(Path::new(&path)) {
            Ok(file) => Ok(file.map(|file| Self { file: Some(file) })),
            Err(error) => Err(thrown("SHARDED_STORAGE", &format!("{path}: {error}"))),
        }
    }

    /// Whether somebody, perhaps here, has the lock. Makes no file.
    #[napi(catch_unwind)]
    pub fn is_held(path: String) -> Result<bool> {
        lock::is_held(Path::new(&path))
            .map_err(|error| thrown("SHARDED_STORAGE", &format!("{path}: {error}")))
    }

    #[napi(catch_unwind)]
    pub fn release(&mut self) {
        self.file = None;
    }
}

/// The version of the SQLite that is compiled in.
#[napi(catch_unwind)]
#[must_use]
pub fn sqlite_version() -> String {
    exec::sqlite_version().to_owned()
}

/// Strings in the order of a collation, for the main database to check (see `src/collation/trial.rs`); `folder` is that of the
/// block files.
#[napi(catch_unwind)]
#[must_use]
pub fn collation_sample(fact_json: String, folder: String) -> Option<String> {
    collation::sample(&fact_json, Path::new(&folder))
}

/// What the main database says of its `lower` (see `src/collation/folding.rs`) -> the fact that a block keeps.
#[napi(catch_unwind)]
#[must_use]
pub fn folding_fact(pairs: String, context: bool) -> String {
    serde_json::to_string(&collation::Folding::told(&pairs, context)).unwrap_or_default()
}

/// The main database's side of the ledger, as SQL text.
#[napi(catch_unwind)]
#[must_use]
pub fn ledger_sql(provider: String) -> Option<String> {
    sync::ledger_json(&provider)
}
