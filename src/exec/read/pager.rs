//! A page taken from rows in their order, as Prisma takes it: the first of those that are alike, then from the cursor
//! on, then some skipped, then some taken.

use std::collections::HashSet;

use rusqlite::types::ValueRef;

use crate::exec::Call;
use crate::plan::{SlotId, Take};
use crate::sql::{Distinct, Page};
use crate::value::Value;

#[derive(PartialEq, Eq)]
pub enum Verdict {
    Leave,
    Keep,
    /// Neither this row nor a later one.
    Done,
}

pub struct Pager<'a> {
    page: &'a Page,
    seen: HashSet<Vec<u8>>,
    waits_for_cursor: bool,
    skip: u64,
    take: u64,
}

impl<'a> Pager<'a> {
    pub fn new(page: &'a Page, call: &Call) -> Self {
        let number = |slot: SlotId| match call.slot(slot) {
            Value::Int(int) => int.unsigned_abs(),
            _ => 0,
        };
        let take = match page.take {
            Take::All => u64::MAX,
            Take::None => 0,
            Take::First(slot) | Take::Last(slot) => number(slot),
            Take::FirstConst(count) | Take::LastConst(count) => count.unsigned_abs(),
        };
        Self {
            page,
            seen: HashSet::new(),
            waits_for_cursor: page.cursor.is_some(),
            skip: page.skip.map_or(0, number),
            take,
        }
    }

    /// Asked of each row once, in order.
    pub fn admit<'r>(&mut self, get: impl Fn(usize) -> ValueRef<'r>) -> Verdict {
        if self.take == 0 {
            return Verdict::Done;
        }
        if let Some(columns) = &self.page.distinct
            && !self.seen.insert(fingerprint(columns, &get))
        {
            return Verdict::Leave;
        }
        let is_cursor = |column: usize| matches!(get(column), ValueRef::Integer(1));
        self.waits_for_cursor &= !self.page.cursor.is_some_and(is_cursor);
        if self.waits_for_cursor {
            return Verdict::Leave;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return Verdict::Leave;
        }
        self.take -= 1;
        Verdict::Keep
    }
}

/// What Prisma compares: the JSON of the values, which has neither NaN nor Infinity nor -0.
fn fingerprint<'r>(columns: &[Distinct], get: impl Fn(usize) -> ValueRef<'r>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(columns.len() * 9);
    for column in columns {
        match get(column.at) {
            // The only text in a Float column is NaN.
            ValueRef::Text(_) if column.float => bytes.push(0),
            ValueRef::Integer(int) => tagged(&mut bytes, 1, &int.to_le_bytes()),
            ValueRef::Real(0.0) => tagged(&mut bytes, 2, &0_f64.to_le_bytes()),
            ValueRef::Real(real) if real.is_finite() => tagged(&mut bytes, 2, &real.to_le_bytes()),
            ValueRef::Real(_) | ValueRef::Null => bytes.push(0),
            ValueRef::Text(text) => sized(&mut bytes, 3, text),
            ValueRef::Blob(blob) => sized(&mut bytes, 4, blob),
        }
    }
    bytes
}

fn tagged(bytes: &mut Vec<u8>, tag: u8, value: &[u8]) {
    bytes.push(tag);
    bytes.extend_from_slice(value);
}

fn sized(bytes: &mut Vec<u8>, tag: u8, value: &[u8]) {
    tagged(bytes, tag, &value.len().to_le_bytes());
    bytes.extend_from_slice(value);
}
