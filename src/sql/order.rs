//! [`Order`] -> `ORDER BY`, in the main provider's own order of NULLs and enum values. Paths: `path.rs`.

use super::scope::Scope;
use super::{Bind, Sql, Statement};
use crate::plan::{Leaf, Nulls, Order, Take, Window, is_total};
use crate::scalar::Scalar;
use crate::schema::{Field, Provider};

impl Sql<'_> {
    /// `ORDER BY …`, reversed when the last rows are wanted. Where rows are cut off and the order leaves some alike, the
    /// order of the table tells them apart, so that pages neither overlap nor leave gaps.
    pub fn order_by(&self, sql: &mut Statement, scope: Scope, window: &Window) {
        let reversed = window.take.is_last();
        let mut glue = " ORDER BY ";
        for (at, order) in window.order.iter().enumerate() {
            sql.push(glue);
            self.path_key(sql, scope, order, at);
            self.direction(sql, scope, order, reversed);
            glue = ", ";
        }
        if (window.cut() || window.cursor.is_some()) && !is_total(scope.model, &window.order) {
            // In the direction of the last term an index on it serves for both.
            let descending = window.order.last().is_some_and(|order| order.descending) != reversed;
            sql.push(glue).push(&scope.row_id()).push(if descending { " DESC" } else { " ASC" });
        }
    }

    pub(super) fn term(&self, sql: &mut Statement, scope: Scope, order: &Order, reversed: bool) {
        self.sort_key(sql, scope, &order.path, order.leaf);
        self.direction(sql, scope, order, reversed);
    }

    fn direction(&self, sql: &mut Statement, scope: Scope, order: &Order, reversed: bool) {
        let descending = order.descending != reversed;
        sql.push(if descending { " DESC" } else { " ASC" });
        if may_be_null(scope, order) {
            let first = self.nulls_first(order) != reversed;
            // SQLite's own placement needs no words, and lets an index serve.
            if first == descending {
                sql.push(if first { " NULLS FIRST" } else { " NULLS LAST" });
            }
        }
    }

    fn nulls_first(&self, order: &Order) -> bool {
        match order.nulls {
            Nulls::First => true,
            Nulls::Last => false,
            Nulls::Default => (self.schema.provider == Provider::Postgres) == order.descending,
        }
    }

    /// What an order compares: a column, or the value at the end of a path of to-one relations.
    pub(super) fn sort_key(&self, sql: &mut Statement, scope: Scope, path: &[usize], leaf: Leaf) {
        match (path.split_first(), leaf) {
            (None, Leaf::Field(id)) => {
                sql.push(&self.rank(scope, scope.model.field(id)));
            }
            (None, Leaf::Count(relation)) => self.count_rows(sql, scope, relation, None),
            (Some((hop, rest)), _) => self.hop(sql, scope, *hop, rest, leaf),
        }
    }

    /// What rows are ordered by: an enum's text has no part in its order.
    pub(super) fn rank(&self, scope: Scope, field: &Field) -> String {
        let column = self.ordered(scope, field);
        let (Scalar::Enum, Some(at)) = (field.scalar, field.enumeration) else { return column };
        let mut text = format!("CASE {column}");
        for (rank, value) in self.schema.ordered_values(at).into_iter().enumerate() {
            let name = value.name.replace('\'', "''");
            text.extend([" WHEN '", &name, "' THEN ", &rank.to_string()]);
        }
        text.push_str(" END");
        text
    }

    /// ` LIMIT … OFFSET …` for a result without parents.
    pub fn limit(sql: &mut Statement, window: &Window) {
        match window.take {
            Take::All if window.skip.is_none() => return,
            Take::All => sql.push(" LIMIT -1"),
            Take::None => sql.push(" LIMIT 0"),
            Take::First(slot) => sql.push(" LIMIT ").bind(Bind::Raw(slot)),
            Take::Last(slot) => sql.push(" LIMIT -").bind(Bind::Raw(slot)),
            Take::FirstConst(count) | Take::LastConst(count) => {
                sql.push(" LIMIT ").bind(Bind::Number(count))
            }
        };
        if let Some(skip) = window.skip {
            sql.push(" OFFSET ").bind(Bind::Raw(skip));
        }
    }
}

fn may_be_null(scope: Scope, order: &Order) -> bool {
    let Leaf::Field(id) = order.leaf else { return false };
    !order.path.is_empty() || !scope.model.field(id).required
}
