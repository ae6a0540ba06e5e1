//! The names of the files that stand beside a block's file.

use std::path::{Path, PathBuf};

/// The log, as `SQLite` names it.
pub const WAL: &str = "-wal";

/// The block's file with this at the end of its name.
pub fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
