//! Writes of many rows.

use std::sync::Arc;

use super::super::scope::Scope;
use super::super::{Bind, Sql, Statement};
use super::{BulkProgram, CreateManyProgram, deltas, written};
use crate::plan::{
    AssignOp, Assignment, ChangeMany, CreateMany, InsertMany, Limit, Predicate, RemoveMany,
    SlotKind, Source,
};
use crate::schema::{ADOPTED, Action, Field, Join, Model, quote};

impl Sql<'_> {
    pub fn insert_many(&self, insert: &InsertMany) -> CreateManyProgram {
        let returned = insert.returned.as_ref().map(|returned| self.returned(returned));
        CreateManyProgram { returned, ..self.create_many(&insert.many) }
    }

    pub(super) fn create_many(&self, many: &CreateMany) -> CreateManyProgram {
        let model = self.schema.model(many.model);
        let nothing = vec![Source::Constant(crate::value::Value::Null); model.fields.len()];
        let columns = model.fields.iter().zip(&many.columns);
        let mut statement = self.insert(model, &nothing);
        if many.skips {
            statement.push(" ON CONFLICT DO NOTHING");
        }
        CreateManyProgram {
            model: model.id,
            rows: many.rows,
            insert: statement,
            skips: many.skips,
            returned: None,
            columns: columns
                .map(|(field, (at, fallback))| {
                    (*at, fallback.clone(), self.schema.native(field), SlotKind::of(field))
                })
                .collect(),
        }
    }

    pub fn update_many(&self, change: &ChangeMany) -> BulkProgram {
        let ChangeMany { update, limit, returned } = change;
        let model = self.schema.model(update.model);
        let filter = update.filter.as_ref();
        let scope = Scope::members(model).to_be_written();
        // Where nothing is assigned, Prisma reads the rows, and forgets the limit.
        let (found, most) = if update.assignments.is_empty() {
            (Scope::members(model), None)
        } else {
            (scope, *limit)
        };
        let statement = (!update.assignments.is_empty()).then(|| {
            let mut sql = self.set(model, &update.assignments);
            self.limited(&mut sql, scope, filter, *limit);
            if returned.is_some() {
                Self::returning(&mut sql, model);
            }
            sql
        });
        BulkProgram {
            model: model.id,
            statement,
            returned: returned.as_ref().map(|returned| self.returned(returned)),
            find: self.bulk_find(found, filter, most),
            takes_own: false,
            deltas: deltas(&update.assignments),
            written: written(&update.assignments),
            assigned: self.assigned_values(model, &update.assignments),
        }
    }

    pub fn delete_many(&self, remove: &RemoveMany) -> BulkProgram {
        let RemoveMany { delete, limit } = remove;
        let model = self.schema.model(delete.model);
        let filter = delete.filter.as_ref();
        let mut sql = Statement::default();
        sql.push("DELETE FROM ").push(&quote(&model.local)).push(" AS t");
        let scope = Scope::members(model).to_be_written();
        self.limited(&mut sql, scope, filter, *limit);
        BulkProgram {
            model: model.id,
            statement: Some(sql),
            returned: None,
            find: self.bulk_find(scope, filter, *limit),
            takes_own: self.takes_own(model),
            deltas: Vec::new(),
            written: Arc::default(),
            assigned: Vec::new(),
        }
    }

    /// Whether the delete of a row may take other rows of its model along.
    fn takes_own(&self, model: &Model) -> bool {
        let mut taken = vec![model.id];
        let mut at = 0;
        while let Some(parent) = taken.get(at).copied() {
            at += 1;
            for child in &self.schema.models {
                let cascades = child.relations.iter().any(|relation| {
                    relation.target == parent
                        && relation.on_delete == Action::Cascade
                        && matches!(relation.join, Join::Local { .. })
                });
                if cascades && child.id == model.id {
                    return true;
                }
                if cascades && !taken.contains(&child.id) {
                    taken.push(child.id);
                }
            }
        }
        false
    }

    /// The rows meant, every field of them.
    fn bulk_find(
        &self,
        scope: Scope,
        filter: Option<&Predicate>,
        limit: Option<Limit>,
    ) -> Statement {
        let mut sql = Statement::default();
        let model = scope.model;
        let names: Vec<String> = model.fields.iter().map(|field| scope.column(field)).collect();
        sql.push("SELECT ").push(&names.join(", ")).push(" FROM ");
        sql.push(&quote(&model.local)).push(" AS t");
        self.limited(&mut sql, scope, filter, limit);
        sql
    }

    /// SQLite's `UPDATE` and `DELETE` take no `LIMIT`; its row ids do.
    fn limited(
        &self,
        sql: &mut Statement,
        scope: Scope,
        filter: Option<&Predicate>,
        limit: Option<Limit>,
    ) {
        let Some(limit) = limit else { return self.members_where(sql, scope, filter) };
        sql.push(" WHERE t.rowid IN (SELECT t.rowid FROM ").push(&quote(&scope.model.local));
        sql.push(" AS t");
        self.members_where(sql, scope, filter);
        sql.push(" LIMIT ");
        match limit {
            Limit::Zero => sql.push("0"),
            Limit::Rows(slot) => sql.bind(Bind::Raw(slot)),
        };
        sql.push(")");
    }

    fn members_where(&self, sql: &mut Statement, scope: Scope, filter: Option<&Predicate>) {
        sql.push(" WHERE t.").push(&quote(ADOPTED)).push(" IS NULL");
        if let Some(filter) = filter {
            sql.push(" AND ");
            self.predicate(sql, scope, filter);
        }
    }

    /// What a list is with more elements at its end: a call of the function in `exec/functions/list.rs`.
    pub(super) fn pushed(&self, sql: &mut Statement, field: &Field, assignment: &Assignment) {
        let list = assignment.op == AssignOp::PushAll;
        sql.push(&format!("sharded_push('{}', {}, ", field.scalar.name(), quote(&field.local)));
        sql.push(if list { "1, " } else { "0, " });
        sql.bind(Bind::Value {
            source: assignment.value.clone(),
            native: self.schema.native(field),
            kind: Some(SlotKind { list, ..SlotKind::of(field) }),
        });
        sql.push(")");
    }
}
