//! `contains`, `startsWith`, `endsWith`.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};

use super::{PURE, unheld};
use crate::schema::Provider;

/// Whether a pattern goes on before and after what is given of it.
#[derive(Clone, Copy)]
pub struct Ends {
    before: bool,
    after: bool,
}

const NAMES: [(&str, &str, Ends); 4] = [
    ("sharded_contains", "string_contains", Ends { before: true, after: true }),
    ("sharded_starts_with", "string_starts_with", Ends { before: false, after: true }),
    ("sharded_ends_with", "string_ends_with", Ends { before: true, after: false }),
    ("sharded_like", "", Ends { before: false, after: false }),
];

impl Ends {
    /// Of a string filter on Json.
    pub fn of(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, json, _)| *json == name).map(|(.., ends)| *ends)
    }
}

pub fn register(conn: &Connection, provider: Provider) -> Result<()> {
    if provider == Provider::Mysql {
        return register_alike(conn, |one, other| one == other);
    }
    let like: fn(&[u8], &[u8], Ends) -> Result<bool> = match provider {
        Provider::Sqlite => |text, pattern, ends| Ok(like_sqlite(text, pattern, ends)),
        _ => like_bytes,
    };
    for (name, _, ends) in NAMES {
        conn.create_scalar_function(name, 2, PURE, move |context| {
            match (context.get_raw(0), context.get_raw(1)) {
                (ValueRef::Text(text), ValueRef::Text(pattern)) => {
                    like(text, pattern, ends).map(Some)
                }
                _ => Ok(None),
            }
        })?;
    }
    Ok(())
}

/// The same by a collation of `MySQL`: letter by letter.
pub fn register_alike<A>(conn: &Connection, alike: A) -> Result<()>
where
    A: Fn(char, char) -> bool + Clone + Send + Sync + 'static,
{
    for (name, _, ends) in NAMES {
        let alike = alike.clone();
        conn.create_scalar_function(name, 2, PURE, move |context| {
            match (context.get_raw(0), context.get_raw(1)) {
                (ValueRef::Text(text), ValueRef::Text(pattern)) => {
                    Ok(Some(like_mysql(text, pattern, ends, &alike)))
                }
                _ => Ok(None),
            }
        })?;
    }
    Ok(())
}

fn like_mysql(
    text: &[u8],
    pattern: &[u8],
    Ends { before, after }: Ends,
    alike: impl Fn(char, char) -> bool,
) -> bool {
    let text: Vec<char> = String::from_utf8_lossy(text).chars().collect();
    let mut pattern = String::from_utf8_lossy(pattern).into_owned();
    if !after && ends_escaping(&pattern) {
        // Nothing follows that it could escape: a letter like others.
        pattern.push('\\');
    }
    tokens(&pattern, before, after).is_some_and(|tokens| matches(&text, &tokens, alike))
}

fn ends_escaping(pattern: &str) -> bool {
    pattern.chars().rev().take_while(|char| *char == '\\').count() % 2 == 1
}

/// `column LIKE '%' || value || '%'` as `PostgreSQL` reads it: `%` and `_` in the value are wildcards, `\` escapes.
pub fn like(text: &str, pattern: &str, ends: Ends) -> Result<bool> {
    like_bytes(text.as_bytes(), pattern.as_bytes(), ends)
}

fn like_bytes(text: &[u8], pattern: &[u8], Ends { before, after }: Ends) -> Result<bool> {
    if !pattern.iter().any(|byte| matches!(byte, b'%' | b'_' | b'\\')) {
        return Ok(match (before, after) {
            (true, true) => contains(text, pattern),
            (true, false) => text.ends_with(pattern),
            (false, true) => text.starts_with(pattern),
            (false, false) => text == pattern,
        });
    }
    let text: Vec<char> = String::from_utf8_lossy(text).chars().collect();
    match tokens(&String::from_utf8_lossy(pattern), before, after) {
        Some(tokens) => Ok(matches(&text, &tokens, |one, other| one == other)),
        // An error there, for a text that its matching reads so far: its own algorithm decides, so it is asked.
        None => Err(unheld()),
    }
}

/// The same as `SQLite` reads it: nothing escapes, and letters of ASCII are the same in both cases.
fn like_sqlite(text: &[u8], pattern: &[u8], Ends { before, after }: Ends) -> bool {
    let lower = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let text: Vec<char> = lower(text).chars().collect();
    let pattern = lower(pattern);
    let inner = pattern.chars().map(|char| match char {
        '%' => Token::Any,
        '_' => Token::One,
        other => Token::Char(other),
    });
    let any = |wanted: bool| wanted.then_some(Token::Any);
    let tokens: Vec<Token> = any(before).into_iter().chain(inner).chain(any(after)).collect();
    matches(&text, &tokens, |one, other| one == other)
}

fn contains(text: &[u8], needle: &[u8]) -> bool {
    needle.is_empty() || text.windows(needle.len()).any(|window| window == needle)
}

#[derive(Clone, Copy, PartialEq)]
enum Token {
    Any,
    One,
    Char(char),
}

/// `None` for a pattern that ends with an escape of nothing.
fn tokens(pattern: &str, before: bool, after: bool) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    if before {
        tokens.push(Token::Any);
    }
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        tokens.push(match char {
            '%' => Token::Any,
            '_' => Token::One,
            '\\' => match chars.next() {
                Some(escaped) => Token::Char(escaped),
                // The pattern's own closing `%` is what the backslash escapes.
                None if after => return Some([tokens, vec![Token::Char('%')]].concat()),
                None => return None,
            },
            other => Token::Char(other),
        });
    }
    if after {
        tokens.push(Token::Any);
    }
    Some(tokens)
}

/// Greedy matching with one point of return: the last `%`.
fn matches(text: &[char], tokens: &[Token], alike: impl Fn(char, char) -> bool) -> bool {
    let (mut at, mut token) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match tokens.get(token) {
            Some(Token::Any) => {
                retry = Some((at, token));
                token += 1;
            }
            Some(Token::One) => {
                at += 1;
                token += 1;
            }
            Some(Token::Char(char)) if alike(*char, text[at]) => {
                at += 1;
                token += 1;
            }
            _ => {
                let Some((from, any)) = retry else { return false };
                retry = Some((from + 1, any));
                at = from + 1;
                token = any + 1;
            }
        }
    }
    tokens[token..].iter().all(|token| *token == Token::Any)
}
