//! Rows of a result as bytes: made on one thread, read on another, freed as they are read.

use std::collections::VecDeque;

use rusqlite::types::ValueRef;
use smallvec::SmallVec;

use super::Sink;

/// Rows go into chunks of about this size, so that a result grows without being copied.
const CHUNK_BYTES: usize = 256 << 10;

const NULL: u8 = 0;
const INTEGER: u8 = 1;
const REAL: u8 = 2;
const TEXT: u8 = 3;
const BLOB: u8 = 4;

/// A row: its node, its number of cells, each cell a kind and its bytes.
#[derive(Default)]
pub struct Buffer {
    chunks: VecDeque<Vec<u8>>,
    /// Where the next row to read begins in the first chunk.
    at: usize,
    rows: usize,
}

impl Sink for Buffer {
    fn row(&mut self, node: usize, cells: &[ValueRef<'_>]) {
        if self.chunks.back().is_none_or(|chunk| chunk.len() >= CHUNK_BYTES) {
            // The first is small: most results are.
            let room = if self.chunks.is_empty() { 1 << 10 } else { CHUNK_BYTES + (8 << 10) };
            self.chunks.push_back(Vec::with_capacity(room));
        }
        let chunk = self.chunks.back_mut().expect("pushed above when there was none");
        put(chunk, node);
        put(chunk, cells.len());
        for cell in cells {
            match cell {
                ValueRef::Null => chunk.push(NULL),
                ValueRef::Integer(int) => {
                    chunk.push(INTEGER);
                    chunk.extend_from_slice(&int.to_ne_bytes());
                }
                ValueRef::Real(real) => {
                    chunk.push(REAL);
                    chunk.extend_from_slice(&real.to_ne_bytes());
                }
                ValueRef::Text(bytes) => put_bytes(chunk, TEXT, bytes),
                ValueRef::Blob(bytes) => put_bytes(chunk, BLOB, bytes),
            }
        }
        self.rows += 1;
    }
}

fn put(chunk: &mut Vec<u8>, number: usize) {
    chunk.extend_from_slice(&number.to_ne_bytes());
}

fn put_bytes(chunk: &mut Vec<u8>, kind: u8, bytes: &[u8]) {
    chunk.push(kind);
    put(chunk, bytes.len());
    chunk.extend_from_slice(bytes);
}

impl Buffer {
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Gives the next row to `sink`; says whether there was one.
    pub fn give(&mut self, sink: &mut dyn Sink) -> bool {
        if self.chunks.front().is_some_and(|chunk| self.at == chunk.len()) {
            self.chunks.pop_front();
            self.at = 0;
        }
        let Some(chunk) = self.chunks.front() else { return false };
        let mut reader = Reader { bytes: &chunk[self.at..] };
        let node = reader.number();
        let count = reader.number();
        let mut cells: SmallVec<[ValueRef<'_>; 24]> = SmallVec::with_capacity(count);
        for _ in 0..count {
            cells.push(reader.cell());
        }
        self.at = chunk.len() - reader.bytes.len();
        sink.row(node, &cells);
        true
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.bytes.split_at(count);
        self.bytes = rest;
        taken
    }

    fn word(&mut self) -> [u8; 8] {
        self.take(8).try_into().expect("eight bytes were taken")
    }

    fn number(&mut self) -> usize {
        usize::from_ne_bytes(self.word())
    }

    fn bytes(&mut self) -> &'a [u8] {
        let length = self.number();
        self.take(length)
    }

    fn cell(&mut self) -> ValueRef<'a> {
        match self.take(1)[0] {
            NULL => ValueRef::Null,
            INTEGER => ValueRef::Integer(i64::from_ne_bytes(self.word())),
            REAL => ValueRef::Real(f64::from_ne_bytes(self.word())),
            TEXT => ValueRef::Text(self.bytes()),
            _ => ValueRef::Blob(self.bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Texts(Vec<String>);

    impl Sink for Texts {
        fn row(&mut self, node: usize, cells: &[ValueRef<'_>]) {
            self.0.push(format!("{node} {cells:?}"));
        }
    }

    fn rows(long: &[u8]) -> Vec<(usize, Vec<ValueRef<'_>>)> {
        vec![
            (1, vec![ValueRef::Null, ValueRef::Integer(i64::MIN), ValueRef::Real(-0.0)]),
            (0, vec![ValueRef::Text(long)]),
            (0, vec![]),
            (2, vec![ValueRef::Blob(&[0, 255]), ValueRef::Text(b"")]),
        ]
    }

    #[test]
    fn gives_back_what_it_was_given() {
        let (mut buffer, mut given, mut taken) =
            (Buffer::default(), Texts::default(), Texts::default());
        for (node, cells) in rows(&vec![b'x'; 300_000]) {
            buffer.row(node, &cells);
            given.row(node, &cells);
        }
        assert_eq!(buffer.rows(), 4);
        while buffer.give(&mut taken) {}
        assert_eq!(taken.0, given.0);
        assert!(!buffer.give(&mut taken));
    }
}
