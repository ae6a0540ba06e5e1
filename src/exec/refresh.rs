//! A refresh: the block's rows become those of a freshly loaded file, all at once. What differs is found beside the loop, under no
//! lock, and noted in that file, which nobody else reads; then it is carried over in one transaction, which is as short as the
//! differences are few.
//!
//! In between nothing is lost: whatever changes a row of the block meanwhile is a commit after `since`, or is remembered
//! (`outbox/recent.rs`), and such rows are left alone.

use std::path::Path;

use rusqlite::types::ToSqlOutput;

use super::Database;
use super::bind::Sql;
use crate::error::{Failure, Stop};
use crate::ids::Seq;
use crate::instant::now_millis;
use crate::outbox;
use crate::scalar::Scalar;
use crate::schema::{ADOPTED, Field, Join, Model, quote};
use crate::value::Value;

/// The row ids, keys and new values of rows that only have other values in the fresh file: on few pages in a row, since they are read while
/// others wait for the write lock.
fn change(model: &Model) -> String {
    quote(&format!("_change {}", model.local))
}

/// Row ids of the block's rows that are not in the fresh file, as they are.
fn gone(model: &Model) -> String {
    quote(&format!("_gone {}", model.local))
}

/// Row ids of the fresh file's rows that are not in the block.
fn come(model: &Model) -> String {
    quote(&format!("_come {}", model.local))
}

impl Database {
    /// From here on, until that time at most, the file remembers what it hears of the main database. Needs a transaction.
    pub fn begin_refresh(&self, until_ms: i64) -> Result<(), Stop> {
        Ok(outbox::begin_refresh(&self.conn, until_ms)?)
    }

    /// Notes in a freshly loaded file how its rows differ from the block's.
    pub fn compare_with(&self, fresh: &Path) -> Result<(), Stop> {
        self.attach_fresh(fresh)?;
        // It is thrown away after a crash.
        self.conn.execute_batch("PRAGMA fresh.synchronous=OFF; BEGIN")?;
        for model in &self.schema.clone().models {
            self.compare_table(model)?;
            if !self.schema.is_link(model.id) {
                self.set_changes_apart(model)?;
            }
        }
        Ok(self.conn.execute_batch("COMMIT; DETACH fresh")?)
    }

    fn attach_fresh(&self, fresh: &Path) -> Result<(), Stop> {
        self.conn.execute("ATTACH ? AS fresh", [fresh.to_string_lossy()])?;
        Ok(())
    }

    fn compare_table(&self, model: &Model) -> Result<(), Stop> {
        let table = quote(&model.local);
        let mut same = vec![same_key(model)];
        same.extend(model.fields.iter().map(same_column));
        if !self.schema.is_link(model.id) {
            same.push(format!("t.{} IS NULL", quote(ADOPTED)));
        }
        let same = same.join(" AND ");
        let (gone, come) = (gone(model), come(model));
        self.conn.execute_batch(&format!(
            "CREATE TABLE fresh.{gone} AS SELECT t.rowid AS id FROM main.{table} AS t WHERE NOT EXISTS \
            (SELECT 1 FROM fresh.{table} AS f WHERE {same});
            CREATE TABLE fresh.{come} AS SELECT f.rowid AS id FROM fresh.{table} AS f WHERE NOT EXISTS \
            (SELECT 1 FROM main.{table} AS t WHERE {same})"
        ))?;
        Ok(())
    }

    /// Rows that have only other values, in columns by which no row is found or named.
    fn set_changes_apart(&self, model: &Model) -> Result<(), Stop> {
        let (table, gone, come, change) =
            (quote(&model.local), gone(model), come(model), change(model));
        let values = loose(model);
        if values.is_empty() {
            return Ok(());
        }
        let mut same = vec![same_key(model), format!("t.{} IS NULL", quote(ADOPTED))];
        same.extend(
            columns(model).filter(|(_, fixed)| *fixed).map(|(field, _)| same_column(field)),
        );
        let same = same.join(" AND ");
        let taken = key(model).chain(values).map(|field| format!("f.{}", quote(&field.local)));
        let taken: Vec<String> =
            taken.enumerate().map(|(at, column)| format!("{column} AS c{at}")).collect();
        let taken = taken.join(", ");
        self.conn.execute_batch(&format!(
            "CREATE TABLE fresh.{change} AS SELECT t.rowid AS id, f.rowid AS fresh_id, {taken} FROM fresh.{gone} AS g \
            CROSS JOIN main.{table} AS t ON t.rowid = g.id CROSS JOIN fresh.{table} AS f ON {same};
            DELETE FROM fresh.{gone} WHERE id IN (SELECT id FROM fresh.{change});
            DELETE FROM fresh.{come} WHERE id IN (SELECT fresh_id FROM fresh.{change})"
        ))?;
        Ok(())
    }

    /// Gets the write lock for `refresh`, of a file that was compared.
    pub fn begin_refresh_from(&mut self, fresh: &Path) -> Result<(), Stop> {
        self.attach_fresh(fresh)?;
        let begun = self.begin();
        if begun.is_err() {
            self.conn.execute_batch("DETACH fresh")?;
        }
        begun
    }

    /// Makes the block's rows those of the file that `begin_refresh_from` was given. -> how many have changed. Rows that commits
    /// after `since` touch are newer than that file and are left alone.
    pub fn refresh(&mut self, since: Seq) -> Result<usize, Stop> {
        let refreshed = self.refresh_tables(since);
        match &refreshed {
            Ok(_) => drop(self.commit()?),
            Err(_) => self.rollback()?,
        }
        self.conn.execute_batch("DETACH fresh")?;
        refreshed
    }

    fn refresh_tables(&self, since: Seq) -> Result<usize, Stop> {
        let schema = self.schema.clone();
        if !outbox::refreshing(&self.conn, now_millis())? {
            let why = "the refresh took longer than it may: commits that it must not undo could have been forgotten";
            return Err(Failure::new("SHARDED_REFRESH_LATE", why, serde_json::json!({})).into());
        }
        let touched = outbox::touched_keys(&self.conn, &schema, since)?;
        let mut changed = 0;
        for model in &schema.models {
            let keys = touched.iter().filter(|(id, _)| *id == model.id).map(|(_, key)| key);
            self.mark_touched(model, keys)?;
            changed += self.change_rows(model)?;
            changed += self.refresh_table(model)?;
        }
        self.refreshed(since)?;
        Ok(changed)
    }

    /// All rows are those of that file.
    fn refreshed(&self, since: Seq) -> Result<(), Stop> {
        self.conn.execute_batch("DROP TABLE IF EXISTS temp._touched")?;
        outbox::end_refresh(&self.conn)?;
        self.set_meta("loadedSeq", &since.0.to_string())?;
        // Up to where the rows of windows are held, which are those of that file now.
        self.conn.execute_batch(
            "DELETE FROM main._sharded_meta WHERE key = 'windows';
            INSERT INTO main._sharded_meta SELECT * FROM fresh._sharded_meta WHERE key = 'windows'",
        )?;
        self.mark_wholes()
    }

    /// Gives rows that stay where they are their new values. -> how many
    fn change_rows(&self, model: &Model) -> Result<usize, Stop> {
        let values = loose(model);
        if values.is_empty() || self.schema.is_link(model.id) {
            return Ok(0);
        }
        let keys = model.key.fields.len();
        let taken: Vec<String> = (0..keys + values.len()).map(|at| format!("c{at}")).collect();
        let touched = is_touched((0..keys).map(|at| format!("c.c{at}")));
        let ask = format!(
            "SELECT id, {} FROM fresh.{} AS c WHERE NOT {touched}",
            taken.join(", "),
            change(model)
        );
        let named = key(model).enumerate();
        let named: Vec<String> =
            named.map(|(at, field)| format!("{} = ?{}", quote(&field.local), at + 2)).collect();
        let values = values.iter().enumerate();
        let values: Vec<String> = values
            .map(|(at, field)| format!("{} = ?{}", quote(&field.local), at + 2 + keys))
            .collect();
        let text = format!(
            "UPDATE main.{} SET {} WHERE rowid = ?1 AND {} AND {} IS NULL",
            quote(&model.local),
            values.join(", "),
            named.join(" AND "),
            quote(ADOPTED)
        );
        // One by one: an UPDATE that reads from other tables first makes a table of all that it will write.
        let (mut ask, mut update) = (self.conn.prepare(&ask)?, self.conn.prepare(&text)?);
        let mut changed = 0;
        let mut rows = ask.query([])?;
        while let Some(row) = rows.next()? {
            for at in 0..=taken.len() {
                update.raw_bind_parameter(at + 1, ToSqlOutput::Borrowed(row.get_ref(at)?))?;
            }
            changed += update.raw_execute()?;
        }
        Ok(changed)
    }

    /// The keys of rows that must stay as they are, in a table that the statements below can ask.
    fn mark_touched<'k>(
        &self,
        model: &Model,
        keys: impl Iterator<Item = &'k Vec<Value>>,
    ) -> Result<(), Stop> {
        let fields = key(model).map(|field| quote(&field.local));
        let columns: Vec<String> = (0..model.key.fields.len()).map(|at| format!("k{at}")).collect();
        let named: Vec<String> =
            fields.zip(&columns).map(|(field, column)| format!("{field} AS {column}")).collect();
        // With the columns' affinity, or the index would not be used.
        self.conn.execute_batch(&format!(
            "DROP TABLE IF EXISTS temp._touched;
            CREATE TEMP TABLE _touched AS SELECT {} FROM main.{} WHERE 0;
            CREATE INDEX temp._touched_keys ON _touched ({})",
            named.join(", "),
            quote(&model.local),
            columns.join(", ")
        ))?;
        let marks = vec!["?"; columns.len()].join(", ");
        let mut insert =
            self.conn.prepare(&format!("INSERT INTO temp._touched VALUES ({marks})"))?;
        for key in keys {
            insert.execute(rusqlite::params_from_iter(key.iter().map(Sql)))?;
        }
        Ok(())
    }

    fn refresh_table(&self, model: &Model) -> Result<usize, Stop> {
        let (table, gone, come) = (quote(&model.local), gone(model), come(model));
        let mut changed = self.conn.execute(
            &format!(
                "DELETE FROM main.{table} AS t WHERE t.rowid IN (SELECT id FROM fresh.{gone}) AND NOT {}",
                held(model, "t")
            ),
            [],
        )?;
        if !self.schema.is_link(model.id) {
            // Rows held for look-ups are forgotten too, those that have come since: they are as old as the rest.
            let text = format!(
                "DELETE FROM main.{table} AS t WHERE t.{} IS NOT NULL AND NOT {}",
                quote(ADOPTED),
                held(model, "t")
            );
            changed += self.conn.execute(&text, [])?;
        }
        let names: Vec<String> = model.fields.iter().map(|field| quote(&field.local)).collect();
        let names = names.join(", ");
        // A conflict is with a row that stays: the next refresh settles it.
        let fill = format!(
            "INSERT OR IGNORE INTO main.{table} ({names}) SELECT {names} FROM fresh.{table} AS f \
            WHERE f.rowid IN (SELECT id FROM fresh.{come}) AND NOT {}",
            held(model, "f")
        );
        Ok(changed + self.conn.execute(&fill, [])?)
    }
}

/// By the table's own index, which may take texts that differ for equal.
fn same_key(model: &Model) -> String {
    let names = key(model).map(|field| quote(&field.local));
    names.map(|name| format!("f.{name} = t.{name}")).collect::<Vec<_>>().join(" AND ")
}

/// Whether a column of `f` and `t` is the same to the byte: its collation may take texts that differ for equal, and SQLite takes -0 for 0.
fn same_column(field: &Field) -> String {
    let name = quote(&field.local);
    let same = format!("f.{name} IS t.{name} COLLATE BINARY");
    if field.scalar != Scalar::Float || field.list {
        return same;
    }
    let sign = format!("sharded_is_minus(f.{name}) IS sharded_is_minus(t.{name})");
    format!("({same} AND (f.{name} IS NOT 0 OR {sign}))")
}

/// The columns, and whether a row is found or names another by it.
fn columns(model: &Model) -> impl Iterator<Item = (&Field, bool)> {
    let named = model.relations.iter().filter_map(|relation| match &relation.join {
        Join::Local { fields, .. } => Some(fields),
        _ => None,
    });
    let fixed: Vec<_> = model.keys().map(|key| &key.fields).chain(named).flatten().collect();
    model.fields.iter().map(move |field| (field, fixed.contains(&&field.id)))
}

/// The fields of the key.
fn key(model: &Model) -> impl Iterator<Item = &Field> {
    model.key.fields.iter().map(|id| model.field(*id))
}

/// Those of the columns by which no row is found or named.
fn loose(model: &Model) -> Vec<&Field> {
    columns(model).filter(|(_, fixed)| !fixed).map(|(field, _)| field).collect()
}

/// Whether a row must stay as it is.
fn held(model: &Model, row: &str) -> String {
    is_touched(key(model).map(|field| format!("{row}.{}", quote(&field.local))))
}

/// The same, by the columns of its key.
fn is_touched(key: impl Iterator<Item = String>) -> String {
    let tests: Vec<String> =
        key.enumerate().map(|(at, column)| format!("k{at} IS {column}")).collect();
    format!("EXISTS (SELECT 1 FROM temp._touched WHERE {})", tests.join(" AND "))
}
