//! The rows of one level, held until the rows of its relations are there.

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::Cells;

/// One value; texts and blobs stand together in [`Rows::bytes`].
#[derive(Clone, Copy)]
enum Cell {
    Null,
    Int(i64),
    Real(f64),
    Text { at: usize, len: u32 },
    Blob { at: usize, len: u32 },
}

/// Room from the start for so many rows, and their texts: most levels of most calls need no more.
const ROOM: usize = 32;
const BYTES: usize = 2_048;

pub struct Rows {
    pub width: usize,
    cells: Vec<Cell>,
    bytes: Vec<u8>,
}

impl Rows {
    pub fn new(width: usize) -> Self {
        Self { width, cells: Vec::with_capacity(ROOM * width), bytes: Vec::with_capacity(BYTES) }
    }

    pub fn count(&self) -> usize {
        self.cells.len() / self.width
    }

    pub fn push(&mut self, row: &Row) -> rusqlite::Result<()> {
        for at in 0..self.width {
            let cell = self.cell(row.get_ref(at)?);
            self.cells.push(cell);
        }
        Ok(())
    }

    fn cell(&mut self, value: ValueRef) -> Cell {
        let mut hold = |bytes: &[u8]| {
            let at = self.bytes.len();
            self.bytes.extend_from_slice(bytes);
            (at, u32::try_from(bytes.len()).expect("SQLite holds no value of 4 GiB"))
        };
        match value {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(int) => Cell::Int(int),
            ValueRef::Real(real) => Cell::Real(real),
            ValueRef::Text(text) => {
                let (at, len) = hold(text);
                Cell::Text { at, len }
            }
            ValueRef::Blob(blob) => {
                let (at, len) = hold(blob);
                Cell::Blob { at, len }
            }
        }
    }

    pub fn get(&self, row: usize, column: usize) -> ValueRef<'_> {
        self.value(self.cells[row * self.width + column])
    }

    fn value(&self, cell: Cell) -> ValueRef<'_> {
        match cell {
            Cell::Null => ValueRef::Null,
            Cell::Int(int) => ValueRef::Integer(int),
            Cell::Real(real) => ValueRef::Real(real),
            Cell::Text { at, len } => ValueRef::Text(&self.bytes[at..at + len as usize]),
            Cell::Blob { at, len } => ValueRef::Blob(&self.bytes[at..at + len as usize]),
        }
    }

    /// The first `shown` columns of a row.
    pub fn shown(&self, row: usize, shown: usize) -> Cells<'_> {
        let start = row * self.width;
        self.cells[start..start + shown].iter().map(|cell| self.value(*cell)).collect()
    }

    /// Keeps these rows, in this order.
    pub fn arrange(&mut self, rows: &[usize]) {
        let mut cells = Vec::with_capacity(rows.len() * self.width);
        for row in rows {
            cells.extend_from_slice(&self.cells[row * self.width..(row + 1) * self.width]);
        }
        self.cells = cells;
    }
}
