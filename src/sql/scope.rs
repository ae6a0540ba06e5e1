//! A table within a statement: its model, and the name that its columns go by. Nested queries name theirs by depth.

use crate::schema::{ADOPTED, Field, Model, quote};

#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub model: &'a Model,
    depth: u16,
}

impl<'a> Scope<'a> {
    /// The statement's own table.
    pub fn root(model: &'a Model) -> Self {
        Self { model, depth: 0 }
    }

    /// The table of a query nested in this one.
    pub fn nested(self, model: &Model) -> Scope<'_> {
        Scope { model, depth: self.depth + 1 }
    }

    pub fn alias(self) -> String {
        if self.depth == 0 { "t".to_owned() } else { format!("t{}", self.depth) }
    }

    pub fn column(self, field: &Field) -> String {
        format!("{}.{}", self.alias(), quote(&field.local))
    }

    /// The column that marks a row held for look-ups only.
    pub fn adopted(self) -> String {
        format!("{}.{}", self.alias(), quote(ADOPTED))
    }
}
