//! What a main database must be told, one file per dialect. A dialect writes text and never runs it.

mod builder;
mod mysql;
mod mysql_ledger;
mod postgres;
mod postgres_ledger;
mod postgres_types;
mod rows;
mod sqlite;
mod sqlite_ledger;
mod text;
mod update;

pub use text::civil;

use serde::Serialize;

use crate::ids::{FieldId, ModelId, Seq};
use crate::outbox::{ChangeKind, Window};
use crate::schema::{Provider, Schema};
use crate::sync::coalesce::Plan;
use crate::value::Value;

/// A parameter as it crosses to JS.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Param {
    /// Text the SQL casts, or NULL.
    One(Option<String>),
    /// A finite double, which no text needs to name.
    Number(f64),
    /// Base64.
    Bytes { bytes: String },
    /// Milliseconds: the user's driver adapter decides how it writes an instant.
    Instant { instant: i64 },
}

/// Stands in a ledger's parameters for the block's id, which JS knows: it crosses as NULL. No id holds it.
const BLOCK: &str = "\0";

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Call {
    pub sql: String,
    pub params: Vec<Param>,
}

impl Call {
    /// Text and parameters that are all text.
    fn of(sql: &str, params: &[&str]) -> Self {
        let text = |param: &&str| (*param != BLOCK).then(|| (*param).to_owned());
        let params = params.iter().map(|param| Param::One(text(param))).collect();
        Self { sql: sql.to_owned(), params }
    }
}

/// The first statement of an apply transaction: it advances the ledger, or nobody may apply.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Claim {
    /// Makes the ledger's row, where one statement cannot do both.
    pub opens: Option<Call>,
    #[serde(flatten)]
    pub call: Call,
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
    /// Reads the row after an update, where the update itself returns nothing.
    pub select: Option<Call>,
}

/// Fields whose new values come back, as `r0`, `r1`, …; where a statement is of many rows, with the row's position as `i`.
#[derive(Clone, Debug, PartialEq)]
pub struct Returning {
    pub fields: Vec<FieldId>,
    pub rows: Vec<Back>,
}

/// One row of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Back {
    /// The row's key when the window is applied.
    pub key: Vec<Value>,
    /// What the block holds in the fields: equal text needs no write-back.
    pub local: Vec<Option<String>>,
    /// The last commit of the window that touches the row.
    pub last: Seq,
    /// Fields that a later statement of the window writes again.
    pub stale: Vec<FieldId>,
}

/// The statements of a plan, in order. Without a ledger, created rows overwrite.
pub fn statements(schema: &Schema, plan: &Plan<'_>, ledger: bool) -> Vec<Statement> {
    match schema.provider {
        Provider::Postgres => rows::statements(&postgres::Postgres, schema, plan, !ledger),
        Provider::Mysql => rows::statements(&mysql::Mysql, schema, plan, !ledger),
        Provider::Sqlite => rows::statements(&sqlite::Sqlite, schema, plan, !ledger),
    }
}

/// The first statement of an apply transaction.
pub fn claim(provider: Provider, window: &Window, epoch: i64) -> Claim {
    match provider {
        Provider::Postgres => postgres_ledger::claim(window, epoch),
        Provider::Mysql => mysql_ledger::claim(window, epoch),
        Provider::Sqlite => sqlite_ledger::claim(window, epoch),
    }
}

/// The claim and a window's one statement as one, where the dialect has such a thing: a round trip instead of four.
pub fn whole(provider: Provider, claim: &Claim, statements: &[Statement]) -> Option<String> {
    match (provider, statements) {
        (Provider::Postgres, [statement]) => postgres_ledger::whole(claim, statement),
        _ => None,
    }
}

/// The ledger's other statements, as a JSON object of SQL texts; `None` for a provider that has no ledger.
pub fn ledger_json(provider: &str) -> Option<String> {
    match provider {
        "postgresql" => Some(postgres_ledger::json()),
        "mysql" => Some(mysql_ledger::json()),
        "sqlite" => Some(sqlite_ledger::json()),
        _ => None,
    }
}
