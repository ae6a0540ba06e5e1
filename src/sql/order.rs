//! [`Order`] -> `ORDER BY`, in the main provider's own order of NULLs and enum values.

use super::scope::Scope;
use super::{Bind, Sql, Statement};
use crate::plan::{Nulls, Order, Take, Window};
use crate::scalar::Scalar;
use crate::schema::{Field, Provider};

impl Sql<'_> {
    /// `ORDER BY …`, reversed when the last rows are wanted.
    pub fn order_by(&self, sql: &mut Statement, scope: Scope, window: &Window) {
        let reversed = matches!(window.take, Take::Last(_));
        for (at, order) in window.order.iter().enumerate() {
            sql.push(if at == 0 { " ORDER BY " } else { ", " });
            self.term(sql, scope, *order, reversed);
        }
    }

    pub(super) fn term(&self, sql: &mut Statement, scope: Scope, order: Order, reversed: bool) {
        let field = scope.model.field(order.field);
        let descending = order.descending != reversed;
        sql.push(&self.sort_key(scope, field)).push(if descending { " DESC" } else { " ASC" });
        if !field.required {
            let first = self.nulls_first(order) != reversed;
            // SQLite's own placement needs no words, and lets an index serve.
            if first == descending {
                sql.push(if first { " NULLS FIRST" } else { " NULLS LAST" });
            }
        }
    }

    fn nulls_first(&self, order: Order) -> bool {
        match order.nulls {
            Nulls::First => true,
            Nulls::Last => false,
            Nulls::Default => (self.schema.provider == Provider::Postgres) == order.descending,
        }
    }

    /// What rows are ordered by: an enum's text has no part in its order.
    pub(super) fn sort_key(&self, scope: Scope, field: &Field) -> String {
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
            Take::FirstConst(count) | Take::Last(count) => {
                sql.push(" LIMIT ").bind(Bind::Number(count))
            }
        };
        if let Some(skip) = window.skip {
            sql.push(" OFFSET ").bind(Bind::Raw(skip));
        }
    }
}
