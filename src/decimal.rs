//! Decimals as exact text: one canonical form per value, compared by value.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::str::FromStr;

use bigdecimal::{BigDecimal, RoundingMode, Zero};

/// More digits than any main database keeps; bounds the work on hostile input.
const MAX_EXPONENT: i64 = 20_000;

pub fn parse(text: &str) -> Option<BigDecimal> {
    if text.contains('_') {
        return None;
    }
    let value = BigDecimal::from_str(text).ok()?;
    let (_, scale) = value.as_bigint_and_exponent();
    (scale.abs() <= MAX_EXPONENT).then_some(value)
}

pub fn is_decimal(text: &str) -> bool {
    parse(text).is_some()
}

/// Plain notation, no exponent, no trailing zeros, no negative zero.
pub fn canonical(value: &BigDecimal) -> String {
    if value.is_zero() { "0".to_owned() } else { value.normalized().to_plain_string() }
}

/// The canonical form of what a main database says, which may fill the scale of the column with zeros: 10.00 is 10.
pub fn settled(text: &str) -> Cow<'_, str> {
    let filled = text.contains('.') && text.ends_with('0');
    if !filled && !text.starts_with("-0") {
        return Cow::Borrowed(text);
    }
    parse(text).map_or(Cow::Borrowed(text), |value| Cow::Owned(canonical(&value)))
}

/// Rounds half away from zero, as `PostgreSQL` stores `numeric(p, s)`; `None` when it does not fit.
pub fn fit(value: &BigDecimal, precision: u32, scale: u32) -> Option<BigDecimal> {
    let rounded = value.with_scale_round(i64::from(scale), RoundingMode::HalfUp);
    let limit = BigDecimal::new(1.into(), i64::from(scale) - i64::from(precision));
    (rounded.abs() < limit).then_some(rounded)
}

/// Has the number at most so many digits before and behind the point?
pub fn has_digits(text: &str, whole: usize, fraction: usize) -> bool {
    let Some(value) = parse(text) else { return false };
    let value = value.normalized();
    let (_, scale) = value.as_bigint_and_exponent();
    let digits = i64::try_from(value.digits()).unwrap_or(i64::MAX);
    let fits = |digits: i64, most: usize| usize::try_from(digits.max(0)).is_ok_and(|n| n <= most);
    value.is_zero() || (fits(digits - scale, whole) && fits(scale, fraction))
}

/// What is left of a decimal in a double.
pub fn double(text: &str) -> String {
    match text.parse::<f64>() {
        // Zero has one form here.
        Ok(value) if value.is_finite() => (value + 0.0).to_string(),
        _ => text.to_owned(),
    }
}

/// The order by value of two texts in plain notation.
pub fn compare(left: &str, right: &str) -> Ordering {
    if left == right {
        return Ordering::Equal;
    }
    let (left, right) = (Plain::of(left), Plain::of(right));
    match (left.negative, right.negative) {
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => left.magnitude(&right),
        (true, true) => right.magnitude(&left),
    }
}

/// The digits that count.
struct Plain<'a> {
    negative: bool,
    whole: &'a str,
    rest: &'a str,
}

impl<'a> Plain<'a> {
    fn of(text: &'a str) -> Self {
        let digits = text.strip_prefix('-');
        let (whole, rest) =
            digits.unwrap_or(text).split_once('.').unwrap_or((digits.unwrap_or(text), ""));
        let (whole, rest) = (whole.trim_start_matches('0'), rest.trim_end_matches('0'));
        Self { negative: digits.is_some() && !(whole.is_empty() && rest.is_empty()), whole, rest }
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        let by_length = self.whole.len().cmp(&other.whole.len());
        by_length.then_with(|| self.whole.cmp(other.whole)).then_with(|| self.rest.cmp(other.rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_by_value() {
        let sorted = [
            "-100.5",
            "-20",
            "-0.1",
            "0",
            "0.01",
            "0.1",
            "2",
            "10",
            "10.5",
            "1000000000000000000000",
        ];
        for (at, left) in sorted.iter().enumerate() {
            for (other, right) in sorted.iter().enumerate() {
                assert_eq!(compare(left, right), at.cmp(&other), "{left} against {right}");
            }
        }
    }

    #[test]
    fn counts_digits_before_and_behind_the_point() {
        for (text, fits) in [
            ("0", true),
            ("-0.0", true),
            ("999.99", true),
            ("0999.990", true),
            ("1e2", true),
            ("1000", false),
            ("1e3", false),
            ("0.001", false),
            ("NaN", false),
        ] {
            assert_eq!(has_digits(text, 3, 2), fits, "{text}");
        }
    }

    #[test]
    fn sees_through_zeros() {
        for (left, right) in [("1.50", "1.5"), ("-0", "0.00"), ("007", "7.0")] {
            assert_eq!(compare(left, right), Ordering::Equal, "{left} and {right}");
        }
    }

    #[test]
    fn has_one_text_per_value() {
        for (text, expected) in
            [("1.50", "1.5"), ("1e3", "1000"), ("-0", "0"), ("1E-7", "0.0000001"), ("007", "7")]
        {
            assert_eq!(canonical(&parse(text).expect("a decimal")), expected);
        }
    }

    #[test]
    fn settles_the_zeros_of_a_scale() {
        for (text, expected) in [
            ("10.00", "10"),
            ("10", "10"),
            ("0.00", "0"),
            ("-0.00", "0"),
            ("-0.50", "-0.5"),
            ("1.05", "1.05"),
            ("100", "100"),
        ] {
            assert_eq!(settled(text), expected);
        }
        assert_eq!(settled("NaN"), "NaN");
    }

    #[test]
    fn rounds_half_away_and_refuses_overflow() {
        let fitted =
            |text| fit(&parse(text).expect("a decimal"), 5, 2).map(|value| canonical(&value));
        assert_eq!(fitted("1.005").as_deref(), Some("1.01"));
        assert_eq!(fitted("-1.005").as_deref(), Some("-1.01"));
        assert_eq!(fitted("999.999"), None);
    }
}
