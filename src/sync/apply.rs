//! A window of commits as the JSON text that the applier in JS runs. Its fields:
//!
//! ```text
//! origin, base, first, last, initial, current, epoch, commits
//! claim      {sql, params, opens}  advances the ledger from base to last; touches one row or nobody may apply;
//!                              `opens`, where there is one, runs before it
//! statements [{sql, params, expect, model, kind, first, last, returning, select}]
//! single     {rows, changes}   only when the window is one commit: what a refusal records and reverts
//! ```
//! A NULL among the parameters of a claim is the block's id, which JS puts there.

use serde::Serialize;

use super::dialect::{self, Call, Claim, Statement};
use super::protocol;
use crate::ids::Seq;
use crate::outbox::{Change, ChangeKind, Window};
use crate::schema::Schema;

#[derive(Serialize)]
struct Work<'a> {
    origin: &'a str,
    base: i64,
    first: i64,
    last: i64,
    initial: bool,
    current: bool,
    epoch: i64,
    commits: usize,
    claim: Claim,
    statements: Vec<StatementOut<'a>>,
    single: Option<Single>,
}

#[derive(Serialize)]
struct StatementOut<'a> {
    sql: &'a str,
    params: &'a [dialect::Param],
    expect: Option<usize>,
    model: &'a str,
    kind: &'static str,
    first: i64,
    last: i64,
    returning: Option<Returning<'a>>,
    select: Option<&'a Call>,
}

/// Columns whose value the main database computes: read back as text and written to the block.
#[derive(Serialize)]
struct Returning<'a> {
    fields: Vec<&'a str>,
    local: &'a [Option<String>],
    row: protocol::RowRef,
}

#[derive(Serialize)]
struct Single {
    rows: Vec<protocol::RowRef>,
    changes: Vec<serde_json::Value>,
}

/// The work of a window, under an applier's fencing epoch (0 where a file lock elects the applier).
pub fn work_json(schema: &Schema, window: &Window, epoch: i64) -> String {
    let statements = dialect::statements(schema, &window.commits);
    let single = match window.commits.as_slice() {
        [(_, changes)] => Some(Single {
            rows: protocol::touched_rows(schema, changes),
            changes: changes.iter().map(|change| protocol::change(schema, change)).collect(),
        }),
        _ => None,
    };
    let work = Work {
        origin: &window.origin,
        base: window.base.0,
        first: window.first.0,
        last: window.last.0,
        initial: window.initial,
        current: window.current,
        epoch,
        commits: window.commits.len(),
        claim: dialect::claim(schema.provider, window, epoch),
        statements: statements.iter().map(|statement| out(schema, statement)).collect(),
        single,
    };
    serde_json::to_string(&work).expect("strings, numbers and booleans always serialise")
}

fn out<'a>(schema: &'a Schema, statement: &'a Statement) -> StatementOut<'a> {
    let model = schema.model(statement.model);
    StatementOut {
        sql: &statement.sql,
        params: &statement.params,
        expect: statement.expect,
        model: &model.name,
        kind: kind_name(statement.kind),
        first: statement.first.0,
        last: statement.last.0,
        returning: statement.returning.as_ref().map(|returning| Returning {
            fields: returning.fields.iter().map(|id| model.field(*id).name.as_str()).collect(),
            local: &returning.local,
            row: protocol::row_ref(schema, model, &returning.key),
        }),
        select: statement.select.as_ref(),
    }
}

pub(super) fn kind_name(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Create => "create",
        ChangeKind::Update => "update",
        ChangeKind::Delete => "delete",
    }
}

/// Changes of several commits that one statement can carry: neighbours in execution order, never reordered.
pub(super) struct Run<'a> {
    pub first: Seq,
    pub last: Seq,
    pub changes: Vec<&'a Change>,
}

/// Cuts commits into runs of neighbouring creates, or deletes, of one model. Updates stand alone.
pub(super) fn runs(commits: &[(Seq, Vec<Change>)]) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for (seq, changes) in commits {
        for change in changes {
            match runs.last_mut().filter(|run| joins(run.changes[0], change)) {
                Some(run) => {
                    run.last = *seq;
                    run.changes.push(change);
                }
                None => runs.push(Run { first: *seq, last: *seq, changes: vec![change] }),
            }
        }
    }
    runs
}

fn joins(run: &Change, next: &Change) -> bool {
    let same_columns = || {
        run.columns.len() == next.columns.len()
            && run
                .columns
                .iter()
                .zip(&next.columns)
                .all(|(ours, theirs)| ours.field == theirs.field)
    };
    run.kind == next.kind
        && run.model == next.model
        && run.cascaded == next.cascaded
        && match run.kind {
            ChangeKind::Create => same_columns(),
            ChangeKind::Delete => true,
            ChangeKind::Update => false,
        }
}
