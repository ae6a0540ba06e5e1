//! Which commit depends on which: what a refused commit takes along, and whose commits it could have waited for.
//!
//! ```text
//! on rows    it changes or removes a row that the other created or deleted, or whose key the other changed
//! on columns it adds to one that the other assigned
//! on values  it takes a unique value or key that the other gives up, names a row that the other offers (creates, or gives that
//!            key), or withdraws a row that the other lets go of
//! ```
//! Reading a row is no dependence, and neither is naming one whose other columns were changed: it is there without that change.
//! What assigns a column comes to the same without what it was before, and additions to one column come to the same without some
//! of them.
//! Where an update knows only a part of a compound value, that value is left out: the main database judges it by itself.

use std::collections::HashSet;

use super::coalesce::value::{Move, identity};
use crate::ids::{FieldId, ModelId};
use crate::outbox::{Change, ChangeKind, encode_key};
use crate::schema::{Join, Model, Provider, Schema};
use crate::value::Value;

/// A value of some fields of a model.
type Token = (ModelId, Vec<FieldId>, Vec<u8>);
type Row = (ModelId, Vec<u8>);
type Parts = (ModelId, Vec<FieldId>, Vec<Vec<u8>>);

fn whole((model, fields, parts): Parts) -> Token {
    (model, fields, parts.concat())
}

/// What commits do to rows and values that other commits may care about.
#[derive(Default)]
pub struct Footprint {
    rows: HashSet<Row>,
    /// Those that it created or deleted, or whose key it changed.
    founded: HashSet<Row>,
    assigned: HashSet<(Row, FieldId)>,
    added: HashSet<(Row, FieldId)>,
    /// Of unique values and keys.
    taken: HashSet<Token>,
    given_up: HashSet<Token>,
    /// Of values that foreign keys name.
    offered: HashSet<Token>,
    withdrawn: HashSet<Token>,
    /// By foreign keys.
    named: HashSet<Token>,
    let_go: HashSet<Token>,
    /// Of each of these values the longest part.
    needles: HashSet<Vec<u8>>,
}

impl Footprint {
    pub fn of(schema: &Schema, changes: &[Change]) -> Self {
        let mut found = Self::default();
        found.add(schema, changes);
        found
    }

    pub fn add(&mut self, schema: &Schema, changes: &[Change]) {
        for change in changes {
            let model = schema.model(change.model);
            let moved = change.moved_key(model);
            let founds = change.kind != ChangeKind::Update || moved.is_some();
            for key in std::iter::once(&change.key).chain(moved.as_ref()) {
                let row = (model.id, encode_key(key));
                if founds {
                    self.founded.insert(row.clone());
                } else {
                    self.writes(change, &row);
                }
                self.rows.insert(row);
                let parts = key.iter().map(|part| encode_key(std::slice::from_ref(part)));
                self.needles.extend(parts.max_by_key(Vec::len));
            }
            for key in model.keys() {
                let [lost, gained] = tokens(schema, model, change, &key.fields, model, &key.fields);
                self.seek(lost.as_ref());
                self.given_up.extend(lost.map(whole));
                self.taken.extend(gained.map(whole));
            }
            for relation in &model.relations {
                let target = schema.model(relation.target);
                match &relation.join {
                    Join::Local { fields, references } => {
                        let [lost, gained] =
                            tokens(schema, model, change, fields, target, references);
                        self.seek(lost.as_ref());
                        self.let_go.extend(lost.map(whole));
                        self.named.extend(gained.map(whole));
                    }
                    Join::Remote { references, .. } => {
                        self.offers(schema, model, change, references);
                    }
                    Join::Link { .. } => self.offers(schema, model, change, &model.key.fields),
                }
            }
        }
    }

    /// The columns of an update.
    fn writes(&mut self, change: &Change, row: &Row) {
        for column in &change.columns {
            let written = if column.delta.is_some() { &mut self.added } else { &mut self.assigned };
            written.insert((row.clone(), column.field));
        }
    }

    fn offers(&mut self, schema: &Schema, model: &Model, change: &Change, fields: &[FieldId]) {
        let [lost, gained] = tokens(schema, model, change, fields, model, fields);
        self.seek(gained.as_ref());
        self.withdrawn.extend(lost.map(whole));
        self.offered.extend(gained.map(whole));
    }

    fn seek(&mut self, value: Option<&Parts>) {
        self.needles.extend(
            value.and_then(|(.., parts)| parts.iter().max_by_key(|part| part.len())).cloned(),
        );
    }

    /// Would it come to something else without the earlier one, which its block has seen?
    pub fn depends_on(&self, earlier: &Self) -> bool {
        meet(&self.rows, &earlier.founded)
            || meet(&self.added, &earlier.assigned)
            || self.waits_for(earlier)
    }

    /// Does the other one, which its block has not seen, make room for it?
    pub fn waits_for(&self, other: &Self) -> bool {
        meet(&self.taken, &other.given_up)
            || meet(&self.named, &other.offered)
            || meet(&self.withdrawn, &other.let_go)
    }

    /// Bytes of which one stands in the payload of every commit that depends on this one, as the codec writes values; `None` where
    /// there are too many, or where values that differ in bytes are equal.
    pub fn needles(&self, schema: &Schema) -> Option<&HashSet<Vec<u8>>> {
        const MOST: usize = 32;
        let mut fields = schema.models.iter().flat_map(|model| &model.fields);
        let folds = schema.provider == Provider::Mysql
            || fields.any(|field| field.native_name() == Some("Citext"));
        (!folds && self.needles.len() <= MOST).then_some(&self.needles)
    }
}

fn meet<T: Eq + std::hash::Hash>(one: &HashSet<T>, other: &HashSet<T>) -> bool {
    let (few, many) = if one.len() < other.len() { (one, other) } else { (other, one) };
    few.iter().any(|token| many.contains(token))
}

/// What a change makes of the value of these fields, spelt as `target`'s fields: before, after.
fn tokens(
    schema: &Schema,
    model: &Model,
    change: &Change,
    fields: &[FieldId],
    target: &Model,
    references: &[FieldId],
) -> [Option<Parts>; 2] {
    let Some(moved) = Move::of(model, change, fields) else { return [None, None] };
    let token = |side: &Option<Vec<Option<&Value>>>| {
        let parts = side.as_ref()?.iter().zip(references);
        let bytes: Option<Vec<Vec<u8>>> =
            parts.map(|(value, id)| identity(schema, target.field(*id), (*value)?)).collect();
        Some((target.id, references.to_vec(), bytes?))
    };
    let (before, after) = (token(&moved.before), token(&moved.after));
    // Set to what it was.
    if before == after { [None, None] } else { [before, after] }
}
