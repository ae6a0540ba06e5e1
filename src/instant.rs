//! Instants: milliseconds since 1970-01-01T00:00:00Z, as JS dates count them.

use jiff::Timestamp;

/// An RFC 3339 text with a zone, cut (not rounded) to milliseconds as Prisma does.
pub fn parse_millis(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(|instant| instant.as_microsecond().div_euclid(1_000))
}

pub fn now_millis() -> i64 {
    Timestamp::now().as_millisecond()
}

pub const DAY_MS: i64 = 86_400_000;
