//! Keys that get a value which the main database's collation takes for the one that was there. To SQLite nothing has changed for
//! the rows that name them; `MySQL` compares the bytes, and refuses the change or takes those rows along.

use rusqlite::OptionalExtension;

use super::Database;
use super::bind::Sql;
use super::foreign::tests;
use crate::error::Stop;
use crate::outbox::{Change, ChangeKind};
use crate::schema::{Model, Provider, quote};
use crate::value::Value;

impl Database {
    /// Does one of these changes respell a key by which a row that is held names another?
    pub(super) fn respells(&self, changes: &[Change]) -> Result<bool, Stop> {
        if self.schema.provider != Provider::Mysql {
            return Ok(false);
        }
        for change in changes.iter().filter(|change| is_respelled(change)) {
            if self.respells_named(change)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn respells_named(&self, change: &Change) -> Result<bool, Stop> {
        let model = self.schema.model(change.model);
        let Some(row) = self.row_after(model, change)? else { return Ok(false) };
        for child in self.children(model) {
            let columns = || change.columns.iter();
            if !columns().any(|column| child.references.contains(&column.field)) {
                continue;
            }
            let new = child.references.iter().map(|id| &row[id.index()]);
            let old = child.references.iter().map(|id| {
                let column = columns().find(|column| column.field == *id);
                column.and_then(|column| column.old.as_ref()).unwrap_or(&row[id.index()])
            });
            let named = tests(child.model, child.fields);
            let table = quote(&child.model.local);
            let text = format!("SELECT 1 FROM {table} WHERE {named} AND {named} LIMIT 1");
            let params = rusqlite::params_from_iter(new.chain(old).map(Sql));
            let mut prepared = self.conn.prepare_cached(&text)?;
            if prepared.query_row(params, |_| Ok(())).optional()?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn row_after(&self, model: &Model, change: &Change) -> Result<Option<Vec<Value>>, Stop> {
        let key = change.moved_key(model).unwrap_or_else(|| change.key.clone());
        let rows = self.rows_naming(model, &model.key.fields, &key.iter().collect::<Vec<_>>())?;
        Ok(rows.into_iter().next())
    }
}

/// Whether it replaces one text by another.
fn is_respelled(change: &Change) -> bool {
    let texts = |old: &Option<Value>, new: &Option<Value>| match (old, new) {
        (Some(Value::Text(old)), Some(Value::Text(new))) => old != new,
        _ => false,
    };
    change.kind == ChangeKind::Update
        && change.columns.iter().any(|column| texts(&column.old, &column.new))
}
