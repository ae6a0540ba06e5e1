//! Ids of `autoincrement()`: taken from ranges that the main database's own sequence has given to this file.
//!
//! Ranges lie in the file, and ids are taken inside the write transaction, so that processes which share the file never
//! take one twice. A transaction works on a copy in memory and writes back what is left when it commits.
//!
//! ```text
//! none left -> `Miss::Ids`: JS asks the main database -> `grant` -> the write starts over
//! few left after a commit -> `on_low`: the same in the background
//! ```
//!
//! A sequence of PostgreSQL knows only what it has given. SQLite makes an id above all that the table ever had, those that
//! were given to it too, and one that a failed statement had is made again: before it, ids that are not above the rows
//! of the file are passed over, and the main database is asked for higher ones.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::{Connection, params};

use super::Database;
use crate::error::{Miss, Stop};
use crate::ids::{FieldId, ModelId};
use crate::schema::{Provider, Schema, quote};

/// Ranges that were not used for so long are given up: their ids would be far older than their rows.
const IDLE_MS: i64 = 10 * 60 * 1_000;

/// Called when few ids are left, with the model and the field.
pub type OnLow = Arc<dyn Fn(ModelId, FieldId) + Send + Sync>;

type Key = (ModelId, FieldId);

/// `left` ids from `next` on, `step` apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    /// Its row in the file.
    row: i64,
    next: i64,
    step: i64,
    left: i64,
    /// So few ids of the field and more are asked for.
    low: i64,
    /// Whether the file knows less than we do.
    taken: bool,
}

#[derive(Clone)]
pub struct Pool {
    key: Key,
    /// Oldest first.
    ranges: Vec<Range>,
    /// Ids up to this one are not taken.
    above: Option<i64>,
}

impl Pool {
    fn left(&self) -> i64 {
        self.ranges.iter().map(|range| range.left).sum()
    }

    /// Passes over the ids that are not above this one, in ranges that ascend one by one.
    fn rise(&mut self, above: Option<i64>) {
        self.above = self.above.max(above);
        let Some(above) = self.above else { return };
        for range in self.ranges.iter_mut().filter(|range| range.next <= above) {
            let passed = range.left.min(above.saturating_sub(range.next).saturating_add(1));
            range.next = range.next.saturating_add(passed);
            range.left -= passed;
            range.taken |= passed > 0;
        }
    }

    fn is_low(&self) -> bool {
        self.left() <= self.ranges.last().map_or(0, |range| range.low)
    }

    fn take(&mut self) -> Option<i64> {
        let range = self.ranges.iter_mut().find(|range| range.left > 0)?;
        let id = range.next;
        range.next = range.next.saturating_add(range.step);
        range.left -= 1;
        range.taken = true;
        Some(id)
    }

    fn taken(&mut self) -> impl Iterator<Item = &mut Range> {
        self.ranges.iter_mut().filter(|range| range.taken)
    }
}

/// The ids of one connection's transaction.
#[derive(Default)]
pub struct Ids {
    pools: RefCell<Vec<Pool>>,
    /// What the transaction has written back so far.
    written: RefCell<Vec<Range>>,
    /// What the last transaction that was rolled back had taken.
    lost: RefCell<Vec<Range>>,
    on_low: RefCell<Option<OnLow>>,
    /// Fields that `on_low` was called for and nobody has asked about since.
    told: RefCell<HashSet<Key>>,
}

/// What a call takes its ids from.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub conn: &'a Connection,
    pub ids: &'a Ids,
    pub schema: &'a Schema,
}

impl Source<'_> {
    /// The next id of a field.
    pub fn next(&self, model: ModelId, field: FieldId, now_ms: i64) -> Result<i64, Stop> {
        let highest = self.highest((model, field))?;
        self.ids.with_pool(self.conn, (model, field), now_ms, |pool| {
            pool.rise(highest);
            let lack = Miss::Ids { model, field, count: 1, above: pool.above };
            pool.take().ok_or(Stop::Miss(lack))
        })?
    }

    /// Sees to it that the next `count` ids are there: a call of many rows asks for them at once. `given`: the highest that
    /// its other rows bring.
    pub fn reserve(
        &self,
        key: Key,
        count: usize,
        given: Option<i64>,
        now_ms: i64,
    ) -> Result<(), Stop> {
        let wanted = i64::try_from(count).unwrap_or(i64::MAX);
        let highest = self.highest(key)?;
        let (left, above) = self.ids.with_pool(self.conn, key, now_ms, |pool| {
            pool.rise(highest.map(|highest| given.map_or(highest, |given| highest.max(given))));
            (pool.left(), pool.above)
        })?;
        if left >= wanted {
            return Ok(());
        }
        let (model, field) = key;
        Err(Stop::Miss(Miss::Ids { model, field, count: wanted - left, above }))
    }

    /// The highest id of the file's rows, where new ones are above it.
    fn highest(&self, (model, field): Key) -> Result<Option<i64>, Stop> {
        if self.schema.provider != Provider::Sqlite {
            return Ok(None);
        }
        let model = self.schema.model(model);
        let text = format!(
            "SELECT max({}) FROM {}",
            quote(&model.field(field).local),
            quote(&model.local)
        );
        Ok(self.conn.prepare_cached(&text)?.query_row([], |row| row.get(0))?)
    }
}

impl Database {
    pub(super) fn id_source(&self) -> Source<'_> {
        Source { conn: &self.conn, ids: &self.ids, schema: &self.schema }
    }
}

impl Ids {
    pub fn on_low(&self, report: OnLow) {
        *self.on_low.borrow_mut() = Some(report);
    }

    fn with_pool<T>(
        &self,
        conn: &Connection,
        key: Key,
        now_ms: i64,
        run: impl FnOnce(&mut Pool) -> T,
    ) -> Result<T, Stop> {
        let mut pools = self.pools.borrow_mut();
        if let Some(pool) = pools.iter_mut().find(|pool| pool.key == key) {
            return Ok(run(pool));
        }
        let mut pool = Pool { key, ranges: load(conn, key, now_ms)?, above: None };
        let result = run(&mut pool);
        pools.push(pool);
        Ok(result)
    }

    /// The transaction's last step: the file learns what is left.
    pub fn write_back(&self, conn: &Connection, now_ms: i64) -> Result<(), Stop> {
        for pool in self.pools.borrow_mut().iter_mut() {
            for range in pool.taken() {
                store(conn, range, now_ms)?;
                range.taken = false;
                self.written.borrow_mut().push(*range);
            }
        }
        Ok(())
    }

    /// What has been taken so far, to come back to. Nothing of it is written meanwhile.
    pub fn mark(&self) -> Vec<Pool> {
        self.pools.borrow().clone()
    }

    /// What was taken since then is taken again.
    pub fn reset(&self, mark: Vec<Pool>) {
        self.pools.replace(mark);
    }

    /// The file is as it was when all had been written back.
    pub fn forget(&self) {
        self.pools.borrow_mut().clear();
    }

    /// The transaction has been committed.
    pub fn committed(&self) {
        if self.pools.borrow().is_empty() {
            return;
        }
        self.written.borrow_mut().clear();
        for pool in self.pools.take() {
            if pool.is_low()
                && self.told.borrow_mut().insert(pool.key)
                && let Some(report) = &*self.on_low.borrow()
            {
                report(pool.key.0, pool.key.1);
            }
        }
    }

    /// The transaction has been rolled back: when it starts over, it takes the same ids.
    pub fn rolled_back(&self) {
        let mut lost = self.written.take();
        for mut pool in self.pools.take() {
            lost.extend(pool.taken().map(|range| *range));
        }
        self.lost.replace(lost);
    }

    /// The transaction that was rolled back has failed for good. A sequence does not take ids back either: one that a row
    /// with a given id has would be met again and again. (Where the write lock is not to be had, it is, once more.)
    pub fn use_up(&self, conn: &Connection) -> Result<(), Stop> {
        let lost = self.lost.take();
        if lost.is_empty() {
            return Ok(());
        }
        in_transaction(conn, |conn| lost.iter().try_for_each(|range| advance(conn, range)))
    }

    /// Keeps ids that the main database has given to this file. In the open transaction where there is one.
    pub fn grant(&self, conn: &Connection, key: Key, ids: &[i64], now_ms: i64) -> Result<(), Stop> {
        let add = |conn: &Connection| -> Result<(), Stop> {
            conn.prepare_cached("DELETE FROM _sharded_lease WHERE used_ms < ?1")?
                .execute([now_ms - IDLE_MS])?;
            let low = i64::try_from(ids.len() / 2).unwrap_or(i64::MAX);
            for Range { next, step, left, .. } in ranges(ids) {
                conn.prepare_cached(
                    "INSERT INTO _sharded_lease (model, field, next, step, remaining, low, used_ms)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute(params![key.0.0, key.1.0, next, step, left, low, now_ms])?;
            }
            Ok(())
        };
        self.told.borrow_mut().remove(&key);
        if conn.is_autocommit() {
            return in_transaction(conn, add);
        }
        self.write_back(conn, now_ms)?;
        self.pools.borrow_mut().retain(|pool| pool.key != key);
        add(conn)
    }

    /// Whether so few ids are left that more should be asked for.
    pub fn wanted(&self, conn: &Connection, key: Key, now_ms: i64) -> Result<bool, Stop> {
        self.told.borrow_mut().remove(&key);
        Ok(Pool { key, ranges: load(conn, key, now_ms)?, above: None }.is_low())
    }
}

fn in_transaction(
    conn: &Connection,
    run: impl FnOnce(&Connection) -> Result<(), Stop>,
) -> Result<(), Stop> {
    conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    match run(conn) {
        Ok(()) => {
            conn.prepare_cached("COMMIT")?.execute([])?;
            Ok(())
        }
        Err(stop) => {
            conn.prepare_cached("ROLLBACK")?.execute([])?;
            Err(stop)
        }
    }
}

fn load(conn: &Connection, (model, field): Key, now_ms: i64) -> Result<Vec<Range>, Stop> {
    let mut statement = conn.prepare_cached(
        "SELECT id, next, step, remaining, low FROM _sharded_lease
         WHERE model = ?1 AND field = ?2 AND used_ms >= ?3 ORDER BY id",
    )?;
    let rows = statement.query_map(params![model.0, field.0, now_ms - IDLE_MS], |row| {
        Ok(Range {
            row: row.get(0)?,
            next: row.get(1)?,
            step: row.get(2)?,
            left: row.get(3)?,
            low: row.get(4)?,
            taken: false,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn store(conn: &Connection, range: &Range, now_ms: i64) -> Result<(), Stop> {
    if range.left == 0 {
        conn.prepare_cached("DELETE FROM _sharded_lease WHERE id = ?1")?.execute([range.row])?;
        return Ok(());
    }
    conn.prepare_cached(
        "UPDATE _sharded_lease SET next = ?2, remaining = ?3, used_ms = ?4 WHERE id = ?1",
    )?
    .execute(params![range.row, range.next, range.left, now_ms])?;
    Ok(())
}

/// Never backwards: others may have taken from the range meanwhile.
fn advance(conn: &Connection, range: &Range) -> Result<(), Stop> {
    conn.prepare_cached(
        "UPDATE _sharded_lease SET next = ?2, remaining = ?3
         WHERE id = ?1 AND remaining > ?3 AND next + step * (remaining - ?3) = ?2",
    )?
    .execute(params![range.row, range.next, range.left])?;
    conn.prepare_cached("DELETE FROM _sharded_lease WHERE id = ?1 AND remaining = 0")?
        .execute([range.row])?;
    Ok(())
}

/// The fewest ranges that hold these ids in this order: a sequence has an increment of its own, and others take from it too.
fn ranges(ids: &[i64]) -> Vec<Range> {
    let mut out: Vec<Range> = Vec::new();
    let start = |next| Range { row: 0, next, step: 1, left: 1, low: 0, taken: false };
    for id in ids {
        match out.last_mut() {
            Some(last) if last.left == 1 => {
                if let Some(step) = id.checked_sub(last.next).filter(|step| *step != 0) {
                    (last.step, last.left) = (step, 2);
                } else {
                    out.push(start(*id));
                }
            }
            Some(last)
                if last
                    .step
                    .checked_mul(last.left)
                    .and_then(|span| last.next.checked_add(span))
                    == Some(*id) =>
            {
                last.left += 1;
            }
            _ => out.push(start(*id)),
        }
    }
    out
}

#[cfg(test)]
mod tests;
