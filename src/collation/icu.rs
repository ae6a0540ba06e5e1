//! `PostgreSQL`'s ICU collations, by ICU4X: the same algorithm, other tables. See [`super::trusted`] for what they share.

use std::cmp::Ordering;

use icu_collator::options::{CollatorOptions, Strength};
use icu_collator::{CollatorBorrowed, CollatorPreferences};
use icu_locale_core::Locale;

use super::trusted::{code_points, is_mark, trusts};

#[derive(Debug)]
pub struct Icu {
    collator: CollatorBorrowed<'static>,
    /// Trusted in general, but not on this main database.
    distrust: Vec<char>,
    /// The user has asked for this order where the main database has another one.
    approximate: bool,
}

/// Settings of a locale that the crate reads from it; with any other one we would order as if it were not there.
const KNOWN_KEYS: [&str; 3] = ["co", "kn", "kf"];

impl Icu {
    /// `None`: a locale that the crate cannot follow.
    pub fn new(locale: &str, distrust: &str, approximate: bool) -> Option<Self> {
        if locale.contains('@') {
            return None;
        }
        let locale: Locale = locale.replace('_', "-").parse().ok()?;
        let known = |key: &str| KNOWN_KEYS.contains(&key);
        if !locale.extensions.unicode.keywords.iter().all(|(key, _)| known(key.as_str())) {
            return None;
        }
        let mut options = CollatorOptions::default();
        options.strength = Some(Strength::Tertiary);
        let preferences = CollatorPreferences::from(&locale);
        let collator = CollatorBorrowed::try_new(preferences, options).ok()?;
        Some(Self { collator, distrust: distrust.chars().collect(), approximate })
    }

    /// Deterministic: what ICU takes for equal is told apart by its bytes.
    pub fn compare(&self, left: &str, right: &str) -> Ordering {
        if left == right {
            return Ordering::Equal;
        }
        self.collator.compare(left, right).then_with(|| left.cmp(right))
    }

    /// Would the main database have said the same?
    pub fn is_sure_of(&self, text: &str) -> bool {
        self.approximate || trusts(text, &self.distrust)
    }

    /// Strings in our order, for the main database to check: every trusted code point alone and before letters, every
    /// pair of Latin letters (where contractions live), letters with marks, numbers.
    pub fn sample(&self) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        let known = |char: &char| *char > '\u{8}' && !self.distrust.contains(char);
        for char in code_points().filter(known) {
            let before = if is_mark(char) { "a" } else { "" };
            texts.extend(["", "a", "z"].map(|after| format!("{before}{char}{after}")));
        }
        let letters = || ('A'..='Z').chain('a'..='z');
        for first in letters() {
            texts.extend(letters().map(|second| format!("{first}{second}")));
            let marks = code_points().filter(|char| is_mark(*char)).filter(known);
            texts.extend(marks.map(|mark| format!("{first}{mark}b")));
        }
        texts.extend(
            ["10", "9", "007", "7", "1.5", "a b", "a-b", "ab", "A b", "co-op", "coop"]
                .map(str::to_owned),
        );
        texts.sort_by(|left, right| self.compare(left, right));
        texts.dedup();
        texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(locale: &str, mut texts: Vec<&str>) -> Vec<String> {
        let icu = Icu::new(locale, "", false).expect("a known locale");
        texts.sort_by(|left, right| icu.compare(left, right));
        texts.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn orders_by_locale() {
        assert_eq!(
            sorted("en-US", vec!["z", "B", "a", "b", "ä", "A"]),
            ["a", "A", "ä", "b", "B", "z"]
        );
        assert_eq!(sorted("sv_SE", vec!["ä", "z", "a", "å"]), ["a", "z", "å", "ä"]);
        assert_eq!(sorted("en-u-kn-true", vec!["10", "9"]), ["9", "10"]);
    }

    #[test]
    fn follows_no_settings_it_does_not_know() {
        for locale in
            ["en-u-ks-level2", "en-u-ka-shifted", "de@collation=phonebook", "not a locale"]
        {
            assert!(Icu::new(locale, "", false).is_none(), "{locale}");
        }
    }

    #[test]
    fn its_sample_is_in_order_and_of_bearable_size() {
        let sample = Icu::new("en-US", "ä", false).expect("a known locale").sample();
        assert!(sample.len() < 40_000, "{}", sample.len());
        assert!(!sample.iter().any(|text| text.contains('ä')));
    }
}
