//! What runs off the loop: reading the outbox's next window, refreshing, closing.

use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use napi::{Env, Result, Task};
use parking_lot::Mutex;
use rusqlite::Connection;

use super::Inner;
use crate::block::{Asleep, Closing, OutboxReader, Refresher, Visitor};
use crate::exec;
use crate::ids::Seq;
use crate::params::{thrown, thrown_stop};
use crate::schema::Schema;
use crate::sync::{self, Local};

pub struct NextWork {
    pub reader: OutboxReader,
    pub max_commits: usize,
    /// What comes up to this seq is in the main database already.
    pub after: Seq,
    pub how: sync::How,
}

impl Task for NextWork {
    type Output = Option<String>;
    type JsValue = Option<String>;

    /// What is shipped must not be lost here: the window's commits are synced before anybody sees them. What is made of them is made
    /// meanwhile, where the sync is under way already.
    fn compute(&mut self) -> Result<Self::Output> {
        let (after, max_commits, how) = (self.after, self.max_commits, &self.how);
        let schema = self.reader.schema();
        let work = |conn: &Connection| -> Result<Option<(Seq, String)>> {
            let window = Local { conn, after }
                .window(max_commits)
                .map_err(|error| thrown(error.code(), &error.to_string()))?;
            let window = window.map(|window| window.checked(schema)).transpose();
            let window = window.map_err(|error| thrown_stop(error.into()))?;
            Ok(window.map(|window| (window.last, sync::work_json(schema, &window, how))))
        };
        let found = self
            .reader
            .read(|conn| Ok(work(conn)), |work| Some(work.as_ref().ok()?.as_ref()?.0))
            .map_err(thrown_stop)??;
        Ok(found.map(|(_, json)| json))
    }

    fn resolve(&mut self, _env: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(output)
    }
}

/// A sync of the WAL: all that is committed is on the disk when it resolves.
pub struct Sync {
    pub reader: OutboxReader,
}

impl Task for Sync {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> Result<Self::Output> {
        self.reader.sync().map_err(thrown_stop)
    }

    fn resolve(&mut self, _env: Env, (): Self::Output) -> Result<Self::JsValue> {
        Ok(())
    }
}

/// Closing checkpoints and syncs: milliseconds that the loop must not wait for.
pub struct Close {
    pub closing: Option<Closing>,
    pub asleep: Option<Asleep>,
}

impl Task for Close {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> Result<Self::Output> {
        let awake = self.closing.take().map_or(Ok(()), Closing::close);
        let asleep = self.asleep.take().map_or(Ok(()), Asleep::close);
        awake.and(asleep).map_err(thrown_stop)
    }

    fn resolve(&mut self, _env: Env, (): Self::Output) -> Result<Self::JsValue> {
        Ok(())
    }
}

/// A copy of a block's file; the block may be used meanwhile.
pub struct Backup {
    pub visitor: Visitor,
    pub to: String,
}

impl Task for Backup {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> Result<Self::Output> {
        self.visitor.backup(&self.to).map_err(thrown_stop)
    }

    fn resolve(&mut self, _env: Env, (): Self::Output) -> Result<Self::JsValue> {
        Ok(())
    }
}

/// How a freshly loaded file differs from a block; the block may be used meanwhile.
pub struct Compare {
    pub visitor: Visitor,
    pub path: String,
}

impl Task for Compare {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> Result<Self::Output> {
        self.visitor.compare(Path::new(&self.path)).map_err(thrown_stop)
    }

    fn resolve(&mut self, _env: Env, (): Self::Output) -> Result<Self::JsValue> {
        Ok(())
    }
}

/// Differences carried over. The block may be read meanwhile; who writes waits, as for another process.
pub struct Refresh {
    pub refresher: Option<Refresher>,
    pub since: Seq,
    pub block: Weak<Mutex<Inner>>,
}

impl Task for Refresh {
    type Output = (Refresher, usize, Duration);
    type JsValue = i64;

    fn compute(&mut self) -> Result<Self::Output> {
        let began = Instant::now();
        let mut refresher = self.refresher.take().expect("a task is computed once");
        let changed = refresher.refresh(self.since).map_err(thrown_stop)?;
        Ok((refresher, changed, began.elapsed()))
    }

    fn resolve(&mut self, _env: Env, (refresher, changed, took): Self::Output) -> Result<i64> {
        if let Some(block) = self.block.upgrade()
            && let Some(open) = &mut block.lock().open
        {
            open.refreshed(refresher);
            open.turn.spent(took);
            open.grown();
        }
        Ok(i64::try_from(changed).unwrap_or(i64::MAX))
    }
}

/// What block files say of themselves, whoever has them open.
pub struct Inspect {
    pub paths: Vec<String>,
    /// Theirs, where rows are to be counted.
    pub schema: Option<Arc<Schema>>,
}

impl Task for Inspect {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> Result<Self::Output> {
        let told =
            self.paths.iter().map(|path| exec::inspect(Path::new(path), self.schema.as_deref()));
        Ok(serde_json::Value::Array(told.collect()).to_string())
    }

    fn resolve(&mut self, _env: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(output)
    }
}
