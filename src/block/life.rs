//! One life of a block file: from its first opener on this machine to its last.
//!
//! A seq must never be used twice under one origin, or the main database would take the second commit for applied.
//! So a life starts a new origin unless boot, device, inode and a clean end all say that the file is the one the
//! last life left: a power cut, a copy and a restored volume each fail one of these. A file that was overwritten in
//! place by an older copy of itself fails the last: each life has a name, kept in the file and in its lock, and the file
//! knows when the system last saw the lock change. That tells an older copy of both, written over both.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::{Ground, storage};
use crate::beside::beside;
use crate::error::{DAMAGED, Failure, Stop};
use crate::exec::Database;
use crate::instant::now_millis;
use crate::lock::try_lock;
use crate::outbox;

/// The end of what a file says that was left whole.
const CLEAN: &str = " clean";
/// Key of `_sharded_meta`: the boot in which the file was loaded.
const LOADED_BOOT: &str = "loadedBoot";

/// Notes in a draft in which boot it is loaded, where the machine says so.
pub fn loads(draft: &Database, boot: Option<&str>) -> Result<(), Stop> {
    boot.map_or(Ok(()), |boot| draft.set_meta(LOADED_BOOT, boot))
}

pub struct Life {
    path: PathBuf,
    lock: File,
    first: bool,
    /// No life outlasts it.
    boot: Option<String>,
}

impl Life {
    pub fn begin(path: &Path, boot: Option<String>) -> Result<Self, Stop> {
        let name = beside(path, ".lock");
        let named = |error: std::io::Error| storage(format!("{}: {error}", name.display()));
        if let Some(lock) = try_lock(&name).map_err(named)? {
            return Ok(Self { path: path.to_owned(), lock, first: true, boot });
        }
        let lock = OpenOptions::new().read(true).write(true).open(&name).map_err(named)?;
        // The first opener holds it alone only while it starts.
        flock(&lock, FlockOperation::LockShared).map_err(storage)?;
        Ok(Self { path: path.to_owned(), lock, first: false, boot })
    }

    /// Before the first of a life opens the file.
    pub fn check_log(&self) -> Result<(), Stop> {
        if !self.first || !outbox::hides_commits(&self.path).map_err(storage)? {
            return Ok(());
        }
        let why = "its log is damaged, and holds commits behind that";
        Err(Failure::new(DAMAGED, why, serde_json::json!({})).into())
    }

    /// As `start`, of a connection that syncs otherwise: the mark needs no sync of its own. After a power cut the boot differs, and
    /// that is enough. -> did the last life leave the file whole, and on the disk?
    pub fn begin_in(&self, db: &Database) -> Result<bool, Stop> {
        db.conn.execute_batch("PRAGMA synchronous=OFF")?;
        let is_whole = self.start(db)?;
        db.conn.execute_batch("PRAGMA synchronous=NORMAL")?;
        Ok(is_whole)
    }

    /// The first opener decides about the origin, then shares the lock.
    fn start(&self, db: &Database) -> Result<bool, Stop> {
        let origin =
            || outbox::start_origin(&db.conn, &uuid::Uuid::new_v4().to_string(), now_millis());
        if !self.first {
            // The lock outlives the file: somebody may still hold that of a deleted one.
            if outbox::current_origin(&db.conn)?.is_none() {
                origin()?;
            }
            return Ok(false);
        }
        let left = db.meta("life")?;
        let same = left.as_deref() == Some(self.clean()?.as_str());
        if !same || outbox::current_origin(&db.conn)?.is_none() {
            origin()?;
        }
        // Without a life the file is new, or its log was not on the disk when the power went.
        let begun = if left.is_some() { left } else { db.meta(LOADED_BOOT)? };
        let is_of = |boot: &String| begun.as_deref().is_some_and(|begun| begun.starts_with(boot));
        if self.boot.as_ref().is_some_and(|boot| !is_of(boot)) {
            let is_clean = begun.as_deref().is_some_and(|begun| begun.ends_with(CLEAN));
            db.set_meta("rebooted", if is_clean { "clean" } else { "torn" })?;
        }
        let name = uuid::Uuid::new_v4().to_string();
        db.set_meta("life", &format!("{} {name}", self.mark()?))?;
        self.rename(&name)?;
        flock(&self.lock, FlockOperation::LockShared).map_err(storage)?;
        Ok(same)
    }

    /// The name of the last life, as the lock has it.
    fn name(&self) -> Result<String, Stop> {
        let mut name = String::new();
        let mut lock = &self.lock;
        lock.rewind().map_err(storage)?;
        lock.take(64).read_to_string(&mut name).map_err(storage)?;
        Ok(name)
    }

    /// Names are equally long: to cut the file first would cost more than all the rest of an opening.
    fn rename(&self, name: &str) -> Result<(), Stop> {
        let mut lock = &self.lock;
        lock.rewind().map_err(storage)?;
        lock.write_all(name.as_bytes()).map_err(storage)?;
        if self.lock.metadata().map_err(storage)?.len() > name.len() as u64 {
            lock.set_len(name.len() as u64).map_err(storage)?;
        }
        Ok(())
    }

    /// The last to close says that the file was left whole, and on the disk.
    pub fn end(&self, db: &Database, ground: &Ground) -> Result<(), Stop> {
        let last = flock(&self.lock, FlockOperation::NonBlockingLockExclusive).is_ok();
        // A file that was deleted meanwhile has no next life.
        if let (true, Ok(clean)) = (last, self.clean()) {
            // Before: the next life sees the mark as soon as it is made, and takes the file for one that is on the disk.
            ground.reach().map_err(storage)?;
            db.set_meta("life", &clean)?;
        }
        Ok(())
    }

    /// What a file says of itself that was left whole, and that nobody has put another in the place of.
    fn clean(&self) -> Result<String, Stop> {
        let changed = changed(&self.lock.metadata().map_err(storage)?);
        Ok(format!("{} {} {changed}{CLEAN}", self.mark()?, self.name()?))
    }

    fn mark(&self) -> Result<String, Stop> {
        let meta = std::fs::metadata(&self.path).map_err(storage)?;
        // Where the system tells no boot from another, every life is a new one.
        let boot = self.boot.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        Ok(format!("{boot} {}", file_id(&meta)))
    }
}

pub fn boot_id() -> Option<String> {
    let linux = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(linux.trim().to_owned())
}

/// When anything of the file has changed, which nobody can set.
#[cfg(unix)]
fn changed(meta: &std::fs::Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    format!("{}.{}", meta.ctime(), meta.ctime_nsec())
}

/// Every life is a new one there, see [`file_id`].
#[cfg(not(unix))]
fn changed(_meta: &std::fs::Metadata) -> String {
    String::new()
}

#[cfg(unix)]
fn file_id(meta: &std::fs::Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    format!("{}:{}", meta.dev(), meta.ino())
}

#[cfg(not(unix))]
fn file_id(_meta: &std::fs::Metadata) -> String {
    uuid::Uuid::new_v4().to_string()
}
