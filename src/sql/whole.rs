//! When a filter on a parent is worth a statement of its own, for files in which every row's parents are held: the rows of
//! the parents that are meant, instead of a look-up for each row.

use super::Sql;
use super::predicate::listable;
use crate::ids::FieldId;
use crate::plan::{Predicate, Window};
use crate::schema::{Join, Model};

impl Sql<'_> {
    /// A look-up per row is better where the rows are found by a value of their own, since those are few.
    pub(super) fn worth_listing(&self, model: &Model, window: &Window) -> bool {
        let Some(filter) = &window.filter else { return false };
        let all = match filter {
            Predicate::All(all) => all.as_slice(),
            one => std::slice::from_ref(one),
        };
        let lists = |part: &Predicate| match part {
            Predicate::All(inner) => inner.iter().any(|part| self.lists(model, part)),
            part => self.lists(model, part),
        };
        all.iter().any(lists) && !all.iter().any(|part| finds(model, part))
    }

    fn lists(&self, model: &Model, part: &Predicate) -> bool {
        let Predicate::Related { relation, quantifier, filter } = part else { return false };
        let relation = &model.relations[*relation];
        listable(self.schema, relation, *quantifier, filter.as_deref()).is_some()
    }
}

/// Whether a condition gives the value of an indexed field.
fn finds(model: &Model, part: &Predicate) -> bool {
    match part {
        Predicate::All(inner) => inner.iter().any(|part| finds(model, part)),
        Predicate::Compare { field, operator, negated: false, .. } => {
            operator.finds() && indexed(model, *field)
        }
        _ => false,
    }
}

fn indexed(model: &Model, field: FieldId) -> bool {
    let first = |fields: &[FieldId]| fields.first() == Some(&field);
    let local = |join: &Join| matches!(join, Join::Local { fields, .. } if first(fields));
    model.keys().any(|key| first(&key.fields))
        || model.indexes.iter().any(|fields| first(fields))
        || model.relations.iter().any(|relation| local(&relation.join))
}
