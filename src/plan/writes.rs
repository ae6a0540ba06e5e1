//! What a write does: rows that are created, changed and deleted, and what is written around them.

use super::{FieldId, ModelId, Node, Predicate, SlotId, Source, UniqueWhere};

/// What the caller sees of a written row.
#[derive(Debug)]
pub struct Returned {
    pub node: Node,
}

#[derive(Debug)]
pub struct Create {
    pub row: NewRow,
    pub returned: Returned,
}

/// A row to be created.
#[derive(Debug)]
pub struct NewRow {
    pub model: ModelId,
    /// One source per field of the model, in model order.
    pub values: Vec<Source>,
    pub before: Vec<Before>,
    pub after: Vec<Nested>,
}

/// A row to be changed.
#[derive(Debug)]
pub struct Change {
    pub model: ModelId,
    pub assignments: Vec<Assignment>,
    pub before: Vec<Before>,
    pub after: Vec<Nested>,
}

/// A related row that must be at hand before the row itself is written.
#[derive(Debug)]
pub struct Before {
    /// Index in the model's relations.
    pub relation: usize,
    /// The row itself is created.
    pub creates: bool,
    pub settle: Settle,
}

#[derive(Debug)]
pub enum Settle {
    Create(NewRow),
    Connect(UniqueWhere),
    ConnectOrCreate(UniqueWhere, NewRow),
}

/// One operation on the rows that are related to a row at hand.
#[derive(Debug)]
pub struct Nested {
    /// Index in the model's relations.
    pub relation: usize,
    /// The row at hand has just been created.
    pub created: bool,
    pub op: NestedOp,
}

#[derive(Debug)]
pub enum NestedOp {
    Create(NewRow),
    /// Rows of scalars alone, and whether that is what `createMany` asked for.
    CreateMany(CreateMany, bool),
    Connect(Vec<UniqueWhere>),
    /// The row of a one-to-one relation that was settled before takes the place of the one that is there.
    Replace(usize),
    /// The row that was settled before.
    Attach(usize),
    /// Nothing: the row has its key already. Here Prisma notices that there is no row.
    Taken,
    ConnectOrCreate(UniqueWhere, NewRow),
    Update(Pick, Change),
    UpdateMany(Option<Predicate>, Change),
    Upsert(Pick, Change, NewRow),
    Delete(Vec<UniqueWhere>),
    DeleteOne(Option<Predicate>),
    DeleteMany(Option<Predicate>),
    Disconnect(Vec<UniqueWhere>),
    DisconnectOne(Option<Predicate>),
    Set(Vec<UniqueWhere>),
}

/// Which of the related rows.
#[derive(Debug)]
pub enum Pick {
    Unique(UniqueWhere),
    /// The one there is, if it meets the filter.
    Only(Option<Predicate>),
}

#[derive(Debug)]
pub struct CreateMany {
    pub model: ModelId,
    pub rows: SlotId,
    /// Rows of which another has a unique key are left out.
    pub skips: bool,
    /// For each field: the column of the rows that fills it, and what fills it where a row has none.
    pub columns: Vec<(Option<usize>, Option<Source>)>,
}

#[derive(Debug, Clone)]
pub struct Assignment {
    pub field: FieldId,
    pub op: AssignOp,
    pub value: Source,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignOp {
    Set,
    Increment,
    Decrement,
    Multiply,
    Divide,
    /// One element onto a list.
    Push,
    /// The elements of another list onto a list.
    PushAll,
}

#[derive(Debug)]
pub struct Update {
    pub target: UniqueWhere,
    pub change: Change,
    pub returned: Returned,
}

#[derive(Debug)]
pub struct UpdateMany {
    pub model: ModelId,
    pub filter: Option<Predicate>,
    pub assignments: Vec<Assignment>,
}

#[derive(Debug)]
pub struct Upsert {
    pub target: UniqueWhere,
    pub change: Change,
    /// `None`: only the main database can make the row.
    pub row: Option<NewRow>,
    pub returned: Returned,
}

#[derive(Debug)]
pub struct Delete {
    pub model: ModelId,
    pub target: UniqueWhere,
    pub returned: Returned,
}

#[derive(Debug)]
pub struct DeleteMany {
    pub model: ModelId,
    pub filter: Option<Predicate>,
}
