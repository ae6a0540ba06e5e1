//! The main database's collations, made known to a connection.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;

use super::Database;
use super::functions::register_alike;
use crate::collation::{Collation, Folding, Strings};

impl Database {
    /// Registers the collations that the block's statements name. A comparison that the main database may decide otherwise is
    /// remembered: the read it belongs to is not answered here.
    pub fn follow(&mut self, strings: &Strings) -> Result<(), rusqlite::Error> {
        for (name, collation) in strings.collations() {
            if let Collation::Weights(weights) = collation {
                let weights = weights.clone();
                register_alike(&self.conn, move |one, other| weights.alike(one, other))?;
            }
            let collation = collation.clone();
            let doubt = Arc::clone(&self.doubt);
            self.conn.create_collation(&**name, move |left, right| {
                let (order, sure) = collation.compare(left, right);
                if !sure {
                    doubt.store(true, Ordering::Relaxed);
                }
                order
            })?;
        }
        strings.folding().map_or(Ok(()), |folding| self.fold_by(folding.clone()))
    }

    /// `sharded_fold(text)`: the main database's `lower`.
    fn fold_by(&self, folding: Arc<Folding>) -> Result<(), rusqlite::Error> {
        let doubt = Arc::clone(&self.doubt);
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
        self.conn.create_scalar_function("sharded_fold", 1, flags, move |context| {
            let ValueRef::Text(text) = context.get_raw(0) else { return Ok(None) };
            let text = String::from_utf8_lossy(text);
            if !folding.is_sure_of(&text) {
                doubt.store(true, Ordering::Relaxed);
            }
            Ok(Some(folding.fold(&text).into_owned()))
        })
    }
}
