//! The verbs that follow a write of the main database (`src/exec/settle.rs`).

use napi::bindgen_prelude::Unknown;
use napi::{Env, Result};
use napi_derive::napi;

use super::block::Block;
use super::rows::{field_ids, key_of, kinds};
use super::{Inner, count, in_one_transaction};
use crate::error::Stop;
use crate::exec::{Database, Param};
use crate::ids::{FieldId, Seq};
use crate::params::thrown_stop;
use crate::rows::read_rows;
use crate::schema::Model;
use crate::value::Value;

type Named =
    fn(&Database, &Model, &[Option<Value>]) -> std::result::Result<serde_json::Value, Stop>;

impl Inner {
    fn named(
        &mut self,
        env: Env,
        name: &str,
        fields_json: &str,
        values: &Unknown,
        find: Named,
    ) -> Result<String> {
        self.rows(name, |open, model| {
            let fields = field_ids(model, fields_json)?;
            let values = read_rows(&env, values, &kinds(model, &fields))?;
            let mut row: Vec<Option<Value>> = vec![None; model.fields.len()];
            for (id, param) in fields.iter().zip(values) {
                if let Param::Value(value) = param {
                    row[id.index()] = Some(value);
                }
            }
            find(open.side().map_err(thrown_stop)?, model, &row)
                .map(|found| found.to_string())
                .map_err(thrown_stop)
        })
    }
}

#[napi]
impl Block {
    /// Held rows that name this one by a foreign key: `[{model, where, adopted}]`.
    #[napi(catch_unwind)]
    pub fn dependents(
        &self,
        env: Env,
        model: String,
        fields_json: String,
        values: Unknown,
    ) -> Result<String> {
        self.inner().named(env, &model, &fields_json, &values, Database::dependents)
    }

    /// Held rows with another key that have a unique value of this one, in the same form.
    #[napi(catch_unwind)]
    pub fn rivals(
        &self,
        env: Env,
        model: String,
        fields_json: String,
        values: Unknown,
    ) -> Result<String> {
        self.inner().named(env, &model, &fields_json, &values, Database::rivals)
    }

    /// Held rows that have a key of this one, in the same form; all, of one of which nothing is given.
    #[napi(catch_unwind)]
    pub fn holders(
        &self,
        env: Env,
        model: String,
        fields_json: String,
        values: Unknown,
    ) -> Result<String> {
        self.inner().named(env, &model, &fields_json, &values, Database::holders)
    }

    /// Main's row over the held one, unless a commit after `seq` changed it. A row that is not held is no concern.
    #[napi(catch_unwind)]
    pub fn overwrite_row(
        &self,
        env: Env,
        model: String,
        fields_json: String,
        values: Unknown,
        seq: i64,
    ) -> Result<i64> {
        self.inner().write_rows(env, &model, &fields_json, &values, |writer, values| {
            writer.overwrite(values, Seq(seq))
        })
    }

    /// Main's row over the held one that had another key, with what names it. 0 when there is none, or it cannot be.
    #[napi(catch_unwind)]
    pub fn move_row(
        &self,
        env: Env,
        model: String,
        key_values: Unknown,
        values: Unknown,
        seq: i64,
    ) -> Result<i64> {
        let mut inner = self.inner();
        let result = inner.rows(&model, |open, model| {
            let fields: Vec<FieldId> = model.fields.iter().map(|field| field.id).collect();
            let key = key_of(env, model, &key_values)?;
            let values = read_rows(&env, &values, &kinds(model, &fields))?;
            let moved = open.side().and_then(|side| side.move_row(model, &key, &values, Seq(seq)));
            open.grown();
            Ok(moved)
        })?;
        Ok(inner.code(count(result)))
    }

    /// Removes a row and its links, unless a commit after `seq` changed it.
    #[napi(catch_unwind)]
    pub fn forget_row(
        &self,
        env: Env,
        model: String,
        key_values: Unknown,
        seq: i64,
    ) -> Result<i64> {
        let mut inner = self.inner();
        let result = inner.rows(&model, |open, model| {
            let key = key_of(env, model, &key_values)?;
            Ok(in_one_transaction(open, |side| side.forget(model, &key, Seq(seq))))
        })?;
        Ok(inner.code(count(result)))
    }
}
