//! What a level's statement selects: first what is shown, then what the read needs beside it.

use super::predicate::balanced;
use super::scope::Scope;
use super::{Sql, Statement};
use crate::ids::FieldId;
use crate::plan::{Node, Predicate};
use crate::scalar::Scalar;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Field(FieldId),
    /// One of the node's counts.
    Count(usize),
    /// Is the row held for look-ups only?
    Adopted,
    /// Is it the cursor's row?
    Cursor,
    /// Does it meet the filter?
    Passes,
}

pub struct Columns(Vec<Column>);

impl Columns {
    pub fn of(node: &Node) -> Self {
        let fields = node.fields.iter().map(|id| Column::Field(*id));
        Self(fields.chain((0..node.counts.len()).map(Column::Count)).collect())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn position(&self, column: &Column) -> Option<usize> {
        self.0.iter().position(|known| known == column)
    }

    /// Where that column stands; it is added unless it is there.
    pub fn at(&mut self, column: Column) -> usize {
        self.position(&column).unwrap_or_else(|| {
            self.0.push(column);
            self.0.len() - 1
        })
    }
}

impl Sql<'_> {
    pub(super) fn columns(
        &self,
        sql: &mut Statement,
        scope: Scope,
        node: &Node,
        columns: &Columns,
    ) {
        for (at, column) in columns.0.iter().enumerate() {
            if at > 0 {
                sql.push(", ");
            }
            self.column(sql, scope, node, *column);
        }
        if columns.0.is_empty() {
            sql.push("1");
        }
    }

    fn column(&self, sql: &mut Statement, scope: Scope, node: &Node, column: Column) {
        let window = &node.window;
        match column {
            Column::Field(id) => {
                sql.push(&scope.column(scope.model.field(id)));
            }
            Column::Count(at) => {
                let count = &node.counts[at];
                self.count_rows(sql, scope, count.relation, count.filter.as_ref());
            }
            Column::Adopted => {
                sql.push(&scope.adopted());
            }
            Column::Cursor => {
                let cursor = window.cursor.as_ref().expect("a window that has a cursor asks");
                self.in_memory(sql, scope, &cursor.row);
            }
            Column::Passes => {
                let filter = window.filter.as_ref().expect("a window that has a filter asks");
                self.predicate(sql, scope, filter);
            }
        }
    }

    /// Whether this is the cursor's row as Prisma finds it among the rows in memory: there strings are equal by their bytes.
    fn in_memory(&self, sql: &mut Statement, scope: Scope, row: &Predicate) {
        match row {
            Predicate::All(members) => {
                balanced(sql, members, " AND ", &mut |sql, one| self.in_memory(sql, scope, one));
            }
            one => {
                self.predicate(sql, scope, one);
                if let Predicate::Compare { field, .. } = one
                    && scope.model.field(*field).scalar == Scalar::String
                {
                    sql.push(" COLLATE BINARY");
                }
            }
        }
    }
}
