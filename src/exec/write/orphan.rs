//! What Prisma says of an update that finds no row and has more to write around it: the first operation that cannot do
//! without the row complains, in words of its own.

use super::super::bind::Param;
use super::super::{Call, Database};
use super::Row;
use crate::error::{Failure, Stop};
use crate::sql::{Act, ChangeProgram, Edge, EdgeKind, NestedProgram, RowProgram};

/// Whose record is missing, what for, and in which operation.
type Complaint<'a> = (&'a str, Option<String>, &'static str);

impl Database {
    /// `otherwise`: nothing is left to complain.
    pub(super) fn orphaned(
        &self,
        change: &ChangeProgram,
        settled: &[Row],
        otherwise: Failure,
        call: &Call,
    ) -> Stop {
        for nested in &change.after {
            let edge = &nested.edge;
            match &nested.act {
                Act::Delete(_) => return self.apart(edge).into(),
                Act::Replace(at) if settled[*at].is_empty() => {
                    return self.no_target(edge, "a nested connect");
                }
                Act::Replace(at) if edge.kind == EdgeKind::Local => {
                    // Whoever names that row must let it go, though nobody takes its place.
                    if let Err(stop) = self.take_over(edge, &settled[*at], call) {
                        return stop;
                    }
                }
                _ => {}
            }
            if let Err(stop) = self.create_first(nested, call) {
                return stop;
            }
            match self.complaint(nested, call) {
                Ok(None) => {}
                Ok(Some((model, needed, operation))) => {
                    return self.unrelated(edge, model, operation, needed).into();
                }
                Err(stop) => return stop,
            }
        }
        otherwise.into()
    }

    /// What Prisma creates before it looks for the row above. It goes with the rest of the call.
    fn create_first(&self, nested: &NestedProgram, call: &Call) -> Result<(), Stop> {
        // On the other side a new row waits for the row above; what it needs itself does not.
        let begin = |row: &RowProgram| match nested.edge.kind {
            EdgeKind::Remote => self.settle(&row.before, call).map(drop),
            EdgeKind::Local | EdgeKind::Link => self.create_row(row, call, &[]).map(drop),
        };
        match &nested.act {
            Act::Create(row) | Act::Upsert(_, _, row) => begin(row),
            Act::ConnectOrCreate(target, row) => match self.target_row(target, call)? {
                Some(_) => Ok(()),
                None => begin(row),
            },
            Act::CreateMany(many, _) if nested.edge.kind == EdgeKind::Link => {
                self.create_linked(many, call, &mut |_| Ok(()))
            }
            Act::Update(_, change) => self.settle(&change.before, call).map(drop),
            _ => Ok(()),
        }
    }

    fn complaint(
        &self,
        nested: &NestedProgram,
        call: &Call,
    ) -> Result<Option<Complaint<'_>>, Stop> {
        let edge = &nested.edge;
        let [model, target] = self.names(edge);
        let needs = |what: &str, of: &str| Some(format!("{what} '{of}' record(s)"));
        Ok(Some(match &nested.act {
            Act::UpdateMany(..) | Act::DeleteMany(_) | Act::Delete(_) | Act::DisconnectOne(_) => {
                return Ok(None);
            }
            Act::Update(..) => (target, None, "a nested update"),
            Act::DeleteOne(_) => (target, None, "a nested delete"),
            Act::Disconnect(targets) if edge.kind != EdgeKind::Link || targets.is_empty() => {
                return Ok(None);
            }
            Act::Disconnect(_) => (model, None, "a disconnect"),
            Act::Set(_) if edge.kind == EdgeKind::Link => {
                (model, Some("disconnect existing child records".to_owned()), "a nested set")
            }
            Act::Set(targets) if self.target_rows(targets, call)?.is_empty() => return Ok(None),
            Act::Set(_) => (model, None, "a nested set"),
            _ if edge.kind == EdgeKind::Link => (model, None, "a connect"),
            Act::Taken => (model, needs("update inlined relation for", model), "a nested create"),
            Act::Create(_) if edge.one_to_one => {
                (model, needs("create inlined relation for", target), "a nested create")
            }
            Act::Create(_) => (model, needs("inline the relation on", model), "a nested create"),
            Act::CreateMany(many, by_name) => {
                let rows =
                    many.columns.iter().filter_map(|(at, ..)| *at).max().map_or(1, |at| at + 1);
                let several = matches!(call.params.get(many.rows.0), Some(Param::Rows(all)) if all.len() > rows);
                let of = if *by_name || several { target } else { model };
                (model, needs("inline the relation on", of), "a nested create")
            }
            Act::Connect(_) => (model, needs("inline the relation on", target), "a nested connect"),
            Act::Replace(_) => {
                (model, needs("update inlined relation for", target), "a nested connect")
            }
            Act::Attach(_) => {
                (target, needs("update inlined relation for", model), "a nested connect or create")
            }
            Act::ConnectOrCreate(unique, _) => {
                let found = self.target_row(unique, call)?.is_some();
                let (whose, needed) = unplaced(edge, [model, target], found);
                (whose, Some(needed), "a nested connect or create")
            }
            Act::Upsert(..) => {
                let of = if edge.kind == EdgeKind::Local { model } else { target };
                (model, needs("update inlined relation for", of), "a nested upsert")
            }
        }))
    }
}

/// The words for `connectOrCreate`.
fn unplaced<'a>(edge: &Edge, [model, target]: [&'a str; 2], found: bool) -> (&'a str, String) {
    match (edge.one_to_one, found) {
        (true, true) => (model, format!("find '{target}' record(s)")),
        (true, false) => (model, format!("create inlined relation for '{target}' record(s)")),
        (false, true) => (target, format!("update inlined relation for '{model}' record(s)")),
        (false, false) => (target, format!("create inlined relation for '{model}' record(s)")),
    }
}
