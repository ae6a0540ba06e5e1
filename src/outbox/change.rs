//! One row created, updated or deleted, with old and new values.

use crate::ids::{FieldId, ModelId};
use crate::schema::Model;
use crate::value::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    Create,
    Update,
    Delete,
}

/// A row change as captured in a local transaction, in execution order.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub model: ModelId,
    pub kind: ChangeKind,
    /// Made by a referential action, not by the statement itself.
    pub cascaded: bool,
    /// The row's key: before the change for updates and deletes, after it for creates.
    pub key: Vec<Value>,
    /// Creates: every column with `new`; updates: changed columns with `old` and `new`; deletes: every column with `old`.
    pub columns: Vec<Column>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub field: FieldId,
    pub old: Option<Value>,
    pub new: Option<Value>,
    /// What an increment added (negative for a decrement), in the field's own storage.
    pub delta: Option<Value>,
}

impl Change {
    /// Whether it concerns the row that has or had that key.
    pub fn touches(&self, model: &Model, key: &[Value]) -> bool {
        self.model == model.id
            && (self.key == key || self.moved_key(model).is_some_and(|moved| moved == key))
    }

    /// The key that this update gives its row; `None` when the row keeps its key.
    pub fn moved_key(&self, model: &Model) -> Option<Vec<Value>> {
        let new = |id| {
            self.columns
                .iter()
                .find(|column| column.field == id)
                .and_then(|column| column.new.as_ref())
        };
        let fields = &model.key.fields;
        if self.kind != ChangeKind::Update || fields.iter().all(|id| new(*id).is_none()) {
            return None;
        }
        Some(
            fields.iter().zip(&self.key).map(|(id, old)| new(*id).unwrap_or(old).clone()).collect(),
        )
    }
}
