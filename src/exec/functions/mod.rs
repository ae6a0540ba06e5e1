//! SQL functions and collations that give SQLite the main provider's semantics.

mod aggregate;
mod arithmetic;
mod json;
mod like;
mod list;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::functions::FunctionFlags;
use rusqlite::types::Null;
use rusqlite::{Connection, Error, Result};

pub use arithmetic::shortest;
pub use like::register_alike;

use crate::decimal;
use crate::error::{UNHELD, marked};
use crate::schema::Provider;

const PURE: FunctionFlags = FunctionFlags::SQLITE_UTF8
    .union(FunctionFlags::SQLITE_DETERMINISTIC)
    .union(FunctionFlags::SQLITE_INNOCUOUS);

/// `certain`: rows that are not held are known not to exist.
pub fn register(conn: &Connection, provider: Provider, certain: Arc<AtomicBool>) -> Result<()> {
    let certainty = Certainty(certain);
    let unheld = certainty.clone();
    conn.create_scalar_function("sharded_unheld", 0, FunctionFlags::SQLITE_UTF8, move |_| {
        unheld.doubt().map(|()| Null)
    })?;
    conn.create_collation("sharded_decimal", decimal::compare)?;
    aggregate::register(conn, &certainty)?;
    like::register(conn, provider)?;
    list::register(conn, certainty.clone())?;
    json::register(conn, certainty)?;
    arithmetic::register(conn)
}

/// Whether what the block does not hold is known not to exist.
#[derive(Clone)]
struct Certainty(Arc<AtomicBool>);

impl Certainty {
    /// The statement came to what the block does not hold: only the main database knows the answer.
    fn doubt(&self) -> Result<()> {
        if self.0.load(Ordering::Relaxed) {
            return Ok(());
        }
        Err(unheld())
    }
}

/// What [`Certainty::doubt`] raises.
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
