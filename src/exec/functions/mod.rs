//! SQL functions and collations that give SQLite the main provider's semantics.

mod aggregate;
mod arithmetic;
mod like;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::functions::FunctionFlags;
use rusqlite::types::Null;
use rusqlite::{Connection, Error, Result};

pub use arithmetic::shortest;

use crate::decimal;
use crate::error::{UNHELD, marked};
use crate::schema::Provider;

const PURE: FunctionFlags = FunctionFlags::SQLITE_UTF8
    .union(FunctionFlags::SQLITE_DETERMINISTIC)
    .union(FunctionFlags::SQLITE_INNOCUOUS);

/// `certain`: rows that are not held are known not to exist.
pub fn register(conn: &Connection, provider: Provider, certain: Arc<AtomicBool>) -> Result<()> {
    conn.create_scalar_function("sharded_unheld", 0, FunctionFlags::SQLITE_UTF8, move |_| {
        if certain.load(Ordering::Relaxed) { Ok(Null) } else { Err(unheld()) }
    })?;
    conn.create_collation("sharded_decimal", decimal::compare)?;
    aggregate::register(conn)?;
    like::register(conn, provider)?;
    arithmetic::register(conn)
}

/// The statement came to a row that the block does not hold: only the main database knows the answer.
fn unheld() -> Error {
    Error::UserFunctionError(UNHELD.into())
}

/// An error whose text carries what `error.rs` reads back.
fn raise(code: &str, sqlstate: &str, text: &str) -> Error {
    Error::UserFunctionError(marked(code, sqlstate, text).into())
}

fn out_of_range(text: &str) -> Error {
    raise("P2020", "22003", text)
}
