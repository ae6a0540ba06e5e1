//! The statements that tie and part two rows.

use std::sync::Arc;

use super::super::scope::Scope;
use super::super::{Bind, Sql, Statement};
use super::{Edge, EdgeKind};
use crate::ids::FieldId;
use crate::plan::Source;
use crate::schema::{ADOPTED, Join, Model, Relation, quote};

impl Sql<'_> {
    pub(super) fn edge(&self, model: &Model, at: usize) -> Edge {
        let relation = &model.relations[at];
        let target = self.schema.model(relation.target);
        let one_to_one = !relation.list && !target.relations[relation.back].list;
        let (kind, ours, theirs) = match &relation.join {
            Join::Local { fields, references } => (EdgeKind::Local, fields, references),
            Join::Remote { fields, references } => (EdgeKind::Remote, references, fields),
            Join::Link { .. } => (EdgeKind::Link, &model.key.fields, &target.key.fields),
        };
        let (attach, attached) = self.attach(model, relation);
        let (detach, detached) = self.detach(model, relation);
        let naming = (kind == EdgeKind::Local && one_to_one).then(|| {
            let mut sql = Statement::default();
            Self::whole(&mut sql, model);
            matches_parent(&mut sql, model, ours);
            sql
        });
        let (mut remove, mut adopted) = (Statement::default(), Statement::default());
        remove.push("DELETE FROM ").push(&quote(&target.local)).push(" WHERE ");
        by_key(&mut remove, target);
        adopted.push("SELECT 1 FROM ").push(&quote(&model.local)).push(" WHERE ");
        by_key(&mut adopted, model);
        adopted.push(" AND ").push(&quote(ADOPTED)).push(" IS NOT NULL");
        Edge {
            kind,
            one_to_one,
            model: model.id,
            relation: at,
            target: target.id,
            ours: ours.clone(),
            theirs: theirs.clone(),
            related: self.related_rows(relation),
            linked: self.linked(model, relation),
            attach,
            detach,
            attached,
            detached,
            naming,
            remove,
            adopted,
        }
    }

    /// Every field of the rows that are related to the one whose key is given.
    pub(super) fn related_rows(&self, relation: &Relation) -> Statement {
        let target = self.schema.model(relation.target);
        let mut sql = Statement::default();
        Self::whole(&mut sql, target);
        match &relation.join {
            Join::Local { references, .. } => matches_parent(&mut sql, target, references),
            Join::Remote { fields, .. } => matches_parent(&mut sql, target, fields),
            Join::Link { table, ours, theirs } => {
                let link = self.schema.model(*table);
                let column = |id: &FieldId| quote(&link.field(*id).local);
                sql.push(&Scope::root(target).key()).push(" IN (SELECT ").push(&column(theirs));
                sql.push(" FROM ").push(&quote(&link.local)).push(" WHERE ");
                sql.push(&column(ours)).push(" = ").bind(Bind::ParentKey(0)).push(")");
            }
        }
        sql
    }

    /// Whether a link ties two rows.
    fn linked(&self, model: &Model, relation: &Relation) -> Option<Statement> {
        let TiedBy::Link(link, [ours, theirs]) = self.tied_by(model, relation) else {
            return None;
        };
        let mut sql = Statement::default();
        sql.push("SELECT 1 FROM ").push(&quote(&link.local)).push(" WHERE ");
        sql.push(&quote(&link.field(ours).local)).push(" = ").bind(Bind::ParentKey(0));
        sql.push(" AND ").push(&quote(&link.field(theirs).local)).push(" = ");
        sql.bind(Bind::RowKey(0));
        Some(sql)
    }

    /// Ties two rows.
    fn attach(&self, model: &Model, relation: &Relation) -> (Statement, Arc<[FieldId]>) {
        let mut sql = Statement::default();
        let (owner, keys) = match self.tied_by(model, relation) {
            TiedBy::Key(owner, keys) => (owner, keys),
            TiedBy::Link(link, [ours, theirs]) => {
                let names = [ours, theirs].map(|id| quote(&link.field(id).local));
                sql.push("INSERT OR IGNORE INTO ").push(&quote(&link.local)).push(" (");
                sql.push(&names.join(", ")).push(") VALUES (").bind(Bind::ParentKey(0)).push(", ");
                sql.bind(Bind::RowKey(0)).push(")");
                return (sql, Arc::default());
            }
        };
        sql.push("UPDATE ").push(&quote(&owner.local)).push(" AS t SET ");
        for (at, id) in keys.iter().enumerate() {
            sql.push(if at == 0 { "" } else { ", " }).push(&quote(&owner.field(*id).local));
            sql.push(" = ").bind(Bind::ParentKey(at));
        }
        let stamps = owner.fields.iter().filter(|field| field.updated_at);
        let mut written = keys.to_vec();
        for field in stamps.filter(|field| !keys.contains(&field.id)) {
            sql.push(", ").push(&quote(&field.local)).push(" = ");
            sql.bind(self.value(field, &Source::Now));
            written.push(field.id);
        }
        sql.push(" WHERE ");
        by_key(&mut sql, owner);
        (sql, written.into())
    }

    /// Parts two rows. Prisma's `@updatedAt` does not follow here.
    fn detach(&self, model: &Model, relation: &Relation) -> (Statement, Arc<[FieldId]>) {
        let mut sql = Statement::default();
        match self.tied_by(model, relation) {
            TiedBy::Key(owner, keys) => {
                let nulls: Vec<String> = keys
                    .iter()
                    .map(|id| format!("{} = NULL", quote(&owner.field(*id).local)))
                    .collect();
                sql.push("UPDATE ").push(&quote(&owner.local)).push(" AS t SET ");
                sql.push(&nulls.join(", ")).push(" WHERE ");
                by_key(&mut sql, owner);
                (sql, keys.to_vec().into())
            }
            TiedBy::Link(link, [ours, theirs]) => {
                let names = [ours, theirs].map(|id| quote(&link.field(id).local));
                sql.push("DELETE FROM ").push(&quote(&link.local)).push(" WHERE ");
                sql.push(&names[0]).push(" = ").bind(Bind::ParentKey(0)).push(" AND ");
                sql.push(&names[1]).push(" = ").bind(Bind::RowKey(0));
                (sql, Arc::default())
            }
        }
    }

    fn tied_by<'m>(&'m self, model: &'m Model, relation: &'m Relation) -> TiedBy<'m> {
        match &relation.join {
            Join::Local { fields, .. } => TiedBy::Key(model, fields),
            Join::Remote { fields, .. } => TiedBy::Key(self.schema.model(relation.target), fields),
            Join::Link { table, ours, theirs } => {
                TiedBy::Link(self.schema.model(*table), [*ours, *theirs])
            }
        }
    }
}

/// What ties the rows of a relation.
enum TiedBy<'m> {
    /// The model that has the foreign key, and the key.
    Key(&'m Model, &'m [FieldId]),
    /// The link table and its columns, ours first.
    Link(&'m Model, [FieldId; 2]),
}

/// The condition that a row of the statement's table has the key given.
pub fn by_key(sql: &mut Statement, model: &Model) {
    for (at, id) in model.key.fields.iter().enumerate() {
        sql.push(if at == 0 { "" } else { " AND " }).push(&quote(&model.field(*id).local));
        sql.push(" = ").bind(Bind::RowKey(at));
    }
}

fn matches_parent(sql: &mut Statement, model: &Model, fields: &[FieldId]) {
    for (at, id) in fields.iter().enumerate() {
        sql.push(if at == 0 { "" } else { " AND " });
        sql.push(&Scope::root(model).column(model.field(*id))).push(" = ");
        sql.bind(Bind::ParentKey(at));
    }
}
