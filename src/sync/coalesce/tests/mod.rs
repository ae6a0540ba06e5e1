//! For any history, the net changes leave a main database as the commits one by one do. The main database is `SQLite`, whose
//! unique and foreign keys are checked at once; what it takes of the history is what a block would have captured.

mod block;
mod world;

use proptest::prelude::*;
use rusqlite::types::Value as Cell;
use rusqlite::{Connection, params_from_iter};

use block::Block;
use world::{TABLES, fresh, rows_of, schema};

use super::{Plan, as_it_happened, coalesced};
use crate::ids::{ModelId, Seq};
use crate::outbox::Change;
use crate::schema::Schema;
use crate::sync::dialect::{Param, statements};

/// Numbers are small, so that rows meet.
#[derive(Clone, Debug)]
enum Op {
    Create {
        table: usize,
        values: Vec<i64>,
    },
    /// Sets one column; column 0 moves a key.
    Set {
        table: usize,
        key: i64,
        column: usize,
        value: i64,
    },
    Add {
        key: i64,
        column: usize,
        by: i64,
    },
    Delete {
        table: usize,
        key: i64,
    },
    Unlink {
        a: i64,
        b: i64,
    },
}

fn op() -> impl Strategy<Value = Op> {
    let small = || 1..6_i64;
    prop_oneof![
        4 => (0..4_usize, prop::collection::vec(0..6_i64, 5)).prop_map(|(table, values)| Op::Create { table, values }),
        5 => (0..3_usize, small(), 0..4_usize, 0..6_i64)
            .prop_map(|(table, key, column, value)| Op::Set { table, key, column, value }),
        3 => (small(), 3..5_usize, -3..4_i64).prop_map(|(key, column, by)| Op::Add { key, column, by }),
        3 => (0..3_usize, small()).prop_map(|(table, key)| Op::Delete { table, key }),
        1 => (small(), small()).prop_map(|(a, b)| Op::Unlink { a, b }),
    ]
}

fn bound(param: &Param) -> Cell {
    match param {
        Param::One(text) => text.clone().map_or(Cell::Null, Cell::Text),
        Param::Number(number) => Cell::Real(*number),
        other => panic!("no such column here: {other:?}"),
    }
}

/// Runs a plan as the applier would. An error when the main database refuses it, or a row is missing.
fn apply(main: &Connection, schema: &Schema, plan: &Plan<'_>) -> Result<usize, String> {
    let statements = statements(schema, plan, true);
    for statement in &statements {
        let describe = |why: String| format!("{why}: {} {:?}", statement.sql, statement.params);
        let mut prepared =
            main.prepare(&statement.sql).map_err(|error| describe(error.to_string()))?;
        let cells = params_from_iter(statement.params.iter().map(bound));
        let touched = if statement.returning.is_some() {
            let rows = prepared
                .query_map(cells, |_| Ok(()))
                .map_err(|error| describe(error.to_string()))?;
            rows.collect::<Result<Vec<_>, _>>().map_err(|error| describe(error.to_string()))?.len()
        } else {
            prepared.execute(cells).map_err(|error| describe(error.to_string()))?
        };
        if statement.expect.is_some_and(|expect| expect != touched) {
            return Err(describe(format!("touched {touched} rows")));
        }
    }
    Ok(statements.len())
}

type History = (Vec<Op>, Vec<Vec<Op>>);

fn history() -> impl Strategy<Value = History> {
    let commits = prop::collection::vec(prop::collection::vec(op(), 1..4), 1..40);
    (prop::collection::vec(op(), 0..30), commits)
}

/// The main database as it was, with what a direct writer did to it since; and the commits.
fn prepare((setup, history): &History) -> (impl Fn() -> Connection, Vec<(Seq, Vec<Change>)>) {
    let block = Block { main: fresh() };
    for op in setup {
        block.run(op);
    }
    let start = rows_of(&block.main);
    let commits: Vec<Vec<Change>> =
        history.iter().map(|ops| ops.iter().flat_map(|op| block.call(op)).collect()).collect();
    let commits =
        (1..).map(Seq).zip(commits).filter(|(_, changes): &(Seq, Vec<Change>)| !changes.is_empty());
    let main = move || {
        let main = fresh();
        main.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        for ((table, columns, _), rows) in TABLES.iter().zip(&start) {
            let slots = vec!["?"; columns.len()].join(", ");
            for row in rows.values() {
                main.execute(
                    &format!("INSERT INTO \"{table}\" VALUES ({slots})"),
                    params_from_iter(row),
                )
                .unwrap();
            }
        }
        main.execute_batch(
            "PRAGMA foreign_keys = ON; UPDATE \"User\" SET hits = hits + 100, score = score + 0.7",
        )
        .unwrap();
        main
    };
    (main, commits.collect())
}

fn check(schema: &Schema, history: &History, apart: &[ModelId]) -> (usize, usize) {
    let (main, commits) = prepare(history);
    let (one, net) = (main(), main());
    let each = as_it_happened(schema, &commits);
    let as_many =
        apply(&one, schema, &each).unwrap_or_else(|why| panic!("one by one: {why}\n{commits:#?}"));
    let plan = coalesced(schema, &commits, apart);
    let fewer = apply(&net, schema, &plan)
        .unwrap_or_else(|why| panic!("net: {why}\n{commits:#?}\n{plan:#?}"));
    assert_eq!(rows_of(&net), rows_of(&one), "{commits:#?}\n{plan:#?}");
    (as_many, fewer)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn net_changes_leave_what_the_commits_leave(history in history()) {
        check(&schema(), &history, &[]);
    }

    #[test]
    fn also_where_a_model_keeps_every_change(history in history(), model in 0..3_u16) {
        check(&schema(), &history, &[ModelId(model)]);
    }
}
