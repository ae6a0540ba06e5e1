//! The marks of relations whose parents are all held, kept in `_sharded_meta`.

use super::{Model, Relation};

/// What the keys of all marks begin with.
pub const WHOLE: &str = "whole ";

/// Stands in a file in which every member row of `model` that has a foreign key finds its parent. Without it nothing is known.
pub fn whole_mark(model: &Model, relation: &Relation) -> String {
    format!("{WHOLE}{}.{}", model.local, relation.name)
}
