//! Code points whose place in ICU's order is the same in every version that we know of.
//!
//! The crate's order is that of its CLDR version, the main database's that of the ICU it was built with. They differ for
//! letters that one of them does not know yet, for some that were moved (curly quotes, Roman numerals), for Han (the
//! crate orders them by number), and for sequences of combining marks that are not normalised, which ICU as `PostgreSQL` calls it
//! takes as they come. A comparison that meets any of these is left to the main database.

const RANGES: [(u32, u32); 104] = [
    (0x0001, 0x033F),
    (0x0342, 0x0342),
    (0x0345, 0x034E),
    (0x0370, 0x0377),
    (0x037A, 0x037F),
    (0x0384, 0x038A),
    (0x038C, 0x038C),
    (0x038E, 0x03A1),
    (0x03A3, 0x0482),
    (0x048A, 0x052F),
    (0x0531, 0x0556),
    (0x0559, 0x058A),
    (0x058D, 0x058F),
    (0x05BE, 0x05BE),
    (0x05C0, 0x05C0),
    (0x05C3, 0x05C3),
    (0x05C6, 0x05C6),
    (0x05D0, 0x05EA),
    (0x05EF, 0x05F2),
    (0x0606, 0x060F),
    (0x061B, 0x061B),
    (0x061D, 0x064A),
    (0x0660, 0x066F),
    (0x0671, 0x06D5),
    (0x06DE, 0x06DE),
    (0x06E5, 0x06E6),
    (0x06E9, 0x06E9),
    (0x06EE, 0x06FF),
    (0x0E01, 0x0E30),
    (0x0E32, 0x0E33),
    (0x0E3F, 0x0E46),
    (0x0E4F, 0x0E5B),
    (0x1E00, 0x1F15),
    (0x1F18, 0x1F1D),
    (0x1F20, 0x1F45),
    (0x1F48, 0x1F4D),
    (0x1F50, 0x1F57),
    (0x1F59, 0x1F59),
    (0x1F5B, 0x1F5B),
    (0x1F5D, 0x1F5D),
    (0x1F5F, 0x1F7D),
    (0x1F80, 0x1FB4),
    (0x1FB6, 0x1FC4),
    (0x1FC6, 0x1FD3),
    (0x1FD6, 0x1FDB),
    (0x1FDD, 0x1FEF),
    (0x1FF2, 0x1FF4),
    (0x1FF6, 0x1FFE),
    (0x2000, 0x2017),
    (0x2020, 0x2029),
    (0x202F, 0x2060),
    (0x2070, 0x2071),
    (0x2074, 0x208E),
    (0x2090, 0x209C),
    (0x20A0, 0x20A6),
    (0x20A9, 0x20C0),
    (0x2100, 0x217F),
    (0x2183, 0x2185),
    (0x2189, 0x218B),
    (0x2190, 0x2426),
    (0x2440, 0x244A),
    (0x2460, 0x2B73),
    (0x2B76, 0x2B95),
    (0x2B97, 0x2BFF),
    (0x3001, 0x3004),
    (0x3006, 0x3006),
    (0x3008, 0x301C),
    (0x3020, 0x3020),
    (0x3030, 0x3037),
    (0x303C, 0x303F),
    (0x3041, 0x3096),
    (0x309B, 0x30FF),
    (0xAC00, 0xD7A3),
    (0xFE0E, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFF01, 0xFFBE),
    (0xFFC2, 0xFFC7),
    (0xFFCA, 0xFFCF),
    (0xFFD2, 0xFFD7),
    (0xFFDA, 0xFFDC),
    (0xFFE0, 0xFFE6),
    (0xFFE8, 0xFFEE),
    (0x1F300, 0x1F6D7),
    (0x1F6DC, 0x1F6EC),
    (0x1F6F0, 0x1F6FC),
    (0x1F700, 0x1F776),
    (0x1F77B, 0x1F7D9),
    (0x1F7E0, 0x1F7EB),
    (0x1F7F0, 0x1F7F0),
    (0x1F800, 0x1F80B),
    (0x1F810, 0x1F847),
    (0x1F850, 0x1F859),
    (0x1F860, 0x1F887),
    (0x1F890, 0x1F8AD),
    (0x1F8B0, 0x1F8B1),
    (0x1F900, 0x1FA53),
    (0x1FA60, 0x1FA6D),
    (0x1FA70, 0x1FA7C),
    (0x1FA80, 0x1FA88),
    (0x1FA90, 0x1FABD),
    (0x1FABF, 0x1FAC5),
    (0x1FACE, 0x1FADB),
    (0x1FAE0, 0x1FAE8),
    (0x1FAF0, 0x1FAF8),
];

/// Combining marks; trusted directly after an ASCII character, where no order of marks can be wrong.
const MARKS: (u32, u32) = (0x0300, 0x034E);

pub fn is_trusted(char: char) -> bool {
    let code = u32::from(char);
    let at = RANGES.partition_point(|(_, last)| *last < code);
    RANGES.get(at).is_some_and(|(first, _)| *first <= code)
}

pub fn is_mark(char: char) -> bool {
    (MARKS.0..=MARKS.1).contains(&u32::from(char))
}

/// Is the whole text within what is known to compare the same?
pub fn trusts(text: &str, distrust: &[char]) -> bool {
    if text.is_ascii() {
        return !text.as_bytes().contains(&0);
    }
    let mut previous = '\0';
    text.chars().all(|char| {
        let known = char.is_ascii()
            || is_trusted(char)
                && (!is_mark(char) || previous.is_ascii_graphic() || previous == ' ')
                && !distrust.contains(&char);
        previous = char;
        known
    })
}

/// Every trusted code point, Hangul syllables (which follow one rule) thinned out.
pub fn code_points() -> impl Iterator<Item = char> {
    let chars = RANGES.iter().flat_map(|(first, last)| *first..=*last);
    chars
        .filter(|code| !(0xAC00..=0xD7A3).contains(code) || code % 64 == 0)
        .filter_map(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_letters_and_doubts_the_rest() {
        for text in
            ["", "Ann", "Émile", "e\u{301}", "Привет", "かな", "💡 idea", "한국어", "a\tb\n"]
        {
            assert!(trusts(text, &[]), "{text}");
        }
        for text in
            ["日本", "it\u{2019}s", "é\u{323}", "a\u{301}\u{323}", "\u{301}", "ↀ", "\u{1FAE9}"]
        {
            assert!(!trusts(text, &[]), "{text}");
        }
        assert!(!trusts("naïve", &['ï']));
    }

    #[test]
    fn its_ranges_are_sorted() {
        assert!(RANGES.windows(2).all(|pair| pair[0].1 < pair[1].0));
    }
}
