//! The tables of weights that blocks of one process share, by their files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::Weights;

#[derive(Default)]
pub struct Tables(Mutex<HashMap<(PathBuf, bool), Arc<Weights>>>);

impl Tables {
    /// The table of that name in the folder of the block files.
    ///
    /// # Errors
    /// When there is none: without it the indexes of a block cannot be read.
    pub fn get(&self, folder: &Path, id: &str, pad: bool) -> std::io::Result<Arc<Weights>> {
        let path = folder.join("collations").join(format!("{id}.weights"));
        let key = (path, pad);
        let mut known = self.0.lock();
        if let Some(table) = known.get(&key) {
            return Ok(table.clone());
        }
        let text = std::fs::read_to_string(&key.0).map_err(|error| {
            std::io::Error::new(error.kind(), format!("{}: {error}", key.0.display()))
        })?;
        let damaged =
            || std::io::Error::other(format!("{}: not a table of weights", key.0.display()));
        let table = Arc::new(Weights::parse(&text, pad).ok_or_else(damaged)?);
        known.insert(key, table.clone());
        Ok(table)
    }
}
