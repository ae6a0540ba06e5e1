//! Filters on scalar lists: calls of the function in `exec/functions/list.rs`.

use super::super::scope::Scope;
use super::super::{Bind, Sql, Statement};
use crate::plan::{Against, ListTest, SlotId, SlotKind, Source};
use crate::scalar::Native;
use crate::schema::Field;

impl Sql<'_> {
    pub fn scalar_list(
        &self,
        sql: &mut Statement,
        scope: Scope,
        field: &Field,
        test: &ListTest,
        exact: bool,
    ) {
        let name = match test {
            ListTest::Has(_) => "has",
            ListTest::Every(_) => "every",
            ListTest::Some(_) => "some",
            ListTest::Equals(_) => "equals",
            ListTest::Empty { is: true } => "empty",
            ListTest::Empty { is: false } => "filled",
            ListTest::Null => "null",
            ListTest::Contains { is: true, .. } => "in",
            ListTest::Contains { is: false, .. } => "notIn",
        };
        sql.push("sharded_list('").push(name).push("', '").push(field.scalar.name());
        sql.push(&format!("', {}, {}, ", u8::from(exact), scope.column(field)));
        match test {
            ListTest::Has(value) => self.list_value(sql, field, *value, false),
            ListTest::Every(Against::Slot(value))
            | ListTest::Some(Against::Slot(value))
            | ListTest::Equals(value) => self.list_value(sql, field, *value, true),
            ListTest::Every(Against::Field(other))
            | ListTest::Some(Against::Field(other))
            | ListTest::Contains { field: other, .. } => {
                sql.push(&scope.column(scope.model.field(*other)));
            }
            ListTest::Empty { .. } | ListTest::Null => {
                sql.push("NULL");
            }
        }
        sql.push(")");
    }

    fn list_value(&self, sql: &mut Statement, field: &Field, value: SlotId, list: bool) {
        let kind = SlotKind { list, ..SlotKind::of(field) };
        let native = match self.schema.native(field) {
            Native::Jsonb => Native::Jsonb,
            _ => Native::Plain,
        };
        sql.bind(Bind::Value { source: Source::Slot(value), native, kind: Some(kind) });
    }
}
