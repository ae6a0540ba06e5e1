//! The verbs of damaged files: looked at, and their commits put into a new one.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use napi::bindgen_prelude::AsyncTask;
use napi::{Env, Result, Task};
use napi_derive::napi;
use serde_json::json;

use super::block::Block;
use super::in_one_transaction;
use crate::Schema;
use crate::block::OutboxReader;
use crate::outbox::{self, Salvaged};
use crate::params::{thrown, thrown_stop};

/// Reads a file that nobody has open.
pub struct Salvage {
    schema: std::sync::Arc<crate::schema::Schema>,
    path: PathBuf,
}

fn found(path: &Path, schema: &crate::schema::Schema) -> Result<Salvaged> {
    outbox::salvage(path, schema)
        .map_err(|error| thrown("SHARDED_STORAGE", &format!("{}: {error}", path.display())))
}

impl Task for Salvage {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> Result<Self::Output> {
        let found = found(&self.path, &self.schema)?;
        let origins: Vec<&String> = found.origins.values().collect();
        Ok(json!({ "identity": found.identity, "origins": origins }).to_string())
    }

    fn resolve(&mut self, _env: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(output)
    }
}

#[napi]
impl Schema {
    /// -> `{identity, origins}` of a damaged file that nobody has open.
    #[napi(catch_unwind, ts_return_type = "Promise<string>")]
    #[must_use]
    pub fn salvage(&self, path: String) -> AsyncTask<Salvage> {
        AsyncTask::new(Salvage { schema: self.engine.schema.clone(), path: PathBuf::from(path) })
    }
}

#[napi]
impl Block {
    /// Takes over the commits of a damaged file that nobody has open. `applied_json`: origin -> up to where the ledger has it.
    /// -> `{commits, lost, unsure, rejected}`
    #[napi(catch_unwind)]
    pub fn restore(&self, path: String, applied_json: String) -> Result<String> {
        let applied: HashMap<String, i64> = serde_json::from_str(&applied_json)
            .map_err(|error| thrown("SHARDED_ARGUMENTS", &error.to_string()))?;
        let mut inner = self.inner();
        let open = inner.open()?;
        let found = found(Path::new(&path), open.schema())?;
        let done = in_one_transaction(open, |side| Ok(found.restore(&side.conn, &applied)?));
        Ok(json!(done.map_err(thrown_stop)?).to_string())
    }

    /// Looks at the whole file, beside the loop. `full`: its indexes too. -> what is wrong; null when nothing is.
    #[napi(catch_unwind, ts_return_type = "Promise<string | null>")]
    pub fn examine(&self, full: bool) -> Result<AsyncTask<Examine>> {
        Ok(AsyncTask::new(Examine { reader: self.inner().open()?.outbox_reader(), full }))
    }
}

pub struct Examine {
    reader: OutboxReader,
    full: bool,
}

impl Task for Examine {
    type Output = Option<String>;
    type JsValue = Option<String>;

    fn compute(&mut self) -> Result<Self::Output> {
        self.reader.examine(self.full).map_err(thrown_stop)
    }

    fn resolve(&mut self, _env: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(output)
    }
}
