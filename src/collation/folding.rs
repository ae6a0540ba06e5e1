//! What the main database's `lower` makes of letters: `mode: 'insensitive'` compares by it.
//!
//! A locale of libc decides letter by letter, and which letters it knows depends on the server's age; so the main database
//! is asked for all of them, and what differs from our own table is kept. ICU also looks at the letters around; that is known
//! of one letter, the sigma, which is left to main.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Beyond these no letter has two cases.
const LAST: u32 = 0x1_FFFF;
const SIGMA: char = 'Σ';

#[derive(Debug, Serialize, Deserialize)]
pub struct Folding {
    /// Only A to Z have two cases.
    ascii: bool,
    /// The version of our table: what differs from it means nothing to another.
    unicode: (u8, u8, u8),
    /// Letters in which the main database differs.
    except: BTreeMap<char, String>,
    /// It looks at what stands around a letter.
    context: bool,
}

impl Folding {
    /// What the main database said: each letter that `lower` changes, followed by what it makes of it, joined by U+0001.
    pub fn told(pairs: &str, context: bool) -> Self {
        let mut theirs: BTreeMap<char, String> = BTreeMap::new();
        for pair in pairs.split('\u{1}') {
            let mut chars = pair.chars();
            if let Some(letter) = chars.next() {
                theirs.insert(letter, chars.collect());
            }
        }
        let ascii = theirs.len() == 26 && theirs.keys().all(char::is_ascii_uppercase);
        let mut except = BTreeMap::new();
        for letter in (0..=LAST).filter_map(char::from_u32).filter(|_| !ascii) {
            let theirs = theirs.remove(&letter).unwrap_or_else(|| letter.to_string());
            if theirs != lower(letter).to_string() {
                except.insert(letter, theirs);
            }
        }
        Self { ascii, unicode: char::UNICODE_VERSION, except, context }
    }

    pub fn is_current(&self) -> bool {
        self.ascii || self.unicode == char::UNICODE_VERSION
    }

    /// Is what `fold` makes of that text what the main database would?
    pub fn is_sure_of(&self, text: &str) -> bool {
        !self.context || !text.contains(SIGMA)
    }

    pub fn fold<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.ascii {
            return Cow::Owned(text.to_ascii_lowercase());
        }
        let plain = text.is_ascii() && self.except.range('\0'..='\x7f').next().is_none();
        if plain {
            let capital = text.bytes().any(|byte| byte.is_ascii_uppercase());
            return if capital { text.to_ascii_lowercase().into() } else { text.into() };
        }
        let mut folded = String::with_capacity(text.len());
        for letter in text.chars() {
            match self.except.get(&letter) {
                Some(theirs) => folded.push_str(theirs),
                None => folded.push(lower(letter)),
            }
        }
        Cow::Owned(folded)
    }
}

/// One letter for one letter, as libc has it.
fn lower(letter: char) -> char {
    let mut lower = letter.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(only), None) => only,
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_without_letters_beyond_ascii_changes_none() {
        let pairs: Vec<String> =
            ('A'..='Z').map(|letter| format!("{letter}{}", letter.to_ascii_lowercase())).collect();
        let folding = Folding::told(&pairs.join("\u{1}"), false);
        assert_eq!(folding.fold("ÉCLAIR İ"), "Éclair İ");
    }

    #[test]
    fn what_the_main_database_does_otherwise_is_kept() {
        let all = (0..=LAST).filter_map(char::from_u32).filter(|letter| *letter != lower(*letter));
        let pairs = all.map(|letter| match letter {
            'I' => "Iı".to_owned(),
            other => format!("{other}{}", lower(other)),
        });
        let folding = Folding::told(&pairs.collect::<Vec<_>>().join("\u{1}"), true);
        assert_eq!(folding.fold("ISIK Écru"), "ısık écru");
        assert_eq!(folding.except.len(), 1);
        assert!(folding.is_sure_of("I") && !folding.is_sure_of("ΟΔΟΣ"));
    }
}
