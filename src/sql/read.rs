//! Reads: one statement per level of the selection.

use super::columns::{Column, Columns};
use super::family::Family;
use super::scope::Scope;
use super::{Bind, ChildLevel, Distinct, Level, Page, ReadProgram, Sql, Statement};
use crate::ids::FieldId;
use crate::plan::{Child, Node, Query, Read, Take, Window};
use crate::scalar::Scalar;
use crate::schema::{Join, Model, Provider, quote};

/// Which rows a level's statement selects.
enum From<'a> {
    /// The rows of the window.
    Root { adopted: bool },
    /// The rows of the window that belong to parents.
    Parents(Family<'a>),
    /// The written row.
    RowKey,
}

impl Sql<'_> {
    pub fn read(&self, query: &Query, read: &Read) -> ReadProgram {
        let from = From::Root { adopted: read.unique.is_some() };
        let root = self.level(&read.node, &mut 0, &from);
        let model = self.schema.model(read.node.model);
        ReadProgram {
            root,
            or_throw: read.or_throw,
            unique: read.unique.as_ref().map(|unique| self.lookup(query, model, unique)),
            key: self.only_key(model, &read.node.window),
            empty: read.complete || read.node.window.take == Take::None,
        }
    }

    /// The level that shows a written row, found by its key.
    pub fn read_row(&self, node: &Node) -> Level {
        self.level(node, &mut 0, &From::RowKey)
    }

    fn child(
        &self,
        parent: &Model,
        child: &Child,
        nodes: &mut usize,
        columns: &mut Columns,
    ) -> ChildLevel {
        let relation = &parent.relations[child.relation];
        let target = self.schema.model(relation.target);
        let family = Family::of(self.schema, target, relation);
        let ours = match &relation.join {
            Join::Local { fields, .. } => fields.as_slice(),
            Join::Remote { references, .. } => references.as_slice(),
            Join::Link { .. } => &parent.key.fields[..1],
        };
        let parent = ours.iter().map(|id| columns.at(Column::Field(*id))).collect();
        let local = matches!(relation.join, Join::Local { .. });
        if !local {
            columns.at(Column::Adopted);
        }
        ChildLevel { parent, local, level: self.level(&child.node, nodes, &From::Parents(family)) }
    }

    fn level(&self, node: &Node, nodes: &mut usize, from: &From) -> Level {
        let model = self.schema.model(node.model);
        let at = *nodes;
        *nodes += 1;
        let mut columns = Columns::of(node);
        let shown = columns.len();
        let children: Vec<ChildLevel> = node
            .relations
            .iter()
            .map(|child| self.child(model, child, nodes, &mut columns))
            .collect();
        let adopted = columns.position(&Column::Adopted);
        let page = page(model, &node.window, &mut columns);
        let held =
            matches!(from, From::Parents(family) if family.held && node.window.filter.is_some());
        let passes = held.then(|| columns.at(Column::Passes));
        let letters = match from {
            From::Parents(family) if self.schema.provider == Provider::Mysql => {
                let texts = family.texts();
                texts.map(|(at, id)| (at, columns.at(Column::Field(id)))).collect()
            }
            _ => Vec::new(),
        };
        let (one, many) = match from {
            From::Root { adopted } => (self.root(node, &columns, *adopted), Statement::default()),
            From::RowKey => (self.by_row_key(node, &columns), Statement::default()),
            From::Parents(family) => (
                self.of_one_parent(node, &columns, family),
                self.of_parents(node, &columns, family),
            ),
        };
        Level {
            model: node.model,
            node: at,
            shown,
            width: columns.len(),
            adopted,
            passes,
            letters,
            page,
            one,
            many,
            grouped: is_unordered(&node.window),
            reversed: node.window.take.is_last(),
            children,
        }
    }

    /// `SELECT … FROM` the model, as `t`.
    fn select(&self, scope: Scope, node: &Node, columns: &Columns) -> Statement {
        let mut sql = Statement::default();
        sql.push("SELECT ");
        self.columns(&mut sql, scope, node, columns);
        sql.push(" FROM ");
        self.table(&mut sql, scope, &node.window);
        sql
    }

    fn root(&self, node: &Node, columns: &Columns, adopted: bool) -> Statement {
        let model = self.schema.model(node.model);
        if adopted {
            return self.root_in(Scope::root(model), node, columns, true);
        }
        self.of_members(model, &node.window, |scope| self.root_in(scope, node, columns, false))
    }

    /// A statement that leaves rows held for look-ups only out, and its other form, if it has one.
    pub(super) fn of_members(
        &self,
        model: &Model,
        window: &Window,
        write: impl Fn(Scope) -> Statement,
    ) -> Statement {
        let sql = write(Scope::members(model));
        if self.worth_listing(model, window) {
            sql.or_whole(write(Scope::members(model).whole()))
        } else {
            sql
        }
    }

    fn root_in(&self, scope: Scope, node: &Node, columns: &Columns, adopted: bool) -> Statement {
        let mut sql = self.select(scope.exact(), node, columns);
        sql.push(" WHERE ");
        if adopted {
            if let Some(filter) = &node.window.filter {
                self.predicate(&mut sql, scope, filter);
            }
        } else {
            self.set_filter(&mut sql, scope, &node.window);
        }
        self.page_in_sql(&mut sql, scope.exact(), &node.window);
        sql
    }

    /// Order, and the page unless it is taken from memory.
    pub(super) fn page_in_sql(&self, sql: &mut Statement, scope: Scope, window: &Window) {
        self.order_by(sql, scope, window);
        if !window.in_memory {
            Self::limit(sql, window);
        }
    }

    /// The filter of a set read, and membership: rows held for look-ups only are left out.
    pub(super) fn set_filter(&self, sql: &mut Statement, scope: Scope, window: &Window) {
        sql.push(&scope.adopted()).push(" IS NULL");
        self.and_filter(sql, scope, window);
    }

    pub(super) fn and_filter(&self, sql: &mut Statement, scope: Scope, window: &Window) {
        if let Some(filter) = &window.filter {
            sql.push(" AND ");
            self.predicate(sql, scope, filter);
        }
        self.after_cursor(sql, scope.exact(), window);
    }

    fn by_row_key(&self, node: &Node, columns: &Columns) -> Statement {
        let model = self.schema.model(node.model);
        let mut sql = self.select(Scope::root(model), node, columns);
        for (at, id) in model.key.fields.iter().enumerate() {
            sql.push(if at == 0 { " WHERE " } else { " AND " });
            sql.push(&Scope::root(model).column(model.field(*id)))
                .push(" = ")
                .bind(Bind::RowKey(at));
        }
        sql
    }

    fn of_one_parent(&self, node: &Node, columns: &Columns, family: &Family) -> Statement {
        let scope = family.scope(self.schema.model(node.model));
        let mut sql = self.select(scope, node, columns);
        family.join(&mut sql, scope);
        for (at, matched) in family.matches(scope).iter().enumerate() {
            sql.push(if at == 0 { " WHERE " } else { " AND " });
            sql.push(matched).push(" = ").bind(Bind::ParentKey(at));
        }
        self.members(&mut sql, scope, family, &node.window);
        self.page_in_sql(&mut sql, scope, &node.window);
        sql
    }

    /// After the columns comes the position of the parent's key in the list of keys.
    fn of_parents(&self, node: &Node, columns: &Columns, family: &Family) -> Statement {
        let model = self.schema.model(node.model);
        let scope = family.scope(model);
        let mut sql = Statement::default();
        sql.push("SELECT ");
        self.columns(&mut sql, scope, node, columns);
        sql.push(", p.key FROM json_each(").bind(Bind::ParentKeys).push(") AS p CROSS JOIN ");
        let window = &node.window;
        if !window.in_memory && window.cut() {
            sql.push(&quote(&model.local)).push(" AS t ON t._rowid_ IN (");
            self.page_of_parent(&mut sql, scope.nested(model, family.list), window, family);
            sql.push(")");
            self.joins(&mut sql, scope, window);
        } else {
            self.family(&mut sql, scope, family, window);
            self.members(&mut sql, scope, family, window);
        }
        self.order_by(&mut sql, scope, window);
        sql
    }

    /// `take` and `skip` apply to each parent's rows.
    fn page_of_parent(&self, sql: &mut Statement, scope: Scope, window: &Window, family: &Family) {
        sql.push("SELECT ").push(&scope.row_id()).push(" FROM ");
        self.family(sql, scope, family, window);
        self.members(sql, scope, family, window);
        self.page_in_sql(sql, scope, window);
    }

    /// The rows of the parents whose keys `p` lists, found from there; ends in a condition.
    fn family(&self, sql: &mut Statement, scope: Scope, family: &Family, window: &Window) {
        family.links(sql, scope);
        self.table(sql, scope, window);
        family.of_keys(sql, scope);
    }

    /// Which of the related rows belong to the result.
    fn members(&self, sql: &mut Statement, scope: Scope, family: &Family, window: &Window) {
        if family.list {
            sql.push(" AND ").push(&scope.adopted()).push(" IS NULL");
        }
        if !family.held {
            self.and_filter(sql, scope, window);
        }
    }
}

/// Rows come as they are found.
fn is_unordered(window: &Window) -> bool {
    window.order.is_empty() && window.cursor.is_none() && !window.cut()
}

/// The page that is taken after SQL.
fn page(model: &Model, window: &Window, columns: &mut Columns) -> Option<Page> {
    if !window.in_memory {
        return None;
    }
    let mut distinct = |id: &FieldId| {
        let field = model.field(*id);
        let float = field.scalar == Scalar::Float && !field.list;
        Distinct { at: columns.at(Column::Field(*id)), float }
    };
    Some(Page {
        distinct: window.distinct.as_ref().map(|ids| ids.iter().map(&mut distinct).collect()),
        cursor: window.cursor.is_some().then(|| columns.at(Column::Cursor)),
        skip: window.skip,
        take: window.take,
    })
}
