//! What a write runs.

use std::sync::Arc;

use super::super::{Level, Lookup, Statement};
use crate::ids::{FieldId, ModelId};
use crate::plan::{AssignOp, SlotId, SlotKind, Source};
use crate::scalar::Native;

/// What a write shows of its row.
#[derive(Debug)]
pub struct ReturnedProgram {
    /// Reads the row by its primary key, relations included.
    pub read: Level,
    /// For each shown column, the model's field: enough where no relation is selected.
    pub fields: Vec<usize>,
    pub with_relations: bool,
}

#[derive(Debug)]
pub struct CreateProgram {
    pub row: RowProgram,
    pub returned: ReturnedProgram,
}

/// A row to be created.
#[derive(Debug)]
pub struct RowProgram {
    pub model: ModelId,
    pub insert: Statement,
    pub before: Vec<BeforeProgram>,
    pub after: Vec<NestedProgram>,
}

/// A row at hand that is to be changed.
#[derive(Debug)]
pub struct ChangeProgram {
    pub model: ModelId,
    /// By the row's key; returns every field. `None`: nothing is assigned.
    pub statement: Option<Statement>,
    pub deltas: Vec<Delta>,
    /// Every field that the statement assigns.
    pub written: Arc<[FieldId]>,
    /// What the update sets to a value of its own.
    pub assigned: Vec<Assigned>,
    pub before: Vec<BeforeProgram>,
    pub after: Vec<NestedProgram>,
}

#[derive(Debug)]
pub struct BeforeProgram {
    pub edge: Edge,
    /// The row itself is created.
    pub creates: bool,
    pub settle: SettleProgram,
}

#[derive(Debug)]
pub enum SettleProgram {
    Create(RowProgram),
    Connect(Target),
    ConnectOrCreate(Target, RowProgram),
}

#[derive(Debug)]
pub struct NestedProgram {
    pub edge: Edge,
    /// The row at hand has just been created.
    pub created: bool,
    pub act: Act,
}

/// See `plan::NestedOp`.
#[derive(Debug)]
pub enum Act {
    Create(RowProgram),
    CreateMany(CreateManyProgram, bool),
    Connect(Vec<Target>),
    Replace(usize),
    Attach(usize),
    Taken,
    ConnectOrCreate(Target, RowProgram),
    Update(PickOne, ChangeProgram),
    /// The related rows that meet a filter, and what becomes of each.
    UpdateMany(Statement, ChangeProgram),
    Upsert(PickOne, ChangeProgram, RowProgram),
    Delete(Vec<Target>),
    DeleteOne(PickOne),
    DeleteMany(Statement),
    Disconnect(Vec<Target>),
    DisconnectOne(Option<Statement>),
    Set(Vec<Target>),
}

#[derive(Debug)]
pub enum PickOne {
    Unique(Target),
    /// The one there is; the statement says whether it meets the filter.
    Only(Option<Statement>),
}

/// A row by a unique `where`.
#[derive(Debug)]
pub struct Target {
    pub lookup: Lookup,
    /// Returns every field.
    pub find: Statement,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeKind {
    /// The row at hand has the foreign key.
    Local,
    /// The related row has it.
    Remote,
    /// A link table.
    Link,
}

/// A relation, seen from a row at hand. In its statements `ParentKey` is what is referred to, `RowKey` the primary key of
/// a row that is written; of a link the one is the row at hand, the other the related row.
#[derive(Debug)]
pub struct Edge {
    pub kind: EdgeKind,
    pub one_to_one: bool,
    pub model: ModelId,
    /// Index in the model's relations.
    pub relation: usize,
    pub target: ModelId,
    /// Fields of the row at hand, and of the related row, that are equal; of a link their keys.
    pub ours: Vec<FieldId>,
    pub theirs: Vec<FieldId>,
    /// All related rows, every field.
    pub related: Statement,
    /// Whether a row of that key is linked to the row at hand.
    pub linked: Option<Statement>,
    pub attach: Statement,
    pub detach: Statement,
    /// What `attach` and `detach` assign.
    pub attached: Arc<[FieldId]>,
    pub detached: Arc<[FieldId]>,
    /// The other rows with our foreign key: those that name a row which another may take from them.
    pub naming: Option<Statement>,
    /// Deletes a related row.
    pub remove: Statement,
    /// Whether the row at hand is held for look-ups only.
    pub adopted: Statement,
}

#[derive(Debug)]
pub struct CreateManyProgram {
    pub model: ModelId,
    pub rows: SlotId,
    pub insert: Statement,
    /// Rows of which another has a unique key are left out.
    pub skips: bool,
    /// The rows are shown, not counted.
    pub returned: Option<ReturnedProgram>,
    /// For each field: the row column that fills it, its fallback, its native type.
    pub columns: Vec<(Option<usize>, Option<Source>, Native, SlotKind)>,
}

#[derive(Debug)]
pub struct UpdateProgram {
    pub model: ModelId,
    pub target: Target,
    /// Changes the row by the `where` and returns every field, where nothing is written around it. `None`: nothing to write.
    pub flat: Option<Statement>,
    pub change: ChangeProgram,
    pub returned: ReturnedProgram,
}

/// A column whose change is an addition.
#[derive(Debug, Clone)]
pub struct Delta {
    pub field: usize,
    pub op: AssignOp,
    pub value: Source,
}

/// A field and the value it is set to.
pub type Assigned = (FieldId, Source, Native, SlotKind);

#[derive(Debug)]
pub struct BulkProgram {
    pub model: ModelId,
    /// `None`: nothing to write; the rows are only counted, or shown. With `returned` it gives every field of its rows.
    pub statement: Option<Statement>,
    /// The rows are shown, not counted.
    pub returned: Option<ReturnedProgram>,
    /// Reads the rows, every field of them.
    pub find: Statement,
    /// SQLite does not count the rows that a delete's own cascades take before it comes to them.
    pub takes_own: bool,
    pub deltas: Vec<Delta>,
    /// Every field that the statement assigns.
    pub written: Arc<[FieldId]>,
    /// What the update sets to a value of its own.
    pub assigned: Vec<Assigned>,
}

#[derive(Debug)]
pub struct UpsertProgram {
    pub update: UpdateProgram,
    pub row: Option<RowProgram>,
    /// Prisma makes one statement of it where the new row would have the key that is asked for: an insert that updates on conflict.
    pub one_statement: bool,
}

#[derive(Debug)]
pub struct DeleteProgram {
    pub model: ModelId,
    pub lookup: Lookup,
    pub find: Statement,
    pub statement: Statement,
    pub returned: ReturnedProgram,
}

impl RowProgram {
    /// Whether rows that were there before may be changed, the row itself among them.
    pub fn only_inserts(&self) -> bool {
        let before = |before: &BeforeProgram| match &before.settle {
            SettleProgram::Create(row) => row.only_inserts(),
            SettleProgram::Connect(_) => !before.edge.one_to_one,
            SettleProgram::ConnectOrCreate(_, row) => !before.edge.one_to_one && row.only_inserts(),
        };
        let after = |nested: &NestedProgram| match &nested.act {
            Act::Create(row) => row.only_inserts(),
            Act::CreateMany(..) => true,
            Act::Connect(_) => nested.edge.kind == EdgeKind::Link,
            _ => false,
        };
        self.before.iter().all(before) && self.after.iter().all(after)
    }
}

impl ChangeProgram {
    pub fn is_flat(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }
}
