//! Changes of a refused commit, done to the rows once more: what they are now is what the new commit says was there before.

use rusqlite::OptionalExtension;

use super::Database;
use super::bind::Sql;
use crate::error::{Failure, Stop};
use crate::ids::FieldId;
use crate::outbox::{Change, ChangeKind, Column};
use crate::schema::{Model, quote};
use crate::value::Value;

impl Database {
    /// The changes as they are now. On a connection that captures nothing; needs a transaction.
    pub fn redo(&self, changes: &[Change]) -> Result<Vec<Change>, Stop> {
        let mut done = Vec::with_capacity(changes.len());
        for change in changes {
            let model = self.schema.model(change.model);
            let again = match change.kind {
                ChangeKind::Create => self.recreate(model, change).map(Some),
                ChangeKind::Update => self.reupdate(model, change).map(Some),
                ChangeKind::Delete => self.redelete(model, change),
            };
            done.extend(again.map_err(|stop| unique_taken(model, stop))?);
        }
        Ok(done)
    }

    /// Over the row of that key, if there is one: `onRejected: 'keep'` has left it, or the main database has one and will refuse this
    /// again.
    fn recreate(&self, model: &Model, change: &Change) -> Result<Change, Stop> {
        let given: Vec<&Column> = change.columns.iter().filter(|one| one.new.is_some()).collect();
        let names: Vec<String> = given.iter().map(|one| name(model, one.field)).collect();
        let key: Vec<String> = model.key.fields.iter().map(|id| name(model, *id)).collect();
        let set: Vec<String> =
            names.iter().map(|name| format!("{name} = excluded.{name}")).collect();
        let text = format!(
            "INSERT INTO {} ({}) VALUES ({}) ON CONFLICT ({}) DO UPDATE SET {}",
            quote(&model.local),
            names.join(", "),
            vec!["?"; names.len()].join(", "),
            key.join(", "),
            set.join(", ")
        );
        let values = given.iter().filter_map(|one| one.new.as_ref()).map(Sql);
        self.conn.prepare_cached(&text)?.execute(rusqlite::params_from_iter(values))?;
        self.noted(model, &change.key)?;
        Ok(change.clone())
    }

    fn reupdate(&self, model: &Model, change: &Change) -> Result<Change, Stop> {
        let fields: Vec<FieldId> = change.columns.iter().map(|one| one.field).collect();
        let Some(now) = self.values(model, &fields, &change.key)? else {
            return Err(gone(model, &change.key));
        };
        let mut again = change.clone();
        for (column, now) in again.columns.iter_mut().zip(now) {
            column.new =
                column.delta.as_ref().and_then(|delta| sum(&now, delta)).or(column.new.take());
            column.old = Some(now);
        }
        let set: Vec<String> =
            fields.iter().map(|id| format!("{} = ?", name(model, *id))).collect();
        let text = format!(
            "UPDATE {} SET {} WHERE {}",
            quote(&model.local),
            set.join(", "),
            key_test(model)
        );
        let values = again.columns.iter().map(|one| one.new.as_ref().unwrap_or(&Value::Null));
        let params = rusqlite::params_from_iter(values.chain(&change.key).map(Sql));
        self.conn.prepare_cached(&text)?.execute(params)?;
        let moved = again.moved_key(model);
        self.noted(model, moved.as_ref().unwrap_or(&change.key))?;
        Ok(again)
    }

    /// `None`: a referential action had removed it, and it is not there now.
    fn redelete(&self, model: &Model, change: &Change) -> Result<Option<Change>, Stop> {
        let fields: Vec<FieldId> = change.columns.iter().map(|one| one.field).collect();
        let Some(now) = self.values(model, &fields, &change.key)? else {
            return if change.cascaded { Ok(None) } else { Err(gone(model, &change.key)) };
        };
        let text = format!("DELETE FROM {} WHERE {}", quote(&model.local), key_test(model));
        let params = rusqlite::params_from_iter(change.key.iter().map(Sql));
        self.conn.prepare_cached(&text)?.execute(params)?;
        if self.any_whole()? {
            self.removed(model, &change.key)?;
        }
        let mut again = change.clone();
        for (column, now) in again.columns.iter_mut().zip(now) {
            column.old = Some(now);
        }
        Ok(Some(again))
    }

    fn noted(&self, model: &Model, key: &[Value]) -> Result<(), Stop> {
        if self.any_whole()? {
            self.written(model, key)?;
            self.overwritten(model)?;
        }
        Ok(())
    }

    /// The row's values of these fields, if it is held.
    fn values(
        &self,
        model: &Model,
        fields: &[FieldId],
        key: &[Value],
    ) -> Result<Option<Vec<Value>>, Stop> {
        let mut names: Vec<String> = fields.iter().map(|id| name(model, *id)).collect();
        names.push("1".to_owned());
        let text = format!(
            "SELECT {} FROM {} WHERE {}",
            names.join(", "),
            quote(&model.local),
            key_test(model)
        );
        let mut prepared = self.conn.prepare_cached(&text)?;
        let params = rusqlite::params_from_iter(key.iter().map(Sql));
        let values = |row: &rusqlite::Row| {
            (0..fields.len()).map(|at| Ok(Value::from(row.get_ref(at)?))).collect()
        };
        Ok(prepared.query_row(params, values).optional()?)
    }
}

fn name(model: &Model, id: FieldId) -> String {
    quote(&model.field(id).local)
}

fn key_test(model: &Model) -> String {
    let tests: Vec<String> =
        model.key.fields.iter().map(|id| format!("{} = ?", name(model, *id))).collect();
    tests.join(" AND ")
}

/// What an increment comes to now. Of exact decimals the main database tells it.
fn sum(now: &Value, delta: &Value) -> Option<Value> {
    match (now, delta) {
        (Value::Int(now), Value::Int(delta)) => now.checked_add(*delta).map(Value::Int),
        (Value::Real(now), Value::Real(delta)) => Some(Value::Real(now + delta)),
        _ => None,
    }
}

fn conflict(why: String) -> Stop {
    Failure::new("SHARDED_RETRY_CONFLICT", why, serde_json::json!({})).into()
}

fn gone(model: &Model, key: &[Value]) -> Stop {
    conflict(format!(
        "the commit changes a row of {} that the block does not hold any more (key {key:?}); nothing was made anew",
        model.name
    ))
}

fn unique_taken(model: &Model, stop: Stop) -> Stop {
    match stop {
        Stop::Failed(failure) if failure.message.contains("constraint failed") => {
            conflict(format!(
                "the commit writes a row of {} that conflicts with what the block holds now ({}); nothing was made anew",
                model.name, failure.message
            ))
        }
        other => other,
    }
}
