//! Writes: the row statements. Changes are captured where they run (`exec/capture.rs`).

mod bulk;
mod edge;
mod nested;
mod program;

use std::sync::Arc;

use super::scope::Scope;
use super::{Sql, Statement};
use crate::ids::FieldId;
use crate::plan::{
    AssignOp, Assignment, Change, Create, Delete, Query, Returned, SlotKind, Source, UniqueWhere,
    Upsert,
};
use crate::scalar::{Native, Scalar};
use crate::schema::{Field, Model, Provider, quote};

pub use program::{
    Act, Assigned, BeforeProgram, BulkProgram, ChangeProgram, CreateManyProgram, CreateProgram,
    DeleteProgram, Delta, Edge, EdgeKind, NestedProgram, PickOne, ReturnedProgram, RowProgram,
    SettleProgram, Target, UpdateProgram, UpsertProgram,
};

impl Sql<'_> {
    pub fn create(&self, query: &Query, create: &Create) -> CreateProgram {
        CreateProgram {
            row: self.row(query, &create.row),
            returned: self.returned(&create.returned),
        }
    }

    fn returned(&self, returned: &Returned) -> ReturnedProgram {
        ReturnedProgram {
            read: self.read_row(&returned.node),
            fields: returned.node.fields.iter().map(|id| id.index()).collect(),
            with_relations: !(returned.node.relations.is_empty()
                && returned.node.counts.is_empty()),
        }
    }

    /// Inserts one row; binds are in field order.
    fn insert(&self, model: &Model, values: &[Source]) -> Statement {
        let mut sql = Statement::default();
        let names: Vec<String> = model.fields.iter().map(|field| quote(&field.local)).collect();
        sql.push("INSERT INTO ")
            .push(&quote(&model.local))
            .push(" (")
            .push(&names.join(", "))
            .push(") VALUES (");
        for (at, (field, value)) in model.fields.iter().zip(values).enumerate() {
            sql.push(if at == 0 { "" } else { ", " }).bind(self.value(field, value));
        }
        sql.push(")");
        sql
    }

    pub fn update(
        &self,
        query: &Query,
        target: &UniqueWhere,
        change: &Change,
        returned: &Returned,
    ) -> UpdateProgram {
        let model = self.schema.model(change.model);
        let scope = self.found(model, finds_itself(model, change));
        self.updating(query, (target, scope), change, returned)
    }

    /// The table of a row by a unique `where`, which the statement that writes it finds itself, or Prisma reads first. It does
    /// before MySQL, whose statements tell no rows.
    fn found<'m>(&self, model: &'m Model, itself: bool) -> Scope<'m> {
        let scope = Scope::root(model);
        if itself && self.schema.provider != Provider::Mysql {
            scope.to_be_written()
        } else {
            scope
        }
    }

    fn updating(
        &self,
        query: &Query,
        (target, scope): (&UniqueWhere, Scope),
        change: &Change,
        returned: &Returned,
    ) -> UpdateProgram {
        let model = self.schema.model(change.model);
        let is_flat = change.is_flat() && !change.assignments.is_empty();
        let flat = is_flat.then(|| {
            let mut sql = self.set(model, &change.assignments);
            sql.push(" WHERE ");
            self.predicate(&mut sql, scope, &target.predicate);
            Self::returning(&mut sql, model);
            sql
        });
        UpdateProgram {
            model: model.id,
            target: self.target(query, target, scope),
            flat,
            change: self.change(query, change),
            returned: self.returned(returned),
        }
    }

    /// A row by a unique `where`.
    fn target(&self, query: &Query, target: &UniqueWhere, scope: Scope) -> Target {
        Target { lookup: self.lookup(query, scope.model, target), find: self.find(target, scope) }
    }

    /// What a refused row would have held.
    fn assigned_values(&self, model: &Model, assignments: &[Assignment]) -> Vec<Assigned> {
        let set = assignments.iter().filter(|assignment| assignment.op == AssignOp::Set);
        set.map(|assignment| {
            let field = model.field(assignment.field);
            let native = self.schema.native(field);
            (field.id, assignment.value.clone(), native, SlotKind::of(field))
        })
        .collect()
    }

    /// `RETURNING` every field, in model order.
    fn returning(sql: &mut Statement, model: &Model) {
        let names: Vec<String> = model.fields.iter().map(|field| quote(&field.local)).collect();
        sql.push(" RETURNING ").push(&names.join(", "));
    }

    fn find(&self, target: &UniqueWhere, scope: Scope) -> Statement {
        let mut sql = Statement::default();
        Self::whole(&mut sql, scope.model);
        self.predicate(&mut sql, scope, &target.predicate);
        sql
    }

    /// `SELECT` every field, in model order, of the rows for which a condition holds.
    fn whole(sql: &mut Statement, model: &Model) {
        let names: Vec<String> =
            model.fields.iter().map(|field| Scope::root(model).column(field)).collect();
        sql.push("SELECT ")
            .push(&names.join(", "))
            .push(" FROM ")
            .push(&quote(&model.local))
            .push(" AS t WHERE ");
    }

    fn set(&self, model: &Model, assignments: &[Assignment]) -> Statement {
        let mut sql = Statement::default();
        sql.push("UPDATE ").push(&quote(&model.local)).push(" AS t SET ");
        for (at, assignment) in assignments.iter().enumerate() {
            let field = model.field(assignment.field);
            sql.push(if at == 0 { "" } else { ", " }).push(&quote(&field.local)).push(" = ");
            self.assigned(&mut sql, field, assignment);
        }
        sql
    }

    fn assigned(&self, sql: &mut Statement, field: &Field, assignment: &Assignment) {
        if assignment.op == AssignOp::Set {
            sql.bind(self.value(field, &assignment.value));
            return;
        }
        if matches!(assignment.op, AssignOp::Push | AssignOp::PushAll) {
            self.pushed(sql, field, assignment);
            return;
        }
        // A decimal's precision is the column's, not the operand's.
        let native = match self.schema.native(field) {
            Native::Numeric(..) => Native::Plain,
            other => other,
        };
        let operand = super::Bind::Value {
            source: assignment.value.clone(),
            native,
            kind: Some(SlotKind::of(field)),
        };
        let (kind, precision, scale) = match self.schema.native(field) {
            Native::Numeric(precision, scale) => (field.scalar.name(), precision, scale),
            Native::SmallInt => ("SmallInt", 0, 0),
            Native::Real => ("Real", 0, 0),
            // Any integer of SQLite has 64 bits; whether Prisma reads it is another matter (`exec/fits.rs`).
            _ if self.schema.provider == Provider::Sqlite && field.scalar == Scalar::Int => {
                (Scalar::BigInt.name(), 0, 0)
            }
            _ => (field.scalar.name(), 0, 0),
        };
        let op = match assignment.op {
            AssignOp::Increment => "+",
            AssignOp::Decrement => "-",
            AssignOp::Multiply => "*",
            _ => "/",
        };
        sql.push(&format!(
            "sharded_arithmetic('{op}', '{kind}', {precision}, {scale}, {}, ",
            quote(&field.local)
        ));
        sql.bind(operand).push(")");
    }

    pub fn upsert(&self, query: &Query, upsert: &Upsert) -> UpsertProgram {
        // Prisma looks whether it is there.
        let model = self.schema.model(upsert.change.model);
        let target = (&upsert.target, Scope::root(model));
        let shown = &upsert.returned.node;
        UpsertProgram {
            one_statement: self.schema.provider != Provider::Mysql
                && upsert.target.only_key
                && upsert.change.is_flat()
                && finds_itself(model, &upsert.change)
                && shown.relations.is_empty()
                && shown.counts.is_empty(),
            update: self.updating(query, target, &upsert.change, &upsert.returned),
            row: upsert.row.as_ref().map(|row| self.row(query, row)),
        }
    }

    pub fn delete(&self, query: &Query, delete: &Delete) -> DeleteProgram {
        let model = self.schema.model(delete.model);
        let shown = &delete.returned.node;
        // What is related to it, Prisma reads before.
        let scope = self.found(model, shown.relations.is_empty() && shown.counts.is_empty());
        let mut sql = Statement::default();
        sql.push("DELETE FROM ").push(&quote(&model.local)).push(" AS t WHERE ");
        self.predicate(&mut sql, scope, &delete.target.predicate);
        DeleteProgram {
            model: model.id,
            lookup: self.lookup(query, model, &delete.target),
            find: self.find(&delete.target, scope),
            statement: sql,
            returned: self.returned(&delete.returned),
        }
    }
}

/// Whether an update finds its row. Where nothing is assigned, Prisma reads the row.
fn finds_itself(model: &Model, change: &Change) -> bool {
    let stamp =
        |one: &Assignment| matches!(one.value, Source::Now) && model.field(one.field).updated_at;
    !change.assignments.iter().all(stamp)
}

fn written(assignments: &[Assignment]) -> Arc<[FieldId]> {
    assignments.iter().map(|assignment| assignment.field).collect()
}

/// Additions travel as additions; every other operation is carried by its result.
fn deltas(assignments: &[Assignment]) -> Vec<Delta> {
    assignments
        .iter()
        .filter(|assignment| matches!(assignment.op, AssignOp::Increment | AssignOp::Decrement))
        .map(|assignment| Delta {
            field: assignment.field.index(),
            op: assignment.op,
            value: assignment.value.clone(),
        })
        .collect()
}
