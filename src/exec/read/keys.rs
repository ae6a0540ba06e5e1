//! The keys by which rows find their relations: each once, and which row has which.

use std::collections::HashMap;

use rusqlite::types::ValueRef;
use smallvec::SmallVec;

use super::rows::Rows;
use crate::value::hex;

/// A row that has no key: a part is NULL.
pub const NONE: u32 = u32::MAX;

pub struct Keys {
    /// For each row, the position of its key.
    pub of_row: Vec<u32>,
    /// For each key, the first row that has it.
    pub first: Vec<usize>,
}

#[derive(PartialEq, Eq, Hash)]
enum Part<'a> {
    Int(i64),
    Real(u64),
    Bytes(&'a [u8]),
}

impl Keys {
    pub fn of(rows: &Rows, columns: &[usize]) -> Self {
        let count = rows.count();
        let mut keys = Self { of_row: Vec::with_capacity(count), first: Vec::new() };
        if count == 1 {
            let whole = key(rows, 0, columns).is_some();
            keys.of_row.push(if whole { 0 } else { NONE });
            keys.first.extend(whole.then_some(0));
            return keys;
        }
        let mut known = HashMap::with_capacity(count);
        for row in 0..count {
            let at = key(rows, row, columns).map(|key| {
                *known.entry(key).or_insert_with(|| {
                    keys.first.push(row);
                    // A level has less than 2^32 - 1 rows: as many would fill the memory first.
                    u32::try_from(keys.first.len() - 1).unwrap_or(NONE)
                })
            });
            keys.of_row.push(at.unwrap_or(NONE));
        }
        keys
    }

    /// No two rows have the same key.
    pub fn each_once(&self) -> bool {
        let keyed = self.of_row.iter().filter(|key| **key != NONE).count();
        keyed == self.first.len()
    }

    /// The keys as a JSON array, each a value or a list of them.
    pub fn json(&self, rows: &Rows, columns: &[usize]) -> String {
        let mut text = String::with_capacity(self.first.len() * 12 + 2);
        for (at, row) in self.first.iter().enumerate() {
            text.push(if at == 0 { '[' } else { ',' });
            if let [column] = columns {
                write(&mut text, rows.get(*row, *column));
                continue;
            }
            for (at, column) in columns.iter().enumerate() {
                text.push(if at == 0 { '[' } else { ',' });
                write(&mut text, rows.get(*row, *column));
            }
            text.push(']');
        }
        text.push(']');
        text
    }
}

fn key<'a>(rows: &'a Rows, row: usize, columns: &[usize]) -> Option<SmallVec<[Part<'a>; 2]>> {
    let part = |column: &usize| match rows.get(row, *column) {
        ValueRef::Null => None,
        ValueRef::Integer(int) => Some(Part::Int(int)),
        ValueRef::Real(real) => Some(Part::Real(real.to_bits())),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(Part::Bytes(bytes)),
    };
    columns.iter().map(part).collect()
}

fn write(text: &mut String, value: ValueRef) {
    match value {
        ValueRef::Null => text.push_str("null"),
        ValueRef::Integer(int) => text.push_str(&int.to_string()),
        ValueRef::Real(real) => text.push_str(&serde_json::Value::from(real).to_string()),
        ValueRef::Text(bytes) => quote(text, &String::from_utf8_lossy(bytes)),
        ValueRef::Blob(bytes) => quote(text, &hex(bytes)),
    }
}

fn quote(text: &mut String, value: &str) {
    let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if value.bytes().all(plain) {
        text.push('"');
        text.push_str(value);
        text.push('"');
    } else {
        text.push_str(&serde_json::Value::from(value).to_string());
    }
}
