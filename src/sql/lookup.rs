//! Telling "not there" from "not held": what a unique `where` knows beside its rows.

use super::scope::Scope;
use super::{Bind, Lookup, Sql, Statement};
use crate::ids::FieldId;
use crate::plan::{Query, SlotId, UniqueWhere, Window};
use crate::schema::{Model, quote};

impl Sql<'_> {
    /// How to tell "not there" from "not held".
    pub fn lookup(&self, query: &Query, model: &Model, unique: &UniqueWhere) -> Lookup {
        let primary = unique.keys.iter().find(|key| {
            let fields: Vec<FieldId> = key.fields.iter().map(|(field, _)| *field).collect();
            fields == model.key.fields
        });
        let ask = &unique.keys[0];
        let described = |(field, slot): &(FieldId, SlotId)| {
            (model.field(*field).name.clone(), *slot, query.slots[slot.0].kind)
        };
        Lookup {
            model: model.id,
            held: (!unique.only_key).then(|| self.held(model, unique)),
            primary: primary.map(|key| {
                key.fields.iter().map(|(id, slot)| self.key_value(model, *id, *slot)).collect()
            }),
            ask: ask.fields.iter().map(described).collect(),
            compound: (ask.fields.len() > 1).then(|| ask.name.clone()),
        }
    }

    fn key_value(&self, model: &Model, field: FieldId, slot: SlotId) -> Bind {
        self.value(model.field(field), &crate::plan::Source::Slot(slot))
    }

    /// The primary key that a set read's filter asks for, when it names one row at most.
    pub(super) fn only_key(&self, model: &Model, window: &Window) -> Option<Vec<Bind>> {
        let filter = window.filter.as_ref()?;
        let equals =
            |id: &FieldId| filter.equal_to(*id).map(|slot| self.key_value(model, *id, slot));
        model.key.fields.iter().map(equals).collect()
    }

    fn held(&self, model: &Model, unique: &UniqueWhere) -> Statement {
        let mut sql = Statement::default();
        sql.push("SELECT 1 FROM ").push(&quote(&model.local)).push(" AS t WHERE ");
        for (at, key) in unique.keys.iter().enumerate() {
            sql.push(if at == 0 { "(" } else { " OR (" });
            for (at, (field, slot)) in key.fields.iter().enumerate() {
                let field = model.field(*field);
                sql.push(if at == 0 { "" } else { " AND " })
                    .push(&Scope::root(model).column(field))
                    .push(" = ");
                sql.bind(self.value(field, &crate::plan::Source::Slot(*slot)));
            }
            sql.push(")");
        }
        sql
    }
}
