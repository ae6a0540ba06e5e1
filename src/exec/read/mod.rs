//! Runs reads: a level without relations streams to the sink, others are loaded level by level and stitched.

mod group;
mod keys;
mod pager;
mod rows;

use rusqlite::types::ValueRef;
use smallvec::SmallVec;

use super::bind::Around;
use super::{Call, Database, Sink};
use crate::error::{Failure, Miss, Stop};
use crate::schema::Model;
use crate::sql::{ChildLevel, Level, ReadProgram, Statement};
use crate::value::Value;
use group::Groups;
use keys::{Keys, NONE};
use pager::{Pager, Verdict};
use rows::Rows;

pub(super) type Cells<'a> = SmallVec<[ValueRef<'a>; 24]>;

/// The rows of one level, and for each of their relations the rows that belong to each.
struct Loaded {
    rows: Rows,
    children: Vec<LoadedChild>,
}

struct LoadedChild {
    loaded: Loaded,
    /// For each parent row, the group of its rows.
    of_parent: Vec<u32>,
    groups: Groups,
}

impl Database {
    pub(super) fn run_read(
        &self,
        read: &ReadProgram,
        call: &Call,
        sink: &mut dyn Sink,
    ) -> Result<(), Stop> {
        let found = self.in_one_snapshot(&read.root, || {
            self.either(&read.root.one, |statement| {
                self.emit_level(&read.root, statement, call, Around::default(), sink)
            })
        })?;
        if found || read.empty {
            return Ok(());
        }
        let model = self.schema.model(read.root.model);
        let known = match (&read.unique, &read.key) {
            (Some(lookup), _) => self.known_absent(lookup, call)?,
            (None, Some(key)) => call.absent.all() || self.key_deleted_here(model, key, call)?,
            (None, None) => call.absent.all(),
        };
        match (known, read.or_throw) {
            (false, _) => Err(Stop::Miss(Miss::Root)),
            (true, true) => Err(read_nothing(model)),
            (true, false) => Ok(()),
        }
    }

    /// Statements of several levels read one version of the file, whoever commits meanwhile, and lock it once.
    fn in_one_snapshot<T>(
        &self,
        level: &Level,
        read: impl FnOnce() -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        if level.children.is_empty() || !self.conn.is_autocommit() {
            return read();
        }
        self.conn.prepare_cached("BEGIN")?.execute([])?;
        let answer = read();
        self.end_snapshot()?;
        answer
    }

    /// Streams or stitches one root level. Says whether there was a row.
    pub(super) fn emit_level(
        &self,
        level: &Level,
        statement: &Statement,
        call: &Call,
        around: Around,
        sink: &mut dyn Sink,
    ) -> Result<bool, Stop> {
        if level.children.is_empty() && !level.reversed {
            return self.stream(level, statement, call, around, sink);
        }
        let rows = self.load(level, statement, call, around)?;
        let loaded = self.with_children(level, rows, call)?;
        let count = loaded.rows.count();
        for at in directed(0..count, level.reversed) {
            emit(level, &loaded, at, sink);
        }
        Ok(count > 0)
    }

    fn stream(
        &self,
        level: &Level,
        statement: &Statement,
        call: &Call,
        around: Around,
        sink: &mut dyn Sink,
    ) -> Result<bool, Stop> {
        let mut found = false;
        self.each(level, statement, call, around, &mut |row| {
            let mut cells: Cells = SmallVec::new();
            for at in 0..level.shown {
                cells.push(row.get_ref(at)?);
            }
            sink.row(level.node, &cells);
            found = true;
            Ok(())
        })?;
        Ok(found)
    }

    /// The rows of the root or of one parent; a page that is taken after SQL is taken here.
    fn each(
        &self,
        level: &Level,
        statement: &Statement,
        call: &Call,
        around: Around,
        take: &mut dyn FnMut(&rusqlite::Row) -> rusqlite::Result<()>,
    ) -> Result<(), Stop> {
        let mut prepared = self.conn.prepare_cached(&statement.text)?;
        call.bind(&self.schema, &mut prepared, statement, around)?;
        let mut rows = prepared.raw_query();
        let mut pager = level.page.as_ref().map(|page| Pager::new(page, call));
        while let Some(row) = rows.next()? {
            let verdict = pager.as_mut().map_or(Verdict::Keep, |pager| {
                pager.admit(|at| row.get_ref(at).unwrap_or(ValueRef::Null))
            });
            match verdict {
                Verdict::Keep => take(row)?,
                Verdict::Leave => {}
                Verdict::Done => break,
            }
        }
        Ok(())
    }

    fn load(
        &self,
        level: &Level,
        statement: &Statement,
        call: &Call,
        around: Around,
    ) -> Result<Rows, Stop> {
        let mut rows = Rows::new(level.width.max(1));
        self.each(level, statement, call, around, &mut |row| rows.push(row))?;
        Ok(rows)
    }

    fn with_children(&self, level: &Level, rows: Rows, call: &Call) -> Result<Loaded, Stop> {
        let mut children = Vec::with_capacity(level.children.len());
        if rows.count() > 0 {
            Self::only_members(level, &rows, call)?;
            for child in &level.children {
                children.push(self.load_child(child, &rows, call)?);
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
        parents: &Rows,
        call: &Call,
    ) -> Result<LoadedChild, Stop> {
        let keys = Keys::of(parents, &child.parent);
        let (mut rows, mut groups) = match keys.first.as_slice() {
            [] => (Rows::new(child.level.width.max(1)), Groups::none()),
            [only] => self.load_of_one(child, parents, *only, call)?,
            _ => self.load_of_many(child, parents, &keys, call)?,
        };
        if child.local && groups.any_empty() && !call.absent.all() {
            return Err(Stop::Miss(Miss::Root));
        }
        if let Some(passes) = child.level.passes {
            groups.retain(&mut rows, |rows, _, row| rows.get(row, passes) == ValueRef::Integer(1));
        }
        let letters = &child.level.letters;
        if !letters.is_empty() {
            groups.retain(&mut rows, |rows, group, row| {
                let parent = |at: usize| parents.get(keys.first[group], child.parent[at]);
                letters.iter().all(|(at, column)| parent(*at) == rows.get(row, *column))
            });
        }
        let loaded = self.with_children(&child.level, rows, call)?;
        Ok(LoadedChild { loaded, of_parent: keys.of_row, groups })
    }

    fn load_of_one(
        &self,
        child: &ChildLevel,
        parents: &Rows,
        parent: usize,
        call: &Call,
    ) -> Result<(Rows, Groups), Stop> {
        let key: SmallVec<[Value; 2]> =
            child.parent.iter().map(|column| parents.get(parent, *column).into()).collect();
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
        let (level, statement) = (&child.level, &child.level.many);
        let text = keys.json(parents, &child.parent);
        let around = Around { parent_keys: Some(&text), ..Around::default() };
        let mut prepared = self.conn.prepare_cached(&statement.text)?;
        call.bind(&self.schema, &mut prepared, statement, around)?;
        let mut found = prepared.raw_query();
        let mut rows = Rows::new(level.width.max(1));
        let mut positions: Vec<u32> = Vec::new();
        while let Some(row) = found.next()? {
            rows.push(row)?;
            positions.push(row.get(rows.width)?);
        }
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
}

fn read_nothing(model: &Model) -> Stop {
    Failure::not_found(&model.name, "a query").into()
}

/// These positions, backwards where the rows came in reverse.
fn directed(range: std::ops::Range<usize>, reversed: bool) -> impl Iterator<Item = usize> {
    let (start, end) = (range.start, range.end);
    range.map(move |at| if reversed { start + end - 1 - at } else { at })
}

/// Gives a row to the sink after the rows of its relations.
fn emit(level: &Level, loaded: &Loaded, at: usize, sink: &mut dyn Sink) {
    for (child, rows) in level.children.iter().zip(&loaded.children) {
        let group = rows.of_parent[at];
        if group == NONE {
            continue;
        }
        for row in directed(rows.groups.range(group as usize), child.level.reversed) {
            emit(&child.level, &rows.loaded, row, sink);
        }
    }
    sink.row(level.node, &loaded.rows.shown(at, level.shown));
}
