//! Instants: milliseconds since 1970-01-01T00:00:00Z, as JS dates count them.

use jiff::Timestamp;

/// An RFC 3339 text with a zone, cut (not rounded) to milliseconds as Prisma does.
pub fn parse_millis(text: &str) -> Option<i64> {
    // A leap second, and years that JS and the main database cannot both hold, are for the main database to judge.
    if text.contains(":60") {
        return None;
    }
    let instant = text.parse::<Timestamp>().ok()?.as_microsecond().div_euclid(1_000);
    (YEAR_1_MS..YEAR_10000_MS).contains(&instant).then_some(instant)
}

pub fn now_millis() -> i64 {
    Timestamp::now().as_millisecond()
}

const YEAR_1_MS: i64 = -62_135_596_800_000;
const YEAR_10000_MS: i64 = 253_402_300_800_000;

pub const DAY_MS: i64 = 86_400_000;
