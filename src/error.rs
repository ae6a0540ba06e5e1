//! Why a call stopped. `code` is what JS maps to an error class; nothing here is prose for users of JS beyond
//! Prisma's own message texts.

use rusqlite::ErrorCode;
use serde_json::{Value as Json, json};

use crate::ids::{FieldId, ModelId};

/// A call that did not succeed; nothing of it was committed.
#[derive(Debug)]
pub enum Stop {
    /// The block does not hold what the call needs.
    Miss(Miss),
    /// Another connection holds the write lock.
    Busy,
    /// A read took longer than it may, or nobody waits for it any more.
    Interrupted,
    Failed(Failure),
}

#[derive(Debug)]
pub enum Miss {
    /// The read's own rows.
    Root,
    /// Rows a write needs: its target, or the parents its foreign keys name.
    Rows(Vec<MissingRow>),
    /// Ids of a field that counts up: the main database has to give some.
    Ids {
        model: ModelId,
        field: FieldId,
        count: i64,
        /// They have to be higher.
        above: Option<i64>,
    },
    /// Only the main database can make the row.
    Through,
    /// The answer depends on an order that only the main database knows for sure.
    Main,
}

/// A row by one of its unique keys, in JSON-protocol values.
#[derive(Debug)]
pub struct MissingRow {
    pub model: String,
    pub by: Json,
}

/// An error with the code and meta that Prisma would give it.
#[derive(Debug, PartialEq)]
pub struct Failure {
    pub code: &'static str,
    pub message: String,
    pub meta: Json,
}

impl Failure {
    pub fn new(code: &'static str, message: impl Into<String>, meta: Json) -> Self {
        Self { code, message: message.into(), meta }
    }

    /// `P2025`: the record an operation needs is not there.
    pub fn not_found(model: &str, operation: &str) -> Self {
        let message = format!(
            "An operation failed because it depends on one or more records that were required but not found. \
             No record was found for {operation}."
        );
        Self::new("P2025", message, json!({ "modelName": model, "operation": operation }))
    }

    pub fn to_json(&self) -> String {
        json!({ "code": self.code, "message": self.message, "meta": self.meta }).to_string()
    }

    /// The form in which `compile()` answers with it.
    pub fn answer(&self) -> String {
        format!("{{\"error\":{}}}", self.to_json())
    }
}

impl Miss {
    pub fn to_json(&self) -> String {
        match self {
            Self::Root => json!({ "kind": "root" }),
            Self::Through => json!({ "kind": "through" }),
            Self::Main => json!({ "kind": "main" }),
            Self::Ids { model, field, count, above } => json!({
                "kind": "ids",
                "model": model.0,
                "field": field.0,
                "count": count,
                "above": above.map(|id| id.to_string()),
            }),
            Self::Rows(rows) => {
                let rows: Vec<Json> =
                    rows.iter().map(|row| json!({ "model": row.model, "where": row.by })).collect();
                json!({ "kind": "rows", "rows": rows })
            }
        }
        .to_string()
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            _ if is_busy(&error) => Self::Busy,
            Some(ErrorCode::OperationInterrupted) => Self::Interrupted,
            _ if error.to_string().contains(UNHELD) => Self::Miss(Miss::Root),
            _ => Self::Failed(storage_failure(&error)),
        }
    }
}

/// Somebody else has a lock of the file.
pub fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// The file is not what was written to it.
pub const DAMAGED: &str = "SHARDED_DAMAGED";

/// An error of the block file itself, or one raised by a function of `exec/functions.rs`.
fn storage_failure(error: &rusqlite::Error) -> Failure {
    let text = error.to_string();
    let code = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => DAMAGED,
        Some(ErrorCode::DiskFull) => "SHARDED_DISK_FULL",
        _ => "SHARDED_STORAGE",
    };
    unmarked(&text).unwrap_or_else(|| Failure::new(code, text, json!({})))
}

/// An error of a single value or operation. `text` is the main database's own.
pub fn database(code: &'static str, sqlstate: &str, text: impl Into<String>) -> Failure {
    let text = text.into();
    let meta = json!({ "database": { "sqlstate": sqlstate, "text": text } });
    Failure::new(code, text, meta)
}

/// Somebody has committed since the transaction's snapshot was taken.
pub fn write_conflict() -> Failure {
    database("P2034", "40001", "could not serialize access due to concurrent update")
}

pub fn out_of_range(text: impl Into<String>) -> Failure {
    database("P2020", "22003", text)
}

/// Reads back the code and words that a SQL function put into its error (see [`marked`]).
pub fn unmarked(text: &str) -> Option<Failure> {
    let marked = &text[text.find(MARK)? + MARK.len()..];
    let report: Json = serde_json::from_str(marked).ok()?;
    let part = |at: usize| report.get(at).and_then(Json::as_str);
    let code = ["P2020", "P2039"].into_iter().find(|known| part(0) == Some(*known))?;
    Some(database(code, part(1)?, part(2)?))
}

const MARK: &str = "sharded:";

/// What `sharded_unheld()` says when a statement needs a row that the block does not hold.
pub const UNHELD: &str = "sharded-unheld-row";

/// An error of a SQL function as text, the only form that SQLite carries.
pub fn marked(code: &str, sqlstate: &str, text: &str) -> String {
    format!("{MARK}{}", json!([code, sqlstate, text]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_survives_its_way_through_sqlite() {
        let failure = unmarked(&marked("P2039", "22012", "division by \"zero\""))
            .map(|failure| failure.message);
        assert_eq!(failure.as_deref(), Some("division by \"zero\""));
        assert!(unmarked("no such table").is_none());
    }
}
