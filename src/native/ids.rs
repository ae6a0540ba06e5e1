//! The verbs of ids that the main database gives in advance (`src/exec/ids.rs`).

use std::sync::Arc;

use napi::Result;
use napi::bindgen_prelude::{FnArgs, Function};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;

use super::block::Block;
use crate::exec::Database;
use crate::ids::{FieldId, ModelId};
use crate::instant::now_millis;
use crate::params::{thrown, thrown_stop};
use crate::schema::Provider;

#[napi]
impl Block {
    /// `callback(model, field)` runs on the loop when a commit has left few ids. It does not keep the process alive.
    #[napi(catch_unwind)]
    pub fn on_low_ids(&self, callback: Function<FnArgs<(u32, u32)>, ()>) -> Result<()> {
        let notify = callback
            .build_threadsafe_function()
            .weak::<true>()
            .callee_handled::<false>()
            .build()?;
        self.inner().open()?.on_low_ids(Arc::new(move |ModelId(model), FieldId(field)| {
            let position = (u32::from(model), u32::from(field));
            notify.call(FnArgs::from(position), ThreadsafeFunctionCallMode::NonBlocking);
        }));
        Ok(())
    }

    /// Whether so few ids are left that more should be asked for.
    #[napi(catch_unwind)]
    pub fn wants_ids(&self, model: u16, field: u16) -> Result<bool> {
        let mut inner = self.inner();
        let db = &inner.open()?.db;
        db.ids.wanted(&db.conn, (ModelId(model), FieldId(field)), now_millis()).map_err(thrown_stop)
    }

    /// Ids as the sequence gave them, with commas between. `transaction`: an open one that has the write lock, or 0.
    #[napi(catch_unwind)]
    pub fn grant_ids(&self, transaction: u32, model: u16, field: u16, ids: String) -> Result<i64> {
        let parsed: std::result::Result<Vec<i64>, _> = ids.split(',').map(str::parse).collect();
        let parsed = parsed.map_err(|error| {
            thrown("SHARDED_IDS", &format!("ids: expected integers with commas between: {error}"))
        })?;
        let mut inner = self.inner();
        let open = inner.open()?;
        let key = (ModelId(model), FieldId(field));
        let grant =
            |db: &mut Database| db.ids.grant(&db.conn, key, &parsed, now_millis()).map(|()| 0);
        let result = match transaction {
            0 => grant(&mut open.db),
            id => open.transaction(id).and_then(grant),
        };
        Ok(inner.code(result))
    }

    /// The transaction that was rolled back last has failed for good: its ids are not taken again, unless the main database
    /// would.
    #[napi(catch_unwind)]
    pub fn use_up_ids(&self) -> Result<i64> {
        let mut inner = self.inner();
        let open = inner.open()?;
        if open.schema().provider == Provider::Sqlite {
            return Ok(0);
        }
        let db = &open.db;
        let result = db.ids.use_up(&db.conn).map(|()| 0);
        Ok(inner.code(result))
    }

    /// The main database gives none: rows of that field are written through from now on.
    #[napi(catch_unwind)]
    pub fn refuse_ids(&self, model: u16, field: u16) -> Result<()> {
        self.inner().open()?.unleased.insert((ModelId(model), FieldId(field)));
        Ok(())
    }
}
