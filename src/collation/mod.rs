//! How the main database compares strings: read from it when a block is made, kept in the block file, followed here.
//!
//! | rule | equality | order | example |
//! |---|---|---|---|
//! | bytes | bytes | bytes | `C`, `POSIX`, `C.UTF-8`; SQLite |
//! | ordered | bytes | a collation named in the statement | `PostgreSQL` with ICU |
//! | unordered | bytes | main | `PostgreSQL` with libc's `en_US.utf8` |
//! | foreign | main | main | a nondeterministic collation |

mod facts;
mod folding;
mod icu;
mod trusted;

use std::cmp::Ordering;

pub use facts::{Rule, Strings};
pub use folding::Folding;
pub use icu::Icu;

/// One order of strings that we can follow.
#[derive(Debug)]
pub enum Collation {
    Bytes,
    Icu(Box<Icu>),
}

impl Collation {
    pub fn compare(&self, left: &str, right: &str) -> Ordering {
        match self {
            Self::Bytes => left.cmp(right),
            Self::Icu(icu) => icu.compare(left, right),
        }
    }

    /// Would the main database have compared these two the same?
    pub fn is_sure_of(&self, left: &str, right: &str) -> bool {
        match self {
            Self::Bytes => true,
            Self::Icu(icu) => left == right || (icu.is_sure_of(left) && icu.is_sure_of(right)),
        }
    }
}

/// Strings in the order of that collation (a fact's JSON), for the main database to check; `None` when we have none.
pub fn sample(fact: &str) -> Option<Vec<String>> {
    facts::collation(fact).and_then(|collation| match collation {
        Collation::Icu(icu) => Some(icu.sample()),
        Collation::Bytes => None,
    })
}
