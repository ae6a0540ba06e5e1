//! A window of whole commits as fewer changes, which leave the main database as the commits one by one would.
//!
//! ```text
//! fold      the changes of one row -> one (create + update = create, create + delete = nothing, …)
//! order     who must come before whom: unique values and keys are given up before they are taken, rows exist while others
//!           name them; what has no order goes into one statement with its like
//! ```
//! A *row* here is followed through the moves of its key. An *op* is one or more successive changes of a row; a row has
//! several where they cannot be one. Every op leaves its row as the row once was, and the order between any two rows is
//! the one they had: so no check that looks at rows one by one can see a state that the commits would not have shown.
//!
//! Swaps make a circle of that: then the rows of the circle keep all their changes, in the order of execution.
//! Where this cannot be told (a compound key of which an update knows a part), the main database refuses the window, and
//! it is sent as it happened.

mod merge;
mod order;
mod passing;
#[cfg(test)]
mod tests;
pub(super) mod value;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::ids::{FieldId, ModelId, Seq};
use crate::outbox::{Change, ChangeKind, encode_key};
use crate::schema::{Model, Schema};
use crate::value::Value;
use merge::{Merged, merge};

/// How often rows may be found to go in circles before all keep all their changes.
const ROUNDS: usize = 8;

/// A row in the window, through all moves of its key.
pub type RowId = usize;

#[derive(Debug)]
pub struct Op<'a> {
    pub change: Cow<'a, Change>,
    pub row: RowId,
    /// Positions of its first and last change in the window, in the order of execution.
    pub started: usize,
    pub ended: usize,
    pub first: Seq,
    pub last: Seq,
}

/// What to send, in order. The changes of one step are of one model and kind, and assign the same columns.
#[derive(Debug)]
pub struct Plan<'a> {
    pub ops: Vec<Op<'a>>,
    pub steps: Vec<Vec<usize>>,
    /// The position of an op's row's next op.
    later: Vec<Option<usize>>,
}

type Commits = [(Seq, Vec<Change>)];

impl<'a> Plan<'a> {
    fn new(ops: Vec<Op<'a>>, steps: Vec<Vec<usize>>) -> Self {
        let mut later = vec![None; ops.len()];
        let mut seen: HashMap<RowId, usize> = HashMap::new();
        for (at, op) in ops.iter().enumerate() {
            if let Some(before) = seen.insert(op.row, at) {
                later[before] = Some(at);
            }
        }
        Self { ops, steps, later }
    }

    /// The key that the row of an op has when the window is applied, and the last commit that touches it.
    pub fn at_end(&self, schema: &Schema, op: usize) -> (Vec<Value>, Seq) {
        let mut at = op;
        loop {
            let change = &self.ops[at].change;
            let Some(next) = self.later[at] else {
                let moved = change.moved_key(schema.model(change.model));
                return (moved.unwrap_or_else(|| change.key.clone()), self.ops[at].last);
            };
            at = next;
        }
    }

    /// Does a later op of the same row write that field?
    pub fn is_written_later(&self, op: usize, field: FieldId) -> bool {
        let mut next = self.later[op];
        while let Some(at) = next {
            let change = &self.ops[at].change;
            if change.kind != ChangeKind::Update
                || change.columns.iter().any(|column| column.field == field)
            {
                return true;
            }
            next = self.later[at];
        }
        false
    }
}

/// Net changes. Of the models in `apart` every change is kept.
pub fn coalesced<'a>(schema: &Schema, commits: &'a Commits, apart: &[ModelId]) -> Plan<'a> {
    let mut whole: HashSet<RowId> = HashSet::new();
    for _ in 0..ROUNDS {
        let is_apart = |model, row| apart.contains(&model) || whole.contains(&row);
        let Folded { ops, rows } = fold(schema, commits, is_apart);
        let known = whole.len();
        let met = passing::met(schema, commits, &ops, &rows);
        whole.extend(met);
        if whole.len() > known {
            continue;
        }
        match order::steps(schema, &ops) {
            Ok(steps) => return Plan::new(ops, steps),
            Err(order::Circle(rows)) => whole.extend(rows),
        }
        if whole.len() == known {
            break;
        }
    }
    as_it_happened(schema, commits)
}

/// Every change, in the order of execution. Neighbouring creates, or deletes, of one model are one step.
pub fn as_it_happened<'a>(schema: &Schema, commits: &'a Commits) -> Plan<'a> {
    let ops = fold(schema, commits, |_, _| true).ops;
    let mut steps: Vec<Vec<usize>> = Vec::new();
    for (at, op) in ops.iter().enumerate() {
        let joins = |step: &&mut Vec<usize>| {
            op.change.kind != ChangeKind::Update && same_shape(&ops[step[0]].change, &op.change)
        };
        match steps.last_mut().filter(joins) {
            Some(step) => step.push(at),
            None => steps.push(vec![at]),
        }
    }
    Plan::new(ops, steps)
}

/// Can one statement carry both?
pub(super) fn same_shape(one: &Change, other: &Change) -> bool {
    one.kind == other.kind
        && one.model == other.model
        && one.cascaded == other.cascaded
        && (one.kind == ChangeKind::Delete
            || one.columns.len() == other.columns.len()
                && one.columns.iter().zip(&other.columns).all(|(ours, theirs)| {
                    ours.field == theirs.field
                        && ours.new.is_some() == theirs.new.is_some()
                        && ours.delta.is_some() == theirs.delta.is_some()
                }))
}

/// The rows that a window touches.
#[derive(Default)]
struct Rows {
    by_key: HashMap<(ModelId, Vec<u8>), RowId>,
    count: usize,
}

impl Rows {
    /// The row that the change is about. A moved key goes on naming its row.
    fn of(&mut self, model: &Model, change: &Change) -> RowId {
        let key = (change.model, encode_key(&change.key));
        let row = *self.by_key.entry(key.clone()).or_insert_with(|| {
            self.count += 1;
            self.count - 1
        });
        if let Some(moved) = change.moved_key(model) {
            self.by_key.remove(&key);
            self.by_key.insert((change.model, encode_key(&moved)), row);
        }
        row
    }
}

struct Folded<'a> {
    ops: Vec<Op<'a>>,
    /// The row of each change.
    rows: Vec<RowId>,
}

fn fold<'a>(
    schema: &Schema,
    commits: &'a Commits,
    is_apart: impl Fn(ModelId, RowId) -> bool,
) -> Folded<'a> {
    let mut ops: Vec<Option<Op<'a>>> = Vec::new();
    let mut rows = Rows::default();
    let mut row_of: Vec<RowId> = Vec::new();
    // The row's ops that are left, by position.
    let mut of_row: Vec<Vec<usize>> = Vec::new();
    let changes = commits.iter().flat_map(|(seq, changes)| changes.iter().map(|one| (*seq, one)));
    for (at, (seq, change)) in changes.enumerate() {
        let model = schema.model(change.model);
        let row = rows.of(model, change);
        row_of.push(row);
        of_row.resize_with(rows.count, Vec::new);
        let before = of_row[row].last().copied().filter(|_| !is_apart(change.model, row));
        let merged = before
            .and_then(|before| ops[before].as_ref())
            .map_or(Merged::Apart, |op| merge(schema, model, &op.change, change));
        match (merged, before) {
            (Merged::One(one), Some(before)) => {
                let op = ops[before].as_mut().expect("an op that a row names is there");
                op.change = Cow::Owned(one);
                op.ended = at;
                op.last = seq;
            }
            (Merged::Nothing, Some(before)) => {
                ops[before] = None;
                of_row[row].pop();
            }
            _ => {
                of_row[row].push(ops.len());
                let change = Cow::Borrowed(change);
                ops.push(Some(Op { change, row, started: at, ended: at, first: seq, last: seq }));
            }
        }
    }
    Folded { ops: ops.into_iter().flatten().collect(), rows: row_of }
}
