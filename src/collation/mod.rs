//! How the main database compares strings: read from it when a block is made, kept in the block file, followed here.
//!
//! | rule | equality | order | example |
//! |---|---|---|---|
//! | bytes | bytes | bytes | `C`, `POSIX`, `C.UTF-8`; SQLite |
//! | ordered | bytes | a collation named in the statement | `PostgreSQL` with ICU |
//! | declared | the columns' own collation | the same | `MySQL`: `utf8mb4_unicode_ci` |
//! | unordered | bytes | main | `PostgreSQL` with libc's `en_US.utf8` |
//! | foreign | main | main | a nondeterministic collation |

mod facts;
mod folding;
mod icu;
mod tables;
mod trial;
mod trusted;
mod weights;

use std::cmp::Ordering;
use std::sync::Arc;

pub use facts::{Rule, Strings};
pub use folding::Folding;
pub use icu::Icu;
pub use tables::Tables;
pub use trial::sample;
pub use weights::Weights;

/// What string columns of a `MySQL` main database are declared with in the block file.
pub const DECLARED: &str = "sharded_main";

/// One order of strings that we can follow.
#[derive(Debug, Clone)]
pub enum Collation {
    Bytes,
    /// Bytes, but blanks at the end do not count.
    Padded,
    Icu(Arc<Icu>),
    Weights(Arc<Weights>),
}

impl Collation {
    /// The order, and whether the main database would have said the same.
    pub fn compare(&self, left: &str, right: &str) -> (Ordering, bool) {
        match self {
            Self::Bytes => (left.cmp(right), true),
            Self::Padded => (padded(left.as_bytes(), right.as_bytes()), true),
            Self::Icu(_) if left == right => (Ordering::Equal, true),
            Self::Icu(icu) => {
                (icu.compare(left, right), icu.is_sure_of(left) && icu.is_sure_of(right))
            }
            Self::Weights(weights) => weights.compare(left, right),
        }
    }
}

fn padded(left: &[u8], right: &[u8]) -> Ordering {
    let common = left.len().min(right.len());
    let blank = |rest: &[u8]| {
        rest.iter().find(|byte| **byte != b' ').map_or(Ordering::Equal, |byte| byte.cmp(&b' '))
    };
    let (head, other) = (&left[..common], &right[..common]);
    head.cmp(other)
        .then_with(|| blank(&left[common..]))
        .then_with(|| blank(&right[common..]).reverse())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pads_with_blanks() {
        let order = |left, right| Collation::Padded.compare(left, right).0;
        assert_eq!(order("a", "a  "), Ordering::Equal);
        assert_eq!(order("a\t", "a"), Ordering::Less);
        assert_eq!(order("a", "a b"), Ordering::Less);
        assert_eq!(order("A", "a"), Ordering::Less);
    }
}
