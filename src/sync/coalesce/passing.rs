//! States that rows only pass through. A row that keeps all its changes shows some: what others did for them, merging must not
//! have left out.

use std::collections::{HashMap, HashSet};

use super::value::{Move, identity};
use super::{Commits, Op, RowId};
use crate::ids::{FieldId, ModelId};
use crate::schema::{Join, Schema};
use crate::value::Value;

/// A value of some fields of a model, and the row that passes through it.
type Needs<'s> = HashMap<(ModelId, &'s [FieldId], Vec<u8>), HashSet<RowId>>;

/// Rows that took, gave up, offered or withdrew a value with which another row is shown on its way.
pub fn met(schema: &Schema, commits: &Commits, ops: &[Op<'_>], rows: &[RowId]) -> Vec<RowId> {
    let needs = needs(schema, ops);
    if needs.is_empty() {
        return Vec::new();
    }
    let places: HashSet<(ModelId, &[FieldId])> =
        needs.keys().map(|(model, fields, _)| (*model, *fields)).collect();
    let mut found = Vec::new();
    for (change, row) in commits.iter().flat_map(|(_, changes)| changes).zip(rows) {
        for (model, fields) in places.iter().filter(|(model, _)| *model == change.model) {
            let Some(moved) = Move::of(schema.model(*model), change, fields) else { continue };
            for side in [&moved.before, &moved.after].into_iter().flatten() {
                let value = bytes(schema, *model, fields, side);
                let by = value.and_then(|value| needs.get(&(*model, *fields, value)));
                if by.is_some_and(|by| by.iter().any(|other| other != row)) {
                    found.push(*row);
                }
            }
        }
    }
    found
}

fn needs<'s>(schema: &'s Schema, ops: &[Op<'_>]) -> Needs<'s> {
    let mut needs = Needs::new();
    let mut last: HashMap<RowId, usize> = HashMap::new();
    for (at, op) in ops.iter().enumerate() {
        // The op before this one is where its row passes through.
        let Some(passing) = last.insert(op.row, at).map(|before| &ops[before]) else { continue };
        let model = schema.model(passing.change.model);
        let mut need = |place: ModelId, named: &'s [FieldId], fields: &[FieldId]| {
            let moved = Move::of(model, &passing.change, fields);
            let after = moved.and_then(|moved| moved.after);
            let value = after.and_then(|after| bytes(schema, model.id, fields, &after));
            if let Some(value) = value {
                needs.entry((place, named, value)).or_default().insert(passing.row);
            }
        };
        for key in model.keys() {
            need(model.id, &key.fields, &key.fields);
        }
        for relation in &model.relations {
            if let Join::Local { fields, references } = &relation.join {
                need(relation.target, references, fields);
            }
        }
    }
    needs
}

/// `None` where a part is unknown, or NULL.
fn bytes(
    schema: &Schema,
    model: ModelId,
    fields: &[FieldId],
    value: &[Option<&Value>],
) -> Option<Vec<u8>> {
    let model = schema.model(model);
    let parts: Option<Vec<_>> = fields
        .iter()
        .zip(value)
        .map(|(id, value)| identity(schema, model.field(*id), (*value)?))
        .collect();
    Some(parts?.concat())
}
