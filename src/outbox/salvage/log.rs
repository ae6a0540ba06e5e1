//! Whether commits lie in a log that `SQLite` will not see: it reads a log up to the first frame whose checksum is wrong, and takes
//! what is behind it for what an earlier writer left.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::pages::u32_at;
use crate::beside::{WAL, beside};

/// The format's two magic numbers differ in the last bit: the order of bytes in the words that checksums are made of.
const MAGIC: u32 = 0x377f_0682;
const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// The running checksum of <https://www.sqlite.org/fileformat2.html#checksum_algorithm>.
struct Sum {
    big_endian: bool,
    words: [u32; 2],
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        let word = |part: &[u8]| {
            let part = part.try_into().unwrap_or_default();
            if self.big_endian { u32::from_be_bytes(part) } else { u32::from_le_bytes(part) }
        };
        let [mut first, mut second] = self.words;
        for pair in bytes.chunks_exact(8) {
            first = first.wrapping_add(word(&pair[..4])).wrapping_add(second);
            second = second.wrapping_add(word(&pair[4..])).wrapping_add(first);
        }
        self.words = [first, second];
    }

    fn is(&self, bytes: &[u8], at: usize) -> bool {
        u32_at(bytes, at) == Some(self.words[0]) && u32_at(bytes, at + 4) == Some(self.words[1])
    }
}

/// Does a frame that ends a commit lie behind one that is damaged? An end of a process leaves the last frame torn at most, and what
/// was rolled back has no end; only damage, or a power cut before anything behind it had been promised, leaves this. To be
/// asked before anybody writes: a new commit would go over the damaged frame.
///
/// # Errors
/// The log cannot be read.
pub fn hides_commits(path: &Path) -> io::Result<bool> {
    let file = match File::open(beside(path, WAL)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let mut log = BufReader::with_capacity(1 << 16, file);
    let mut header = [0; HEADER];
    if !filled(&mut log, &mut header)? {
        return Ok(false);
    }
    let magic = u32_at(&header, 0).unwrap_or(0);
    let mut sum = Sum { big_endian: magic & 1 == 1, words: [0, 0] };
    sum.add(&header[..24]);
    let size = usize::try_from(u32_at(&header, 8).unwrap_or(0)).unwrap_or(0);
    let is_sound = magic & !1 == MAGIC
        && sum.is(&header, 24)
        && size.is_power_of_two()
        && (512..=65_536).contains(&size);
    if !is_sound {
        // Nothing of it is read then. One without a frame held nothing.
        return Ok(log.read(&mut [0])? > 0);
    }
    let mut frame = vec![0; FRAME_HEADER + size];
    let mut is_whole = true;
    while filled(&mut log, &mut frame)? {
        let is_ours = frame[8..16] == header[16..24];
        if !is_whole {
            if is_ours && u32_at(&frame, 4) != Some(0) {
                return Ok(true);
            }
            continue;
        }
        sum.add(&frame[..8]);
        sum.add(&frame[FRAME_HEADER..]);
        is_whole = is_ours && sum.is(&frame, 16);
    }
    Ok(false)
}

/// False at the end of the log, where a part of a frame may lie.
fn filled(log: &mut impl Read, into: &mut [u8]) -> io::Result<bool> {
    match log.read_exact(into) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
