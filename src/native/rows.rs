//! The verbs that write rows without an outbox entry.

use std::path::Path;
use std::sync::Arc;

use napi::bindgen_prelude::{AsyncTask, Unknown};
use napi::{Env, Result};
use napi_derive::napi;

use super::block::Block;
use super::work::{Compare, Refresh};
use super::{Inner, count, in_one_transaction};
use crate::block::OpenBlock;
use crate::error::Stop;
use crate::exec::{Param, RowMode, Writer};
use crate::ids::{FieldId, Seq};
use crate::params::thrown;
use crate::plan::SlotKind;
use crate::rows::read_rows;
use crate::schema::Model;
use crate::value::Value;

impl Inner {
    pub(super) fn rows<T>(
        &mut self,
        name: &str,
        run: impl FnOnce(&mut OpenBlock, &Model) -> Result<T>,
    ) -> Result<T> {
        let open = self.open()?;
        let schema = open.schema().clone();
        let model = schema.models.iter().find(|model| model.name == name);
        run(
            open,
            model.ok_or_else(|| {
                thrown("SHARDED_MODEL", &format!("no model `{name}` in the block"))
            })?,
        )
    }

    /// Rows of some fields, in one transaction.
    pub(super) fn write_rows(
        &mut self,
        env: Env,
        name: &str,
        fields_json: &str,
        values: &Unknown,
        write: impl FnOnce(Writer, &[Param]) -> std::result::Result<usize, Stop>,
    ) -> Result<i64> {
        let result = self.rows(name, |open, model| {
            let fields = field_ids(model, fields_json)?;
            let values = read_rows(&env, values, &kinds(model, &fields))?;
            Ok(in_one_transaction(open, |side| write(Writer::new(side, model, fields), &values)))
        })?;
        Ok(self.code(count(result)))
    }
}

pub(super) fn field_ids(model: &Model, fields_json: &str) -> Result<Vec<FieldId>> {
    let names: Vec<String> = serde_json::from_str(fields_json)
        .map_err(|error| thrown("SHARDED_FIELDS", &error.to_string()))?;
    names
        .iter()
        .map(|name| {
            let field = model.field_named(name).map(|field| field.id);
            field.ok_or_else(|| {
                thrown("SHARDED_FIELDS", &format!("no field `{name}` in {}", model.name))
            })
        })
        .collect()
}

pub(super) fn kinds(model: &Model, fields: &[FieldId]) -> Vec<SlotKind> {
    fields.iter().map(|id| SlotKind::of(model.field(*id))).collect()
}

/// The values of a primary key.
pub(super) fn key_of(env: Env, model: &Model, values: &Unknown) -> Result<Vec<Value>> {
    let key = read_rows(&env, values, &kinds(model, &model.key.fields))?;
    let value = |param| if let Param::Value(value) = param { value } else { Value::Null };
    Ok(key.into_iter().map(value).collect())
}

#[napi]
impl Block {
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
            other => {
                return Err(thrown(
                    "SHARDED_MODE",
                    &format!("mode: expected load, adopt or member, given '{other}'"),
                ));
            }
        };
        self.inner().write_rows(env, &model, &fields_json, &values, |writer, values| {
            writer.insert(values, mode, Seq(since_seq))
        })
    }

    #[napi(catch_unwind)]
    pub fn insert_links(&self, env: Env, relation_name: String, values: Unknown) -> Result<i64> {
        let mut inner = self.inner();
        let table = format!("_{relation_name}");
        let result = inner.rows(&table, |open, model| {
            let fields: Vec<FieldId> = model.fields.iter().map(|field| field.id).collect();
            let values = read_rows(&env, &values, &kinds(model, &fields))?;
            Ok(in_one_transaction(open, |side| {
                Writer::new(side, model, fields).insert(&values, RowMode::Load, Seq(0))
            }))
        })?;
        Ok(inner.code(count(result)))
    }

    #[napi(catch_unwind)]
    pub fn replace_row(
        &self,
        env: Env,
        model: String,
        fields_json: String,
        values: Unknown,
        seq: i64,
    ) -> Result<i64> {
        self.inner().write_rows(env, &model, &fields_json, &values, |writer, values| {
            writer.replace(values, Seq(seq))
        })
    }

    #[napi(catch_unwind)]
    pub fn delete_row(
        &self,
        env: Env,
        model: String,
        key_values: Unknown,
        seq: i64,
    ) -> Result<i64> {
        let mut inner = self.inner();
        let result = inner.rows(&model, |open, model| {
            let key = key_of(env, model, &key_values)?;
            Ok(in_one_transaction(open, |side| {
                Writer::new(side, model, Vec::new()).delete(&key, Seq(seq))
            }))
        })?;
        Ok(inner.code(count(result)))
    }

    #[napi(catch_unwind)]
    pub fn begin_refresh(&self, until_ms: i64) -> Result<i64> {
        let mut inner = self.inner();
        let open = inner.open()?;
        let result = in_one_transaction(open, |side| side.begin_refresh(until_ms).map(|()| 0));
        Ok(inner.code(count(result)))
    }

    /// Notes in a freshly loaded file how its rows differ from the block's.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    pub fn compare_with(&self, path: String) -> Result<AsyncTask<Compare>> {
        Ok(AsyncTask::new(Compare { visitor: self.inner().open()?.visitor(), path }))
    }

    /// Gets the write lock for `refresh`, which must follow at once.
    #[napi(catch_unwind)]
    pub fn begin_refresh_from(&self, path: String) -> Result<i64> {
        let mut inner = self.inner();
        let begun = inner.open()?.refresher(Path::new(&path));
        let result = begun.map(|refresher| inner.refresher = Some(refresher));
        Ok(inner.code(result.map(|()| 0)))
    }

    /// -> how many rows have changed.
    #[napi(catch_unwind, ts_return_type = "Promise<number>")]
    pub fn refresh(&self, since_seq: i64) -> Result<AsyncTask<Refresh>> {
        let refresher = self.inner().refresher.take();
        let refresher = refresher.ok_or_else(|| thrown("SHARDED_REFRESH", "none has begun"))?;
        let block = Arc::downgrade(&self.inner);
        Ok(AsyncTask::new(Refresh { refresher: Some(refresher), since: Seq(since_seq), block }))
    }
}
