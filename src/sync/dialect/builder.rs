//! SQL text and parameters, grown together.

use super::{Param, Statement};
use crate::outbox::ChangeKind;
use crate::schema::{Model, Schema};
use crate::sync::apply::Run;

pub struct Builder<'a> {
    pub schema: &'a Schema,
    pub sql: String,
    pub params: Vec<Param>,
}

impl<'a> Builder<'a> {
    pub fn new(schema: &'a Schema, sql: String) -> Self {
        Self { schema, sql, params: Vec::new() }
    }

    pub fn push(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    /// Takes a parameter; its number, from 1.
    pub fn take(&mut self, param: Param) -> usize {
        self.params.push(param);
        self.params.len()
    }

    pub fn done(self, model: &Model, run: &Run<'_>, expect: Option<usize>) -> Statement {
        Statement {
            sql: self.sql,
            params: self.params,
            expect,
            model: model.id,
            kind: run.changes.first().map_or(ChangeKind::Update, |change| change.kind),
            first: run.first,
            last: run.last,
            returning: None,
            select: None,
        }
    }
}
