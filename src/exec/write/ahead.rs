//! A write that misses a row starts over when the main database has been asked for it. So that it does not start over for
//! each of the rows it names, the others are asked for as well.

use super::super::{Call, Database};
use crate::error::{MissingRow, Stop};
use crate::sql::{
    Act, BeforeProgram, ChangeProgram, NestedProgram, PickOne, Program, RowProgram, SettleProgram,
    Target,
};

impl Database {
    /// Adds every row that the write names and the block does not hold.
    pub(super) fn look_ahead(
        &self,
        program: &Program,
        call: &Call,
        missing: &mut Vec<MissingRow>,
    ) -> Result<(), Stop> {
        let mut targets = Vec::new();
        match program {
            Program::Create(create) => of_row(&create.row, &mut targets),
            Program::Update(update) => of_change(&update.change, &mut targets),
            Program::Upsert(upsert) => {
                of_change(&upsert.update.change, &mut targets);
                upsert.row.iter().for_each(|row| of_row(row, &mut targets));
            }
            _ => {}
        }
        for target in targets {
            if self.one_row(&target.find, call)?.is_some()
                || self.known_absent(&target.lookup, call)?
            {
                continue;
            }
            let row = self.asked(&target.lookup, call);
            if !missing.iter().any(|other| other.model == row.model && other.by == row.by) {
                missing.push(row);
            }
        }
        Ok(())
    }
}

fn of_row<'a>(row: &'a RowProgram, targets: &mut Vec<&'a Target>) {
    of_around(&row.before, &row.after, targets);
}

fn of_change<'a>(change: &'a ChangeProgram, targets: &mut Vec<&'a Target>) {
    of_around(&change.before, &change.after, targets);
}

fn of_around<'a>(
    before: &'a [BeforeProgram],
    after: &'a [NestedProgram],
    targets: &mut Vec<&'a Target>,
) {
    for before in before {
        match &before.settle {
            SettleProgram::Create(row) => of_row(row, targets),
            SettleProgram::Connect(target) => targets.push(target),
            SettleProgram::ConnectOrCreate(target, row) => {
                targets.push(target);
                of_row(row, targets);
            }
        }
    }
    for nested in after {
        of_act(&nested.act, targets);
    }
}

fn of_act<'a>(act: &'a Act, targets: &mut Vec<&'a Target>) {
    match act {
        Act::Create(row) => of_row(row, targets),
        Act::Connect(rows) | Act::Delete(rows) | Act::Disconnect(rows) | Act::Set(rows) => {
            targets.extend(rows);
        }
        Act::ConnectOrCreate(target, row) => {
            targets.push(target);
            of_row(row, targets);
        }
        Act::Update(one, change) => {
            of_pick(one, targets);
            of_change(change, targets);
        }
        Act::Upsert(one, change, row) => {
            of_pick(one, targets);
            of_change(change, targets);
            of_row(row, targets);
        }
        Act::CreateMany(..)
        | Act::Replace(_)
        | Act::Attach(_)
        | Act::Taken
        | Act::UpdateMany(..)
        | Act::DeleteOne(_)
        | Act::DeleteMany(_)
        | Act::DisconnectOne(_) => {}
    }
}

fn of_pick<'a>(one: &'a PickOne, targets: &mut Vec<&'a Target>) {
    if let PickOne::Unique(target) = one {
        targets.push(target);
    }
}
