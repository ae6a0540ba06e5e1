//! Newtypes for positions and identities, so that a model index cannot be used as a field index.

/// Index of a table in [`crate::schema::Schema::models`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelId(pub u16);

/// Index of a field in its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldId(pub u16);

/// A compiled call shape in a block's plan cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PlanId(pub u32);

/// Position of a commit in its block file; only grows, never reused within one origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seq(pub i64);

impl ModelId {
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl FieldId {
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}
