//! Strings that put a collation to the test: in our order, for the main database to check.

use std::path::Path;

use super::facts::collation;
use super::weights::letters;
use super::{Collation, Tables, Weights};

/// For ICU the strings, joined by U+0001; for a table of weights JSON, `[text, 1 when it equals the one before]`. `None` where
/// there is nothing to try.
pub fn sample(fact: &str, folder: &Path) -> Option<String> {
    match collation(fact, &Tables::default(), folder).ok()?? {
        Collation::Icu(icu) => Some(icu.sample().join("\u{1}")),
        Collation::Weights(weights) => Some(weighed(&weights)),
        Collation::Bytes | Collation::Padded => None,
    }
}

const RANDOM_TEXTS: usize = 2_000;

fn weighed(weights: &Weights) -> String {
    let mut texts: Vec<String> = Vec::new();
    for char in letters().step_by(11) {
        texts.extend([format!("{char}"), format!("{char}a"), format!("{char} ")]);
    }
    for first in ('A'..='Z').chain('a'..='z') {
        texts.extend(('a'..='z').map(|second| format!("{first}{second}")));
        texts.extend(['\u{301}', '\u{308}', '\u{327}'].map(|mark| format!("{first}{mark}b")));
    }
    let all: Vec<char> = letters().collect();
    let mut state: u32 = 20_261_126;
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as usize % limit
    };
    for _ in 0..RANDOM_TEXTS {
        let start = below(all.len());
        let text: String = (0..=below(5)).map(|_| all[(start + below(40)) % all.len()]).collect();
        texts.extend([text.to_uppercase(), text]);
    }
    texts.retain(|text| text.chars().count() < 60 && weights.is_sure_of(text));
    texts.sort_by(|left, right| weights.compare(left, right).0);
    let told = |(at, text): (usize, &String)| {
        let equal = at > 0 && weights.compare(&texts[at - 1], text).0.is_eq();
        (text.clone(), u8::from(equal))
    };
    let told: Vec<(String, u8)> = texts.iter().enumerate().map(told).collect();
    serde_json::to_string(&told).expect("texts and numbers are JSON")
}
