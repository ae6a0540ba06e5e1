//! What stands at the end of a path of to-one relations: without a row on the way NULL, or 0 for a count. A row that is
//! not held has no known value.

use super::scope::Scope;
use super::{Sql, Statement};
use crate::collation::{DECLARED, Rule};
use crate::ids::FieldId;
use crate::plan::{Leaf, Order, Window};
use crate::schema::{Join, Model, Relation, quote};

/// One relation of a path: from a table of the statement to a joined one.
struct Step<'a> {
    from: Scope<'a>,
    relation: &'a Relation,
    to: Scope<'a>,
}

impl Sql<'_> {
    /// ` AS …` the table of a set of rows, joined with what its order needs: SQLite sorts faster by a joined column than by
    /// a query for each row.
    pub(super) fn table(&self, sql: &mut Statement, scope: Scope, window: &Window) {
        sql.push(&quote(&scope.model.local)).push(" AS ").push(&scope.alias());
        self.joins(sql, scope, window);
    }

    pub(super) fn joins(&self, sql: &mut Statement, scope: Scope, window: &Window) {
        for (at, order) in window.order.iter().enumerate() {
            for Step { from, relation, to } in self.steps(scope, order, at) {
                sql.push(" LEFT JOIN ").push(&quote(&to.model.local)).push(" AS ");
                sql.push(&to.alias()).push(" ON ").push(&pairs(from, to, &relation.join));
            }
        }
    }

    fn steps<'a>(&'a self, root: Scope<'a>, order: &Order, at: usize) -> Vec<Step<'a>> {
        let mut from = root;
        let step = |(hop_at, hop): (usize, &usize)| {
            let relation = &from.model.relations[*hop];
            let number = u16::try_from(at * 64 + hop_at + 1).unwrap_or(u16::MAX);
            let to = root.joined(self.schema.model(relation.target), number);
            let step = Step { from, relation, to };
            from = to;
            step
        };
        order.path.iter().enumerate().map(step).collect()
    }

    /// What the order at that position compares, in a statement that has the joins.
    pub(super) fn path_key(&self, sql: &mut Statement, scope: Scope, order: &Order, at: usize) {
        let steps = self.steps(scope, order, at);
        let Some(last) = steps.last() else {
            return self.sort_key(sql, scope, &[], order.leaf);
        };
        sql.push("CASE");
        for Step { from, relation, to } in &steps {
            if let Some(unknown) = unknown(*from, &relation.join) {
                sql.push(" WHEN ").push(&to.row_id()).push(" IS NULL AND ").push(&unknown);
                sql.push(" THEN sharded_unheld()");
            }
        }
        sql.push(" WHEN 1 THEN ");
        self.sort_key(sql, last.to, &[], order.leaf);
        sql.push(" END");
        if let Some(collation) = self.collation(scope.model, &order.path, order.leaf) {
            // An expression does not bring its column's collation along.
            sql.push(" COLLATE ").push(&collation);
        }
    }

    /// The same as a query in parentheses.
    pub(super) fn hop(
        &self,
        sql: &mut Statement,
        scope: Scope,
        hop: usize,
        rest: &[usize],
        leaf: Leaf,
    ) {
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
            Rule::Declared => Some(DECLARED.to_owned()),
            _ => field.scalar.declared().split_once(" COLLATE ").map(|(_, name)| name.to_owned()),
        }
    }
}

/// The condition that joins a row to its one related row.
fn pairs(from: Scope, to: Scope, join: &Join) -> String {
    let (ours, theirs): (&[FieldId], &[FieldId]) = match join {
        Join::Local { fields, references } => (fields, references),
        Join::Remote { fields, references } => (references, fields),
        Join::Link { .. } => unreachable!("an order follows to-one relations only"),
    };
    let pair = |(our, their): (&FieldId, &FieldId)| {
        let (our, their) = (from.model.field(*our), to.model.field(*their));
        format!("{} = {}", to.column(their), from.column(our))
    };
    ours.iter().zip(theirs).map(pair).collect::<Vec<_>>().join(" AND ")
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
