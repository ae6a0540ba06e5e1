//! A commit as it lies in a stream. Whoever can write to the Redis can put anything there.

use redis::streams::StreamId;

use super::super::queue::{QueueError, Result};
use crate::ids::Seq;

#[derive(Debug)]
pub struct Entry {
    pub origin: String,
    pub seq: Seq,
    pub floor: Seq,
    pub initial: bool,
    pub payload: Vec<u8>,
    pub cause: Option<String>,
}

/// An entry as its signature covers it.
pub struct Signed<'a> {
    pub origin: &'a str,
    pub seq: &'a str,
    pub initial: bool,
    pub payload: &'a [u8],
    pub cause: &'a str,
}

impl Entry {
    /// `fits` checks the signature; `place` is where the entry is, for people.
    pub fn read(
        raw: &StreamId,
        place: impl Fn() -> String,
        fits: impl FnOnce(&Signed<'_>, &[u8]) -> bool,
    ) -> Result<Self> {
        let wrong = |why: String| QueueError::Entry { place: place(), why };
        let part = |name: &str| {
            raw.get::<String>(name).ok_or_else(|| wrong(format!("it has no field '{name}'")))
        };
        let number = |name: &str, least: i64| {
            let number = part(name)?.parse::<i64>().ok().filter(|number| *number >= least);
            number.map(Seq).ok_or_else(|| wrong(format!("field '{name}' is no number of a commit")))
        };
        let bytes = |name: &str| raw.get::<Vec<u8>>(name).unwrap_or_default();
        let (origin, seq, floor) = (part("o")?, part("s")?, number("f", 0)?);
        let (initial, payload) = (part("i")? == "1", bytes("p"));
        let cause = raw.get::<String>("c").unwrap_or_default();
        let signed =
            Signed { origin: &origin, seq: &seq, initial, payload: &payload, cause: &cause };
        if !fits(&signed, &bytes("m")) {
            return Err(QueueError::Signature { place: place() });
        }
        let cause = Some(cause).filter(|cause| !cause.is_empty());
        Ok(Self { seq: number("s", 1)?, floor, initial, payload, cause, origin })
    }
}

/// What a server answers to `XRANGE`, as bytes of its protocol: the commits of it that can be read.
#[cfg(any(test, fuzzing))]
pub fn read_answer(bytes: &[u8]) -> Vec<Entry> {
    let Ok(answer) = redis::parse_redis_value(bytes) else { return Vec::new() };
    let Ok(reply) = redis::from_redis_value::<redis::streams::StreamRangeReply>(answer) else {
        return Vec::new();
    };
    let read = |raw: &StreamId| Entry::read(raw, || raw.id.clone(), |_, _| true).ok();
    reply.ids.iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(seq: &str, floor: &str) -> String {
        let fields =
            [("o", "origin"), ("s", seq), ("f", floor), ("i", "1"), ("p", "\x01\x00"), ("c", "")];
        let text = |text: &str| format!("${}\r\n{text}\r\n", text.len());
        let fields: String =
            fields.map(|(name, value)| text(name) + &text(value)).into_iter().collect();
        format!("*1\r\n*2\r\n{}*12\r\n{fields}", text("1-0"))
    }

    #[test]
    fn an_entry_is_read() {
        let [entry] = &read_answer(answer("7", "6").as_bytes())[..] else { panic!() };
        assert_eq!((entry.seq, entry.floor, entry.initial), (Seq(7), Seq(6), true));
        assert_eq!((entry.origin.as_str(), entry.payload.as_slice()), ("origin", &[1, 0][..]));
    }

    #[test]
    fn numbers_that_no_commit_has_are_refused() {
        let bad = ["0", "-1", "-9223372036854775808", "9223372036854775808", "x", "", "1.0"];
        for seq in bad {
            assert!(read_answer(answer(seq, "0").as_bytes()).is_empty(), "{seq}");
        }
        for floor in &bad[1..] {
            assert!(read_answer(answer("1", floor).as_bytes()).is_empty(), "{floor}");
        }
        assert_eq!(read_answer(answer("9223372036854775807", "0").as_bytes()).len(), 1);
    }
}
