//! Several rows of one call on their way in: duplicates, and what the rows name.

use super::super::bind::Param;
use super::super::fits::row_fits;
use super::super::{Call, Database};
use super::Row;
use super::bulk::rows_given;
use super::refused::{extended, is_constraint, is_foreign_key};
use crate::error::{Miss, Stop};
use crate::ids::FieldId;
use crate::plan::Source;
use crate::schema::{Default, Model, Provider};
use crate::sql::CreateManyProgram;
use crate::value::Value;

impl Database {
    /// Which of the rows went in; the others are duplicates.
    pub(super) fn insert_rows(
        &self,
        many: &CreateManyProgram,
        rows: &[Row],
        call: &Call,
    ) -> Result<Vec<usize>, Stop> {
        if many.skips {
            self.keys_known(many, rows, call)?;
        }
        let mut inserted = Vec::with_capacity(rows.len());
        let mut orphans = false;
        let result = self.step_rows(many, rows, call, &mut inserted, &mut orphans);
        if orphans {
            self.conn.pragma_update(None, "defer_foreign_keys", false)?;
        }
        result?;
        if orphans {
            self.parents_known(self.schema.model(many.model), rows, &inserted, call)?;
        }
        Ok(inserted)
    }

    /// Main looks at foreign keys when all rows are in: until then another rule counts, and the parent may be among the rows.
    /// `InnoDB` looks at them row by row, and leaves a row without its parent out where duplicates are left out.
    fn step_rows(
        &self,
        many: &CreateManyProgram,
        rows: &[Row],
        call: &Call,
        inserted: &mut Vec<usize>,
        orphans: &mut bool,
    ) -> Result<(), Stop> {
        let text = &many.insert.text;
        let model = self.schema.model(many.model);
        for (at, row) in rows.iter().enumerate() {
            let mut result = self.step_insert(text, row, call)?;
            // Main reads the values of a row before it looks at others.
            if result.as_ref().is_err_and(is_constraint) && !row_fits(&self.schema, model, row) {
                return Err(Stop::Miss(Miss::Through));
            }
            if let Err(error) = &result
                && is_constraint(error)
                && is_foreign_key(extended(error))
            {
                if self.schema.provider == Provider::Mysql {
                    self.orphan_of_mysql(many, &rows[at..], error, call)?;
                    continue;
                }
                *orphans = true;
                self.conn.pragma_update(None, "defer_foreign_keys", true)?;
                result = self.step_insert(text, row, call)?;
            }
            match result {
                Ok(0) => {}
                Ok(_) => inserted.push(at),
                Err(error) => return Err(self.refused(model, &error)),
            }
        }
        Ok(())
    }

    /// The first of these rows has no parent here: it is left out, or the error of the call.
    fn orphan_of_mysql(
        &self,
        many: &CreateManyProgram,
        rows: &[Row],
        error: &rusqlite::Error,
        call: &Call,
    ) -> Result<(), Stop> {
        let model = self.schema.model(many.model);
        let given: Vec<Option<&Value>> = rows[0].iter().map(Some).collect();
        match self.parents_missing(model, &given, call)? {
            Some(Stop::Miss(Miss::Rows(mut missing))) => {
                for row in &rows[1..] {
                    self.add_missing_parents(many.model, row, call, &mut missing)?;
                }
                known(missing)
            }
            Some(Stop::Failed(_)) if many.skips => Ok(()),
            Some(stop) => Err(stop),
            None => Err(self.refused(model, error)),
        }
    }

    /// All parents that are not held are asked for at once.
    fn parents_known(
        &self,
        model: &Model,
        rows: &[Row],
        inserted: &[usize],
        call: &Call,
    ) -> Result<(), Stop> {
        let mut missing = Vec::new();
        for at in inserted {
            let given: Vec<Option<&Value>> = rows[*at].iter().map(Some).collect();
            match self.parents_missing(model, &given, call)? {
                None => {}
                Some(Stop::Miss(Miss::Rows(more))) => missing.extend(more),
                // What a row before it names is to be asked first.
                Some(_) if !missing.is_empty() => break,
                Some(stop) => return Err(stop),
            }
        }
        known(missing)
    }

    /// Whether a row is a duplicate, only main can tell of keys that are not held.
    fn keys_known(&self, many: &CreateManyProgram, rows: &[Row], call: &Call) -> Result<(), Stop> {
        if call.absent.all() {
            return Ok(());
        }
        let model = self.schema.model(many.model);
        let (width, params) = rows_given(many, call);
        // No other row has what is made here.
        let made = |row: usize, id: &FieldId| match &many.columns[id.index()] {
            (_, Some(Source::Generated(Default::Literal(_))), ..) => false,
            (Some(at), Some(Source::Generated(_)), ..) => {
                !matches!(params.get(row * width + at), Some(Param::Value(_)))
            }
            (None, Some(Source::Generated(_)), ..) => true,
            _ => false,
        };
        let mut missing = Vec::new();
        for key in model.keys() {
            for (at, row) in rows.iter().enumerate() {
                let values: Vec<&Value> = key.fields.iter().map(|id| &row[id.index()]).collect();
                let told = !key.fields.iter().any(|id| made(at, id));
                if told && !values.iter().any(|value| value.is_null()) {
                    missing.extend(self.unknown(model, &key.fields, &values, call)?);
                }
            }
        }
        known(missing)
    }
}

fn known(missing: Vec<crate::error::MissingRow>) -> Result<(), Stop> {
    if missing.is_empty() { Ok(()) } else { Err(Stop::Miss(Miss::Rows(missing))) }
}
