//! Which rows a read takes, in which order.

use super::slots::{Guard, Slots};
use super::{Planned, Predicate, Refusal, SlotId};
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
    ///
    /// # Errors
    /// The cursor's values are written in another form than the rows'.
    pub fn page_per_parent(&mut self, slots: &mut Slots) -> Planned<()> {
        self.in_memory |= self.cursor.is_some();
        self.cursor.as_ref().map_or(Ok(()), |cursor| cursor.as_shown(slots))
    }
}

/// Where a page begins: at the row that meets this.
#[derive(Debug)]
pub struct Cursor {
    pub row: Predicate,
    pub spelled: Vec<Spelled>,
}

/// A value that can be written in several forms. Prisma, where it looks for the row in memory, compares what is written.
#[derive(Debug)]
pub struct Spelled {
    pub name: String,
    pub slot: SlotId,
    pub guard: Guard,
    /// It has the form in which Prisma has the row's.
    pub as_shown: bool,
}

impl Cursor {
    /// # Errors
    /// A value is written in another form.
    pub fn as_shown(&self, slots: &mut Slots) -> Planned<()> {
        for Spelled { name, slot, guard, as_shown } in &self.spelled {
            if !as_shown {
                return Err(Refusal::Forward(format!(
                    "argument `{name}`: Prisma looks for it as it is written"
                )));
            }
            slots.guard(*slot, *guard);
        }
        Ok(())
    }
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
