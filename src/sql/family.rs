//! How the rows of a relation are told from others: by their parent's key, or through a link table.

use super::Statement;
use super::scope::Scope;
use crate::ids::FieldId;
use crate::scalar::Scalar;
use crate::schema::{Field, Join, Model, Relation, Schema, quote};

pub struct Family<'a> {
    /// A list: rows held for look-ups only are left out.
    pub list: bool,
    /// The parent's key says that the row exists: one that is not found is not held.
    pub held: bool,
    /// The fields that hold the parent's key: of the rows, or of the link table.
    fields: Vec<&'a Field>,
    link: Option<Link<'a>>,
}

struct Link<'a> {
    model: &'a Model,
    theirs: &'a Field,
}

impl<'a> Family<'a> {
    pub fn of(schema: &'a Schema, target: &'a Model, relation: &'a Relation) -> Self {
        let of_target = |ids: &[FieldId]| ids.iter().map(|id| target.field(*id)).collect();
        let (fields, link) = match &relation.join {
            Join::Local { references, .. } => (of_target(references), None),
            Join::Remote { fields, .. } => (of_target(fields), None),
            Join::Link { table, ours, theirs } => {
                let model = schema.model(*table);
                let link = Link { model, theirs: model.field(*theirs) };
                (vec![model.field(*ours)], Some(link))
            }
        };
        let held = matches!(relation.join, Join::Local { .. });
        Self { list: relation.list, held, fields, link }
    }

    /// Strings among the fields of the rows that hold the parent's key, by their place in it.
    pub fn texts(&self) -> impl Iterator<Item = (usize, FieldId)> {
        let fields = if self.link.is_none() { self.fields.as_slice() } else { &[] };
        let texts = fields.iter().enumerate();
        texts.filter(|(_, field)| field.scalar == Scalar::String).map(|(at, field)| (at, field.id))
    }

    /// The rows of the relation, as a statement's own table.
    pub fn scope(&self, model: &'a Model) -> Scope<'a> {
        if self.list { Scope::members(model).keyed() } else { Scope::root(model).keyed() }
    }

    /// The columns that hold the parent's key.
    pub fn matches(&self, scope: Scope) -> Vec<String> {
        let column = |field: &&Field| match &self.link {
            None => scope.column(field),
            Some(_) => format!("{}.{}", scope.link(), quote(&field.local)),
        };
        self.fields.iter().map(column).collect()
    }

    /// ` JOIN` the link table, when there is one, to the rows.
    pub fn join(&self, sql: &mut Statement, scope: Scope) {
        if let Some(link) = &self.link {
            let alias = scope.link();
            sql.push(" JOIN ").push(&quote(&link.model.local)).push(" AS ").push(&alias);
            sql.push(" ON ").push(&alias).push(".").push(&quote(&link.theirs.local));
            sql.push(" = ").push(&scope.key());
        }
    }

    /// The link table, when there is one, before the rows' own.
    pub fn links(&self, sql: &mut Statement, scope: Scope) {
        if let Some(link) = &self.link {
            let alias = scope.link();
            sql.push(&quote(&link.model.local)).push(" AS ").push(&alias).push(" CROSS JOIN ");
        }
    }

    /// ` WHERE` the rows are those of the keys that `p` lists.
    pub fn of_keys(&self, sql: &mut Statement, scope: Scope) {
        sql.push(" WHERE ");
        for (at, (field, matched)) in self.fields.iter().zip(self.matches(scope)).enumerate() {
            let key = match self.fields.len() {
                1 => "p.value".to_owned(),
                _ => format!("json_extract(p.value, '$[{at}]')"),
            };
            // Bytes stand in JSON as hexadecimal text.
            let key = if field.scalar == Scalar::Bytes { format!("unhex({key})") } else { key };
            sql.push(if at == 0 { "" } else { " AND " }).push(&matched).push(" = ").push(&key);
        }
        if let Some(link) = &self.link {
            sql.push(" AND ").push(&scope.key()).push(" = ");
            sql.push(&scope.link()).push(".").push(&quote(&link.theirs.local));
        }
    }
}
