//! Telling a row that does not exist from a row that the block does not hold.

use serde_json::{Map, Value as Json};

use super::bind::Around;
use super::convert::to_protocol;
use super::{Call, Database};
use crate::error::{Failure, Miss, MissingRow, Stop};
use crate::outbox;
use crate::schema::Model;
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
    pub(super) fn deleted_here(&self, model: &Model, key: &[Value]) -> Result<bool, Stop> {
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
}

pub(super) fn keyed(compound: Option<&str>, fields: Map<String, Json>) -> Json {
    match compound {
        Some(name) => Json::Object(Map::from_iter([(name.to_owned(), Json::Object(fields))])),
        None => Json::Object(fields),
    }
}
