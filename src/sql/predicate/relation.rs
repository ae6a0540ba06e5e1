//! Filters on relations: nested queries that find their rows by the keys of the row outside.

use super::super::scope::Scope;
use super::super::{Sql, Statement};
use crate::ids::FieldId;
use crate::plan::{Predicate, Quantifier};
use crate::schema::{Join, Model, Relation, Schema, quote, whole_mark};

type Filter<'a> = Option<&'a Predicate>;

impl Sql<'_> {
    pub fn related(
        &self,
        sql: &mut Statement,
        scope: Scope,
        relation: &Relation,
        quantifier: Quantifier,
        filter: Filter,
    ) {
        let target = self.schema.model(relation.target);
        if scope.is_whole()
            && let Some(reference) = listable(self.schema, relation, quantifier, filter)
        {
            return self.listed(sql, scope, relation, reference, filter);
        }
        match (quantifier, &relation.join) {
            (Quantifier::Is | Quantifier::IsNot, Join::Local { fields, references }) => {
                self.local(sql, scope, target, (fields, references), quantifier, filter);
            }
            (Quantifier::Is | Quantifier::IsNot, _) => {
                self.guarded(sql, scope, |this, sql| {
                    this.remote(sql, scope, target, &relation.join, quantifier, filter);
                });
            }
            _ => self.guarded(sql, scope, |this, sql| {
                this.quantified(sql, scope, target, &relation.join, quantifier, filter);
            }),
        }
    }

    /// The lists of a row that is held for look-ups only are not known here.
    pub(in crate::sql) fn guarded(
        &self,
        sql: &mut Statement,
        scope: Scope,
        write: impl FnOnce(&Self, &mut Statement),
    ) {
        if scope.is_member() {
            return write(self, sql);
        }
        sql.push("CASE WHEN ").push(&scope.adopted()).push(" IS NULL THEN ");
        write(self, sql);
        sql.push(" ELSE sharded_unheld() END");
    }

    fn quantified(
        &self,
        sql: &mut Statement,
        scope: Scope,
        target: &Model,
        join: &Join,
        quantifier: Quantifier,
        filter: Filter,
    ) {
        let inner = scope.nested(target, true);
        sql.push(match quantifier {
            Quantifier::Some => "EXISTS (SELECT 1",
            _ => "NOT EXISTS (SELECT 1",
        });
        self.children(sql, scope, inner, join);
        sql.push(" AND ").push(&inner.adopted()).push(" IS NULL");
        match (quantifier, filter) {
            (Quantifier::Every, None) => {
                sql.push(" AND 0");
            }
            (Quantifier::Every, Some(filter)) => {
                sql.push(" AND NOT (");
                self.predicate(sql, inner, filter);
                sql.push(")");
            }
            (_, Some(filter)) => {
                sql.push(" AND ");
                self.predicate(sql, inner, filter);
            }
            (_, None) => {}
        }
        sql.push(")");
    }

    /// `FROM … WHERE` the rows that belong to the row of `scope`.
    pub(in crate::sql) fn children(
        &self,
        sql: &mut Statement,
        scope: Scope,
        inner: Scope,
        join: &Join,
    ) {
        sql.push(" FROM ");
        match join {
            Join::Local { fields, references } => {
                table(sql, inner);
                matching(sql, (inner, references), (scope, fields));
            }
            Join::Remote { fields, references } => {
                table(sql, inner);
                matching(sql, (inner, fields), (scope, references));
            }
            Join::Link { table: link, ours, theirs } => {
                let link = self.schema.model(*link);
                let column =
                    |id: FieldId| format!("{}.{}", inner.link(), quote(&link.field(id).local));
                // CROSS: SQLite keeps the order, links first, which the keys of both make a look-up each.
                sql.push(&quote(&link.local)).push(" AS ").push(&inner.link()).push(" CROSS JOIN ");
                table(sql, inner);
                sql.push(" ON ").push(&inner.key()).push(" = ").push(&column(*theirs));
                sql.push(" WHERE ").push(&column(*ours)).push(" = ").push(&scope.key());
            }
        }
    }

    /// A record whose foreign key is on the other side: at most one row. Its predicate may be neither true nor false.
    fn remote(
        &self,
        sql: &mut Statement,
        scope: Scope,
        target: &Model,
        join: &Join,
        quantifier: Quantifier,
        filter: Filter,
    ) {
        let inner = scope.nested(target, false);
        let Some(filter) = filter else {
            sql.push(if quantifier == Quantifier::Is { "EXISTS" } else { "NOT EXISTS" });
            sql.push(" (SELECT 1");
            self.children(sql, scope, inner, join);
            sql.push(")");
            return;
        };
        let absent = i64::from(quantifier == Quantifier::IsNot);
        sql.push("NULLIF(IFNULL((SELECT ");
        self.judged(sql, (scope, inner), quantifier, filter);
        self.children(sql, scope, inner, join);
        sql.push(&format!("), {absent}), -1)"));
    }

    /// A record that our foreign key names: without the key there is none, and a key without its row is not held.
    fn local(
        &self,
        sql: &mut Statement,
        scope: Scope,
        target: &Model,
        (fields, references): (&[FieldId], &[FieldId]),
        quantifier: Quantifier,
        filter: Filter,
    ) {
        let inner = scope.nested(target, false);
        let nulls: Vec<String> = fields
            .iter()
            .map(|id| scope.model.field(*id))
            .filter(|field| !field.required)
            .map(|field| format!("{} IS NULL", scope.column(field)))
            .collect();
        let absent = i64::from(quantifier == Quantifier::IsNot);
        sql.push("NULLIF(COALESCE((SELECT ");
        match filter {
            Some(filter) => self.judged(sql, (scope, inner), quantifier, filter),
            None => {
                sql.push(if quantifier == Quantifier::Is { "1" } else { "0" });
            }
        }
        sql.push(" FROM ");
        table(sql, inner);
        matching(sql, (inner, references), (scope, fields));
        sql.push("), ");
        if nulls.is_empty() {
            sql.push("sharded_unheld()");
        } else {
            sql.push("CASE WHEN ").push(&nulls.join(" OR "));
            sql.push(&format!(" THEN {absent} ELSE sharded_unheld() END"));
        }
        // When nothing is held in doubt, what is not held is not there.
        sql.push(&format!(", {absent}), -1)"));
    }

    /// The same where every parent is held, as a list of the parents that are meant.
    fn listed(
        &self,
        sql: &mut Statement,
        scope: Scope,
        relation: &Relation,
        (field, reference): (FieldId, FieldId),
        filter: Filter,
    ) {
        let target = self.schema.model(relation.target);
        let inner = scope.listed(target);
        let mark = whole_mark(scope.model, relation);
        if !sql.wholes.contains(&mark) {
            sql.wholes.push(mark);
        }
        sql.push(&scope.column(scope.model.field(field))).push(" IN (SELECT ");
        sql.push(&inner.column(target.field(reference))).push(" FROM ");
        table(sql, inner);
        if let Some(filter) = filter {
            sql.push(" WHERE ");
            self.predicate(sql, inner, filter);
        }
        sql.push(")");
    }

    /// 1, 0, or -1 for what is neither.
    fn judged(
        &self,
        sql: &mut Statement,
        (scope, inner): (Scope, Scope),
        quantifier: Quantifier,
        filter: &Predicate,
    ) {
        let negated = quantifier == Quantifier::IsNot;
        let inner = if negated && scope.is_written() { inner.turned() } else { inner };
        sql.push(if negated { "IFNULL(NOT (" } else { "IFNULL((" });
        self.predicate(sql, inner, filter);
        sql.push(match (scope.is_written(), negated) {
            (true, true) => "), 1)",
            (true, false) => "), 0)",
            (false, _) => "), -1)",
        });
    }
}

/// The foreign key and what it names, where a list of the parents that are meant says the same as a look-up per row: every
/// parent's answer is then asked for, so it must be one that any held row can give.
pub(in crate::sql) fn listable(
    schema: &Schema,
    relation: &Relation,
    quantifier: Quantifier,
    filter: Filter,
) -> Option<(FieldId, FieldId)> {
    let plain = filter.is_none_or(|filter| !asks_relations(filter));
    if quantifier == Quantifier::Is && plain { schema.enforced(relation) } else { None }
}

fn asks_relations(filter: &Predicate) -> bool {
    match filter {
        Predicate::All(inner) | Predicate::Any(inner) => inner.iter().any(asks_relations),
        Predicate::Not(inner) => asks_relations(inner),
        Predicate::Related { .. } => true,
        _ => false,
    }
}

fn table(sql: &mut Statement, scope: Scope) {
    sql.push(&quote(&scope.model.local)).push(" AS ").push(&scope.alias());
}

fn matching(
    sql: &mut Statement,
    (left, lefts): (Scope, &[FieldId]),
    (right, rights): (Scope, &[FieldId]),
) {
    for (at, (ours, theirs)) in lefts.iter().zip(rights).enumerate() {
        sql.push(if at == 0 { " WHERE " } else { " AND " });
        sql.push(&left.column(left.model.field(*ours))).push(" = ");
        sql.push(&right.column(right.model.field(*theirs)));
    }
}
