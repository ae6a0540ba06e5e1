//! A window of commits as the JSON text that the applier in JS runs. Its fields:
//!
//! ```text
//! origin, base, first, last, initial, current, epoch, commits
//! coalesced  the statements are net changes
//! full       there is more after it
//! cause      the refused commit on which its one commit depends: {origin, seq}
//! claim      {sql, params, opens}  advances the ledger from base to last; touches one row or nobody may apply;
//!                              `opens`, where there is one, runs before it; null without a ledger
//! whole      claim and statement as one SQL text, with the parameters of the statement and then of the claim; it fails where the
//!                              claim or the statement does not touch what it should; null where there is none
//! statements [{sql, params, expect, model, kind, first, last, returning, select}]
//! single     {rows, changes, payload}   only when the window is one commit: what a refusal records and reverts; as it lies in the
//!                              outbox, in base64, when it goes as it happened: what it may have to wait for
//! ```
//! A NULL among the parameters of a claim is the block's id, which JS puts there.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::{Deserialize, Serialize};

use super::coalesce::{self, Plan};
use super::dialect::{self, Call, Claim, Statement};
use super::{protocol, repeatable};
use crate::ids::{FieldId, ModelId, Seq};
use crate::outbox::{self, Change, ChangeKind, Window};
use crate::schema::{Model, Schema};
use crate::value::Value;

#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "facts of a window, as JS reads them")]
struct Work<'a> {
    origin: &'a str,
    base: i64,
    first: i64,
    last: i64,
    initial: bool,
    current: bool,
    epoch: i64,
    commits: usize,
    coalesced: bool,
    full: bool,
    cause: Option<serde_json::Value>,
    claim: Option<Claim>,
    whole: Option<String>,
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
    rows: Vec<BackOut<'a>>,
}

#[derive(Serialize)]
struct BackOut<'a> {
    row: protocol::RowRef,
    local: &'a [Option<String>],
    last: i64,
    stale: Vec<&'a str>,
}

#[derive(Serialize)]
struct Single {
    rows: Vec<protocol::RowRef>,
    changes: Vec<serde_json::Value>,
    payload: Option<String>,
}

/// How a window is to be sent.
#[derive(Clone, Debug)]
pub struct How {
    /// As net changes; else as it happened.
    coalesce: bool,
    /// Models of which every change is sent all the same.
    apart: Vec<ModelId>,
    /// The applier's fencing epoch; 0 where a file lock elects it.
    epoch: i64,
    /// Without one a window may come twice: see [`super::repeatable`].
    ledger: bool,
}

impl Default for How {
    fn default() -> Self {
        Self { coalesce: false, apart: Vec::new(), epoch: 0, ledger: true }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HowText {
    coalesce: bool,
    #[serde(default)]
    apart: Vec<String>,
    #[serde(default)]
    epoch: i64,
    #[serde(default = "with_ledger")]
    ledger: bool,
}

const fn with_ledger() -> bool {
    true
}

impl How {
    /// Reads `{coalesce, apart?, epoch?, ledger?}`.
    ///
    /// # Errors
    /// What is wrong with the text, or a model that the block does not know.
    pub fn parse(schema: &Schema, text: &str) -> Result<Self, String> {
        let HowText { coalesce, apart, epoch, ledger } =
            serde_json::from_str(text).map_err(|error| format!("how: {error}"))?;
        let id = |name: &String| {
            let known = schema.model_named(name).map(|model| model.id);
            known.ok_or_else(|| format!("apart: the block has no model '{name}'"))
        };
        let apart = apart.iter().map(id).collect::<Result<_, _>>()?;
        Ok(Self { coalesce, apart, epoch, ledger })
    }
}

/// The work of a window.
pub fn work_json(schema: &Schema, window: &Window, how: &How) -> String {
    let epoch = how.epoch;
    let repeatable;
    let commits = if how.ledger {
        &window.commits
    } else {
        repeatable = repeatable::commits(&window.commits);
        &repeatable
    };
    let changes: usize = commits.iter().map(|(_, changes)| changes.len()).sum();
    let coalesced = how.coalesce && changes > 1;
    let plan = if coalesced {
        coalesce::coalesced(schema, commits, &how.apart)
    } else {
        coalesce::as_it_happened(schema, commits)
    };
    let mut statements = dialect::statements(schema, &plan, how.ledger);
    if !how.ledger {
        repeatable::expect_nothing(&mut statements);
    }
    let single = match window.commits.as_slice() {
        [(_, changes)] => Some(Single {
            rows: protocol::touched_rows(schema, changes),
            changes: changes.iter().map(|change| protocol::change(schema, change)).collect(),
            payload: (!coalesced).then(|| BASE64_STANDARD.encode(outbox::encode(changes))),
        }),
        _ => None,
    };
    let claim = how.ledger.then(|| dialect::claim(schema.provider, window, epoch));
    let whole =
        claim.as_ref().and_then(|claim| dialect::whole(schema.provider, claim, &statements));
    let work = Work {
        origin: &window.origin,
        base: window.base.0,
        first: window.first.0,
        last: window.last.0,
        initial: window.initial,
        current: window.current,
        epoch,
        commits: window.commits.len(),
        coalesced,
        full: window.full,
        cause: window.cause.as_deref().and_then(|cause| serde_json::from_str(cause).ok()),
        claim,
        whole,
        statements: statements.iter().map(|statement| out(schema, statement)).collect(),
        single,
    };
    serde_json::to_string(&work).expect("strings, numbers and booleans always serialise")
}

#[derive(Serialize)]
struct Part<'a> {
    statements: Vec<StatementOut<'a>>,
    rows: Vec<protocol::RowRef>,
}

/// Changes of a transaction that goes on, for the main database's part of it: `{statements, rows}`.
pub fn part_json(schema: &Schema, changes: Vec<Change>) -> String {
    let rows = protocol::touched_rows(schema, &changes);
    let commits = [(Seq(0), changes)];
    let statements = dialect::statements(schema, &coalesce::as_it_happened(schema, &commits), true);
    let statements = statements.iter().map(|statement| out(schema, statement)).collect();
    serde_json::to_string(&Part { statements, rows })
        .expect("strings, numbers and booleans always serialise")
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
            rows: returning.rows.iter().map(|back| back_out(schema, model, back)).collect(),
        }),
        select: statement.select.as_ref(),
    }
}

fn back_out<'a>(schema: &Schema, model: &'a Model, back: &'a dialect::Back) -> BackOut<'a> {
    BackOut {
        row: protocol::row_ref(schema, model, &back.key),
        local: &back.local,
        last: back.last.0,
        stale: back.stale.iter().map(|id| model.field(*id).name.as_str()).collect(),
    }
}

pub(super) fn kind_name(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Create => "create",
        ChangeKind::Update => "update",
        ChangeKind::Delete => "delete",
    }
}

/// Changes that one statement can carry: a step of a plan.
pub(super) struct Run<'a> {
    pub first: Seq,
    pub last: Seq,
    pub changes: Vec<&'a Change>,
    /// Rows that are created may be there already, from the same window: then they are overwritten.
    pub over: bool,
    /// What else is known of them, by position.
    pub rows: Vec<RunRow>,
}

pub(super) struct RunRow {
    /// The row's key when the window is applied, and the last commit of the window that touches it.
    pub key: Vec<Value>,
    pub last: Seq,
    /// Fields added to that a later statement writes again: what comes back of them is not their last value.
    pub stale: Vec<FieldId>,
}

pub(super) fn runs<'a>(
    schema: &'a Schema,
    plan: &'a Plan<'_>,
    over: bool,
) -> impl Iterator<Item = Run<'a>> {
    plan.steps.iter().map(move |step| Run {
        first: step.iter().map(|at| plan.ops[*at].first).min().expect("a step has an op"),
        last: step.iter().map(|at| plan.ops[*at].last).max().expect("a step has an op"),
        changes: step.iter().map(|at| plan.ops[*at].change.as_ref()).collect(),
        over,
        rows: step.iter().map(|at| run_row(schema, plan, *at)).collect(),
    })
}

fn run_row(schema: &Schema, plan: &Plan<'_>, at: usize) -> RunRow {
    let op = &plan.ops[at];
    let added = op.change.columns.iter().filter(|column| column.delta.is_some());
    let stale = added.map(|column| column.field).filter(|field| plan.is_written_later(at, *field));
    let (key, last) = plan.at_end(schema, at);
    RunRow { key, last, stale: stale.collect() }
}
