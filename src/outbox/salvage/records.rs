//! The records on a leaf of a b-tree. What cannot be one is left out.

use std::io;

use super::pages::{Pages, Version, u16_at, u32_at};
use crate::value::Value;

const TABLE_LEAF: u8 = 0x0d;
const INDEX_LEAF: u8 = 0x0a;
/// Page 1 begins with the file's header.
const FILE_HEADER: usize = 100;

#[derive(Debug)]
pub struct Record {
    /// 0 in a table without rowids.
    pub rowid: i64,
    pub values: Vec<Value>,
}

struct Cell {
    rowid: i64,
    local: Vec<u8>,
    len: usize,
    overflow: u32,
}

/// The records of one version of a page; none where it is no leaf.
pub fn records(pages: &mut Pages, page: u32, version: Version) -> io::Result<Vec<Record>> {
    let bytes = pages.read(page, version)?;
    let head = if page == 1 { FILE_HEADER } else { 0 };
    let kind = bytes.get(head).copied().unwrap_or(0);
    let count = match kind {
        TABLE_LEAF | INDEX_LEAF => u16_at(&bytes, head + 3).unwrap_or(0),
        _ => 0,
    };
    let mut found = Vec::new();
    for at in 0..usize::from(count) {
        let Some(start) = u16_at(&bytes, head + 8 + 2 * at) else { break };
        let Some(cell) = cell(pages, &bytes, usize::from(start), kind == TABLE_LEAF) else {
            continue;
        };
        if let Some(payload) = payload(pages, &cell, version)?
            && let Some(values) = values(&payload)
        {
            found.push(Record { rowid: cell.rowid, values });
        }
    }
    Ok(found)
}

fn cell(pages: &Pages, page: &[u8], start: usize, table: bool) -> Option<Cell> {
    let mut rest = page.get(start..)?;
    let len = usize::try_from(varint(&mut rest)?).ok().filter(|len| *len <= pages.most())?;
    let rowid = if table { varint(&mut rest)? } else { 0 };
    let usable = pages.usable();
    let most = if table { usable - 35 } else { (usable - 12) * 64 / 255 - 23 };
    let least = (usable - 12) * 32 / 255 - 23;
    let local = if len <= most {
        len
    } else {
        let fitting = least + (len - least) % (usable - 4);
        if fitting <= most { fitting } else { least }
    };
    let overflow = if local < len { u32_at(rest, local)? } else { 0 };
    Some(Cell { rowid, local: rest.get(..local)?.to_vec(), len, overflow })
}

/// With its overflow pages, as they were then.
fn payload(pages: &mut Pages, cell: &Cell, version: Version) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = cell.local.clone();
    let mut next = cell.overflow;
    while bytes.len() < cell.len {
        if next == 0 {
            return Ok(None);
        }
        let page = pages.as_of(next, version)?;
        let part = (pages.usable() - 4).min(cell.len - bytes.len());
        let Some(part) = page.get(4..4 + part) else { return Ok(None) };
        bytes.extend_from_slice(part);
        next = u32_at(&page, 0).unwrap_or(0);
    }
    Ok(Some(bytes))
}

fn varint(rest: &mut &[u8]) -> Option<i64> {
    let mut number = 0u64;
    for at in 0..9 {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        if at == 8 {
            return Some((number << 8 | u64::from(*byte)).cast_signed());
        }
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some(number.cast_signed())
}

fn values(record: &[u8]) -> Option<Vec<Value>> {
    let mut head = record;
    let head_len = usize::try_from(varint(&mut head)?).ok()?;
    let taken = record.len() - head.len();
    let mut head = record.get(taken..head_len)?;
    let mut body = record.get(head_len..)?;
    let mut values = Vec::new();
    while !head.is_empty() {
        let serial = varint(&mut head)?;
        values.push(value(serial, &mut body)?);
    }
    Some(values)
}

fn value(serial: i64, body: &mut &[u8]) -> Option<Value> {
    let mut take = |len: usize| {
        let (taken, rest) = body.split_at_checked(len)?;
        *body = rest;
        Some(taken)
    };
    Some(match serial {
        0 => Value::Null,
        1..=6 => {
            let bytes = take([1, 2, 3, 4, 6, 8][usize::try_from(serial - 1).ok()?])?;
            let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
            let start = if negative { -1i64 } else { 0 };
            Value::Int(bytes.iter().fold(start, |number, byte| number << 8 | i64::from(*byte)))
        }
        7 => Value::Real(f64::from_be_bytes(take(8)?.try_into().ok()?)),
        8 => Value::Int(0),
        9 => Value::Int(1),
        12.. => {
            let bytes = take(usize::try_from((serial - 12) / 2).ok()?)?;
            if serial % 2 == 0 {
                Value::Blob(bytes.to_vec())
            } else {
                Value::Text(str::from_utf8(bytes).ok()?.to_owned())
            }
        }
        _ => return None,
    })
}
