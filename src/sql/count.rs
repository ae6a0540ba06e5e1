//! How many rows a list has, as a column or as what an order compares.

use super::scope::Scope;
use super::{Sql, Statement};
use crate::plan::Predicate;

impl Sql<'_> {
    /// The rows of that list which meet the filter. The lists of a row that is held for look-ups only are not known.
    pub(super) fn count_rows(
        &self,
        sql: &mut Statement,
        scope: Scope,
        relation: usize,
        filter: Option<&Predicate>,
    ) {
        let relation = &scope.model.relations[relation];
        let inner = scope.nested(self.schema.model(relation.target), true);
        self.guarded(sql, scope, |this, sql| {
            sql.push("(SELECT COUNT(*)");
            this.children(sql, scope, inner, &relation.join);
            sql.push(" AND ").push(&inner.adopted()).push(" IS NULL");
            if let Some(filter) = filter {
                sql.push(" AND ");
                this.predicate(sql, inner, filter);
            }
            sql.push(")");
        });
    }
}
