//! `InnoDB` follows a new key into a link table by one column at a time. Of a row that is linked with itself it has moved one end
//! when it looks at the other, whose row it does not find any more.

use super::super::Database;
use super::super::refusal::parent_missing;
use super::row::pick;
use crate::error::Stop;
use crate::ids::{FieldId, ModelId};
use crate::schema::{Join, Provider};
use crate::value::Value;

impl Database {
    /// Whether the write gives new keys to rows that may be linked with themselves.
    pub(super) fn may_knot(&self, model: ModelId, written: &[FieldId]) -> bool {
        let model = self.schema.model(model);
        self.schema.provider == Provider::Mysql
            && written.iter().any(|id| model.key.fields.contains(id))
            && model.relations.iter().any(|relation| {
                relation.target == model.id && matches!(relation.join, Join::Link { .. })
            })
    }

    /// Refuses a row that is linked with itself.
    pub(super) fn unknotted(&self, model: ModelId, row: &[Value]) -> Result<(), Stop> {
        let key = pick(row, &self.schema.model(model).key.fields);
        let own = self.schema.model(model).relations.iter().filter(|one| one.target == model);
        for relation in own {
            let Join::Link { table, ours, theirs } = &relation.join else { continue };
            let (link, ends) = (self.schema.model(*table), [*ours, *theirs]);
            if self.holds(link, &ends, &[&key[0], &key[0]])? {
                let last = ends[0].max(ends[1]);
                return Err(parent_missing(link, &[last]).into());
            }
        }
        Ok(())
    }
}
