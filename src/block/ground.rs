//! Whether the disk has the file of a block at all. A new one is published without waiting for the disk; what is promised to be there
//! needs the file, its name and that of its log first. A life that began by a clean end finds them there.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::exec;

pub struct Ground {
    path: PathBuf,
    /// Held by whoever syncs: those who come meanwhile need it as well.
    is_there: Mutex<bool>,
}

impl Ground {
    pub fn new(path: &Path, is_there: bool) -> Arc<Self> {
        Arc::new(Self { path: path.to_owned(), is_there: Mutex::new(is_there) })
    }

    /// Returns when the disk has the file and its name. Blocks.
    pub fn reach(&self) -> io::Result<()> {
        if *self.is_there.lock() {
            return Ok(());
        }
        self.reach_with_log()
    }

    /// The same when its log may have been made anew, and its name with it.
    pub fn reach_with_log(&self) -> io::Result<()> {
        let mut is_there = self.is_there.lock();
        if !*is_there {
            exec::sync_file(&self.path).map_err(io::Error::other)?;
        }
        sync_folder(&self.path)?;
        *is_there = true;
        Ok(())
    }
}

#[cfg(unix)]
fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Folders cannot be opened, and need no sync, there.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("{name} {}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn what_was_reached_is_not_looked_for_again() {
        let folder = folder("ground reached");
        let path = folder.join("block");
        rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
        let ground = Ground::new(&path, false);
        ground.reach().unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        ground.reach().unwrap();
        ground.reach_with_log().unwrap_err();
        Ground::new(&path, true).reach().unwrap();
    }

    #[test]
    fn what_cannot_be_reached_is_an_error_each_time() {
        let folder = folder("ground missing");
        let ground = Ground::new(&folder.join("nothing"), false);
        ground.reach().unwrap_err();
        ground.reach().unwrap_err();
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
