//! Instants: milliseconds since 1970-01-01T00:00:00Z, as JS dates count them.

use jiff::civil::{DateTime, date};
use jiff::{SignedDuration, Timestamp};

const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);
const YEAR_1_MS: i64 = -62_135_596_800_000;
const YEAR_10000_MS: i64 = 253_402_300_800_000;

pub const DAY_MS: i64 = 86_400_000;

/// An RFC 3339 text with a zone, cut (not rounded) to milliseconds as Prisma does. A leap second, and years that JS and
/// the main database cannot both hold, are for the main database to judge: `None`.
pub fn parse_millis(text: &str) -> Option<i64> {
    if text.contains(":60") {
        return None;
    }
    // jiff's timestamps end a day before its calendar does, so that any offset fits.
    let since = match text.strip_suffix(['Z', 'z']) {
        Some(utc) => utc.parse::<DateTime>().ok()?.duration_since(EPOCH),
        None => text.parse::<Timestamp>().ok()?.duration_since(Timestamp::UNIX_EPOCH),
    };
    let instant = i64::try_from(since.as_micros().div_euclid(1_000)).ok()?;
    (YEAR_1_MS..YEAR_10000_MS).contains(&instant).then_some(instant)
}

/// As `Date.prototype.toISOString` writes it; empty for what no calendar holds.
pub fn to_text(millis: i64) -> String {
    let at = EPOCH.checked_add(SignedDuration::from_millis(millis));
    at.map(|at| format!("{at:.3}Z")).unwrap_or_default()
}

pub fn now_millis() -> i64 {
    Timestamp::now().as_millisecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_javascript_writes() {
        for millis in [0, 1, -1, YEAR_1_MS, YEAR_10000_MS - 1, 1_577_836_800_123] {
            assert_eq!(parse_millis(&to_text(millis)), Some(millis), "{}", to_text(millis));
        }
        assert_eq!(parse_millis("2020-01-01T01:00:00.1239+01:00"), Some(1_577_836_800_123));
    }

    #[test]
    fn leaves_odd_instants_to_the_main_database() {
        let odd = [
            "2020-02-30T00:00:00Z",
            "2016-12-31T23:59:60Z",
            "0000-01-01T00:00:00Z",
            "2020-01-01",
            "now",
        ];
        for text in odd {
            assert_eq!(parse_millis(text), None, "{text}");
        }
    }
}
