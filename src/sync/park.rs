//! A refused commit leaves the outbox; those of the later ones that depend on it are marked with their cause, and are refused in
//! their turn. In one local transaction: what a crash undoes, the ledger's record has done again.

use memchr::memmem;
use rusqlite::Connection;
use serde_json::json;

use super::depend::Footprint;
use crate::ids::Seq;
use crate::instant::now_millis;
use crate::outbox::{self, Change, StoreError};
use crate::schema::Schema;

/// What a refused commit does not allow any more. `error_json` names the cause when it was refused with another. `false`
/// when it is not pending.
///
/// # Errors
/// As [`outbox::reject`] and [`outbox::mark_dependents`].
pub fn refuse(
    conn: &Connection,
    schema: &Schema,
    origin: &str,
    seq: Seq,
    error_json: &str,
) -> Result<bool, StoreError> {
    let refused = outbox::reject(conn, schema, origin, seq, now_millis(), error_json)?;
    let Some(changes) = refused else { return Ok(false) };
    let error: serde_json::Value = serde_json::from_str(error_json).unwrap_or_default();
    let cause = match error.get("cause") {
        Some(first) if first.is_object() => first.to_string(),
        _ => json!({ "origin": origin, "seq": seq.0 }).to_string(),
    };
    let mut taken = Taken::new(schema, &changes);
    outbox::mark_dependents(conn, schema, seq, &cause, |payload, decode| {
        Ok(taken.may_hold(payload) && taken.takes(&decode()?))
    })?;
    Ok(true)
}

/// What is refused, with all that was found to depend on it.
struct Taken<'s> {
    schema: &'s Schema,
    all: Footprint,
    finders: Option<Vec<memmem::Finder<'static>>>,
}

impl<'s> Taken<'s> {
    fn new(schema: &'s Schema, changes: &[Change]) -> Self {
        let mut taken = Self { schema, all: Footprint::of(schema, changes), finders: None };
        taken.seek();
        taken
    }

    fn seek(&mut self) {
        let needles = self.all.needles(self.schema);
        self.finders = needles.map(|needles| {
            needles.iter().map(|needle| memmem::Finder::new(needle).into_owned()).collect()
        });
    }

    fn may_hold(&self, payload: &[u8]) -> bool {
        let holds = |finders: &Vec<memmem::Finder>| {
            finders.iter().any(|finder| finder.find(payload).is_some())
        };
        self.finders.as_ref().is_none_or(holds)
    }

    fn takes(&mut self, changes: &[Change]) -> bool {
        let own = Footprint::of(self.schema, changes);
        if !own.depends_on(&self.all) {
            return false;
        }
        self.all.add(self.schema, changes);
        self.seek();
        true
    }
}
