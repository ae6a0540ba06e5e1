//! [`Order`] -> `ORDER BY`, in the main provider's own order of NULLs and enum values.

use super::scope::Scope;
use super::{Bind, Sql, Statement};
use crate::collation::Rule;
use crate::plan::{Leaf, Nulls, Order, Take, Window, is_total};
use crate::scalar::Scalar;
use crate::schema::{Field, Join, Model, Provider};

impl Sql<'_> {
    /// `ORDER BY …`, reversed when the last rows are wanted. Where rows are cut off and the order leaves some alike, the
    /// order of the table tells them apart, so that pages neither overlap nor leave gaps.
    pub fn order_by(&self, sql: &mut Statement, scope: Scope, window: &Window) {
        let reversed = window.take.is_last();
        let mut glue = " ORDER BY ";
        for order in &window.order {
            sql.push(glue);
            self.term(sql, scope, order, reversed);
            glue = ", ";
        }
        if (window.cut() || window.cursor.is_some()) && !is_total(scope.model, &window.order) {
            // In the direction of the last term an index on it serves for both.
            let descending = window.order.last().is_some_and(|order| order.descending) != reversed;
            sql.push(glue).push(&scope.row_id()).push(if descending { " DESC" } else { " ASC" });
        }
    }

    pub(super) fn term(&self, sql: &mut Statement, scope: Scope, order: &Order, reversed: bool) {
        let descending = order.descending != reversed;
        self.sort_key(sql, scope, &order.path, order.leaf);
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

    /// The value at a related row; without that row NULL, or 0 for a count. A row that is not held has no known value.
    fn hop(&self, sql: &mut Statement, scope: Scope, hop: usize, rest: &[usize], leaf: Leaf) {
        let relation = &scope.model.relations[hop];
        let target = scope.nested(self.schema.model(relation.target), false);
        let is_count = matches!(leaf, Leaf::Count(_));
        sql.push(if is_count { "COALESCE((SELECT " } else { "(SELECT " });
        self.sort_key(sql, target, rest, leaf);
        self.children(sql, scope, target, &relation.join);
        if let Some(unknown) = unknown(scope, &relation.join) {
            sql.push(" UNION ALL SELECT sharded_unheld() WHERE ").push(&unknown).push(" LIMIT 1");
        }
        sql.push(")");
        if is_count {
            sql.push(", 0)");
        } else if let Some(collation) = self.collation(target.model, rest, leaf) {
            // A query in parentheses does not bring its column's collation along.
            sql.push(" COLLATE ").push(&collation);
        }
    }

    fn collation(&self, start: &Model, path: &[usize], leaf: Leaf) -> Option<String> {
        let Leaf::Field(id) = leaf else { return None };
        let hop = |model: &Model, hop: &usize| model.relations[*hop].target;
        let model = path.iter().fold(start, |model, at| self.schema.model(hop(model, at)));
        let field = model.field(id);
        match self.strings.rule(self.schema, field) {
            Rule::Ordered(collation) => Some(collation.to_string()),
            _ => field.scalar.declared().split_once(" COLLATE ").map(|(_, name)| name.to_owned()),
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

/// When does a related row that is not found say nothing? When its key says that it exists, or when it would be on the
/// side of a row that is held for look-ups only.
fn unknown(scope: Scope, join: &Join) -> Option<String> {
    let Join::Local { fields, .. } = join else {
        return (!scope.is_member()).then(|| format!("{} IS NOT NULL", scope.adopted()));
    };
    let set =
        fields.iter().map(|id| format!("{} IS NOT NULL", scope.column(scope.model.field(*id))));
    Some(set.collect::<Vec<_>>().join(" AND "))
}
