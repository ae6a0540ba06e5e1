//! Relations: the rows of each level for all rows above it, and how many belong to each.
//!
//! The sink gets the rows of a level together, in the order of the rows above, and each row above with the numbers of
//! its own. A level without relations whose rows come in that order is given on while it is read.

use rusqlite::types::ValueRef;
use smallvec::SmallVec;

use super::group::Groups;
use super::keys::{Keys, NONE};
use super::pager::{Pager, Verdict};
use super::rows::Rows;
use super::{Cells, directed};
use crate::error::{Miss, Stop};
use crate::exec::bind::Around;
use crate::exec::{Call, Database, Sink};
use crate::sql::{ChildLevel, Level};
use crate::value::Value;

/// The rows of one level, and for each of their relations the rows that belong to each.
pub(super) struct Loaded {
    pub rows: Rows,
    children: Vec<LoadedChild>,
}

struct LoadedChild {
    /// `None` where the sink has them already.
    loaded: Option<Loaded>,
    /// For each parent row, the group of its rows.
    of_parent: Vec<u32>,
    groups: Groups,
}

/// Rows above, and whether each of them will be given once, in this order.
struct Parents<'a> {
    rows: &'a Rows,
    straight: bool,
}

impl Database {
    pub(super) fn with_children(
        &self,
        level: &Level,
        rows: Rows,
        call: &Call,
        straight: bool,
        sink: &mut dyn Sink,
    ) -> Result<Loaded, Stop> {
        let mut children = Vec::with_capacity(level.children.len());
        if rows.count() > 0 {
            Self::only_members(level, &rows, call)?;
            let parents = Parents { rows: &rows, straight };
            for child in &level.children {
                children.push(self.load_child(child, &parents, call, sink)?);
            }
        }
        Ok(Loaded { rows, children })
    }

    /// The lists of a row that is held for look-ups only are not known here.
    fn only_members(level: &Level, rows: &Rows, call: &Call) -> Result<(), Stop> {
        let Some(column) = level.adopted else { return Ok(()) };
        let adopted = (0..rows.count()).any(|at| rows.get(at, column) != ValueRef::Null);
        if adopted && !call.absent.all() { Err(Stop::Miss(Miss::Root)) } else { Ok(()) }
    }

    fn load_child(
        &self,
        child: &ChildLevel,
        parents: &Parents,
        call: &Call,
        sink: &mut dyn Sink,
    ) -> Result<LoadedChild, Stop> {
        let keys = Keys::of(parents.rows, &child.parent);
        let straight = parents.straight && keys.each_once();
        if straight && child.level.comes_whole(keys.first.len()) {
            let groups = self.give_of(child, parents.rows, &keys, call, sink)?;
            all_held(child, &groups, call)?;
            return Ok(LoadedChild { loaded: None, of_parent: keys.of_row, groups });
        }
        let (mut rows, mut groups) = match keys.first.as_slice() {
            [] => (Rows::new(child.level.width.max(1)), Groups::none()),
            [only] => self.load_of_one(child, parents.rows, *only, call)?,
            _ => self.load_of_many(child, parents.rows, &keys, call)?,
        };
        all_held(child, &groups, call)?;
        if let Some(passes) = child.level.passes {
            groups.retain(&mut rows, |rows, _, row| rows.get(row, passes) == ValueRef::Integer(1));
        }
        let letters = &child.level.letters;
        if !letters.is_empty() {
            groups.retain(&mut rows, |rows, group, row| {
                let parent = |at: usize| parents.rows.get(keys.first[group], child.parent[at]);
                letters.iter().all(|(at, column)| parent(*at) == rows.get(row, *column))
            });
        }
        let straight = straight && !child.level.reversed;
        let loaded = self.with_children(&child.level, rows, call, straight, sink)?;
        Ok(LoadedChild { loaded: Some(loaded), of_parent: keys.of_row, groups })
    }

    fn load_of_one(
        &self,
        child: &ChildLevel,
        parents: &Rows,
        parent: usize,
        call: &Call,
    ) -> Result<(Rows, Groups), Stop> {
        let key = key_of(child, parents, parent);
        let around = Around { parent_key: &key, ..Around::default() };
        let rows = self.load(&child.level, &child.level.one, call, around)?;
        let groups = Groups::one(rows.count());
        Ok((rows, groups))
    }

    fn load_of_many(
        &self,
        child: &ChildLevel,
        parents: &Rows,
        keys: &Keys,
        call: &Call,
    ) -> Result<(Rows, Groups), Stop> {
        let level = &child.level;
        let mut rows = Rows::new(level.width.max(1));
        let mut positions: Vec<u32> = Vec::new();
        self.each_of_many(child, parents, keys, call, &mut |position, row| {
            positions.push(position);
            rows.push(row)
        })?;
        let mut groups = Groups::sort(&mut rows, &positions, keys.first.len());
        if let Some(page) = &level.page {
            let mut pager = (0, Pager::new(page, call));
            groups.retain(&mut rows, |rows, group, row| {
                if pager.0 != group {
                    pager = (group, Pager::new(page, call));
                }
                pager.1.admit(|at| rows.get(row, at)) == Verdict::Keep
            });
        }
        Ok((rows, groups))
    }

    /// Each row below several parents, and the position of its parent's key.
    fn each_of_many(
        &self,
        child: &ChildLevel,
        parents: &Rows,
        keys: &Keys,
        call: &Call,
        take: &mut dyn FnMut(u32, &rusqlite::Row) -> rusqlite::Result<()>,
    ) -> Result<(), Stop> {
        let (level, statement) = (&child.level, &child.level.many);
        let text = keys.json(parents, &child.parent);
        let around = Around { parent_keys: Some(&text), ..Around::default() };
        let mut prepared = self.conn.prepare_cached(&statement.text)?;
        call.bind(&self.schema, &mut prepared, statement, around)?;
        let mut found = prepared.raw_query();
        while let Some(row) = found.next()? {
            take(row.get(level.width)?, row)?;
        }
        Ok(())
    }

    /// Gives the rows below on while they are read.
    fn give_of(
        &self,
        child: &ChildLevel,
        parents: &Rows,
        keys: &Keys,
        call: &Call,
        sink: &mut dyn Sink,
    ) -> Result<Groups, Stop> {
        let level = &child.level;
        match keys.first.as_slice() {
            [] => Ok(Groups::none()),
            [only] => {
                let key = key_of(child, parents, *only);
                let around = Around { parent_key: &key, ..Around::default() };
                let mut count = 0;
                self.each(level, &level.one, call, around, &mut |row| {
                    count += 1;
                    give(level, row, sink)
                })?;
                Ok(Groups::one(count))
            }
            _ => {
                let mut positions: Vec<u32> = Vec::new();
                self.each_of_many(child, parents, keys, call, &mut |position, row| {
                    positions.push(position);
                    give(level, row, sink)
                })?;
                Ok(Groups::whole(&positions, keys.first.len()))
            }
        }
    }
}

impl Level {
    /// Nothing is left to be done with its rows after SQL, and those of one parent come together.
    fn comes_whole(&self, parents: usize) -> bool {
        let as_read = self.passes.is_none() && self.letters.is_empty() && !self.reversed;
        let grouped = parents < 2 || (self.grouped && self.page.is_none());
        self.children.is_empty() && as_read && grouped
    }
}

/// A key on the parent without its row is a miss.
fn all_held(child: &ChildLevel, groups: &Groups, call: &Call) -> Result<(), Stop> {
    let missed = child.local && groups.any_empty() && !call.absent.all();
    if missed { Err(Stop::Miss(Miss::Root)) } else { Ok(()) }
}

fn key_of(child: &ChildLevel, parents: &Rows, parent: usize) -> SmallVec<[Value; 2]> {
    child.parent.iter().map(|column| parents.get(parent, *column).into()).collect()
}

/// The factory's columns of a row that SQLite stands on.
pub(super) fn give(
    level: &Level,
    row: &rusqlite::Row,
    sink: &mut dyn Sink,
) -> rusqlite::Result<()> {
    let mut cells: Cells = SmallVec::new();
    for at in 0..level.shown {
        cells.push(row.get_ref(at)?);
    }
    sink.row(level.node, &cells);
    Ok(())
}

/// Gives these rows to the sink, after the rows of their relations.
pub(super) fn emit(level: &Level, loaded: &Loaded, order: &[usize], sink: &mut dyn Sink) {
    let children = || level.children.iter().zip(&loaded.children);
    for (child, below) in children() {
        let Some(rows) = &below.loaded else { continue };
        let groups = order.iter().map(|at| below.of_parent[*at]).filter(|group| *group != NONE);
        let order: Vec<usize> = groups
            .flat_map(|group| directed(below.groups.range(group as usize), child.level.reversed))
            .collect();
        emit(&child.level, rows, &order, sink);
    }
    for at in order {
        let mut cells = loaded.rows.shown(*at, level.shown);
        cells.extend(children().map(|(_, below)| ValueRef::Integer(below.count(*at))));
        sink.row(level.node, &cells);
    }
}

impl LoadedChild {
    /// How many rows a parent row has.
    fn count(&self, parent: usize) -> i64 {
        match self.of_parent[parent] {
            NONE => 0,
            group => i64::try_from(self.groups.range(group as usize).len()).unwrap_or(i64::MAX),
        }
    }
}
