//! `MySQL`'s collations with one level of weights, by the table that the main database itself gave (`js/collation/mysql.js`).
//!
//! A table is text: from each line's code point on (hexadecimal) its rule holds, up to the next line's.
//!
//! | rule | weights of a code point |
//! |---|---|
//! | `=` | itself |
//! | `i` and a base | the two of the base that UCA derives from the code point |
//! | `-` | none: it is ignored |
//! | hexadecimal | these, four digits each |
//!
//! A line `+63 68` before them says that these two letters weigh something else together: text that has them is for main to
//! compare.

use std::cmp::Ordering;

use smallvec::{SmallVec, smallvec};

#[derive(Debug, Clone, Copy)]
enum Rule {
    Itself,
    Implied(u16),
    Given { from: u32, count: u8 },
}

#[derive(Debug)]
pub struct Weights {
    /// First code points, ascending, and their rules.
    runs: Vec<(u32, Rule)>,
    given: Vec<u16>,
    /// For each code point below 65,536 its run.
    low: Vec<u32>,
    /// Letters that contract with the one after them.
    pairs: Vec<(char, char)>,
    /// What trailing blanks are worth, where they do not count (`PAD SPACE`).
    pad: Option<u16>,
}

type Few = SmallVec<[u16; 4]>;

impl Weights {
    /// `None`: not a table.
    pub fn parse(text: &str, pad: bool) -> Option<Self> {
        let mut weights = Self {
            runs: Vec::new(),
            given: Vec::new(),
            low: Vec::new(),
            pairs: Vec::new(),
            pad: None,
        };
        for line in text.lines() {
            let (code, rule) = line.split_once(' ')?;
            if let Some(first) = code.strip_prefix('+') {
                weights.pairs.push((letter(first)?, letter(rule)?));
                continue;
            }
            let code = u32::from_str_radix(code, 16).ok()?;
            if weights.runs.last().is_some_and(|(before, _)| *before >= code) {
                return None;
            }
            let rule = weights.rule(rule)?;
            weights.runs.push((code, rule));
        }
        if weights.runs.first()?.0 != 0 {
            return None;
        }
        weights.low = (0..0x1_0000).map(|code| weights.find(code)).collect();
        if pad {
            weights.pad = Some(*weights.of(' ').first()?);
        }
        Some(weights)
    }

    fn rule(&mut self, rule: &str) -> Option<Rule> {
        if let Some(base) = rule.strip_prefix('i') {
            return u16::from_str_radix(base, 16).ok().map(Rule::Implied);
        }
        if rule == "=" {
            return Some(Rule::Itself);
        }
        let digits = if rule == "-" { "" } else { rule };
        let from = u32::try_from(self.given.len()).ok()?;
        for at in (0..digits.len()).step_by(4) {
            self.given.push(u16::from_str_radix(digits.get(at..at + 4)?, 16).ok()?);
        }
        Some(Rule::Given { from, count: u8::try_from(digits.len() / 4).ok()? })
    }

    fn find(&self, code: u32) -> u32 {
        let after = self.runs.partition_point(|(first, _)| *first <= code);
        u32::try_from(after - 1)
            .expect("the first run begins at 0, and there are fewer runs than code points")
    }

    fn of(&self, char: char) -> Few {
        let code = u32::from(char);
        let run = self.low.get(code as usize).copied().unwrap_or_else(|| self.find(code));
        let low = |code: u32| u16::try_from(code & 0xFFFF).expect("16 bits");
        match self.runs[run as usize].1 {
            Rule::Itself => smallvec![low(code)],
            Rule::Implied(base) => smallvec![base + low(code >> 15), low(code & 0x7FFF | 0x8000)],
            Rule::Given { from, count } => {
                let from = from as usize;
                Few::from_slice(&self.given[from..from + usize::from(count)])
            }
        }
    }

    /// The order, and whether it is beyond doubt: a letter that may contract with the next decides nothing.
    pub fn compare(&self, left: &str, right: &str) -> (Ordering, bool) {
        if left == right {
            return (Ordering::Equal, true);
        }
        let (mut left, mut right) = (Scan::of(self, left), Scan::of(self, right));
        loop {
            let order = match (left.next(), right.next()) {
                (None, None) => return (Ordering::Equal, left.sure && right.sure),
                (Some(weight), None) => self.against_blank(weight),
                (None, Some(weight)) => self.against_blank(weight).reverse(),
                (Some(one), Some(other)) => one.cmp(&other),
            };
            if order.is_ne() {
                return (order, left.sure && right.sure);
            }
        }
    }

    /// A text that goes on where the other has ended.
    fn against_blank(&self, weight: u16) -> Ordering {
        self.pad.map_or(Ordering::Greater, |blank| weight.cmp(&blank))
    }

    /// Is every letter of the text one that weighs the same among others as alone?
    pub fn is_sure_of(&self, text: &str) -> bool {
        let mut scan = Scan::of(self, text);
        scan.by_ref().for_each(drop);
        scan.sure
    }

    /// Are these one letter to `LIKE`?
    pub fn alike(&self, left: char, right: char) -> bool {
        left == right
            || !(self.replaced(left) || self.replaced(right)) && self.of(left) == self.of(right)
    }

    /// Letters beyond the table of UCA 4.0 weigh as one; `LIKE` tells them apart all the same. (To `utf8mb4_general_ci` each is
    /// U+FFFD itself.)
    fn replaced(&self, char: char) -> bool {
        char > '\u{FFFF}'
            && self.of(char).as_slice() == [0xFFFD]
            && self.of('\u{FFFD}').as_slice() != [0xFFFD]
    }
}

fn letter(digits: &str) -> Option<char> {
    u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
}

/// The weights of a text, one after the other.
struct Scan<'a> {
    weights: &'a Weights,
    chars: std::str::Chars<'a>,
    current: Few,
    at: usize,
    /// The last letter that is no mark.
    base: char,
    sure: bool,
}

impl<'a> Scan<'a> {
    fn of(weights: &'a Weights, text: &'a str) -> Self {
        Self { weights, chars: text.chars(), current: Few::new(), at: 0, base: 'a', sure: true }
    }
}

impl Iterator for Scan<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        while self.at == self.current.len() {
            let char = self.chars.next()?;
            self.sure &= stands_alone(self.base, char);
            if !is_mark(char) {
                self.base = char;
            }
            if let Some(next) = self.chars.clone().next() {
                let joined = self.weights.pairs.contains(&(char, next));
                self.sure &= !joined && stands_alone(self.base, next);
            }
            self.current = self.weights.of(char);
            self.at = 0;
        }
        self.at += 1;
        Some(self.current[self.at - 1])
    }
}

/// Scripts in which no two letters make one weight in any UCA table, or only with marks that are named here. (Pairs of Latin
/// letters are tried on the main database itself.)
const ALONE: [(u32, u32); 12] = [
    (0x0000, 0x02FF),
    (0x0370, 0x0652),
    (0x0656, 0x06FF),
    (0x0E01, 0x0E3F),
    (0x1100, 0x11FF),
    (0x1E00, 0x2BFF),
    (0x3000, 0xA48F),
    (0xAC00, 0xD7A3),
    (0xE000, 0xFFFD),
    (0x1_D400, 0x1_D7FF),
    (0x1_F000, 0x1_FFFF),
    (0x2_0000, 0x10_FFFF),
];

/// Every letter that stands alone, but for those beyond plane 1.
pub fn letters() -> impl Iterator<Item = char> {
    let codes = ALONE.iter().flat_map(|(first, last)| *first..=(*last).min(0x2_0100));
    codes.filter(|code| *code > 1).filter_map(char::from_u32)
}

const MARKS: (u32, u32) = (0x0300, 0x036F);
/// Marks after Latin letters are among the pairs that were tried.
const LATIN_END: u32 = 0x0250;

fn is_mark(char: char) -> bool {
    (MARKS.0..=MARKS.1).contains(&u32::from(char))
}

fn stands_alone(base: char, char: char) -> bool {
    let code = u32::from(char);
    if code < 0x0300 {
        return true;
    }
    if is_mark(char) {
        return u32::from(base) < LATIN_END;
    }
    let at = ALONE.partition_point(|(_, last)| *last < code);
    ALONE.get(at).is_some_and(|(first, _)| *first <= code)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "0 -\n1 =\n41 000A\n42 000B\n43 =\n61 000A\n62 000B\n63 =\ndf 00730073\ne0 =\n300 -\n370 =\n10000 FFFD\n20000 iFB80";

    fn order(left: &str, right: &str, pad: bool) -> Ordering {
        Weights::parse(TABLE, pad).expect("a table").compare(left, right).0
    }

    #[test]
    fn compares_weight_by_weight() {
        assert_eq!(order("ab", "AB", false), Ordering::Equal);
        assert_eq!(order("a\u{301}b", "AB", false), Ordering::Equal);
        assert_eq!(order("ß", "ss", false), Ordering::Equal);
        assert_eq!(order("a", "b", false), Ordering::Less);
        assert_eq!(order("\u{10000}", "\u{1F600}", false), Ordering::Equal);
        assert_eq!(order("\u{20000}", "\u{20001}", false), Ordering::Less);
    }

    #[test]
    fn blanks_at_the_end_count_where_the_collation_says_so() {
        assert_eq!(order("a", "a  ", true), Ordering::Equal);
        assert_eq!(order("a", "a  ", false), Ordering::Less);
        assert_eq!(order("a", "a\t", true), Ordering::Greater);
    }

    #[test]
    fn doubts_letters_that_may_contract() {
        let weights = Weights::parse(TABLE, true).expect("a table");
        assert!(weights.compare("Émile", "日本").1);
        assert!(!weights.compare("и\u{306}", "и").1);
        assert!(!weights.compare("क्ष", "क").1);
        assert!(weights.compare("abक्ष", "b").1, "decided before");
        let czech = Weights::parse(&format!("+63 68\n{TABLE}"), true).expect("a table");
        assert!(!czech.compare("ch", "d").1);
        assert!(czech.compare("cd", "d").1);
    }

    #[test]
    fn refuses_what_is_no_table() {
        for text in ["", "1 =", "0 =\n0 =", "0 xyz", "0 = =", "zz ="] {
            assert!(Weights::parse(text, false).is_none(), "{text}");
        }
    }
}
