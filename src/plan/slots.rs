//! The values a call brings: where they stand in its arguments and what they must be.

use serde_json::{Value as Json, json};

use super::{Planned, Refusal, SlotId};
use crate::error::Failure;
use crate::scalar::Scalar;
use crate::schema::{Field, Schema};

/// One step of a path into arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Key(String),
    Index(usize),
}

/// A condition beyond the type that the value must meet; otherwise it belongs to another plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    Any,
    /// An integer above zero.
    Positive,
    /// An integer below zero.
    Negative,
    /// Text that does not end with an escape of nothing.
    Pattern,
    /// The rows of a `createMany`.
    Rows,
    /// Decimals with at most so many digits before and behind the point.
    Digits {
        whole: usize,
        fraction: usize,
    },
    /// Written as the main database shows it: an instant as a Date, a decimal as its digits, a uuid in its usual form.
    Shown,
    /// An instant as a Date, at midnight.
    Day,
}

#[derive(Clone, Debug)]
pub struct Slot {
    /// Relation names from the root selection; empty for the call's own arguments.
    pub within: Vec<String>,
    pub path: Vec<Part>,
    pub kind: SlotKind,
    pub nullable: bool,
    pub guard: Guard,
    /// With [`Guard::Rows`]: what each row brings.
    pub columns: Vec<(String, SlotKind, bool)>,
}

/// The type of a value that crosses from JS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotKind {
    pub scalar: Scalar,
    pub enumeration: Option<usize>,
    pub list: bool,
}

impl SlotKind {
    pub fn of(field: &Field) -> Self {
        Self { scalar: field.scalar, enumeration: field.enumeration, list: field.list }
    }

    pub const INT: Self = Self { scalar: Scalar::Int, enumeration: None, list: false };

    fn json(self, schema: &Schema) -> serde_json::Map<String, Json> {
        let mut map = serde_json::Map::new();
        map.insert("kind".into(), json!(self.scalar.name()));
        map.insert("list".into(), json!(self.list));
        if let Some(at) = self.enumeration {
            let names: Vec<&str> =
                schema.enums[at].values.iter().map(|value| value.name.as_str()).collect();
            map.insert("values".into(), json!(names));
        }
        map
    }
}

#[derive(Debug, Default)]
pub struct Slots {
    slots: Vec<Slot>,
    failure: Option<Failure>,
}

impl Slots {
    pub fn add(&mut self, slot: Slot) -> SlotId {
        self.slots.push(slot);
        SlotId(self.slots.len() - 1)
    }

    pub fn guard(&mut self, slot: SlotId, guard: Guard) {
        self.slots[slot.0].guard = guard;
    }

    /// The call fails whatever its values, if its arguments turn out to be valid. The first failure counts.
    pub fn fail(&mut self, failure: Failure) {
        self.failure.get_or_insert(failure);
    }

    /// # Errors
    /// Why the call fails.
    pub fn finish(self) -> Planned<Vec<Slot>> {
        match self.failure {
            Some(failure) => Err(Refusal::Fails(failure)),
            None => Ok(self.slots),
        }
    }
}

impl Slot {
    /// The form `compile()` answers with.
    pub fn to_json(&self, schema: &Schema) -> Json {
        let mut map = self.kind.json(schema);
        let path: Vec<Json> = self
            .path
            .iter()
            .map(|part| match part {
                Part::Key(key) => json!(key),
                Part::Index(at) => json!(at),
            })
            .collect();
        map.insert("path".into(), Json::Array(path));
        map.insert("nullable".into(), json!(self.nullable));
        let guard = match self.guard {
            Guard::Any => Json::Null,
            Guard::Positive => json!("positive"),
            Guard::Negative => json!("negative"),
            Guard::Pattern => json!("pattern"),
            Guard::Rows => json!("rows"),
            Guard::Digits { whole, fraction } => json!(format!("digits:{whole},{fraction}")),
            Guard::Shown => json!("shown"),
            Guard::Day => json!("day"),
        };
        map.insert("guard".into(), guard);
        if !self.within.is_empty() {
            map.insert("within".into(), json!(self.within));
        }
        if self.guard == Guard::Rows {
            let columns = self.columns.iter().map(|(name, kind, nullable)| {
                let mut column = kind.json(schema);
                column.insert("name".into(), json!(name));
                column.insert("nullable".into(), json!(nullable));
                Json::Object(column)
            });
            map.insert("columns".into(), Json::Array(columns.collect()));
        }
        Json::Object(map)
    }
}
