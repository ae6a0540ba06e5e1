//! The main database's collations, made known to a connection.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Database;
use crate::collation::Strings;

impl Database {
    /// Registers the collations that the block's statements name. A comparison that the main database may decide otherwise is
    /// remembered: the read it belongs to is not answered here.
    pub fn follow(&mut self, strings: &Strings) -> Result<(), rusqlite::Error> {
        for (name, collation) in strings.collations() {
            let collation = collation.clone();
            let doubt = Arc::clone(&self.doubt);
            self.conn.create_collation(&**name, move |left, right| {
                if !collation.is_sure_of(left, right) {
                    doubt.store(true, Ordering::Relaxed);
                }
                collation.compare(left, right)
            })?;
        }
        Ok(())
    }
}
