//! The file of a block while it is loaded. Nobody else has it, and where the loading does not come to its end it is thrown away: so it
//! keeps no log, which would be one more file to make and to remove, and would have every page written twice.

use std::fs::OpenOptions;
use std::io::{Result, Seek, SeekFrom, Write};
use std::path::Path;

/// Run first on its connection. Locked for good: whoever does not share a file need not ask for each lock.
pub const SETTINGS: &str =
    "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF";

/// Where the header says by which version of the format the file is written and read, <https://sqlite.org/fileformat2.html>.
const VERSIONS_AT: u64 = 18;
const ROLLBACK: [u8; 2] = [1, 1];
const WAL: [u8; 2] = [2, 2];

/// Has a file that nobody has open keep no log. `PRAGMA journal_mode` would make one first.
pub fn without_log(path: &Path) -> Result<()> {
    set_versions(path, ROLLBACK)
}

/// Has a file that nobody has open, and that is whole, keep a log from now on.
pub fn with_log(path: &Path) -> Result<()> {
    set_versions(path, WAL)
}

fn set_versions(path: &Path, versions: [u8; 2]) -> Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.seek(SeekFrom::Start(VERSIONS_AT))?;
    file.write_all(&versions)
}
