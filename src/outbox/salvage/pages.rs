//! A block file and its log as pages, read without `SQLite`, which refuses a file that is damaged anywhere. Nobody has the file open:
//! closing a descriptor of it would drop the locks of whoever has.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::beside::{WAL, beside};

/// Of every block file: the template has it.
const PAGE: usize = 4096;
const MAGIC: &[u8] = b"SQLite format 3\0";
const WAL_HEADER: u64 = 32;
const FRAME_HEADER: usize = 24;

/// Where a version of a page is: 0 in the file itself, else the number of a frame of the log.
pub type Version = u32;

pub struct Pages {
    size: usize,
    /// Bytes at the end of each page that are not `SQLite`'s.
    reserved: usize,
    file: File,
    count: u32,
    wal: Option<File>,
    /// Committed frames: the page that each holds. Frame `n` is at `n - 1`.
    frames: Vec<u32>,
    by_page: HashMap<u32, Vec<Version>>,
}

pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let part = bytes.get(at..at + 4)?;
    part.try_into().ok().map(u32::from_be_bytes)
}

pub fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let part = bytes.get(at..at + 2)?;
    part.try_into().ok().map(u16::from_be_bytes)
}

fn fill(file: &mut File, at: u64, len: usize) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::with_capacity(len);
    file.take(len as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Pages {
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let header = fill(&mut file, 0, 100)?;
        let mut pages = Self {
            size: PAGE,
            reserved: 0,
            count: 0,
            file,
            wal: None,
            frames: Vec::new(),
            by_page: HashMap::new(),
        };
        if header.starts_with(MAGIC) {
            let size = u16_at(&header, 16).map_or(0, usize::from);
            pages.size = match size {
                1 => 65_536,
                size if size >= 512 && size.is_power_of_two() => size,
                _ => PAGE,
            };
            pages.reserved = header.get(20).map_or(0, |reserved| usize::from(*reserved));
        }
        let len = pages.file.metadata()?.len();
        pages.count = u32::try_from(len.div_ceil(pages.size as u64)).unwrap_or(u32::MAX);
        match File::open(beside(path, WAL)) {
            Ok(wal) => pages.index(wal)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(pages)
    }

    /// Notes which frames were committed: those up to the last that says so, under the log's own salts. Their checksums are not looked
    /// at: each is the sum of all before it, and one bad frame would cost those behind it.
    fn index(&mut self, mut wal: File) -> io::Result<()> {
        let header = fill(&mut wal, 0, 32)?;
        let Some(salts) = header.get(16..24) else { return Ok(()) };
        let frame_len = (self.size + FRAME_HEADER) as u64;
        let mut pending = Vec::new();
        for at in 0.. {
            let frame = fill(&mut wal, WAL_HEADER + at * frame_len, FRAME_HEADER)?;
            if frame.len() < FRAME_HEADER {
                break;
            }
            // Of an earlier use of the log, or damaged: what is behind it may be good.
            let page = if frame[8..16] == *salts { u32_at(&frame, 0).unwrap_or(0) } else { 0 };
            pending.push(page);
            if page != 0 && u32_at(&frame, 4).unwrap_or(0) != 0 {
                self.frames.append(&mut pending);
            }
        }
        for (at, page) in (1..).zip(&self.frames) {
            self.by_page.entry(*page).or_default().push(at);
        }
        self.wal = Some(wal);
        Ok(())
    }

    pub fn usable(&self) -> usize {
        self.size.saturating_sub(self.reserved).max(480)
    }

    /// The bytes that a record may have at most.
    pub fn most(&self) -> usize {
        (self.count as usize + self.frames.len()).saturating_mul(self.size)
    }

    /// Every version of every page, older ones first.
    pub fn all(&self) -> impl Iterator<Item = (u32, Version)> + use<> {
        let frames: Vec<_> = (1..).zip(&self.frames).map(|(at, page)| (*page, at)).collect();
        (1..=self.count)
            .map(|page| (page, 0))
            .chain(frames.into_iter().filter(|(page, _)| *page != 0))
    }

    pub fn is_latest(&self, page: u32, version: Version) -> bool {
        self.by_page.get(&page).and_then(|versions| versions.last()).copied().unwrap_or(0)
            == version
    }

    /// A page as it was when that version was written.
    pub fn as_of(&mut self, page: u32, version: Version) -> io::Result<Vec<u8>> {
        let versions = self.by_page.get(&page).map(Vec::as_slice).unwrap_or_default();
        let at = versions.iter().rev().find(|known| **known <= version).copied().unwrap_or(0);
        self.read(page, at)
    }

    pub fn read(&mut self, page: u32, version: Version) -> io::Result<Vec<u8>> {
        match (&mut self.wal, version) {
            (Some(wal), 1..) => {
                let frame = (self.size + FRAME_HEADER) as u64 * u64::from(version - 1);
                fill(wal, WAL_HEADER + frame + FRAME_HEADER as u64, self.size)
            }
            _ => fill(
                &mut self.file,
                u64::from(page.saturating_sub(1)) * self.size as u64,
                self.size,
            ),
        }
    }
}
