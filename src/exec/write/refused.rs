//! SQLite's refusal of a row as Prisma's error, or as the miss of a parent that is not held.

use rusqlite::ffi::ErrorCode;
use serde_json::json;

use super::super::bind::{Linked, Sql};
use super::super::{Call, Database, refusal};
use super::Row;
use crate::error::{Failure, Stop};
use crate::ids::FieldId;
use crate::schema::{Model, Schema, quote};
use crate::sql::{Assigned, ChangeProgram};
use crate::value::Value;

impl Database {
    /// `old`: the row as it was, where there is one.
    pub(super) fn change_refused(
        &self,
        change: &ChangeProgram,
        old: Option<Row>,
        linked: &Linked,
        call: &Call,
        failure: &Failure,
    ) -> Stop {
        let model = self.schema.model(change.model);
        let extended = failure.meta["extended"].as_i64().and_then(|code| i32::try_from(code).ok());
        let own = old.as_ref().map(|old| self.key_of(change.model, old));
        let new =
            self.with_assigned(model, old.unwrap_or_default(), &change.assigned, call, linked);
        let new = match &new {
            Ok(new) => new.iter().map(Option::as_ref).collect::<Vec<_>>(),
            Err(_) => Vec::new(),
        };
        if extended.is_some_and(is_foreign_key) {
            return self.parents_missing(model, &new, call).unwrap_or_else(|stop| stop);
        }
        self.constraint_stop(model, &failure.message, &new, own.as_deref())
    }

    /// A foreign key of rows after an update: the assigned values over those of the row, where it is one row.
    pub(super) fn assigned_refused(
        &self,
        model: &Model,
        old: Row,
        assigned: &[Assigned],
        call: &Call,
        linked: &Linked,
    ) -> Stop {
        let new = match self.with_assigned(model, old, assigned, call, linked) {
            Ok(new) => new,
            Err(stop) => return stop,
        };
        let given: Vec<Option<&Value>> = new.iter().map(Option::as_ref).collect();
        self.parents_missing(model, &given, call).unwrap_or_else(|stop| stop)
    }

    fn with_assigned(
        &self,
        model: &Model,
        old: Row,
        assigned: &[Assigned],
        call: &Call,
        linked: &Linked,
    ) -> Result<Vec<Option<Value>>, Stop> {
        let mut new: Vec<Option<Value>> = old.into_iter().map(Some).collect();
        new.resize(model.fields.len(), None);
        for (field, source, native, kind) in assigned {
            let value = call.value_in(&self.schema, source, *native, Some(*kind), linked)?;
            new[field.index()] = Some(value.into_owned());
        }
        Ok(new)
    }

    /// `UNIQUE constraint failed: User.email, User.name` and its like. Of several keys that are taken the main database
    /// names the first, SQLite any.
    fn constraint_stop(
        &self,
        model: &Model,
        message: &str,
        values: &[Option<&Value>],
        own: Option<&[Value]>,
    ) -> Stop {
        if message.starts_with("UNIQUE") && !values.is_empty() {
            for key in model.keys() {
                match self.is_taken(model, &key.fields, values, own) {
                    Ok(true) => return refusal::unique(model, &key.fields).into(),
                    Ok(false) => {}
                    Err(stop) => return stop,
                }
            }
        }
        constraint_stop(&self.schema, model, message)
    }

    /// Whether a row other than that of the key `own` has these values.
    fn is_taken(
        &self,
        model: &Model,
        fields: &[FieldId],
        values: &[Option<&Value>],
        own: Option<&[Value]>,
    ) -> Result<bool, Stop> {
        let wanted: Option<Vec<&Value>> = fields.iter().map(|id| values[id.index()]).collect();
        let Some(mut wanted) = wanted.filter(|all| !all.contains(&&Value::Null)) else {
            return Ok(false);
        };
        let equal = |fields: &[FieldId]| {
            let tests = fields.iter().map(|id| format!("{} = ?", quote(&model.field(*id).local)));
            tests.collect::<Vec<_>>().join(" AND ")
        };
        let others = match own {
            Some(own) => {
                wanted.extend(own);
                format!(" AND NOT ({})", equal(&model.key.fields))
            }
            None => String::new(),
        };
        let text = format!("SELECT 1 FROM {} WHERE {}{others}", quote(&model.local), equal(fields));
        let mut prepared = self.conn.prepare_cached(&text)?;
        Ok(prepared.exists(rusqlite::params_from_iter(wanted.into_iter().map(Sql)))?)
    }

    /// `values` are the row's, where they are known.
    pub(super) fn refused(
        &self,
        model: &Model,
        error: &rusqlite::Error,
        values: &[Option<&Value>],
        call: &Call,
    ) -> Stop {
        if !is_constraint(error) {
            return match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseBusy) => Stop::Busy,
                _ => copy_error(error),
            };
        }
        if !is_foreign_key(extended(error)) {
            return self.constraint_stop(model, &error.to_string(), values, None);
        }
        let stop = if values.is_empty() {
            self.children_left(model)
        } else {
            self.parents_missing(model, values, call)
        };
        stop.unwrap_or_else(|stop| stop)
    }
}

/// Marks a constraint's failure on its way to the mapping that knows the row.
pub const CONSTRAINT: &str = "SHARDED_CONSTRAINT";

fn copy_error(error: &rusqlite::Error) -> Stop {
    let text = error.to_string();
    Stop::from(rusqlite::Error::UserFunctionError(text.into()))
}

pub fn is_constraint(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}

/// `ON DELETE RESTRICT` is a trigger to SQLite, and the only one here that refuses.
pub fn is_foreign_key(extended: i32) -> bool {
    matches!(
        extended,
        rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY | rusqlite::ffi::SQLITE_CONSTRAINT_TRIGGER
    )
}

pub fn extended(error: &rusqlite::Error) -> i32 {
    error.sqlite_error().map_or(0, |error| error.extended_code)
}

/// What SQLite's own words name.
fn constraint_stop(schema: &Schema, model: &Model, message: &str) -> Stop {
    let Some((what, columns)) = message.split_once(" constraint failed: ") else {
        return Failure::new("SHARDED_STORAGE", message, json!({})).into();
    };
    let pairs: Vec<(&str, &str)> =
        columns.split(", ").filter_map(|column| column.split_once('.')).collect();
    let owner = pairs.first().and_then(|(table, _)| schema.model_of_table(table)).unwrap_or(model);
    let fields: Vec<FieldId> = pairs
        .iter()
        .filter_map(|(_, column)| owner.fields.iter().find(|field| field.local == *column))
        .map(|field| field.id)
        .collect();
    let refuse = if what.ends_with("NOT NULL") { refusal::null_value } else { refusal::unique };
    refuse(owner, &fields).into()
}
