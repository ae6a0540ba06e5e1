//! Telling a row that does not exist from a row that the block does not hold.

use rusqlite::OptionalExtension;
use serde_json::{Map, Value as Json};

use super::bind::{Around, Sql};
use super::convert::to_protocol;
use super::{Call, Database};
use crate::error::{Failure, Miss, MissingRow, Stop};
use crate::ids::FieldId;
use crate::outbox;
use crate::plan::SlotKind;
use crate::schema::{Join, Model, quote};
use crate::sql::Lookup;
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
            Some(slots) => {
                let key: Vec<Value> = slots.iter().map(|slot| call.slot(*slot).clone()).collect();
                self.deleted_here(self.schema.model(lookup.model), &key)
            }
            None => Ok(false),
        }
    }

    /// Deleted by a commit that the main database has not confirmed yet.
    fn deleted_here(&self, model: &Model, key: &[Value]) -> Result<bool, Stop> {
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
        let fields = lookup.ask.iter().map(|(name, slot, kind)| (name.clone(), to_protocol(call.slot(*slot), *kind)));
        let fields: Map<String, Json> = fields.collect();
        MissingRow { model: self.schema.model(lookup.model).name.clone(), by: keyed(lookup.compound.as_deref(), fields) }
    }

    /// A foreign key names a parent that is not held: those parents, or the violation when they do not exist.
    pub(super) fn parents_missing(&self, model: &Model, values: &[Option<&Value>], call: &Call) -> Result<Stop, Stop> {
        let mut rows = Vec::new();
        for relation in &model.relations {
            let Join::Local { fields, references } = &relation.join else { continue };
            let key: Option<Vec<&Value>> = fields.iter().map(|id| values[id.index()]).collect();
            let Some(key) = key.filter(|key| key.iter().all(|value| !value.is_null())) else { continue };
            let parent = self.schema.model(relation.target);
            if self.holds(parent, references, &key)? {
                continue;
            }
            let owned: Vec<Value> = key.iter().map(|value| (*value).clone()).collect();
            let row = parent_row(parent, references, &key);
            if call.absent.names(&row) || (*references == parent.key.fields && self.deleted_here(parent, &owned)?) {
                return Ok(foreign_key(model, fields));
            }
            rows.push(row);
        }
        Ok(if rows.is_empty() { foreign_key(model, &[]) } else { Stop::Miss(Miss::Rows(rows)) })
    }

    fn holds(&self, model: &Model, fields: &[FieldId], key: &[&Value]) -> Result<bool, Stop> {
        let tests: Vec<String> = fields.iter().map(|id| format!("{} = ?", quote(&model.field(*id).local))).collect();
        let text = format!("SELECT 1 FROM {} WHERE {}", quote(&model.local), tests.join(" AND "));
        let mut prepared = self.conn.prepare_cached(&text)?;
        let params = rusqlite::params_from_iter(key.iter().map(|value| Sql(value)));
        Ok(prepared.query_row(params, |_| Ok(())).optional()?.is_some())
    }
}

fn parent_row(parent: &Model, references: &[FieldId], key: &[&Value]) -> MissingRow {
    let fields = references.iter().zip(key).map(|(id, value)| {
        let field = parent.field(*id);
        (field.name.clone(), to_protocol(value, SlotKind::of(field)))
    });
    let compound = parent.keys().find(|key| key.fields.len() > 1 && key.fields.iter().all(|id| references.contains(id)));
    let name = compound.filter(|_| references.len() > 1).map(|key| key.name.as_str());
    MissingRow { model: parent.name.clone(), by: keyed(name, fields.collect()) }
}

fn keyed(compound: Option<&str>, fields: Map<String, Json>) -> Json {
    match compound {
        Some(name) => Json::Object(Map::from_iter([(name.to_owned(), Json::Object(fields))])),
        None => Json::Object(fields),
    }
}

/// `P2003`, with the name that Prisma gives such a constraint in the main database.
pub fn foreign_key(model: &Model, fields: &[FieldId]) -> Stop {
    let columns: Vec<&str> = fields.iter().map(|id| model.field(*id).column.as_str()).collect();
    let name = format!("{}_{}_fkey", model.table, columns.join("_"));
    let message = if columns.is_empty() {
        "Foreign key constraint violated".to_owned()
    } else {
        format!("Foreign key constraint violated on the constraint: `{name}`")
    };
    let meta = serde_json::json!({ "modelName": model.name, "constraint": name });
    Failure::new("P2003", message, meta).into()
}
