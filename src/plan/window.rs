//! Which rows a read takes, in which order.

use super::{Predicate, SlotId};
use crate::ids::FieldId;

/// Which rows, in which order.
#[derive(Debug, Default)]
pub struct Window {
    pub filter: Option<Predicate>,
    pub order: Vec<Order>,
    pub take: Take,
    pub skip: Option<SlotId>,
    pub cursor: Option<Cursor>,
    /// The first row of each combination of these fields.
    pub distinct: Option<Vec<FieldId>>,
    /// Prisma takes the page from the rows that SQL has sorted, not SQL itself: then the cursor row must be one of them.
    pub in_memory: bool,
}

impl Window {
    /// Not every row that the filter lets through, from the cursor on.
    pub fn cut(&self) -> bool {
        self.skip.is_some() || self.take != Take::All
    }

    /// The rows of several parents come from one statement of Prisma's, which looks for the cursor in each list.
    pub fn page_per_parent(&mut self) {
        self.in_memory |= self.cursor.is_some();
    }
}

/// Where a page begins: at the row that meets this.
#[derive(Debug)]
pub struct Cursor {
    pub row: Predicate,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    #[default]
    All,
    None,
    /// `take` is a slot that holds a positive number.
    First(SlotId),
    FirstConst(i64),
    /// `take` is a slot that holds a negative number: order reversed, then the rows put back in order.
    Last(SlotId),
    LastConst(i64),
}

impl Take {
    pub fn is_last(self) -> bool {
        matches!(self, Self::Last(_) | Self::LastConst(_))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// To-one relations that lead to the model of the leaf, as indexes in each model's relations.
    pub path: Vec<usize>,
    pub leaf: Leaf,
    pub descending: bool,
    pub nulls: Nulls,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaf {
    Field(FieldId),
    /// The number of rows of that list.
    Count(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    Default,
    First,
    Last,
}
