//! `cursor` -> the rows that are ordered at the cursor's row or after it, as Prisma says it.

use super::scope::Scope;
use super::{Sql, Statement};
use crate::plan::{Cursor, Leaf, Order, Window};
use crate::schema::{Join, quote};

/// One comparison with the cursor's row.
#[derive(Clone, Copy)]
enum Than {
    Equal,
    After,
    AtOrAfter,
}

impl Sql<'_> {
    /// ` AND …`. The row itself must be held; it need not meet the filter.
    pub(super) fn after_cursor(&self, sql: &mut Statement, scope: Scope, window: &Window) {
        let Some(cursor) = &window.cursor else { return };
        sql.push(" AND ");
        let reversed = window.take.is_last();
        // A range that holds the rest: an index on the first key serves.
        if let [first, _, ..] = window.order.as_slice()
            && !self.is_nullable(scope, first)
        {
            self.against(sql, scope, cursor, first, reversed, Than::AtOrAfter);
            sql.push(" AND ");
        }
        self.after(sql, scope, cursor, &window.order, reversed);
    }

    fn cursor_row(&self, sql: &mut Statement, scope: Scope, cursor: &Cursor) {
        let row = scope.nested(scope.model, true);
        sql.push(" FROM ").push(&quote(&scope.model.local)).push(" AS ").push(&row.alias());
        sql.push(" WHERE ").push(&row.adopted()).push(" IS NULL AND ");
        self.predicate(sql, row, &cursor.row);
    }

    fn after(
        &self,
        sql: &mut Statement,
        scope: Scope,
        cursor: &Cursor,
        orders: &[Order],
        reversed: bool,
    ) {
        match orders {
            [] => {
                sql.push("1");
            }
            [last] => self.against(sql, scope, cursor, last, reversed, Than::AtOrAfter),
            [first, rest @ ..] => {
                sql.push("(");
                self.against(sql, scope, cursor, first, reversed, Than::After);
                sql.push(" OR (");
                self.against(sql, scope, cursor, first, reversed, Than::Equal);
                sql.push(" AND ");
                self.after(sql, scope, cursor, rest, reversed);
                sql.push("))");
            }
        }
    }

    /// NULL on either side keeps the row: nothing can be said of its place. Prisma sorts it out in memory.
    fn against(
        &self,
        sql: &mut Statement,
        scope: Scope,
        cursor: &Cursor,
        order: &Order,
        reversed: bool,
        than: Than,
    ) {
        let operator = match (than, order.descending != reversed) {
            (Than::Equal, _) => " = ",
            (Than::After, false) => " > ",
            (Than::After, true) => " < ",
            (Than::AtOrAfter, false) => " >= ",
            (Than::AtOrAfter, true) => " <= ",
        };
        sql.push("(");
        self.sort_key(sql, scope, &order.path, order.leaf);
        sql.push(operator);
        self.cursor_key(sql, scope, cursor, order);
        if self.is_nullable(scope, order) {
            sql.push(" OR ");
            self.sort_key(sql, scope, &order.path, order.leaf);
            sql.push(" IS NULL OR ");
            self.cursor_key(sql, scope, cursor, order);
            sql.push(" IS NULL");
        }
        if !matches!(than, Than::Equal) {
            self.without_relation(sql, scope, order);
        }
        sql.push(")");
    }

    fn cursor_key(&self, sql: &mut Statement, scope: Scope, cursor: &Cursor, order: &Order) {
        sql.push("(SELECT ");
        self.sort_key(sql, scope.nested(scope.model, true), &order.path, order.leaf);
        // In the key itself, not beside it: SQLite need not look at what stands beside a range that is empty.
        self.cursor_row(sql, scope, cursor);
        sql.push(" UNION ALL SELECT sharded_unheld() LIMIT 1)");
    }

    fn is_nullable(&self, scope: Scope, order: &Order) -> bool {
        let Leaf::Field(id) = order.leaf else { return false };
        let mut model = scope.model;
        for hop in &order.path {
            model = self.schema.model(model.relations[*hop].target);
        }
        !model.field(id).required
    }

    /// Rows whose path of relations ends early are kept too, as far as Prisma looks: at the foreign key of the last hop.
    fn without_relation(&self, sql: &mut Statement, scope: Scope, order: &Order) {
        if matches!(order.leaf, Leaf::Count(_)) {
            return;
        }
        let mut model = scope.model;
        for (at, hop) in order.path.iter().enumerate() {
            let relation = &model.relations[*hop];
            let last = at + 1 == order.path.len();
            if let (Join::Local { fields, .. }, true) = (&relation.join, last) {
                for id in fields.iter().filter(|id| !model.field(**id).required) {
                    sql.push(" OR ");
                    self.sort_key(sql, scope, &order.path[..at], Leaf::Field(*id));
                    sql.push(" IS NULL");
                }
            }
            model = self.schema.model(relation.target);
        }
    }
}
