//! Without a ledger nobody knows whether the main database has a window, if the process died before it heard: the window is
//! sent again. So its statements come to the same when they run twice: rows that are created overwrite those that are there
//! under their keys, increments are the values that came of them here, and a row that is not there is no surprise. The last
//! writer wins.

use super::dialect::Statement;
use crate::ids::Seq;
use crate::outbox::Change;

/// The commits with the results of increments in place of what was added.
pub fn commits(commits: &[(Seq, Vec<Change>)]) -> Vec<(Seq, Vec<Change>)> {
    let mut commits = commits.to_vec();
    for (_, changes) in &mut commits {
        for column in changes.iter_mut().flat_map(|change| &mut change.columns) {
            column.delta = None;
        }
    }
    commits
}

/// The row may have gone, or come, the first time.
pub fn expect_nothing(statements: &mut [Statement]) {
    for statement in statements {
        statement.expect = None;
    }
}
