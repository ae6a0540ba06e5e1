//! [`Having`] -> the text of a `HAVING`.

use super::measure::is_decimal;
use super::predicate::{balanced, spell};
use super::scope::Scope;
use super::{Bind, Sql, Statement};
use crate::filter::Operand;
use crate::plan::{Function, Having, Measure, SlotId, SlotKind, Source, Test};
use crate::scalar::Native;
use crate::schema::Model;

impl Sql<'_> {
    pub(super) fn having(&self, sql: &mut Statement, scope: Scope, having: &Having) {
        match having {
            Having::All(all) => {
                balanced(sql, all, " AND ", &mut |sql, item| self.having(sql, scope, item));
            }
            Having::Any(any) => {
                balanced(sql, any, " OR ", &mut |sql, item| self.having(sql, scope, item));
            }
            Having::Not(inner) => {
                sql.push("NOT (");
                self.having(sql, scope, inner);
                sql.push(")");
            }
            Having::Shared(predicate) => self.predicate(sql, scope, predicate),
            Having::Measured { measure, test: Test::Null { is } } => {
                sql.push(&self.compared(scope, *measure));
                sql.push(if *is { " IS NULL" } else { " IS NOT NULL" });
            }
            Having::Measured { measure, test: Test::Compare { operator, negated, value } } => {
                let column = self.compared(scope, *measure);
                spell(sql, operator, *negated, &column, &mut |sql| {
                    self.operand(sql, scope.model, *measure, operator.operand, *value);
                });
            }
        }
    }

    /// What a measure is compared with, in the form in which it is computed.
    fn operand(
        &self,
        sql: &mut Statement,
        model: &Model,
        measure: Measure,
        operand: Operand,
        value: SlotId,
    ) {
        let list = operand == Operand::Many;
        let field = measure.field.map(|id| model.field(id));
        if let (Some(field), Function::Min | Function::Max) = (field, measure.function) {
            if list {
                self.list(sql, field, value, "value");
            } else {
                sql.bind(self.filter_value(field, value, false));
            }
            return;
        }
        let kind = SlotKind { list, ..measure.kind(model) };
        let bind =
            Bind::Value { source: Source::Slot(value), native: Native::Plain, kind: Some(kind) };
        let (before, after) =
            if is_decimal(measure, model) { ("sharded_number(", ")") } else { ("", "") };
        if list {
            sql.push("(SELECT ").push(before).push("value").push(after).push(" FROM json_each(");
            sql.bind(bind).push("))");
        } else {
            sql.push(before).bind(bind).push(after);
        }
    }
}
