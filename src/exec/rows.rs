//! Rows written without an outbox entry: by a loader, a miss, a refresh, or the main database's own answer.
//! These run on a connection that captures nothing.

use rusqlite::OptionalExtension;

use super::Database;
use super::bind::{Param, Sql};
use super::convert::normalise;
use super::inspect::rows_of;
use crate::decimal;
use crate::error::{Failure, Stop};
use crate::ids::{FieldId, Seq};
use crate::instant::now_millis;
use crate::outbox::{self, NEWEST};
use crate::plan::SlotKind;
use crate::scalar::{Native, Scalar};
use crate::schema::{ADOPTED, Model, SCOPE, quote};
use crate::value::{EMPTY_OR_NULL, Value};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum RowMode {
    /// A loader's row: a member; the same row met twice is one row.
    Load,
    /// A miss's row: held for look-ups by key; in a block with a scope, a member.
    Adopt,
    /// A row the main database made for us: a member.
    Member,
}

/// Writes rows of one model on a side connection.
pub struct Writer<'a> {
    db: &'a Database,
    model: &'a Model,
    fields: Vec<FieldId>,
}

impl<'a> Writer<'a> {
    pub fn new(db: &'a Database, model: &'a Model, fields: Vec<FieldId>) -> Self {
        Self { db, model, fields }
    }

    /// Inserts rows, flat. Returns how many were new.
    pub fn insert(&self, values: &[Param], mode: RowMode, since: Seq) -> Result<usize, Stop> {
        let for_look_ups = mode == RowMode::Adopt && !self.db.is_scoped()?;
        let text = self.insert_text(mode, for_look_ups);
        let watched = !for_look_ups && self.db.any_whole()?;
        let mut written = Vec::new();
        let mut inserted = 0;
        for row in values.chunks_exact(self.fields.len()) {
            let row = self.stored(row)?;
            if mode != RowMode::Load && self.deleted_since(&row, since)? {
                continue;
            }
            let mut prepared = self.db.conn.prepare_cached(&text)?;
            for (at, value) in row.iter().enumerate() {
                prepared.raw_bind_parameter(at + 1, Sql(value))?;
            }
            inserted += prepared.raw_execute()?;
            if mode != RowMode::Load && !for_look_ups {
                self.remember(self.key_of(&row), NEWEST)?;
            }
            if watched {
                written.push(self.key_of(&row));
            }
        }
        // Afterwards: rows of one call may name each other.
        for key in &written {
            self.db.written(self.model, key)?;
        }
        Ok(inserted)
    }

    fn insert_text(&self, mode: RowMode, for_look_ups: bool) -> String {
        let mut names: Vec<String> =
            self.fields.iter().map(|id| quote(&self.model.field(*id).local)).collect();
        let mut marks: Vec<&str> = vec!["?"; names.len()];
        if for_look_ups {
            names.push(quote(ADOPTED));
            marks.push("1");
        }
        let key: Vec<String> =
            self.model.key.fields.iter().map(|id| quote(&self.model.field(*id).local)).collect();
        let conflict = match mode {
            RowMode::Adopt => "DO NOTHING".to_owned(),
            RowMode::Load => format!("({}) DO NOTHING", key.join(", ")),
            RowMode::Member => {
                let adopted = quote(ADOPTED);
                format!(
                    "({}) DO UPDATE SET {adopted} = NULL WHERE {adopted} IS NOT NULL",
                    key.join(", ")
                )
            }
        };
        let (table, names, marks) = (quote(&self.model.local), names.join(", "), marks.join(", "));
        format!("INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT {conflict}")
    }

    pub(super) fn stored(&self, row: &[Param]) -> Result<Vec<Value>, Stop> {
        let value = |(id, param): (&FieldId, &Param)| {
            let field = self.model.field(*id);
            // The main database has stored these already; only the form of JSON text and of decimals is ours to settle.
            let native = match self.db.schema.native(field) {
                Native::Jsonb => Native::Jsonb,
                _ => Native::Plain,
            };
            match param {
                Param::Value(Value::Text(text)) if field.list && text == "[]" => {
                    Ok(Value::Text(EMPTY_OR_NULL.to_owned()))
                }
                Param::Value(Value::Text(text)) if field.scalar == Scalar::Decimal => {
                    Ok(Value::Text(settled(text, field.list)))
                }
                Param::Value(value) => {
                    Ok(normalise(value, native, Some(SlotKind::of(field)))?.into_owned())
                }
                Param::Absent | Param::Rows(_) => {
                    let what = format!("{}.{} is missing", self.model.name, field.name);
                    Err(Stop::from(Failure::new(
                        "SHARDED_MISSING_COLUMN",
                        what,
                        serde_json::json!({}),
                    )))
                }
            }
        };
        self.fields.iter().zip(row).map(value).collect()
    }

    /// A refresh that runs has perhaps read the main database before this row came from it, of which this commit is the last.
    fn remember(&self, key: Vec<Value>, seq: Seq) -> Result<(), Stop> {
        Ok(outbox::remember_row(&self.db.conn, self.model.id, key, seq, now_millis())?)
    }

    fn deleted_since(&self, row: &[Value], since: Seq) -> Result<bool, Stop> {
        let key: Vec<Value> = self.key_of(row);
        if self.db.touched_here(self.model.id, &key) {
            return Ok(true);
        }
        Ok(outbox::tombstoned(&self.db.conn, self.model.id, &key, since)?)
    }

    fn key_of(&self, row: &[Value]) -> Vec<Value> {
        let value = |id: &FieldId| {
            let at = self.fields.iter().position(|field| field == id);
            at.map_or(Value::Null, |at| row[at].clone())
        };
        self.model.key.fields.iter().map(value).collect()
    }

    /// The main database's row over ours, held or not, unless a commit after `seq` changed it. A part of a row is what came of
    /// that commit's increments, however late it comes: the refresh that began after the commit had arrived is newer.
    pub fn replace(&self, values: &[Param], seq: Seq) -> Result<usize, Stop> {
        let whole = self.fields.len() == self.model.fields.len();
        let changed = self.set(values, seq, if whole { NEWEST } else { seq })?;
        if changed > 0 || !whole {
            return Ok(changed);
        }
        let key = self.key_of(&self.stored(values)?);
        if outbox::touched_after(&self.db.conn, self.model, &key, seq)? {
            return Ok(0);
        }
        self.insert(values, RowMode::Member, seq)
    }

    /// Overwrites a held row, unless a commit after `seq` changed it.
    pub fn overwrite(&self, values: &[Param], seq: Seq) -> Result<usize, Stop> {
        self.set(values, seq, NEWEST)
    }

    fn set(&self, values: &[Param], seq: Seq, as_of: Seq) -> Result<usize, Stop> {
        let row = self.stored(values)?;
        let key = self.key_of(&row);
        if outbox::touched_after(&self.db.conn, self.model, &key, seq)? {
            return Ok(0);
        }
        let names: Vec<String> =
            self.fields.iter().map(|id| quote(&self.model.field(*id).local)).collect();
        let set: Vec<String> = names.iter().map(|name| format!("{name} = ?")).collect();
        let text = format!(
            "UPDATE {} SET {} WHERE {}",
            quote(&self.model.local),
            set.join(", "),
            self.key_test()
        );
        let mut prepared = self.db.conn.prepare_cached(&text)?;
        for (at, value) in row.iter().chain(&key).enumerate() {
            prepared.raw_bind_parameter(at + 1, Sql(value))?;
        }
        let changed = prepared.raw_execute()?;
        if changed > 0 {
            if self.db.any_whole()? {
                self.db.written(self.model, &key)?;
                self.db.overwritten(self.model)?;
            }
            self.remember(key, as_of)?;
        }
        Ok(changed)
    }

    fn key_test(&self) -> String {
        let tests = self
            .model
            .key
            .fields
            .iter()
            .map(|id| format!("{} = ?", quote(&self.model.field(*id).local)));
        tests.collect::<Vec<_>>().join(" AND ")
    }

    /// Removes a row that the main database does not have, unless a commit after `seq` changed it.
    pub fn delete(&self, key: &[Value], seq: Seq) -> Result<usize, Stop> {
        if outbox::touched_after(&self.db.conn, self.model, key, seq)? {
            return Ok(0);
        }
        let text = format!("DELETE FROM {} WHERE {}", quote(&self.model.local), self.key_test());
        let mut prepared = self.db.conn.prepare_cached(&text)?;
        for (at, value) in key.iter().enumerate() {
            prepared.raw_bind_parameter(at + 1, Sql(value))?;
        }
        let deleted = prepared.raw_execute()?;
        if deleted > 0 && self.db.any_whole()? {
            self.db.removed(self.model, key)?;
        }
        self.remember(key.to_vec(), NEWEST)?;
        Ok(deleted)
    }
}

impl Database {
    /// Whether the block knows by its scope which sets of rows it holds completely, so that no row is held for look-ups only.
    fn is_scoped(&self) -> Result<bool, Stop> {
        Ok(self.meta(SCOPE)?.is_some())
    }

    /// A small text kept in the file.
    pub fn meta(&self, key: &str) -> Result<Option<String>, Stop> {
        let mut statement =
            self.conn.prepare_cached("SELECT value FROM _sharded_meta WHERE key = ?")?;
        Ok(statement.query_row([key], |row| row.get(0)).optional()?)
    }

    pub fn set_meta(&self, key: &str, value: &str) -> Result<(), Stop> {
        let text = "INSERT INTO _sharded_meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        self.conn.prepare_cached(text)?.execute([key, value])?;
        Ok(())
    }

    /// Rows per model and the file's size.
    pub fn status(&self) -> Result<serde_json::Value, Stop> {
        let rows = rows_of(&self.conn, &self.schema)?;
        let pragma = |name: &str| {
            self.conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0))
        };
        let path = self.conn.path().unwrap_or_default().to_owned();
        let bytes = |path: String| std::fs::metadata(path).map_or(0, |meta| meta.len());
        Ok(serde_json::json!({
            "rows": rows,
            "pages": pragma("page_count")?,
            "fileBytes": bytes(path.clone()),
            "walBytes": bytes(format!("{path}-wal")),
        }))
    }
}

/// One form per value, whichever way it has come: sets of values are told apart by it.
fn settled(text: &str, list: bool) -> String {
    if !list {
        return decimal::settled(text).into_owned();
    }
    match serde_json::from_str::<Vec<Option<String>>>(text) {
        Ok(items) => {
            let items: Vec<_> =
                items.iter().map(|item| item.as_deref().map(decimal::settled)).collect();
            serde_json::json!(items).to_string()
        }
        Err(_) => text.to_owned(),
    }
}
