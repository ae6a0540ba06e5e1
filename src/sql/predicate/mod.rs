//! [`Predicate`] -> the text of a `WHERE`.

mod json;
mod list;
mod relation;

pub(super) use relation::listable;

use super::scope::Scope;
use super::{Bind, Sql, Statement};
use crate::filter::{Operand, Operator};
use crate::ids::FieldId;
use crate::plan::{Against, Predicate, SlotId, SlotKind, Source};
use crate::scalar::{Native, Scalar};
use crate::schema::Field;

/// SQLite refuses expressions deeper than 1,000: long chains become balanced trees.
pub fn balanced<T>(
    sql: &mut Statement,
    items: &[T],
    glue: &str,
    write: &mut dyn FnMut(&mut Statement, &T),
) {
    match items {
        [] => {}
        [only] => write(sql, only),
        _ => {
            let (left, right) = items.split_at(items.len() / 2);
            sql.push("(");
            balanced(sql, left, glue, write);
            sql.push(glue);
            balanced(sql, right, glue, write);
            sql.push(")");
        }
    }
}

/// An operator's pattern around what it compares.
pub fn spell(
    sql: &mut Statement,
    operator: &Operator,
    negated: bool,
    column: &str,
    value: &mut dyn FnMut(&mut Statement),
) {
    let pattern = if negated { operator.negated } else { operator.pattern };
    for (at, part) in pattern.split(['{', '}']).enumerate() {
        match (at % 2, part) {
            (1, "c") => {
                sql.push(column);
            }
            (1, "v") => value(sql),
            _ => {
                sql.push(part);
            }
        }
    }
}

impl Sql<'_> {
    pub fn predicate(&self, sql: &mut Statement, scope: Scope, predicate: &Predicate) {
        match predicate {
            Predicate::All(all) if all.is_empty() => {
                sql.push("1");
            }
            Predicate::Any(any) if any.is_empty() => {
                sql.push("0");
            }
            Predicate::All(all) => {
                balanced(sql, all, " AND ", &mut |sql, item| self.predicate(sql, scope, item));
            }
            Predicate::Any(any) => {
                let scope = scope.exact();
                balanced(sql, any, " OR ", &mut |sql, item| self.predicate(sql, scope, item));
            }
            Predicate::Not(inner) => {
                sql.push("NOT (");
                self.predicate(sql, scope.exact(), inner);
                sql.push(")");
            }
            Predicate::Null { field, is } => {
                sql.push(&scope.tested(scope.model.field(*field))).push(if *is {
                    " IS NULL"
                } else {
                    " IS NOT NULL"
                });
            }
            Predicate::Compare { field, operator, negated, value } => {
                self.compare(sql, scope, scope.model.field(*field), operator, *negated, *value);
            }
            Predicate::Match { field, operator, negated, against, folded } => {
                self.matched(sql, scope, *field, (operator, *negated, *folded), *against);
            }
            Predicate::Json { field, path, test } => {
                self.json(sql, scope, scope.model.field(*field), *path, test);
            }
            Predicate::List { field, test, exact } => {
                self.scalar_list(sql, scope, scope.model.field(*field), test, *exact);
            }
            Predicate::Related { relation, quantifier, filter } => {
                let relation = &scope.model.relations[*relation];
                self.related(sql, scope, relation, *quantifier, filter.as_deref());
            }
        }
    }

    fn compare(
        &self,
        sql: &mut Statement,
        scope: Scope,
        field: &Field,
        operator: &Operator,
        negated: bool,
        value: SlotId,
    ) {
        let column = scope.tested(field);
        let column = if operator.by_order() { self.collated(column, field) } else { column };
        spell(sql, operator, negated, &column, &mut |sql| {
            if operator.operand == Operand::Many {
                self.list(sql, field, value, "value");
            } else {
                sql.bind(self.filter_value(field, value, false));
            }
        });
    }

    /// With another column, or without regard to case.
    fn matched(
        &self,
        sql: &mut Statement,
        scope: Scope,
        field: FieldId,
        (operator, negated, folded): (&'static Operator, bool, bool),
        against: Against,
    ) {
        let field = scope.model.field(field);
        let fold = |text: String| if folded { format!("sharded_fold({text})") } else { text };
        let column = fold(scope.tested(field));
        let column = if operator.by_order() { self.collated(column, field) } else { column };
        // Without regard to case, an equal string is a pattern that has no ends to go on.
        let operator = if folded { operator.folded() } else { operator };
        spell(sql, operator, negated, &column, &mut |sql| match (against, operator.operand) {
            (Against::Field(other), _) => {
                sql.push(&fold(scope.tested(scope.model.field(other))));
            }
            (Against::Slot(value), Operand::Many) => {
                self.list(sql, field, value, &fold("value".to_owned()));
            }
            (Against::Slot(value), Operand::One) => {
                sql.push(if folded { "sharded_fold(" } else { "(" });
                sql.bind(self.filter_value(field, value, false)).push(")");
            }
        });
    }

    pub(super) fn list(&self, sql: &mut Statement, field: &Field, value: SlotId, element: &str) {
        let element = if field.scalar == Scalar::Bytes { "unhex(value)" } else { element };
        sql.push("(SELECT ")
            .push(element)
            .push(" FROM json_each(")
            .bind(self.filter_value(field, value, true))
            .push("))");
    }

    /// A filter's value is normalised only where the main database casts it to the column's own type.
    pub(super) fn filter_value(&self, field: &Field, value: SlotId, list: bool) -> Bind {
        let native = match self.schema.native(field) {
            native @ (Native::Uuid
            | Native::Date
            | Native::Jsonb
            | Native::Double
            | Native::Real
            | Native::SmallInt) => native,
            _ => Native::Plain,
        };
        let kind = SlotKind { list, ..SlotKind::of(field) };
        Bind::Value { source: Source::Slot(value), native, kind: Some(kind) }
    }
}
