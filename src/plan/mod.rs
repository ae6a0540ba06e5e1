//! Arguments -> a checked plan. Pure data: no SQL text, no SQLite.
//!
//! A plan describes a call *shape*: values that may differ between calls of one shape are [`Slot`]s, everything else
//! (names, directions, nulls, key order) is part of the plan.

mod aggregate;
mod args;
mod compile;
mod cursor;
mod filter;
mod group;
mod having;
mod many;
mod order;
mod read;
mod shape;
mod slots;
mod values;
mod window;
mod write;
mod writes;

use crate::error::Failure;
use crate::filter::{JsonOperator, Operator};
use crate::ids::{FieldId, ModelId};
use crate::schema::Default;
use crate::value::Value;

pub use aggregate::{Aggregate, Function, Measure, Shown};
pub use compile::{Context, compile};
pub use cursor::is_total;
pub use group::{GroupOrder, Groups};
pub use having::{Having, Test};
pub use many::{ChangeMany, InsertMany, Limit, RemoveMany};
pub use slots::{Guard, Slot, SlotKind};
pub use window::{Cursor, Leaf, Nulls, Order, Take, Window};
pub use write::violation;
pub use writes::{
    AssignOp, Assignment, Before, Change, Create, CreateMany, Delete, DeleteMany, Nested, NestedOp,
    NewRow, Pick, Returned, Settle, Update, UpdateMany, Upsert,
};

/// Why a query has no local plan.
#[derive(Debug, PartialEq)]
pub enum Refusal {
    /// Prisma itself refuses these arguments; the main client says how.
    Invalid(String),
    /// Not answered by this version.
    Unsupported(String),
    /// Only the main database can answer.
    Forward(String),
    /// Main database first, then the block.
    Through(String),
    /// Fails whatever the rows are.
    Fails(Failure),
}

pub type Planned<T> = Result<T, Refusal>;

/// A plan and the values a call must bring.
#[derive(Debug)]
pub struct Query {
    pub slots: Vec<Slot>,
    pub plan: Plan,
}

#[derive(Debug)]
pub enum Plan {
    Read(Read),
    Aggregate(Aggregate),
    Create(Create),
    CreateMany(InsertMany),
    Update(Update),
    UpdateMany(ChangeMany),
    Upsert(Upsert),
    Delete(Delete),
    DeleteMany(RemoveMany),
}

/// Index of a [`Slot`] in [`Query::slots`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotId(pub usize);

/// Where a bound value comes from.
#[derive(Clone, Debug)]
pub enum Source {
    Slot(SlotId),
    Constant(Value),
    /// The request's instant.
    Now,
    /// Made when the row is: `uuid()`, `cuid()`, ….
    Generated(Default),
    /// A field of a row that the write has at hand: 0 is the row above, the others are those settled before this one.
    Linked {
        row: usize,
        field: FieldId,
    },
    /// The field's next id, when the row is made.
    Id(ModelId, FieldId),
}

#[derive(Debug, Clone)]
pub enum Predicate {
    All(Vec<Predicate>),
    Any(Vec<Predicate>),
    Not(Box<Predicate>),
    Null {
        field: FieldId,
        is: bool,
    },
    Compare {
        field: FieldId,
        operator: &'static Operator,
        negated: bool,
        value: SlotId,
    },
    /// A comparison that [`Predicate::Compare`] has no form for: with another field of the row, or without regard to case.
    Match {
        field: FieldId,
        operator: &'static Operator,
        negated: bool,
        against: Against,
        folded: bool,
    },
    Json {
        field: FieldId,
        /// Keys and positions that lead to the value meant; without, the whole value.
        path: Option<SlotId>,
        test: JsonTest,
    },
    List {
        field: FieldId,
        test: ListTest,
        /// Whether the statement tells false from neither.
        exact: bool,
    },
    /// What holds of related rows; without a filter, of there being any.
    Related {
        /// Index in the model's relations.
        relation: usize,
        quantifier: Quantifier,
        filter: Option<Box<Predicate>>,
    },
}

/// What a filter compares with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    Slot(SlotId),
    /// Another field of the same row.
    Field(FieldId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonTest {
    /// SQL's NULL, or nothing at the path.
    Missing {
        is: bool,
    },
    /// The JSON value `null`.
    Null {
        is: bool,
    },
    Equals {
        value: SlotId,
        negated: bool,
    },
    /// An operator that asks for a JSON type.
    Typed {
        operator: &'static JsonOperator,
        value: SlotId,
        /// A value of another type passes.
        reversed: bool,
        /// The main database orders strings by their bytes.
        bytewise: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListTest {
    /// The slot is a list of one.
    Has(SlotId),
    Every(Against),
    Some(Against),
    Equals(SlotId),
    Empty {
        is: bool,
    },
    Null,
    /// Seen from an element: the other field is, or is not, in the list.
    Contains {
        field: FieldId,
        is: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    Some,
    Every,
    None,
    /// The related record is there and the filter holds.
    Is,
    /// There is no related record, or the filter does not hold.
    IsNot,
}

impl Predicate {
    pub fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// The value that a field must equal for this to hold, when it says so outright.
    pub fn equal_to(&self, id: FieldId) -> Option<SlotId> {
        match self {
            Self::All(members) => members.iter().find_map(|member| member.equal_to(id)),
            Self::Compare { field, operator, negated: false, value }
                if *field == id && operator.name == "equals" =>
            {
                Some(*value)
            }
            _ => None,
        }
    }
}

/// A unique key named by a `where`, with the slots of its values.
#[derive(Debug, Clone)]
pub struct UniqueKey {
    pub name: String,
    pub fields: Vec<(FieldId, SlotId)>,
}

#[derive(Debug, Clone)]
pub struct UniqueWhere {
    pub keys: Vec<UniqueKey>,
    /// Everything the `where` says, the keys included.
    pub predicate: Predicate,
    /// The `where` is one key and nothing else.
    pub only_key: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    Many,
    One,
}

#[derive(Debug)]
pub struct Read {
    pub node: Node,
    pub arity: Arity,
    pub or_throw: bool,
    /// Set for `findUnique*`: look-up by key, adopted rows included.
    pub unique: Option<UniqueWhere>,
    /// The block holds every row that this set read can find: that it finds none is the answer.
    pub complete: bool,
}

/// One level of a selection: the rows of a model and, below, of its relations.
#[derive(Debug)]
pub struct Node {
    pub model: ModelId,
    /// Columns that the result shows, in the order in which the row factory takes them.
    pub fields: Vec<FieldId>,
    /// What `_count` shows, after the fields.
    pub counts: Vec<RelationCount>,
    pub relations: Vec<Child>,
    /// Keys of the result object in order: fields, relations and `_count`.
    pub keys: Vec<String>,
    pub window: Window,
}

#[derive(Debug)]
pub struct Child {
    /// Index in the model's relations.
    pub relation: usize,
    pub node: Node,
}

/// How many rows a list has.
#[derive(Debug)]
pub struct RelationCount {
    /// Index in the model's relations.
    pub relation: usize,
    pub filter: Option<Predicate>,
}
