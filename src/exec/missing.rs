//! Telling a row that does not exist from a row that the block does not hold.

use rusqlite::OptionalExtension;
use serde_json::{Map, Value as Json};

use super::bind::{Around, Sql};
use super::convert::to_protocol;
use super::refusal::{child_left, parent_missing};
use super::{Call, Database};
use crate::error::{Failure, Miss, MissingRow, Stop};
use crate::ids::FieldId;
use crate::outbox;
use crate::plan::SlotKind;
use crate::schema::{Action, Join, Model, Relation, quote};
use crate::sql::{Bind, Lookup};
use crate::value::Value;

impl Database {
    /// Nothing was found by a unique `where`: is that known to be the truth?
    pub(super) fn known_absent(&self, lookup: &Lookup, call: &Call) -> Result<bool, Stop> {
        if call.absent.all() {
            return Ok(true);
        }
        if let Some(held) = &lookup.held {
            let mut prepared = self.conn.prepare_cached(&held.text)?;
            call.bind(&self.schema, &mut prepared, held, Around::default())?;
            // The row is here, and what else the `where` says does not hold.
            if prepared.raw_query().next()?.is_some() {
                return Ok(true);
            }
        }
        if call.absent.names(&self.asked(lookup, call)) {
            return Ok(true);
        }
        match &lookup.primary {
            Some(slots) => self.key_deleted_here(self.schema.model(lookup.model), slots, call),
            None => Ok(false),
        }
    }

    /// The same for a primary key whose values a call brings, in the form in which they are stored.
    pub(super) fn key_deleted_here(
        &self,
        model: &Model,
        slots: &[Bind],
        call: &Call,
    ) -> Result<bool, Stop> {
        let value = |bind: &Bind| match bind {
            Bind::Value { source, native, kind } => {
                Ok(call.value(&self.schema, source, *native, *kind)?.into_owned())
            }
            _ => Ok(Value::Null),
        };
        let key = slots.iter().map(value).collect::<Result<Vec<Value>, Stop>>()?;
        self.deleted_here(model, &key)
    }

    /// Deleted by the open transaction, or by a commit that the main database has not confirmed yet. Asked of keys that are
    /// not held.
    fn deleted_here(&self, model: &Model, key: &[Value]) -> Result<bool, Stop> {
        if self.touched_here(model.id, key) {
            return Ok(true);
        }
        let Some(first) = outbox::pending_first(&self.conn)? else { return Ok(false) };
        let before = crate::ids::Seq(first.0 - 1);
        Ok(outbox::tombstoned(&self.conn, model.id, key, before)?)
    }

    /// The stop of a write whose target was not found.
    pub(super) fn target_missing(&self, lookup: &Lookup, call: &Call, operation: &str) -> Stop {
        match self.known_absent(lookup, call) {
            Ok(true) => Failure::not_found(&self.schema.model(lookup.model).name, operation).into(),
            Ok(false) => Stop::Miss(Miss::Rows(vec![self.asked(lookup, call)])),
            Err(stop) => stop,
        }
    }

    pub(super) fn asked(&self, lookup: &Lookup, call: &Call) -> MissingRow {
        let fields = lookup
            .ask
            .iter()
            .map(|(name, slot, kind)| (name.clone(), to_protocol(call.slot(*slot), *kind)));
        let fields: Map<String, Json> = fields.collect();
        MissingRow {
            model: self.schema.model(lookup.model).name.clone(),
            by: keyed(lookup.compound.as_deref(), fields),
        }
    }

    /// A foreign key names a parent that is not held: those parents, or the violation when they do not exist.
    pub(super) fn parents_missing(
        &self,
        model: &Model,
        values: &[Option<&Value>],
        call: &Call,
    ) -> Result<Stop, Stop> {
        Ok(match self.unheld_parents(model, values, call)? {
            // No parent is missing: the row is one that others name.
            Ok(rows) if rows.is_empty() => self.children_left(model)?,
            Ok(rows) => Stop::Miss(Miss::Rows(rows)),
            Err(violation) => violation.into(),
        })
    }

    /// The parents that a row's foreign keys name and the block does not hold, or the violation when one does not exist.
    pub(super) fn unheld_parents(
        &self,
        model: &Model,
        values: &[Option<&Value>],
        call: &Call,
    ) -> Result<Result<Vec<MissingRow>, Failure>, Stop> {
        let mut rows = Vec::new();
        for relation in &model.relations {
            let Join::Local { fields, references } = &relation.join else { continue };
            let key: Option<Vec<&Value>> = fields.iter().map(|id| values[id.index()]).collect();
            let Some(key) = key.filter(|key| key.iter().all(|value| !value.is_null())) else {
                continue;
            };
            let parent = self.schema.model(relation.target);
            if self.holds(parent, references, &key)? {
                continue;
            }
            let owned: Vec<Value> = key.iter().map(|value| (*value).clone()).collect();
            let row = row_of(parent, references, &key);
            if call.absent.names(&row)
                || (*references == parent.key.fields && self.deleted_here(parent, &owned)?)
            {
                return Ok(Err(parent_missing(model, fields)));
            }
            rows.push(row);
        }
        Ok(Ok(rows))
    }

    /// The stop of a write that needs a row by these fields, unless it is known that there is none.
    pub(super) fn needed(
        &self,
        model: &Model,
        fields: &[FieldId],
        key: &[Value],
        call: &Call,
    ) -> Result<(), Stop> {
        let row = row_of(model, fields, &key.iter().collect::<Vec<_>>());
        let absent = call.absent.names(&row)
            || (*fields == model.key.fields && self.deleted_here(model, key)?);
        if absent { Ok(()) } else { Err(Stop::Miss(Miss::Rows(vec![row]))) }
    }

    /// A delete or a new key was refused because of rows that name `model`, or one that its own delete would take along.
    pub(super) fn children_left(&self, model: &Model) -> Result<Stop, Stop> {
        let mut parents = vec![model.id];
        let mut at = 0;
        let mut named = None;
        while let Some(parent) = parents.get(at).map(|id| self.schema.model(*id)) {
            at += 1;
            for (child, relation, fields) in self.children(parent) {
                if relation.on_delete == Action::Cascade {
                    if !parents.contains(&child.id) {
                        parents.push(child.id);
                    }
                } else if named.is_none() && self.names_any(child, fields)? {
                    named = Some(child_left(parent, child, fields));
                }
            }
        }
        Ok(named.unwrap_or_else(|| parent_missing(model, &[])).into())
    }

    /// The models whose foreign keys name `parent` and forbid its delete or follow it.
    fn children<'s>(&'s self, parent: &Model) -> Vec<(&'s Model, &'s Relation, &'s [FieldId])> {
        let named = self.schema.models[..self.schema.named].iter();
        let local =
            named.flat_map(|child| child.relations.iter().map(move |relation| (child, relation)));
        local
            .filter(|(_, relation)| relation.target == parent.id)
            .filter(|(_, relation)| {
                !matches!(relation.on_delete, Action::SetNull | Action::SetDefault)
            })
            .filter_map(|(child, relation)| match &relation.join {
                Join::Local { fields, .. } => Some((child, relation, fields.as_slice())),
                _ => None,
            })
            .collect()
    }

    fn names_any(&self, child: &Model, fields: &[FieldId]) -> Result<bool, Stop> {
        let tests: Vec<String> = fields
            .iter()
            .map(|id| format!("{} IS NOT NULL", quote(&child.field(*id).local)))
            .collect();
        let text =
            format!("SELECT 1 FROM {} WHERE {} LIMIT 1", quote(&child.local), tests.join(" AND "));
        Ok(self.conn.prepare_cached(&text)?.query_row([], |_| Ok(())).optional()?.is_some())
    }

    fn holds(&self, model: &Model, fields: &[FieldId], key: &[&Value]) -> Result<bool, Stop> {
        let tests: Vec<String> =
            fields.iter().map(|id| format!("{} = ?", quote(&model.field(*id).local))).collect();
        let text = format!("SELECT 1 FROM {} WHERE {}", quote(&model.local), tests.join(" AND "));
        let mut prepared = self.conn.prepare_cached(&text)?;
        let params = rusqlite::params_from_iter(key.iter().map(|value| Sql(value)));
        Ok(prepared.query_row(params, |_| Ok(())).optional()?.is_some())
    }
}

/// A row by the values of these fields.
pub(super) fn row_of(parent: &Model, references: &[FieldId], key: &[&Value]) -> MissingRow {
    let fields = references.iter().zip(key).map(|(id, value)| {
        let field = parent.field(*id);
        (field.name.clone(), to_protocol(value, SlotKind::of(field)))
    });
    let compound = parent
        .keys()
        .find(|key| key.fields.len() > 1 && key.fields.iter().all(|id| references.contains(id)));
    let name = compound.filter(|_| references.len() > 1).map(|key| key.name.as_str());
    MissingRow { model: parent.name.clone(), by: keyed(name, fields.collect()) }
}

fn keyed(compound: Option<&str>, fields: Map<String, Json>) -> Json {
    match compound {
        Some(name) => Json::Object(Map::from_iter([(name.to_owned(), Json::Object(fields))])),
        None => Json::Object(fields),
    }
}
