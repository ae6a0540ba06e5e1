//! Sums and quotients of exact numbers, with the digits that `PostgreSQL`'s `numeric` gives them.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::{BigInt, Sign};
use smallvec::SmallVec;

use crate::decimal;

/// Digits that fit 128 bits.
const SHORT: usize = 38;
/// Digits to a digit of `numeric`.
const GROUP: usize = 4;
const MIN_SIGNIFICANT_DIGITS: i64 = 16;
const MAX_SCALE: i64 = 1_000;

/// Adds up decimals in plain notation.
#[derive(Debug, Default)]
pub struct DecimalSum {
    /// By the number of digits after the point.
    short: SmallVec<[i128; 4]>,
    long: BigDecimal,
    some: bool,
}

impl DecimalSum {
    /// `None` when the text is no decimal.
    pub fn add(&mut self, text: &[u8]) -> Option<()> {
        self.some = true;
        let Some((value, scale)) = short(text) else {
            self.long += decimal::parse(std::str::from_utf8(text).ok()?)?;
            return Some(());
        };
        if self.short.len() <= scale {
            self.short.resize(scale + 1, 0);
        }
        let sum = &mut self.short[scale];
        if let Some(added) = sum.checked_add(value) {
            *sum = added;
        } else {
            self.long += scaled(*sum, scale);
            *sum = value;
        }
        Some(())
    }

    /// `None` when nothing was added.
    pub fn total(self) -> Option<BigDecimal> {
        let short = self.short.iter().enumerate().filter(|(_, sum)| **sum != 0);
        let total = short.fold(self.long, |total, (scale, sum)| total + scaled(*sum, scale));
        self.some.then_some(total)
    }
}

fn scaled(value: i128, scale: usize) -> BigDecimal {
    BigDecimal::new(value.into(), i64::try_from(scale).unwrap_or(0))
}

/// Digits without the point, and how many stood behind it.
fn short(text: &[u8]) -> Option<(i128, usize)> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    if digits.is_empty() || digits.len() > SHORT {
        return None;
    }
    let (mut value, mut point) = (0_i128, None);
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => value = value * 10 + i128::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    let scale = point.map_or(0, |at| digits.len() - at - 1);
    Some((if negative { -value } else { value }, scale))
}

/// `sum / count` as `avg()` divides: `scale` is that of the column.
pub fn mean(sum: &BigDecimal, count: i64, scale: u32) -> BigDecimal {
    let scale = quotient_scale(sum, count, i64::from(scale));
    let (digits, exponent) = sum.as_bigint_and_exponent();
    let shift = u32::try_from((scale - exponent).max(0)).unwrap_or(0);
    let numerator = digits * BigInt::from(10).pow(shift);
    BigDecimal::new(rounded(&numerator, &count.into()), exponent + i64::from(shift))
}

/// Half away from zero.
fn rounded(numerator: &BigInt, denominator: &BigInt) -> BigInt {
    let half: BigInt =
        if numerator.sign() == Sign::Minus { -denominator } else { denominator.clone() };
    (numerator * 2 + half) / (denominator * 2)
}

/// How many digits behind the point `numeric` divides to (`select_div_scale`).
fn quotient_scale(sum: &BigDecimal, count: i64, scale: i64) -> i64 {
    let (sum_weight, sum_first) = leading(&decimal::canonical(&sum.abs()));
    let (count_weight, count_first) = leading(&count.to_string());
    let weight = sum_weight - count_weight - i64::from(sum_first <= count_first);
    let digits = MIN_SIGNIFICANT_DIGITS - weight * 4;
    digits.max(scale).clamp(0, MAX_SCALE)
}

/// Position and value of the first digit to the base 10,000 that is not zero.
fn leading(text: &str) -> (i64, u32) {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let whole = whole.trim_start_matches('0');
    let value = |digits: &str| digits.parse::<u32>().unwrap_or(0);
    if !whole.is_empty() {
        let weight = (whole.len() - 1) / GROUP;
        let first = &whole[..whole.len() - weight * GROUP];
        return (i64::try_from(weight).unwrap_or(0), value(first));
    }
    let zeros = rest.len() - rest.trim_start_matches('0').len();
    if zeros == rest.len() {
        return (0, 0);
    }
    let at = zeros / GROUP;
    let group: String = rest.chars().skip(at * GROUP).chain("000".chars()).take(GROUP).collect();
    (-1 - i64::try_from(at).unwrap_or(0), value(&group))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn average(sum: &str, count: i64, scale: u32) -> String {
        decimal::canonical(&mean(&decimal::parse(sum).expect("a decimal"), count, scale))
    }

    #[test]
    fn divides_to_the_digits_of_numeric() {
        // As PostgreSQL 15 answers to `SELECT sum::numeric / count`.
        for (sum, count, scale, expected) in [
            ("1", 3, 0, "0.33333333333333333333"),
            ("2", 3, 0, "0.66666666666666666667"),
            ("-2", 3, 0, "-0.66666666666666666667"),
            ("10001", 3, 0, "3333.6666666666666667"),
            ("100000003.34", 3, 2, "33333334.446666666667"),
            ("0.0001", 3, 4, "0.000033333333333333333333"),
            ("23", 3, 0, "7.6666666666666667"),
            ("6", 3, 0, "2"),
            ("0", 7, 2, "0"),
        ] {
            assert_eq!(average(sum, count, scale), expected, "{sum} / {count}");
        }
    }

    #[test]
    fn adds_up_any_length() {
        let mut sum = DecimalSum::default();
        for text in ["1.5", "-0.25", "99999999999999999999999999999999999999", "0.5", "-7"] {
            sum.add(text.as_bytes()).expect("a decimal");
        }
        let long = "99999999999999999999999999999999999999.000000000000000000000000000001";
        sum.add(long.as_bytes()).expect("a decimal");
        assert_eq!(
            sum.total().map(|total| decimal::canonical(&total)).as_deref(),
            Some("199999999999999999999999999999999999992.750000000000000000000000000001")
        );
        assert_eq!(DecimalSum::default().total(), None);
        assert_eq!(DecimalSum::default().add(b"NaN"), None);
    }
}
