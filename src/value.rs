//! A value as SQLite stores it. What it means (a date, a decimal) is said by the field's [`crate::scalar::Scalar`].

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

/// An empty list of which it is not known whether it is NULL in the main database. To JS it is an empty list.
pub const EMPTY_OR_NULL: &str = "[ ]";

/// Bytes as lower-case hexadecimal text: how they stand in JSON.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |nibble: u8| DIGITS[usize::from(nibble & 15)];
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

impl Value {
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}
