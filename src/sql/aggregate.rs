//! `aggregate` and `groupBy` -> one statement. SQLite's own functions where they are exact, ours (`exec/functions/`)
//! where the main database computes with other numbers.

use super::predicate::{balanced, spell};
use super::scope::Scope;
use super::{AggregateProgram, Bind, Sql, Statement};
use crate::filter::Operand;
use crate::ids::FieldId;
use crate::plan::{
    Aggregate, Function, GroupOrder, Groups, Having, Measure, Shown, SlotId, SlotKind, Source,
    Test, Window,
};
use crate::scalar::{Native, Scalar};
use crate::schema::{Field, Model, Provider, quote};

impl Sql<'_> {
    pub fn aggregate(&self, plan: &Aggregate) -> AggregateProgram {
        let model = self.schema.model(plan.model);
        let mut columns = Vec::new();
        let mut sums = Vec::new();
        for measure in shown(plan) {
            if measure.is_some_and(|measure| is_number_sum(measure, model)) {
                sums.push(columns.len());
            }
            columns.push(measure);
        }
        let mut fields = plan.shown.iter().filter_map(|shown| match shown {
            Shown::Field(field) => Some(*field),
            Shown::Measures { .. } => None,
        });
        let scope = Scope::root(model);
        let mut sql = Statement::default();
        for (at, measure) in columns.into_iter().enumerate() {
            sql.push(if at == 0 { "SELECT " } else { ", " });
            let text = match measure {
                Some(measure) => self.shown(scope, measure),
                None => fields.next().map(|id| scope.column(model.field(id))).unwrap_or_default(),
            };
            sql.push(&text);
        }
        sql.push(" FROM ");
        match &plan.groups {
            None => self.source(&mut sql, plan, model),
            Some(groups) => self.grouped(&mut sql, scope, &plan.window, groups),
        }
        AggregateProgram { statement: sql, sums }
    }

    /// The rows of a window, cut off where it says so.
    fn source(&self, sql: &mut Statement, plan: &Aggregate, model: &Model) {
        if !plan.window.cut() {
            sql.push(&quote(&model.local)).push(" AS t WHERE ");
            self.set_filter(sql, Scope::members(model), &plan.window);
            return;
        }
        let used = used(plan, model);
        sql.push("(SELECT ").push(if used.is_empty() { "1" } else { &used });
        sql.push(" FROM ");
        self.table(sql, Scope::members(model), &plan.window);
        sql.push(" WHERE ");
        self.set_filter(sql, Scope::members(model), &plan.window);
        self.page_in_sql(sql, Scope::members(model), &plan.window);
        sql.push(") AS t");
    }

    fn grouped(&self, sql: &mut Statement, scope: Scope, window: &Window, groups: &Groups) {
        sql.push(&quote(&scope.model.local)).push(" AS t WHERE ");
        self.set_filter(sql, Scope::members(scope.model), window);
        for (at, id) in groups.by.iter().enumerate() {
            sql.push(if at == 0 { " GROUP BY " } else { ", " });
            sql.push(&scope.column(scope.model.field(*id)));
        }
        if let Some(having) = &groups.having {
            sql.push(" HAVING ");
            self.having(sql, scope, having);
        }
        let reversed = window.take.is_last();
        for (at, order) in groups.order.iter().enumerate() {
            sql.push(if at == 0 { " ORDER BY " } else { ", " });
            match order {
                GroupOrder::Field(order) => self.term(sql, scope, order, reversed),
                GroupOrder::Measure { measure, descending } => {
                    self.measured_term(sql, scope, *measure, *descending, reversed);
                }
            }
        }
        Self::limit(sql, window);
    }

    fn measured_term(
        &self,
        sql: &mut Statement,
        scope: Scope,
        measure: Measure,
        descending: bool,
        reversed: bool,
    ) {
        sql.push(&self.ranked(scope, measure));
        // Main's own placement of NULLs, turned round with the rest where the last groups are wanted.
        let first = ((self.schema.provider == Provider::Postgres) == descending) != reversed;
        let descending = descending != reversed;
        sql.push(if descending { " DESC" } else { " ASC" });
        if first == descending {
            sql.push(if first { " NULLS FIRST" } else { " NULLS LAST" });
        }
    }

    fn having(&self, sql: &mut Statement, scope: Scope, having: &Having) {
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

    /// As it stands in the result.
    fn shown(&self, scope: Scope, measure: Measure) -> String {
        let field = measure.field.map(|id| scope.model.field(id));
        match (measure.function, field) {
            (Function::Min | Function::Max, Some(field)) => self.end(scope, measure, field),
            (Function::Avg, Some(field)) if is_integer(field) => {
                format!("sharded_mean_float({})", parts_of_mean(scope, field))
            }
            _ => self.computed(scope, measure),
        }
    }

    /// As it is compared in `having`.
    fn compared(&self, scope: Scope, measure: Measure) -> String {
        let field = measure.field.map(|id| scope.model.field(id));
        match (measure.function, field) {
            (Function::Min | Function::Max, Some(field)) => {
                by_value(field, self.end(scope, measure, field))
            }
            _ if is_decimal(measure, scope.model) => self.decimal(scope, measure),
            _ => self.computed(scope, measure),
        }
    }

    /// As groups are ordered by it.
    fn ranked(&self, scope: Scope, measure: Measure) -> String {
        let field = measure.field.map(|id| scope.model.field(id));
        match (measure.function, field) {
            (Function::Min | Function::Max, Some(field)) => {
                by_value(field, self.extreme(scope, measure, field))
            }
            _ if is_decimal(measure, scope.model) => self.decimal(scope, measure),
            _ => self.computed(scope, measure),
        }
    }

    fn decimal(&self, scope: Scope, measure: Measure) -> String {
        format!("sharded_number({}) COLLATE sharded_decimal", self.computed(scope, measure))
    }

    fn computed(&self, scope: Scope, measure: Measure) -> String {
        let Some(field) = measure.field.map(|id| scope.model.field(id)) else {
            return "COUNT(*)".to_owned();
        };
        let column = scope.column(field);
        let real = self.schema.native(field) == Native::Real;
        match (measure.function, field.scalar) {
            (Function::Count, _) => format!("COUNT({column})"),
            (Function::Min | Function::Max, _) => self.end(scope, measure, field),
            (Function::Sum, Scalar::Float) if real => format!("sharded_sum_real({column})"),
            (Function::Avg, Scalar::Float) if real => format!("sharded_avg_real({column})"),
            (Function::Avg, Scalar::Float) => format!("sharded_avg_float({column})"),
            (Function::Sum, _) => sum(field, &column),
            (Function::Avg, Scalar::Decimal) => {
                let Native::Numeric(_, scale) = self.schema.native(field) else {
                    return "NULL".to_owned();
                };
                format!("sharded_mean({}, {scale})", parts_of_mean(scope, field))
            }
            (Function::Avg, _) => format!("sharded_mean({}, 0)", parts_of_mean(scope, field)),
        }
    }

    /// The least or greatest value. Of an enum by the order of its values, as the main database has it.
    fn end(&self, scope: Scope, measure: Measure, field: &Field) -> String {
        let extreme = self.extreme(scope, measure, field);
        let (Scalar::Enum, Some(at)) = (field.scalar, field.enumeration) else { return extreme };
        let mut text = format!("CASE {extreme}");
        for (rank, value) in self.schema.ordered_values(at).into_iter().enumerate() {
            let name = value.name.replace('\'', "''");
            text.extend([" WHEN ", &rank.to_string(), " THEN '", &name, "'"]);
        }
        text.push_str(" END");
        text
    }

    fn extreme(&self, scope: Scope, measure: Measure, field: &Field) -> String {
        let name = if measure.function == Function::Min { "MIN" } else { "MAX" };
        format!("{name}({})", self.rank(scope, field))
    }
}

/// The columns of the result: measures, and `None` for a field.
fn shown(plan: &Aggregate) -> impl Iterator<Item = Option<Measure>> {
    plan.shown.iter().flat_map(|shown| match shown {
        Shown::Field(_) => vec![None],
        Shown::Measures { of, .. } => of.iter().copied().map(Some).collect(),
    })
}

/// The columns that a cut-off source must bring, under their own names.
fn used(plan: &Aggregate, model: &Model) -> String {
    let mut ids: Vec<FieldId> = Vec::new();
    for id in shown(plan).filter_map(|measure| measure?.field) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let named = |id: FieldId| {
        let field = model.field(id);
        format!("{} AS {}", Scope::root(model).column(field), quote(&field.local))
    };
    ids.into_iter().map(named).collect::<Vec<_>>().join(", ")
}

/// What a function returns has lost its column's collation.
fn by_value(field: &Field, text: String) -> String {
    if field.scalar == Scalar::Decimal { format!("{text} COLLATE sharded_decimal") } else { text }
}

fn is_integer(field: &Field) -> bool {
    matches!(field.scalar, Scalar::Int | Scalar::BigInt)
}

/// A sum that becomes a JS number.
fn is_number_sum(measure: Measure, model: &Model) -> bool {
    measure.function == Function::Sum && measure.kind(model).scalar == Scalar::Int
}

/// Computed as the main database's `numeric`.
fn is_decimal(measure: Measure, model: &Model) -> bool {
    let scalar = measure.field.map(|id| model.field(id).scalar);
    match (measure.function, scalar) {
        (Function::Sum, Some(Scalar::BigInt | Scalar::Decimal)) => true,
        (Function::Avg, Some(scalar)) => scalar != Scalar::Float,
        _ => false,
    }
}

fn sum(field: &Field, column: &str) -> String {
    match field.scalar {
        Scalar::Decimal => format!("sharded_sum_decimal({column})"),
        Scalar::Float => format!("sharded_sum_float({column})"),
        // Halves whose sums stay within 64 bits.
        Scalar::BigInt => format!("sharded_wide(SUM({column} >> 32), SUM({column} & 4294967295))"),
        _ => format!("SUM({column})"),
    }
}

fn parts_of_mean(scope: Scope, field: &Field) -> String {
    let column = scope.column(field);
    format!("{}, COUNT({column})", sum(field, &column))
}
