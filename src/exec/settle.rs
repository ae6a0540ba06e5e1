//! What the main database has just written, and what that means for other rows that the block holds.
//!
//! A write of the main database's reaches further than the rows it tells of: referential actions change those that name
//! them, and a unique value may have been another row's. Such rows are named here, for JS to read them again.

use rusqlite::OptionalExtension;
use rusqlite::types::ValueRef;
use serde_json::{Value as Json, json};

use super::Database;
use super::bind::{Param, Sql};
use super::foreign::row_named;
use super::rows::Writer;
use super::write::refused::is_constraint;
use crate::error::Stop;
use crate::ids::{FieldId, Seq};
use crate::outbox;
use crate::schema::{ADOPTED, Join, Model, quote};
use crate::value::Value;

impl Database {
    /// Held rows that name this one by a foreign key: `[{model, where, adopted}]`.
    pub fn dependents(&self, model: &Model, row: &[Option<Value>]) -> Result<Json, Stop> {
        let held = self.held(model, row)?;
        let row = held.as_deref().unwrap_or(row);
        let mut found = Vec::new();
        for child in &self.schema.models[..self.schema.named] {
            for relation in &child.relations {
                let Join::Local { fields, references } = &relation.join else { continue };
                if relation.target == model.id
                    && let Some(key) = given(references, row)
                {
                    self.rows_with(child, fields, &key, &mut found)?;
                }
            }
        }
        Ok(Json::Array(found))
    }

    /// The row as it is held, by its key.
    fn held(
        &self,
        model: &Model,
        row: &[Option<Value>],
    ) -> Result<Option<Vec<Option<Value>>>, Stop> {
        let Some(key) = given(&model.key.fields, row) else { return Ok(None) };
        let columns: Vec<String> = model.fields.iter().map(|field| quote(&field.local)).collect();
        let name = |id: &FieldId| format!("{} = ?", quote(&model.field(*id).local));
        let tests: Vec<String> = model.key.fields.iter().map(name).collect();
        let text = format!(
            "SELECT {} FROM {} WHERE {}",
            columns.join(", "),
            quote(&model.local),
            tests.join(" AND ")
        );
        let mut prepared = self.conn.prepare_cached(&text)?;
        let params = rusqlite::params_from_iter(key.into_iter().map(Sql));
        let values = |row: &rusqlite::Row| {
            (0..columns.len()).map(|at| Ok(Some(Value::from(row.get_ref(at)?)))).collect()
        };
        Ok(prepared.query_row(params, values).optional()?)
    }

    /// Held rows with another key that have a unique value of this one: the main database has taken it from them.
    pub fn rivals(&self, model: &Model, row: &[Option<Value>]) -> Result<Json, Stop> {
        let mut found = Vec::new();
        for unique in &model.uniques {
            if let Some(key) = given(&unique.fields, row) {
                self.rows_with(model, &unique.fields, &key, &mut found)?;
            }
        }
        let Some(own) = given(&model.key.fields, row) else { return Ok(Json::Array(found)) };
        let own = row_named(model, &model.key.fields, &own).by;
        found.retain(|rival| rival["where"] != own);
        Ok(Json::Array(found))
    }

    /// Held rows that have a key of this one, the primary key or a unique one, as far as its values are given; where none is, all.
    pub fn holders(&self, model: &Model, row: &[Option<Value>]) -> Result<Json, Stop> {
        let mut found = Vec::new();
        if row.iter().all(Option::is_none) {
            self.rows_with(model, &[], &[], &mut found)?;
        }
        for key in model.keys() {
            if let Some(values) = given(&key.fields, row) {
                self.rows_with(model, &key.fields, &values, &mut found)?;
            }
        }
        Ok(Json::Array(found))
    }

    fn rows_with(
        &self,
        model: &Model,
        fields: &[FieldId],
        key: &[&Value],
        found: &mut Vec<Json>,
    ) -> Result<(), Stop> {
        let name = |id: &FieldId| quote(&model.field(*id).local);
        let columns: Vec<String> = model.key.fields.iter().map(name).collect();
        let tests: Vec<String> = fields.iter().map(|id| format!(" AND {} = ?", name(id))).collect();
        let text = format!(
            "SELECT {}, {} IS NOT NULL FROM {} WHERE TRUE{}",
            columns.join(", "),
            quote(ADOPTED),
            quote(&model.local),
            tests.concat()
        );
        let mut prepared = self.conn.prepare_cached(&text)?;
        let mut rows =
            prepared.query(rusqlite::params_from_iter(key.iter().map(|key| Sql(key))))?;
        while let Some(row) = rows.next()? {
            let key: Vec<Value> = (0..columns.len())
                .map(|at| Ok(Value::from(row.get_ref(at)?)))
                .collect::<Result<_, rusqlite::Error>>()?;
            let key: Vec<&Value> = key.iter().collect();
            let asked = row_named(model, &model.key.fields, &key);
            let adopted = row.get_ref(columns.len())? == ValueRef::Integer(1);
            found.push(json!({ "model": asked.model, "where": asked.by, "adopted": adopted }));
        }
        Ok(())
    }

    /// Main's row over the held one that had another key, with all that names it: what `onUpdate` says. Not when a commit
    /// after `seq` changed it, nor when the held rows do not allow it.
    pub fn move_row(
        &mut self,
        model: &Model,
        key: &[Value],
        values: &[Param],
        seq: Seq,
    ) -> Result<usize, Stop> {
        if self.in_transaction() {
            return self.with_actions(|db| db.moved(model, key, values, seq));
        }
        self.conn.pragma_update(None, "foreign_keys", true)?;
        let moved = self.begin().and_then(|()| match self.moved(model, key, values, seq) {
            Ok(count) => self.commit().map(|_| count),
            Err(stop) => self.rollback().and(Err(stop)),
        });
        self.conn.pragma_update(None, "foreign_keys", false)?;
        moved
    }

    fn moved(
        &self,
        model: &Model,
        key: &[Value],
        values: &[Param],
        seq: Seq,
    ) -> Result<usize, Stop> {
        if outbox::touched_after(&self.conn, model, key, seq)? {
            return Ok(0);
        }
        let fields = model.fields.iter().map(|field| field.id).collect();
        let row = Writer::new(self, model, fields).stored(values)?;
        let equal = |id: &FieldId| format!("{} = ?", quote(&model.field(*id).local));
        let set: Vec<String> = model.fields.iter().map(|field| equal(&field.id)).collect();
        let tests: Vec<String> = model.key.fields.iter().map(equal).collect();
        let text = format!(
            "UPDATE {} SET {} WHERE {}",
            quote(&model.local),
            set.join(", "),
            tests.join(" AND ")
        );
        let params = rusqlite::params_from_iter(row.iter().chain(key).map(Sql));
        let moved = match self.conn.prepare_cached(&text)?.execute(params) {
            Err(error) if is_constraint(&error) => 0,
            done => done?,
        };
        if moved > 0 && self.any_whole()? {
            let key: Vec<Value> =
                model.key.fields.iter().map(|id| row[id.index()].clone()).collect();
            self.written(model, &key)?;
            self.overwritten(model)?;
        }
        Ok(moved)
    }

    /// Removes a row that the main database has not any more, and its links, unless a commit after `seq` changed it.
    pub fn forget(&self, model: &Model, key: &[Value], seq: Seq) -> Result<usize, Stop> {
        let removed = Writer::new(self, model, Vec::new()).delete(key, seq)?;
        let [value] = key else { return Ok(removed) };
        for link in &self.schema.models[self.schema.named..] {
            for relation in link.relations.iter().filter(|end| end.target == model.id) {
                let Join::Local { fields, .. } = &relation.join else { continue };
                let (table, column) = (quote(&link.local), quote(&link.field(fields[0]).local));
                let text = format!("DELETE FROM {table} WHERE {column} = ?");
                self.conn.prepare_cached(&text)?.execute([Sql(value)])?;
            }
        }
        Ok(removed)
    }
}

/// The values of these fields, where the row has them all and none is NULL.
fn given<'r>(fields: &[FieldId], row: &'r [Option<Value>]) -> Option<Vec<&'r Value>> {
    let value = |id: &FieldId| row[id.index()].as_ref().filter(|value| !value.is_null());
    fields.iter().map(value).collect()
}
