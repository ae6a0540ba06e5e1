//! `contains`, `startsWith`, `endsWith`.

use rusqlite::functions::Context;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};

use super::{PURE, raise};
use crate::schema::Provider;

pub fn register(conn: &Connection, provider: Provider) -> Result<()> {
    let like = if provider == Provider::Sqlite { like_sqlite } else { like };
    for (name, before, after) in [
        ("sharded_contains", true, true),
        ("sharded_starts_with", false, true),
        ("sharded_ends_with", true, false),
    ] {
        conn.create_scalar_function(name, 2, PURE, move |context| like(context, before, after))?;
    }
    Ok(())
}

/// `column LIKE '%' || value || '%'` as `PostgreSQL` reads it: `%` and `_` in the value are wildcards, `\` escapes.
fn like(context: &Context, before: bool, after: bool) -> Result<Option<bool>> {
    let (ValueRef::Text(text), ValueRef::Text(pattern)) = (context.get_raw(0), context.get_raw(1))
    else {
        return Ok(None);
    };
    if !pattern.iter().any(|byte| matches!(byte, b'%' | b'_' | b'\\')) {
        return Ok(Some(match (before, after) {
            (true, true) => contains(text, pattern),
            (true, false) => text.ends_with(pattern),
            _ => text.starts_with(pattern),
        }));
    }
    let text: Vec<char> = String::from_utf8_lossy(text).chars().collect();
    let tokens = tokens(&String::from_utf8_lossy(pattern), before, after)?;
    Ok(Some(matches(&text, &tokens)))
}

/// The same as `SQLite` reads it: nothing escapes, and letters of ASCII are the same in both cases.
fn like_sqlite(context: &Context, before: bool, after: bool) -> Result<Option<bool>> {
    let (ValueRef::Text(text), ValueRef::Text(pattern)) = (context.get_raw(0), context.get_raw(1))
    else {
        return Ok(None);
    };
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
    Ok(Some(matches(&text, &tokens)))
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

fn tokens(pattern: &str, before: bool, after: bool) -> Result<Vec<Token>> {
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
                None if after => return Ok([tokens, vec![Token::Char('%')]].concat()),
                None => {
                    return Err(raise(
                        "P2039",
                        "22025",
                        "LIKE pattern must not end with escape character",
                    ));
                }
            },
            other => Token::Char(other),
        });
    }
    if after {
        tokens.push(Token::Any);
    }
    Ok(tokens)
}

/// Greedy matching with one point of return: the last `%`.
fn matches(text: &[char], tokens: &[Token]) -> bool {
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
            Some(Token::Char(char)) if *char == text[at] => {
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
