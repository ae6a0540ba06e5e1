//! What a main database must be told, one file per dialect. A dialect writes text and never runs it.

mod postgres;
mod postgres_ledger;
mod postgres_types;

pub use postgres_types::civil;

use serde::Serialize;

use crate::ids::{FieldId, ModelId, Seq};
use crate::outbox::{Change, ChangeKind, Window};
use crate::schema::{Provider, Schema};
use crate::value::Value;

/// A parameter as it crosses to JS: text the SQL casts, NULL, or one array of those per column.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Param {
    One(Option<String>),
    Many(Vec<Option<String>>),
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Call {
    pub sql: &'static str,
    pub params: Vec<Param>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    pub sql: String,
    pub params: Vec<Param>,
    /// How many rows it must touch; `None` where a referential action of the main database may have come first.
    pub expect: Option<usize>,
    pub model: ModelId,
    pub kind: ChangeKind,
    pub first: Seq,
    pub last: Seq,
    pub returning: Option<Returning>,
}

/// Fields whose new values the statement returns, as text, and the key of their row after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Returning {
    pub key: Vec<Value>,
    pub fields: Vec<FieldId>,
    /// What the block holds in these fields: equal text needs no write-back.
    pub local: Vec<Option<String>>,
}

/// The statements of these commits, in execution order.
pub fn statements(schema: &Schema, commits: &[(Seq, Vec<Change>)]) -> Vec<Statement> {
    postgres::statements(schema, commits)
}

/// The first statement of an apply transaction.
pub fn claim(_provider: Provider, window: &Window, epoch: i64) -> Call {
    postgres_ledger::claim(window, epoch)
}

/// The ledger's other statements, as a JSON object of SQL texts; `None` for a provider that has no ledger yet.
pub fn ledger_json(provider: &str) -> Option<String> {
    (provider == "postgresql").then(postgres_ledger::json)
}
