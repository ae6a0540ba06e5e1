//! `aggregate` and `groupBy` -> one statement.

use super::measure::is_number_sum;
use super::scope::Scope;
use super::{AggregateProgram, Sql, Statement};
use crate::ids::FieldId;
use crate::plan::{Aggregate, GroupOrder, Groups, Measure, Shown, Window};
use crate::schema::{ADOPTED, Model, Provider, quote};

impl Sql<'_> {
    pub fn aggregate(&self, plan: &Aggregate) -> AggregateProgram {
        let model = self.schema.model(plan.model);
        if counts_all(plan) {
            return AggregateProgram { statement: count_of_all(model), sums: Vec::new() };
        }
        let mut columns = Vec::new();
        let mut sums = Vec::new();
        for measure in shown(plan) {
            if measure.is_some_and(|measure| is_number_sum(measure, model)) {
                sums.push(columns.len());
            }
            columns.push(measure);
        }
        let statement = self
            .of_members(model, &plan.window, |members| self.aggregated(plan, members, &columns));
        AggregateProgram { statement, sums }
    }

    fn aggregated(
        &self,
        plan: &Aggregate,
        members: Scope,
        columns: &[Option<Measure>],
    ) -> Statement {
        let model = members.model;
        let mut fields = plan.shown.iter().filter_map(|shown| match shown {
            Shown::Field(field) => Some(*field),
            Shown::Measures { .. } => None,
        });
        let scope = Scope::root(model);
        let mut sql = Statement::default();
        for (at, measure) in columns.iter().enumerate() {
            sql.push(if at == 0 { "SELECT " } else { ", " });
            let text = match measure {
                Some(measure) => self.shown(scope, *measure),
                None => fields.next().map(|id| scope.column(model.field(id))).unwrap_or_default(),
            };
            sql.push(&text);
        }
        sql.push(" FROM ");
        match &plan.groups {
            None => self.source(&mut sql, plan, members),
            Some(groups) => self.grouped(&mut sql, members, &plan.window, groups),
        }
        sql
    }

    /// The rows of a window, cut off where it says so.
    fn source(&self, sql: &mut Statement, plan: &Aggregate, members: Scope) {
        let model = members.model;
        if !plan.window.cut() {
            sql.push(&quote(&model.local)).push(" AS t WHERE ");
            self.set_filter(sql, members, &plan.window);
            return;
        }
        let used = used(plan, model);
        sql.push("(SELECT ").push(if used.is_empty() { "1" } else { &used });
        sql.push(" FROM ");
        self.table(sql, members.exact(), &plan.window);
        sql.push(" WHERE ");
        self.set_filter(sql, members, &plan.window);
        self.page_in_sql(sql, members.exact(), &plan.window);
        sql.push(") AS t");
    }

    fn grouped(&self, sql: &mut Statement, members: Scope, window: &Window, groups: &Groups) {
        let scope = Scope::root(members.model);
        sql.push(&quote(&scope.model.local)).push(" AS t WHERE ");
        self.set_filter(sql, members, window);
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
}

/// Nothing but the number of all rows.
fn counts_all(plan: &Aggregate) -> bool {
    let window = &plan.window;
    let all = !window.cut() && window.filter.is_none() && window.cursor.is_none();
    let counted = shown(plan).all(|measure| measure.is_some_and(|measure| measure.field.is_none()));
    plan.groups.is_none() && all && counted && shown(plan).count() == 1
}

/// SQLite counts whole tables and indexes without reading rows.
fn count_of_all(model: &Model) -> Statement {
    let (table, adopted) = (quote(&model.local), quote(ADOPTED));
    let mut sql = Statement::default();
    sql.push("SELECT (SELECT COUNT(*) FROM ").push(&table);
    sql.push(") - (SELECT COUNT(*) FROM ").push(&table).push(" WHERE ").push(&adopted);
    sql.push(" IS NOT NULL)");
    sql
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
