//! SQLite's refusal of a row as Prisma's error, or as the miss of a parent that is not held.

use rusqlite::ffi::ErrorCode;
use serde_json::json;

use super::super::bind::Linked;
use super::super::fits::row_fits;
use super::super::foreign::Event;
use super::super::{Call, Database, refusal};
use super::Row;
use crate::error::{Failure, Miss, Stop};
use crate::ids::FieldId;
use crate::schema::{Model, Schema};
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
        if !extended.is_some_and(is_foreign_key) {
            return constraint_stop(&self.schema, model, &failure.message);
        }
        self.assigned_refused(model, old.as_slice(), &change.assigned, call, linked)
    }

    /// A foreign key of rows after an update: the assigned values over those of the row, where it is one row.
    pub(super) fn assigned_refused(
        &self,
        model: &Model,
        olds: &[Row],
        assigned: &[Assigned],
        call: &Call,
        linked: &Linked,
    ) -> Stop {
        let mut new: Vec<Option<Value>> = match olds {
            [old] => old.iter().cloned().map(Some).collect(),
            _ => vec![None; model.fields.len()],
        };
        for (field, source, native, kind) in assigned {
            match call.value_in(&self.schema, source, *native, Some(*kind), linked) {
                Ok(value) => new[field.index()] = Some(value.into_owned()),
                Err(stop) => return stop,
            }
        }
        let given: Vec<Option<&Value>> = new.iter().map(Option::as_ref).collect();
        match self.parents_missing(model, &given, call) {
            Ok(Some(stop)) | Err(stop) => stop,
            Ok(None) => {
                self.children_left(model, olds, Event::Rekeyed, call).unwrap_or_else(|stop| stop)
            }
        }
    }

    /// Of a new row: `values` are its.
    pub(super) fn insert_refused(
        &self,
        model: &Model,
        error: &rusqlite::Error,
        values: &[Value],
        call: &Call,
    ) -> Stop {
        // Main reads the values of a row before it looks at others.
        if !row_fits(&self.schema, model, values) {
            return Stop::Miss(Miss::Through);
        }
        if !is_constraint(error) || !is_foreign_key(extended(error)) {
            return self.refused(model, error);
        }
        let given: Vec<Option<&Value>> = values.iter().map(Some).collect();
        match self.parents_missing(model, &given, call) {
            Ok(stop) => stop.unwrap_or_else(|| copy_error(error)),
            Err(stop) => stop,
        }
    }

    /// Of what was to be done to rows that others name.
    pub(super) fn kept(
        &self,
        model: &Model,
        error: &rusqlite::Error,
        (rows, event): (&[Row], Event),
        call: &Call,
    ) -> Stop {
        if is_constraint(error) && is_foreign_key(extended(error)) {
            return self.children_left(model, rows, event, call).unwrap_or_else(|stop| stop);
        }
        self.refused(model, error)
    }

    /// Where no foreign key is broken.
    pub(super) fn refused(&self, model: &Model, error: &rusqlite::Error) -> Stop {
        if is_constraint(error) {
            return constraint_stop(&self.schema, model, &error.to_string());
        }
        copy_error(error)
    }
}

/// Marks a constraint's failure on its way to the mapping that knows the row.
pub const CONSTRAINT: &str = "SHARDED_CONSTRAINT";

/// What kind of error it is stays known: of a damaged file, or of a full disk, more becomes than a call that failed.
fn copy_error(error: &rusqlite::Error) -> Stop {
    let text = error.to_string();
    Stop::from(match error.sqlite_error() {
        Some(code) => rusqlite::Error::SqliteFailure(*code, Some(text)),
        None => rusqlite::Error::UserFunctionError(text.into()),
    })
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

/// `UNIQUE constraint failed: User.email, User.name` and its like.
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
