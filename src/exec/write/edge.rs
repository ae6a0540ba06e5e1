//! Ties and parts rows, and finds the rows that are related to one at hand.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::bind::{Around, Sql};
use super::super::foreign::Event;
use super::super::refusal::parent_missing;
use super::super::{Call, Database};
use super::Row;
use super::row::{Key, pick};
use crate::error::{Miss, Stop};
use crate::ids::{FieldId, ModelId};
use crate::schema::{ADOPTED, Join, quote};
use crate::sql::{Bind, Edge, EdgeKind, PickOne, Statement, Target};
use crate::value::Value;

impl Database {
    /// What the statements of an edge call `ParentKey` and `RowKey`, and whose row they write.
    fn ends(&self, edge: &Edge, row: &[Value], related: &[Value]) -> (Key, Key, ModelId) {
        match edge.kind {
            EdgeKind::Local => {
                (pick(related, &edge.theirs), self.key_of(edge.model, row), edge.model)
            }
            EdgeKind::Remote => {
                (pick(row, &edge.ours), self.key_of(edge.target, related), edge.target)
            }
            EdgeKind::Link => (pick(row, &edge.ours), pick(related, &edge.theirs), edge.target),
        }
    }

    pub(super) fn attach(
        &self,
        edge: &Edge,
        row: &[Value],
        related: &[Value],
        call: &Call,
    ) -> Result<(), Stop> {
        self.tie(edge, &edge.attach, &edge.attached, (row, related), call)
    }

    pub(super) fn detach(
        &self,
        edge: &Edge,
        row: &[Value],
        related: &[Value],
        call: &Call,
    ) -> Result<(), Stop> {
        self.tie(edge, &edge.detach, &edge.detached, (row, related), call)
    }

    fn tie(
        &self,
        edge: &Edge,
        statement: &Statement,
        written: &Arc<[FieldId]>,
        (row, related): (&[Value], &[Value]),
        call: &Call,
    ) -> Result<(), Stop> {
        let (parent_key, row_key, owner) = self.ends(edge, row, related);
        let around = Around { parent_key: &parent_key, row_key: &row_key, ..Around::default() };
        self.announce(owner, written, &[], call)?;
        let owners: &[Row] = match edge.kind {
            EdgeKind::Local => &[row.to_vec()],
            EdgeKind::Remote => &[related.to_vec()],
            EdgeKind::Link => &[],
        };
        let result = self.execute(statement, owner, (owners, Event::Rekeyed), call, around);
        self.announced();
        result.map_err(|stop| self.link_refused(edge, row, related).unwrap_or(stop))
    }

    /// A link one of whose ends is gone by now: main looks at `A` first.
    fn link_refused(&self, edge: &Edge, row: &[Value], related: &[Value]) -> Option<Stop> {
        let relation = &self.schema.model(edge.model).relations[edge.relation];
        let Join::Link { table, ours, theirs } = &relation.join else { return None };
        let mut ends = [(*ours, edge.model, row), (*theirs, edge.target, related)];
        ends.sort_by_key(|(column, ..)| column.index());
        ends.into_iter().find_map(|(column, model, row)| {
            let model = self.schema.model(model);
            let key: Vec<&Value> = model.key.fields.iter().map(|id| &row[id.index()]).collect();
            match self.holds(model, &model.key.fields, &key) {
                Ok(true) => None,
                Ok(false) => Some(parent_missing(self.schema.model(*table), &[column]).into()),
                Err(stop) => Some(stop),
            }
        })
    }

    /// Deletes a related row.
    pub(super) fn remove(&self, edge: &Edge, related: &[Value], call: &Call) -> Result<(), Stop> {
        let key = self.key_of(edge.target, related);
        let around = Around { row_key: &key, ..Around::default() };
        let affected = (&[related.to_vec()][..], Event::Deleted);
        self.execute(&edge.remove, edge.target, affected, call, around)
    }

    /// The related rows that a statement selects.
    pub(super) fn related(
        &self,
        edge: &Edge,
        statement: &Statement,
        row: &[Value],
        call: &Call,
    ) -> Result<Vec<Row>, Stop> {
        let key = pick(row, &edge.ours);
        self.rows_of(statement, call, Around { parent_key: &key, ..Around::default() })
    }

    /// The one related row of a relation that is no list.
    pub(super) fn related_one(
        &self,
        edge: &Edge,
        created: bool,
        row: &[Value],
        call: &Call,
    ) -> Result<Option<Row>, Stop> {
        let key = pick(row, &edge.ours);
        if key.contains(&Value::Null) {
            return Ok(None);
        }
        let found = self.related(edge, &edge.related, row, call)?.pop();
        // On the other side, only a row that is held for look-ups says nothing of what it has.
        let unsure = found.is_none()
            && !created
            && (edge.kind == EdgeKind::Local || self.is_adopted(edge, row, call)?);
        if unsure {
            self.needed(self.schema.model(edge.target), &edge.theirs, &key, call)?;
        }
        Ok(found)
    }

    /// The row that an operation on one of several, or on the only one, means.
    pub(super) fn picked(
        &self,
        edge: &Edge,
        one: &PickOne,
        row: &[Value],
        call: &Call,
    ) -> Result<Option<Row>, Stop> {
        match one {
            PickOne::Unique(target) => {
                let Some(found) = self.target_row(target, call)? else { return Ok(None) };
                Ok(self.is_related(edge, row, &found, call)?.then_some(found))
            }
            PickOne::Only(filter) => {
                let Some(found) = self.related_one(edge, false, row, call)? else {
                    return Ok(None);
                };
                Ok(self.meets(edge, filter.as_ref(), &found, call)?.then_some(found))
            }
        }
    }

    pub(super) fn meets(
        &self,
        edge: &Edge,
        filter: Option<&Statement>,
        related: &[Value],
        call: &Call,
    ) -> Result<bool, Stop> {
        let Some(filter) = filter else { return Ok(true) };
        let key = self.key_of(edge.target, related);
        let around = Around { row_key: &key, ..Around::default() };
        Ok(self.one_row_in(filter, call, around)?.is_some())
    }

    pub(super) fn is_related(
        &self,
        edge: &Edge,
        row: &[Value],
        related: &[Value],
        call: &Call,
    ) -> Result<bool, Stop> {
        let Some(linked) = &edge.linked else {
            return Ok(pick(row, &edge.ours) == pick(related, &edge.theirs));
        };
        let (parent_key, row_key, _) = self.ends(edge, row, related);
        let around = Around { parent_key: &parent_key, row_key: &row_key, ..Around::default() };
        if self.one_row_in(linked, call, around)?.is_some() {
            return Ok(true);
        }
        self.knows_list(edge, false, row, call)?;
        Ok(false)
    }

    fn is_adopted(&self, edge: &Edge, row: &[Value], call: &Call) -> Result<bool, Stop> {
        let key = self.key_of(edge.model, row);
        let around = Around { row_key: &key, ..Around::default() };
        Ok(self.one_row_in(&edge.adopted, call, around)?.is_some())
    }

    /// Is this row held for look-ups only?
    pub(super) fn holds_adopted(&self, model: ModelId, row: &[Value]) -> Result<bool, Stop> {
        let model = self.schema.model(model);
        let name = |id: &FieldId| format!("{} = ?", quote(&model.field(*id).local));
        let tests: Vec<String> = model.key.fields.iter().map(name).collect();
        let text = format!(
            "SELECT 1 FROM {} WHERE {} AND {} IS NOT NULL",
            quote(&model.local),
            tests.join(" AND "),
            quote(ADOPTED)
        );
        let key = pick(row, &model.key.fields);
        let mut prepared = self.conn.prepare_cached(&text)?;
        Ok(prepared.exists(rusqlite::params_from_iter(key.iter().map(Sql)))?)
    }

    /// The lists of a row that is held for look-ups only are not known here.
    pub(super) fn knows_list(
        &self,
        edge: &Edge,
        created: bool,
        row: &[Value],
        call: &Call,
    ) -> Result<(), Stop> {
        let known = created || call.absent.all() || !self.is_adopted(edge, row, call)?;
        if known { Ok(()) } else { Err(Stop::Miss(Miss::Root)) }
    }

    /// A row by a unique `where`; `None` when there is none.
    pub(super) fn target_row(&self, target: &Target, call: &Call) -> Result<Option<Row>, Stop> {
        if let Some(row) = self.one_row(&target.find, call)? {
            return Ok(Some(row));
        }
        if self.known_absent(&target.lookup, call)? {
            return Ok(None);
        }
        Err(Stop::Miss(Miss::Rows(vec![self.asked(&target.lookup, call)])))
    }

    /// The rows of several, each once. Those that are not held are missed together.
    pub(super) fn target_rows(&self, targets: &[Target], call: &Call) -> Result<Vec<Row>, Stop> {
        let (mut rows, mut missing): (Vec<Row>, Vec<_>) = (Vec::new(), Vec::new());
        for target in targets {
            match self.target_row(target, call) {
                Ok(Some(row)) if !self.among(target.lookup.model, &rows, &row) => rows.push(row),
                Ok(_) => {}
                Err(Stop::Miss(Miss::Rows(more))) => missing.extend(more),
                Err(stop) => return Err(stop),
            }
        }
        if missing.is_empty() { Ok(rows) } else { Err(Stop::Miss(Miss::Rows(missing))) }
    }

    pub(super) fn among(&self, model: ModelId, rows: &[Row], row: &[Value]) -> bool {
        let key = self.key_of(model, row);
        rows.iter().any(|other| self.key_of(model, other) == key)
    }

    /// How many different rows are asked for: the same `where` twice is one.
    pub(super) fn asked_for(&self, targets: &[Target], call: &Call) -> Result<usize, Stop> {
        if targets.len() < 2 {
            return Ok(targets.len());
        }
        let mut seen = HashSet::new();
        for target in targets {
            let mut values = Vec::with_capacity(target.find.binds.len());
            for bind in &target.find.binds {
                values.push(match bind {
                    Bind::Value { source, native, kind } => {
                        call.value(&self.schema, source, *native, *kind)?.into_owned()
                    }
                    Bind::Raw(slot) => call.slot(*slot).clone(),
                    _ => Value::Null,
                });
            }
            seen.insert(format!("{}{values:?}", target.find.text));
        }
        Ok(seen.len())
    }
}
