//! Runs reads: a level without relations streams to the sink, others are loaded level by level and stitched.

use std::collections::HashMap;

use rusqlite::types::ValueRef;
use serde_json::Value as Json;
use smallvec::SmallVec;

use super::bind::Around;
use super::{Call, Database, Sink};
use crate::error::{Failure, Miss, Stop};
use crate::schema::Model;
use crate::sql::{ChildLevel, Level, ReadProgram, Statement};
use crate::value::{Value, hex};

pub(super) type Cells<'a> = SmallVec<[ValueRef<'a>; 24]>;

/// The rows of one level, and for each of their relations the rows that belong to each.
struct Loaded {
    width: usize,
    cells: Vec<Value>,
    children: Vec<LoadedChild>,
}

struct LoadedChild {
    loaded: Loaded,
    /// For each parent row, its rows in order.
    of_parent: Vec<SmallVec<[u32; 4]>>,
}

impl Loaded {
    fn count(&self) -> usize {
        self.cells.len() / self.width
    }

    fn row(&self, at: usize) -> &[Value] {
        &self.cells[at * self.width..(at + 1) * self.width]
    }
}

impl Database {
    pub(super) fn run_read(
        &self,
        read: &ReadProgram,
        call: &Call,
        sink: &mut dyn Sink,
    ) -> Result<(), Stop> {
        let found = self.emit_level(&read.root, &read.root.one, call, Around::default(), sink)?;
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
        let loaded = self.load(level, statement, call, around)?;
        let count = loaded.count();
        for at in 0..count {
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
        let mut prepared = self.conn.prepare_cached(&statement.text)?;
        call.bind(&self.schema, &mut prepared, statement, around)?;
        let mut rows = prepared.raw_query();
        let mut found = false;
        while let Some(row) = rows.next()? {
            let mut cells: Cells = SmallVec::new();
            for at in 0..level.shown {
                cells.push(row.get_ref(at)?);
            }
            sink.row(level.node, &cells);
            found = true;
        }
        Ok(found)
    }

    fn load(
        &self,
        level: &Level,
        statement: &Statement,
        call: &Call,
        around: Around,
    ) -> Result<Loaded, Stop> {
        let mut cells = Vec::new();
        let width = level.width.max(1);
        {
            let mut prepared = self.conn.prepare_cached(&statement.text)?;
            call.bind(&self.schema, &mut prepared, statement, around)?;
            let mut rows = prepared.raw_query();
            while let Some(row) = rows.next()? {
                for at in 0..width {
                    cells.push(Value::from(row.get_ref(at)?));
                }
            }
        }
        if level.reversed {
            cells = cells.rchunks(width).flatten().cloned().collect();
        }
        let mut loaded = Loaded { width, cells, children: Vec::new() };
        if loaded.count() > 0 {
            Self::only_members(level, &loaded, call)?;
            for child in &level.children {
                loaded.children.push(self.load_child(child, &loaded, call)?);
            }
        }
        Ok(loaded)
    }

    /// The lists of a row that is held for look-ups only are not known here.
    fn only_members(level: &Level, loaded: &Loaded, call: &Call) -> Result<(), Stop> {
        let Some(column) = level.adopted else { return Ok(()) };
        let adopted = (0..loaded.count()).any(|at| !loaded.row(at)[column].is_null());
        if adopted && !call.absent.all() { Err(Stop::Miss(Miss::Root)) } else { Ok(()) }
    }

    fn load_child(
        &self,
        child: &ChildLevel,
        parents: &Loaded,
        call: &Call,
    ) -> Result<LoadedChild, Stop> {
        let mut parent_rows: HashMap<String, Vec<usize>> = HashMap::new();
        let mut keys: Vec<Json> = Vec::new();
        for at in 0..parents.count() {
            let Some(key) = key_json(parents.row(at), &child.parent) else { continue };
            parent_rows
                .entry(key.to_string())
                .or_insert_with(|| {
                    keys.push(key);
                    Vec::new()
                })
                .push(at);
        }
        let mut of_parent = vec![SmallVec::new(); parents.count()];
        let loaded = self.load_of(child, parents, &keys, &parent_rows, call)?;
        for at in 0..loaded.count() {
            let Some(key) = key_json(loaded.row(at), &child.matches) else { continue };
            let at = u32::try_from(at).map_err(|_| too_many())?;
            for parent in parent_rows.get(&key.to_string()).into_iter().flatten() {
                of_parent[*parent].push(at);
            }
        }
        let unheld =
            child.local && parent_rows.values().flatten().any(|at| of_parent[*at].is_empty());
        if unheld && !call.absent.all() {
            return Err(Stop::Miss(Miss::Root));
        }
        Ok(LoadedChild { loaded, of_parent })
    }

    fn load_of(
        &self,
        child: &ChildLevel,
        parents: &Loaded,
        keys: &[Json],
        parent_rows: &HashMap<String, Vec<usize>>,
        call: &Call,
    ) -> Result<Loaded, Stop> {
        match keys {
            [] => Ok(Loaded {
                width: child.level.width.max(1),
                cells: Vec::new(),
                children: no_children(&child.level),
            }),
            [_] => {
                let at = parent_rows.values().flatten().next().copied().unwrap_or(0);
                let key: Vec<Value> =
                    child.parent.iter().map(|column| parents.row(at)[*column].clone()).collect();
                self.load(
                    &child.level,
                    &child.level.one,
                    call,
                    Around { parent_key: &key, ..Around::default() },
                )
            }
            _ => {
                let text = Json::Array(keys.to_vec()).to_string();
                self.load(
                    &child.level,
                    &child.level.many,
                    call,
                    Around { parent_keys: Some(&text), ..Around::default() },
                )
            }
        }
    }
}

fn no_children(level: &Level) -> Vec<LoadedChild> {
    let empty = |child: &ChildLevel| LoadedChild {
        loaded: Loaded {
            width: child.level.width.max(1),
            cells: Vec::new(),
            children: no_children(&child.level),
        },
        of_parent: Vec::new(),
    };
    level.children.iter().map(empty).collect()
}

fn too_many() -> Stop {
    Failure::new("SHARDED_TOO_MANY_ROWS", "a relation has more than 4,294,967,295 rows", Json::Null)
        .into()
}

fn read_nothing(model: &Model) -> Stop {
    Failure::not_found(&model.name, "a query").into()
}

/// The key in these columns as JSON: one value, or a list of them. `None` when a part is NULL.
fn key_json(row: &[Value], columns: &[usize]) -> Option<Json> {
    let part = |column: &usize| match &row[*column] {
        Value::Null => None,
        Value::Int(int) => Some(Json::from(*int)),
        Value::Real(real) => Some(Json::from(*real)),
        Value::Text(text) => Some(Json::from(text.as_str())),
        Value::Blob(bytes) => Some(Json::from(hex(bytes))),
    };
    match columns {
        [only] => part(only),
        _ => columns.iter().map(part).collect::<Option<Vec<Json>>>().map(Json::Array),
    }
}

/// Gives a row to the sink after the rows of its relations.
fn emit(level: &Level, loaded: &Loaded, at: usize, sink: &mut dyn Sink) {
    for (child, rows) in level.children.iter().zip(&loaded.children) {
        for row in rows.of_parent.get(at).into_iter().flatten() {
            emit(&child.level, &rows.loaded, *row as usize, sink);
        }
    }
    let cells: Cells = loaded.row(at)[..level.shown].iter().map(ValueRef::from).collect();
    sink.row(level.node, &cells);
}
