//! Rows that are written with others around them.

use super::super::scope::Scope;
use super::super::{Sql, Statement};
use super::{
    Act, BeforeProgram, ChangeProgram, NestedProgram, PickOne, RowProgram, SettleProgram, Target,
    deltas, edge, written,
};
use crate::plan::{
    Before, Change, Nested, NestedOp, NewRow, Pick, Predicate, Query, Settle, UniqueWhere,
};
use crate::schema::{Join, Model};

impl Sql<'_> {
    pub(super) fn row(&self, query: &Query, row: &NewRow) -> RowProgram {
        let model = self.schema.model(row.model);
        RowProgram {
            model: model.id,
            insert: self.insert(model, &row.values),
            before: self.befores(query, model, &row.before),
            after: self.afters(query, model, &row.after),
        }
    }

    pub(super) fn change(&self, query: &Query, change: &Change) -> ChangeProgram {
        let model = self.schema.model(change.model);
        let statement = (!change.assignments.is_empty()).then(|| {
            let mut sql = self.set(model, &change.assignments);
            sql.push(" WHERE ");
            edge::by_key(&mut sql, model);
            Self::returning(&mut sql, model);
            sql
        });
        ChangeProgram {
            model: model.id,
            statement,
            deltas: deltas(&change.assignments),
            written: written(&change.assignments),
            assigned: self.assigned_values(model, &change.assignments),
            before: self.befores(query, model, &change.before),
            after: self.afters(query, model, &change.after),
        }
    }

    fn befores(&self, query: &Query, model: &Model, before: &[Before]) -> Vec<BeforeProgram> {
        let program = |before: &Before| {
            let target = self.schema.model(model.relations[before.relation].target);
            let found = |unique| self.target(query, unique, Scope::root(target));
            BeforeProgram {
                edge: self.edge(model, before.relation),
                creates: before.creates,
                settle: match &before.settle {
                    Settle::Create(row) => SettleProgram::Create(self.row(query, row)),
                    Settle::Connect(unique) => SettleProgram::Connect(found(unique)),
                    Settle::ConnectOrCreate(unique, row) => {
                        SettleProgram::ConnectOrCreate(found(unique), self.row(query, row))
                    }
                },
            }
        };
        before.iter().map(program).collect()
    }

    fn afters(&self, query: &Query, model: &Model, after: &[Nested]) -> Vec<NestedProgram> {
        let program = |nested: &Nested| NestedProgram {
            edge: self.edge(model, nested.relation),
            created: nested.created,
            act: self.act(query, model, nested),
        };
        after.iter().map(program).collect()
    }

    fn act(&self, query: &Query, model: &Model, nested: &Nested) -> Act {
        let relation = &model.relations[nested.relation];
        let target = self.schema.model(relation.target);
        let found = |unique: &UniqueWhere| self.target(query, unique, Scope::root(target));
        let all = |uniques: &[UniqueWhere]| uniques.iter().map(found).collect::<Vec<Target>>();
        // Rows of a list that have the key themselves are found by the update that ties them.
        let tied =
            |unique: &UniqueWhere| self.target(query, unique, Scope::root(target).to_be_written());
        let takes_key = relation.list && matches!(relation.join, Join::Remote { .. });
        let pick = |pick: &Pick| match pick {
            Pick::Unique(unique) => PickOne::Unique(found(unique)),
            Pick::Only(filter) => PickOne::Only(self.meets(target, filter.as_ref())),
        };
        let listed = |filter: &Option<Predicate>| {
            let mut sql = self.related_rows(relation);
            if let Some(filter) = filter {
                sql.push(" AND ");
                self.predicate(&mut sql, Scope::root(target), filter);
            }
            sql
        };
        match &nested.op {
            NestedOp::Create(row) => Act::Create(self.row(query, row)),
            NestedOp::CreateMany(many, by_name) => {
                Act::CreateMany(self.create_many(many), *by_name)
            }
            NestedOp::Connect(rows) if takes_key => Act::Connect(rows.iter().map(tied).collect()),
            NestedOp::Connect(rows) => Act::Connect(all(rows)),
            NestedOp::Replace(at) => Act::Replace(*at),
            NestedOp::Attach(at) => Act::Attach(*at),
            NestedOp::Taken => Act::Taken,
            NestedOp::ConnectOrCreate(unique, row) => {
                Act::ConnectOrCreate(found(unique), self.row(query, row))
            }
            NestedOp::Update(one, change) => Act::Update(pick(one), self.change(query, change)),
            NestedOp::UpdateMany(filter, change) => {
                Act::UpdateMany(listed(filter), self.change(query, change))
            }
            NestedOp::Upsert(one, change, row) => {
                Act::Upsert(pick(one), self.change(query, change), self.row(query, row))
            }
            NestedOp::Delete(rows) => Act::Delete(all(rows)),
            NestedOp::DeleteOne(filter) => {
                Act::DeleteOne(PickOne::Only(self.meets(target, filter.as_ref())))
            }
            NestedOp::DeleteMany(filter) => Act::DeleteMany(listed(filter)),
            NestedOp::Disconnect(rows) => Act::Disconnect(all(rows)),
            NestedOp::DisconnectOne(filter) => {
                Act::DisconnectOne(self.meets(target, filter.as_ref()))
            }
            NestedOp::Set(rows) => Act::Set(all(rows)),
        }
    }

    /// Finds the row of a key if it meets the filter.
    fn meets(&self, model: &Model, filter: Option<&Predicate>) -> Option<Statement> {
        filter.map(|filter| {
            let mut sql = Statement::default();
            Self::whole(&mut sql, model);
            edge::by_key(&mut sql, model);
            sql.push(" AND ");
            self.predicate(&mut sql, Scope::root(model), filter);
            sql
        })
    }
}
