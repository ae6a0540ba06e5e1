//! Changes as bytes. The format lives in users' files and in streams: a version is never edited, a new one is added.
//!
//! ```text
//! payload = 1 (version), n, n × change
//! change  = model, flags (bits 0-1: 0 create, 1 update, 2 delete; bit 2: cascaded), k, k × value, c, c × column
//! column  = field, flags (bit 0: old, bit 1: new, bit 2: delta), the values the flags name, in that order
//! value   = 0 | 1 zigzag | 2 f64 bits little-endian | 3 length utf-8 | 4 length bytes
//! ```
//! Numbers are LEB128 varints.

use super::change::{Change, ChangeKind, Column};
use crate::ids::{FieldId, ModelId};
use crate::schema::Schema;
use crate::value::Value;

const VERSION: u8 = 1;
const CASCADED: u8 = 0b100;
const OLD: u8 = 0b001;
const NEW: u8 = 0b010;
const DELTA: u8 = 0b100;
/// The fewest bytes a change, a column and a value take: they bound what a length may claim.
const MIN_CHANGE: usize = 4;
const MIN_COLUMN: usize = 2;
const MIN_VALUE: usize = 1;

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    #[error("the payload has version {0}, this version of sharded reads version 1")]
    Version(u8),
    #[error("the payload ends in the middle of a {0}")]
    Truncated(&'static str),
    #[error("the payload holds a {0} that is not valid")]
    Invalid(&'static str),
    #[error("the payload has {0} bytes after its last change")]
    Trailing(usize),
    #[error("the payload names a {0} that the data model does not have")]
    Unknown(&'static str),
}

pub fn encode(changes: &[Change]) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 * changes.len() + 8);
    out.push(VERSION);
    put_len(&mut out, changes.len());
    for change in changes {
        put_change(&mut out, change);
    }
    out
}

/// A key as bytes that are equal exactly when the keys are.
pub fn encode_key(key: &[Value]) -> Vec<u8> {
    let mut out = Vec::with_capacity(32);
    for value in key {
        put_value(&mut out, value);
    }
    out
}

/// Reads what [`encode`] wrote.
///
/// # Errors
/// [`CodecError`] on anything else; any bytes are safe to give.
pub fn decode(bytes: &[u8]) -> Result<Vec<Change>, CodecError> {
    let mut reader = Reader { rest: bytes };
    match reader.byte("version")? {
        VERSION => {}
        other => return Err(CodecError::Version(other)),
    }
    let changes = reader.many("change", MIN_CHANGE, Reader::change)?;
    if reader.rest.is_empty() { Ok(changes) } else { Err(CodecError::Trailing(reader.rest.len())) }
}

/// [`decode`], then [`check`].
///
/// # Errors
/// As theirs.
pub fn read(schema: &Schema, bytes: &[u8]) -> Result<Vec<Change>, CodecError> {
    let changes = decode(bytes)?;
    check(schema, &changes)?;
    Ok(changes)
}

/// Do the changes fit the data model? [`decode`] knows none, and what comes after it takes positions for granted.
///
/// # Errors
/// [`CodecError::Unknown`] names what does not exist.
pub fn check(schema: &Schema, changes: &[Change]) -> Result<(), CodecError> {
    for change in changes {
        let model = schema.models.get(change.model.index()).ok_or(CodecError::Unknown("model"))?;
        if change.key.len() != model.key.fields.len() {
            return Err(CodecError::Unknown("key"));
        }
        if change.columns.iter().any(|column| column.field.index() >= model.fields.len()) {
            return Err(CodecError::Unknown("field"));
        }
    }
    Ok(())
}

fn put_change(out: &mut Vec<u8>, change: &Change) {
    put_varint(out, u64::from(change.model.0));
    let kind = match change.kind {
        ChangeKind::Create => 0,
        ChangeKind::Update => 1,
        ChangeKind::Delete => 2,
    };
    out.push(if change.cascaded { kind | CASCADED } else { kind });
    put_len(out, change.key.len());
    for value in &change.key {
        put_value(out, value);
    }
    put_len(out, change.columns.len());
    for column in &change.columns {
        put_varint(out, u64::from(column.field.0));
        let parts = [(OLD, &column.old), (NEW, &column.new), (DELTA, &column.delta)];
        out.push(parts.iter().filter(|(_, part)| part.is_some()).map(|(bit, _)| bit).sum());
        for value in parts.iter().filter_map(|(_, part)| part.as_ref()) {
            put_value(out, value);
        }
    }
}

fn put_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(0),
        Value::Int(number) => {
            out.push(1);
            put_varint(out, zigzag(*number));
        }
        Value::Real(number) => {
            out.push(2);
            out.extend_from_slice(&number.to_bits().to_le_bytes());
        }
        Value::Text(text) => {
            out.push(3);
            put_bytes(out, text.as_bytes());
        }
        Value::Blob(bytes) => {
            out.push(4);
            put_bytes(out, bytes);
        }
    }
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_len(out, bytes.len());
    out.extend_from_slice(bytes);
}

fn put_len(out: &mut Vec<u8>, len: usize) {
    put_varint(out, len as u64);
}

fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push((number & 0x7f) as u8);
}

fn zigzag(number: i64) -> u64 {
    (number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned()
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn byte(&mut self, what: &'static str) -> Result<u8, CodecError> {
        let (first, rest) = self.rest.split_first().ok_or(CodecError::Truncated(what))?;
        self.rest = rest;
        Ok(*first)
    }

    fn take(&mut self, len: usize, what: &'static str) -> Result<&'a [u8], CodecError> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(CodecError::Truncated(what))?;
        self.rest = rest;
        Ok(taken)
    }

    fn varint(&mut self) -> Result<u64, CodecError> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte("number")?;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                return Err(CodecError::Invalid("number"));
            }
            number |= part << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(CodecError::Invalid("number"))
    }

    fn id(&mut self, what: &'static str) -> Result<u16, CodecError> {
        u16::try_from(self.varint()?).map_err(|_| CodecError::Invalid(what))
    }

    fn bytes(&mut self, what: &'static str) -> Result<&'a [u8], CodecError> {
        let len = usize::try_from(self.varint()?).map_err(|_| CodecError::Truncated(what))?;
        self.take(len, what)
    }

    /// A counted list. The count is checked against the bytes that are left before anything is allocated.
    fn many<T>(
        &mut self,
        what: &'static str,
        min_bytes: usize,
        one: impl Fn(&mut Self) -> Result<T, CodecError>,
    ) -> Result<Vec<T>, CodecError> {
        let count = usize::try_from(self.varint()?).map_err(|_| CodecError::Truncated(what))?;
        if count > self.rest.len() / min_bytes {
            return Err(CodecError::Truncated(what));
        }
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(one(self)?);
        }
        Ok(items)
    }

    fn change(&mut self) -> Result<Change, CodecError> {
        let model = ModelId(self.id("model")?);
        let flags = self.byte("change")?;
        let kind = match flags & !CASCADED {
            0 => ChangeKind::Create,
            1 => ChangeKind::Update,
            2 => ChangeKind::Delete,
            _ => return Err(CodecError::Invalid("kind of change")),
        };
        let key = self.many("key", MIN_VALUE, Self::value)?;
        let columns = self.many("column", MIN_COLUMN, Self::column)?;
        Ok(Change { model, kind, cascaded: flags & CASCADED != 0, key, columns })
    }

    fn column(&mut self) -> Result<Column, CodecError> {
        let field = FieldId(self.id("field")?);
        let flags = self.byte("column")?;
        if flags & !(OLD | NEW | DELTA) != 0 {
            return Err(CodecError::Invalid("column"));
        }
        let mut part = |bit| if flags & bit == 0 { Ok(None) } else { self.value().map(Some) };
        Ok(Column { field, old: part(OLD)?, new: part(NEW)?, delta: part(DELTA)? })
    }

    fn value(&mut self) -> Result<Value, CodecError> {
        Ok(match self.byte("value")? {
            0 => Value::Null,
            1 => Value::Int(unzigzag(self.varint()?)),
            2 => {
                let bytes = self
                    .take(8, "number")?
                    .try_into()
                    .map_err(|_| CodecError::Truncated("number"))?;
                Value::Real(f64::from_bits(u64::from_le_bytes(bytes)))
            }
            3 => {
                let text =
                    str::from_utf8(self.bytes("text")?).map_err(|_| CodecError::Invalid("text"))?;
                Value::Text(text.to_owned())
            }
            4 => Value::Blob(self.bytes("blob")?.to_vec()),
            _ => return Err(CodecError::Invalid("value")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(field: u16, old: Option<Value>, new: Option<Value>, delta: Option<Value>) -> Column {
        Column { field: FieldId(field), old, new, delta }
    }

    fn update() -> Change {
        Change {
            model: ModelId(3),
            kind: ChangeKind::Update,
            cascaded: true,
            key: vec![Value::Text("a".into()), Value::Int(-1)],
            columns: vec![column(2, Some(Value::Null), Some(Value::Int(300)), Some(Value::Int(1)))],
        }
    }

    #[test]
    fn golden_bytes_of_version_1() {
        let bytes = encode(&[update()]);
        assert_eq!(bytes, [1, 1, 3, 5, 2, 3, 1, b'a', 1, 1, 1, 2, 7, 0, 1, 0xd8, 4, 1, 2]);
        assert_eq!(decode(&bytes), Ok(vec![update()]));
    }

    #[test]
    fn every_value_comes_back_bit_for_bit() {
        let reals = [
            0.0,
            -0.0,
            f64::NAN,
            -f64::NAN,
            f64::INFINITY,
            f64::MIN_POSITIVE / 2.0,
            f64::MAX,
            1e-7,
        ];
        let mut values =
            vec![Value::Null, Value::Text(String::new()), Value::Text("é\u{0}\"".into())];
        values.extend([0, 1, -1, i64::MAX, i64::MIN, 1 << 53].map(Value::Int));
        values.extend([Vec::new(), vec![0, 255, 10]].map(Value::Blob));
        values.extend(reals.map(Value::Real));
        let columns =
            values.iter().map(|value| column(65_535, None, Some(value.clone()), None)).collect();
        let change = Change {
            model: ModelId(65_535),
            kind: ChangeKind::Create,
            cascaded: false,
            key: values,
            columns,
        };
        let bytes = encode(std::slice::from_ref(&change));
        let back = decode(&bytes).unwrap();
        // NaN is not equal to itself: compare the bytes again.
        assert_eq!(encode(&back), bytes);
        assert_eq!(format!("{back:?}"), format!("{:?}", [change]));
    }

    #[test]
    fn hostile_bytes_are_errors_not_panics() {
        let good = encode(&[update(), update()]);
        for len in 0..good.len() {
            assert!(decode(&good[..len]).is_err(), "truncated at {len}");
        }
        for at in 0..good.len() {
            for byte in 0..=255 {
                let mut bytes = good.clone();
                bytes[at] = byte;
                let _ = decode(&bytes);
            }
        }
        let huge = [1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        assert_eq!(decode(&huge), Err(CodecError::Truncated("change")));
        assert_eq!(decode(&[2]), Err(CodecError::Version(2)));
        assert_eq!(decode(&[1, 0, 7]), Err(CodecError::Trailing(1)));
        assert_eq!(decode(&[]), Err(CodecError::Truncated("version")));
    }
}
