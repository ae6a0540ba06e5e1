//! A block that says what a call changed, as `exec::capture` does.

use std::collections::BTreeMap;

use rusqlite::types::Value as Cell;
use rusqlite::{Connection, params_from_iter};

use super::Op;
use super::world::{Row, State, TABLES, cell, rows_of, whole};
use crate::ids::{FieldId, ModelId};
use crate::outbox::{Change, ChangeKind, Column};
use crate::value::Value;

/// The block: `SQLite` that says what a call changed.
pub struct Block {
    pub main: Connection,
}

/// What a call is about: its row before and after, the columns it assigns and what it adds.
pub struct Target {
    table: usize,
    before: Option<Vec<i64>>,
    after: Option<Vec<i64>>,
    written: Option<usize>,
    delta: Option<Value>,
}

impl Block {
    /// The changes of a call, none when it is refused.
    pub fn call(&self, op: &Op) -> Vec<Change> {
        let before = rows_of(&self.main);
        let Some(target) = self.run(op) else { return Vec::new() };
        let after = rows_of(&self.main);
        let mut changes: Vec<Change> = own_change(&before, &after, &target).into_iter().collect();
        for table in 0..TABLES.len() {
            changes.extend(followers(&before[table], &after[table], table, &target));
        }
        changes
    }

    pub fn run(&self, op: &Op) -> Option<Target> {
        let done = |sql: String, cells: Vec<Cell>| {
            matches!(self.main.execute(&sql, params_from_iter(cells)), Ok(1..))
        };
        let name = |table: usize| TABLES[table].0;
        let (target, ran) = match op {
            Op::Create { table, values } => {
                let width = TABLES[*table].1.len();
                let cells: Row = (0..width)
                    .map(|at| {
                        cell(*table, at, if at == 0 { values[at].max(1) } else { values[at] })
                    })
                    .collect();
                let key = cells[..TABLES[*table].2].iter().map(whole).collect();
                let slots = vec!["?"; width].join(", ");
                let sql = format!("INSERT INTO \"{}\" VALUES ({slots})", name(*table));
                let target = Target {
                    table: *table,
                    before: None,
                    after: Some(key),
                    written: None,
                    delta: None,
                };
                (target, done(sql, cells))
            }
            Op::Set { table, key, column, value } => {
                let column = column % TABLES[*table].1.len();
                let value = if column == 0 { (*value).max(1) } else { *value };
                let after = if column == 0 { value } else { *key };
                let sql = format!(
                    "UPDATE \"{}\" SET {} = ? WHERE id = ?",
                    name(*table),
                    TABLES[*table].1[column]
                );
                let cells = vec![cell(*table, column, value), Cell::Integer(*key)];
                let (before, after) = (Some(vec![*key]), Some(vec![after]));
                (
                    Target { table: *table, before, after, written: Some(column), delta: None },
                    done(sql, cells),
                )
            }
            Op::Add { key, column, by } => {
                let name = TABLES[0].1[*column];
                let by = cell(0, *column, *by);
                let sql = format!("UPDATE \"User\" SET {name} = {name} + ? WHERE id = ?");
                let delta = Some(value(&by));
                let key = Some(vec![*key]);
                let cells = vec![by, Cell::Integer(key.as_ref()?[0])];
                (
                    Target {
                        table: 0,
                        before: key.clone(),
                        after: key,
                        written: Some(*column),
                        delta,
                    },
                    done(sql, cells),
                )
            }
            Op::Delete { table, key } => {
                let sql = format!("DELETE FROM \"{}\" WHERE id = ?", name(*table));
                let target = Target {
                    table: *table,
                    before: Some(vec![*key]),
                    after: None,
                    written: None,
                    delta: None,
                };
                (target, done(sql, vec![Cell::Integer(*key)]))
            }
            Op::Unlink { a, b } => {
                let sql = "DELETE FROM \"_PostToUser\" WHERE \"A\" = ? AND \"B\" = ?".to_owned();
                let target = Target {
                    table: 3,
                    before: Some(vec![*a, *b]),
                    after: None,
                    written: None,
                    delta: None,
                };
                (target, done(sql, vec![Cell::Integer(*a), Cell::Integer(*b)]))
            }
        };
        ran.then_some(target)
    }
}

fn own_change(before: &State, after: &State, target: &Target) -> Option<Change> {
    let old = target.before.as_ref().map(|key| &before[target.table][key]);
    let new = target.after.as_ref().map(|key| &after[target.table][key]);
    let written: Vec<usize> = target.written.into_iter().collect();
    let mut change = change(
        target.table,
        target.before.as_ref().or(target.after.as_ref())?,
        old,
        new,
        &written,
    )?;
    for column in &mut change.columns {
        if Some(column.field.index()) == target.written {
            column.delta.clone_from(&target.delta);
        }
    }
    Some(change)
}

/// What referential actions did, as the preupdate hook tells it: after the row itself.
fn followers(
    before: &BTreeMap<Vec<i64>, Row>,
    after: &BTreeMap<Vec<i64>, Row>,
    table: usize,
    target: &Target,
) -> Vec<Change> {
    let own = |key: &Vec<i64>| {
        table == target.table
            && (target.before.as_ref() == Some(key) || target.after.as_ref() == Some(key))
    };
    let mut found = Vec::new();
    let mut gone: Vec<(&Vec<i64>, &Row)> =
        before.iter().filter(|(key, _)| !own(key) && !after.contains_key(*key)).collect();
    let mut come: Vec<(&Vec<i64>, &Row)> =
        after.iter().filter(|(key, _)| !own(key) && !before.contains_key(*key)).collect();
    // A link whose end moved its key.
    gone.retain(|(key, old)| {
        let moved = come.iter().position(|(other, _)| {
            key.iter().zip(*other).any(|(one, other)| one == other) && table == 3
        });
        let Some(at) = moved.filter(|_| target.after.is_some()) else { return true };
        found.extend(change(table, key, Some(old), Some(come.remove(at).1), &[]));
        false
    });
    for (key, old) in gone {
        found.extend(change(table, key, Some(old), None, &[]));
    }
    for (key, old) in before.iter().filter(|(key, _)| !own(key)) {
        if let Some(new) = after.get(key).filter(|new| *new != old) {
            found.extend(change(table, key, Some(old), Some(new), &[]));
        }
    }
    for change in &mut found {
        change.cascaded = true;
    }
    found
}

fn change(
    table: usize,
    key: &[i64],
    old: Option<&Row>,
    new: Option<&Row>,
    written: &[usize],
) -> Option<Change> {
    let kind = match (old, new) {
        (None, _) => ChangeKind::Create,
        (_, None) => ChangeKind::Delete,
        _ => ChangeKind::Update,
    };
    let id = |at: usize| FieldId(u16::try_from(at).unwrap());
    let column = |at: usize| {
        let (old, new) = (old.map(|row| value(&row[at])), new.map(|row| value(&row[at])));
        let kept = kind != ChangeKind::Update || old != new || written.contains(&at);
        kept.then_some(Column { field: id(at), old, new, delta: None })
    };
    let columns: Vec<Column> = (0..TABLES[table].1.len()).filter_map(column).collect();
    let key = key.iter().copied().map(Value::Int).collect();
    let model = ModelId(u16::try_from(table).unwrap());
    (!columns.is_empty()).then_some(Change { model, kind, cascaded: false, key, columns })
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Integer(number) => Value::Int(*number),
        Cell::Real(number) => Value::Real(*number),
        Cell::Text(text) => Value::Text(text.clone()),
        Cell::Blob(bytes) => Value::Blob(bytes.clone()),
    }
}
