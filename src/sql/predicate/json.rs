//! Filters on Json: the functions of `exec/functions/json.rs`, and equality of texts, since `jsonb` has one text per value.

use super::super::scope::Scope;
use super::super::{Bind, Sql, Statement};
use crate::filter::JsonOperand;
use crate::plan::{JsonTest, SlotId, SlotKind, Source};
use crate::scalar::{Native, Scalar};
use crate::schema::Field;

impl Sql<'_> {
    pub fn json(
        &self,
        sql: &mut Statement,
        scope: Scope,
        field: &Field,
        path: Option<SlotId>,
        test: &JsonTest,
    ) {
        match *test {
            JsonTest::Missing { is } => {
                self.json_at(sql, scope, field, path);
                sql.push(if is { " IS NULL" } else { " IS NOT NULL" });
            }
            JsonTest::Null { is } => {
                self.json_at(sql, scope, field, path);
                sql.push(if is { " = 'null'" } else { " <> 'null'" });
            }
            JsonTest::Equals { value, negated } => {
                self.json_at(sql, scope, field, path);
                sql.push(if negated { " <> " } else { " = " }).bind(json_value(value));
            }
            JsonTest::Typed { operator, value, reversed, bytewise } => {
                sql.push("sharded_json('").push(operator.name).push("', ");
                self.json_column(sql, scope, field);
                sql.push(", ");
                match path {
                    Some(path) => sql.bind(Bind::Raw(path)),
                    None => sql.push("NULL"),
                };
                sql.push(", ").bind(match operator.takes {
                    JsonOperand::Text => Bind::Raw(value),
                    JsonOperand::Any | JsonOperand::Ordered => json_value(value),
                });
                let reversed = u8::from(reversed != scope.is_turned());
                sql.push(&format!(", {reversed}, {})", u8::from(bytewise)));
            }
        }
    }

    fn json_at(&self, sql: &mut Statement, scope: Scope, field: &Field, path: Option<SlotId>) {
        let Some(path) = path else { return self.json_column(sql, scope, field) };
        sql.push("sharded_json_path(");
        self.json_column(sql, scope, field);
        sql.push(", ").bind(Bind::Raw(path)).push(")");
    }

    /// A column of `json` keeps its text; it is compared as `jsonb`.
    fn json_column(&self, sql: &mut Statement, scope: Scope, field: &Field) {
        let column = scope.column(field);
        if self.schema.native(field) == Native::Jsonb {
            sql.push(&column);
        } else {
            sql.push("sharded_jsonb(").push(&column).push(")");
        }
    }
}

fn json_value(value: SlotId) -> Bind {
    let kind = SlotKind { scalar: Scalar::Json, enumeration: None, list: false };
    Bind::Value { source: Source::Slot(value), native: Native::Jsonb, kind: Some(kind) }
}
