//! What a change does to the value of some fields: those of a key, or of a foreign key.

use crate::ids::FieldId;
use crate::outbox::{Change, ChangeKind, encode_key};
use crate::schema::{Field, Model, Provider, Schema};
use crate::value::Value;

/// The value before and after; `None` where the row is not there. A part of it may be unknown.
pub struct Move<'v> {
    pub before: Option<Vec<Option<&'v Value>>>,
    pub after: Option<Vec<Option<&'v Value>>>,
}

impl<'v> Move<'v> {
    /// `None` when it leaves them alone. A value that is set to what it is was perhaps something else in between.
    pub fn of(model: &Model, change: &'v Change, fields: &[FieldId]) -> Option<Self> {
        let values =
            |old| fields.iter().map(|id| side(model, change, *id, old)).collect::<Vec<_>>();
        match change.kind {
            ChangeKind::Create => Some(Self { before: None, after: Some(values(false)) }),
            ChangeKind::Delete => Some(Self { before: Some(values(true)), after: None }),
            ChangeKind::Update => {
                let writes = change.columns.iter().any(|column| fields.contains(&column.field));
                writes.then(|| Self { before: Some(values(true)), after: Some(values(false)) })
            }
        }
    }

    pub fn knows(&self, position: usize) -> bool {
        let knows = |side: &Vec<Option<&Value>>| side[position].is_some();
        [&self.before, &self.after].into_iter().flatten().all(knows)
    }
}

/// The value of a field before (`old`) or after the change, as far as the change knows.
fn side<'v>(model: &Model, change: &'v Change, field: FieldId, old: bool) -> Option<&'v Value> {
    match change.columns.iter().find(|column| column.field == field) {
        Some(column) if old => column.old.as_ref(),
        Some(column) => column.new.as_ref(),
        None => model.key.fields.iter().position(|id| *id == field).map(|at| &change.key[at]),
    }
}

/// The same bytes for what the main database takes for equal. `None` for NULL, which is equal to nothing and names nothing.
pub fn identity(schema: &Schema, field: &Field, value: &Value) -> Option<Vec<u8>> {
    let folds = schema.provider == Provider::Mysql || field.native_name() == Some("Citext");
    match value {
        Value::Null => None,
        // Roughly: what differs still, the main database refuses, and then the window is sent as it happened.
        Value::Text(text) if folds => {
            Some(encode_key(&[Value::Text(text.trim_end().to_lowercase())]))
        }
        other => Some(encode_key(std::slice::from_ref(other))),
    }
}
