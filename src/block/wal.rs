//! The WAL as a file: what the output gate syncs.
//!
//! SQLite holds no locks on it, so a descriptor of our own is safe here (it would not be on the database file).
//! It is taken after the connection has opened the WAL, which nobody unlinks while a connection is open.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::Ground;
use crate::beside::{WAL, beside};
use crate::ids::Seq;

/// Called with the seq up to which commits are on the disk, or with what went wrong.
pub type Report = Box<dyn Fn(i64, Option<String>) + Send + Sync>;

/// Who hears of syncs; only the first is kept.
pub type Reporter = Arc<OnceLock<Report>>;

pub struct Wal {
    /// A draft has none.
    file: Option<File>,
    path: PathBuf,
    ground: Arc<Ground>,
    /// The disk has the file, and the names.
    grounded: AtomicBool,
    report: Reporter,
    failed: AtomicBool,
    /// Commits up to this seq are on the disk.
    synced: AtomicI64,
    /// Held by whoever syncs: a second sync beside it would make both wait, and what it is for may be done by then.
    syncing: Mutex<()>,
}

impl Wal {
    pub fn open(database: &Path, ground: Arc<Ground>, report: Reporter) -> io::Result<Self> {
        let mut wal = Self::none(database, ground);
        wal.file = Some(File::open(&wal.path)?);
        wal.report = report;
        Ok(wal)
    }

    /// Of a file that nobody hears of yet.
    pub fn of(database: &Path, ground: Arc<Ground>, is_draft: bool) -> io::Result<Self> {
        if is_draft {
            return Ok(Self::none(database, ground));
        }
        Self::open(database, ground, Reporter::default())
    }

    /// Of a file that keeps no log.
    fn none(database: &Path, ground: Arc<Ground>) -> Self {
        Self {
            file: None,
            path: beside(database, WAL),
            ground,
            grounded: AtomicBool::new(false),
            report: Reporter::default(),
            failed: AtomicBool::new(false),
            synced: AtomicI64::new(0),
            syncing: Mutex::new(()),
        }
    }

    fn file(&self) -> io::Result<&File> {
        self.file.as_ref().ok_or_else(|| io::Error::other("a draft has no log"))
    }

    /// # Errors
    /// Any error is final for the block: the kernel may have dropped the pages it could not write.
    pub fn sync(&self) -> io::Result<()> {
        let linked = self.still_linked().and_then(|()| self.reach_ground());
        let synced = linked.and_then(|()| self.file()?.sync_data());
        if synced.is_err() {
            self.failed.store(true, Ordering::Release);
        }
        synced
    }

    fn reach_ground(&self) -> io::Result<()> {
        if !self.grounded.load(Ordering::Acquire) {
            self.ground.reach_with_log()?;
            self.grounded.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// As [`Wal::sync`], of the commits up to this one: nothing is done where they are on the disk already. They must have ended.
    pub fn sync_to(&self, seq: Seq) -> io::Result<()> {
        if seq.0 <= self.synced.load(Ordering::Acquire) {
            return Ok(());
        }
        let _alone = self.syncing.lock();
        if seq.0 <= self.synced.load(Ordering::Acquire) {
            return Ok(());
        }
        self.sync()?;
        self.synced.fetch_max(seq.0, Ordering::Release);
        Ok(())
    }

    /// Of the file, which is overwritten from its beginning after a checkpoint.
    pub fn bytes(&self) -> u64 {
        self.file().and_then(File::metadata).map_or(0, |meta| meta.len())
    }

    pub fn failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// An unlinked WAL would sync without complaint, and keep nothing.
    #[cfg(unix)]
    fn still_linked(&self) -> io::Result<()> {
        use std::os::unix::fs::MetadataExt;
        if self.file()?.metadata()?.nlink() == 0 {
            return Err(io::Error::other(format!(
                "{} was deleted while the block was open",
                self.path.display()
            )));
        }
        Ok(())
    }

    #[cfg(not(unix))]
    fn still_linked(&self) -> io::Result<()> {
        std::fs::metadata(&self.path).map(|_| ())
    }

    /// Who hears of syncs; only the first is kept.
    pub fn on_synced(&self, report: Report) {
        let _first_is_kept = self.report.set(report);
    }

    pub fn reporter(&self) -> Reporter {
        self.report.clone()
    }

    pub fn report(&self, seq: i64, error: Option<String>) {
        if let Some(report) = self.report.get() {
            report(seq, error);
        }
    }
}
