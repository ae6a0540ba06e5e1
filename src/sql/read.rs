//! Reads: one statement per level of the selection.

use super::scope::Scope;
use super::{Bind, ChildLevel, Level, ReadProgram, Sql, Statement};
use crate::ids::FieldId;
use crate::plan::{Child, Node, Query, Read, Take, Window};
use crate::schema::{ADOPTED, Join, Model, quote};

/// Columns of one level's rows: first what is shown, then what stitching needs.
struct Columns {
    list: Vec<FieldId>,
    /// Columns of a link table that hold the parent's key.
    link: Option<String>,
    adopted: bool,
}

impl Columns {
    fn at(&mut self, id: FieldId) -> usize {
        self.list.iter().position(|known| *known == id).unwrap_or_else(|| {
            self.list.push(id);
            self.list.len() - 1
        })
    }

    fn width(&self) -> usize {
        self.list.len() + usize::from(self.link.is_some()) + usize::from(self.adopted)
    }

    fn text(&self, model: &Model) -> Vec<String> {
        let mut text: Vec<String> =
            self.list.iter().map(|id| Scope::root(model).column(model.field(*id))).collect();
        text.extend(self.link.clone());
        if self.adopted {
            text.push(format!("t.{}", quote(ADOPTED)));
        }
        text
    }
}

/// Which rows a level's statement selects.
enum From<'a> {
    /// The rows of the window.
    Root { adopted: bool },
    /// The rows of the window that belong to parents.
    Parents { matches: &'a [String], join: Option<String>, members: bool },
    /// The written row.
    RowKey,
}

/// How the rows of a relation are told from others.
struct Family<'a> {
    /// The columns that hold the parent's key.
    matches: &'a [String],
    /// The link table, when there is one.
    join: Option<&'a str>,
    /// A list: rows held for look-ups only are left out.
    members: bool,
}

impl Sql<'_> {
    pub fn read(&self, query: &Query, read: &Read) -> ReadProgram {
        let mut nodes = 0;
        let from = From::Root { adopted: read.unique.is_some() };
        let (root, _) = self.level(&read.node, &mut nodes, &from, &[], None);
        let model = self.schema.model(read.node.model);
        ReadProgram {
            root,
            or_throw: read.or_throw,
            unique: read.unique.as_ref().map(|unique| self.lookup(query, model, unique)),
            key: self.only_key(model, read.node.window.filter.as_ref()),
            empty: read.node.window.take == Take::None,
        }
    }

    /// The level that shows a written row, found by its key.
    pub fn read_row(&self, node: &Node) -> Level {
        self.level(node, &mut 0, &From::RowKey, &[], None).0
    }

    fn child(
        &self,
        parent: &Model,
        child: &Child,
        nodes: &mut usize,
        parent_columns: Vec<usize>,
        local: bool,
    ) -> ChildLevel {
        let relation = &parent.relations[child.relation];
        let target = self.schema.model(relation.target);
        let (ours_to_match, link) = match &relation.join {
            Join::Local { references, .. } => (references.as_slice(), None),
            Join::Remote { fields, .. } => (fields.as_slice(), None),
            Join::Link { table, ours, theirs } => {
                let link = self.schema.model(*table);
                let on = format!(
                    " JOIN {} AS l ON l.{} = {}",
                    quote(&link.local),
                    quote(&link.field(*theirs).local),
                    Scope::root(target).column(target.field(target.key.fields[0]))
                );
                (&[][..], Some((on, format!("l.{}", quote(&link.field(*ours).local)))))
            }
        };
        let (texts, join) = match link {
            Some((on, ours)) => (vec![ours], Some(on)),
            None => (
                ours_to_match
                    .iter()
                    .map(|id| Scope::root(target).column(target.field(*id)))
                    .collect(),
                None,
            ),
        };
        let from = From::Parents { matches: &texts, join, members: relation.list };
        let (level, matches) = self.level(&child.node, nodes, &from, ours_to_match, texts.first());
        ChildLevel { parent: parent_columns, matches, local, level }
    }

    /// A child level, and the columns of its rows that hold the parent's key.
    fn level(
        &self,
        node: &Node,
        nodes: &mut usize,
        from: &From,
        matched: &[FieldId],
        link: Option<&String>,
    ) -> (Level, Vec<usize>) {
        let model = self.schema.model(node.model);
        let at = *nodes;
        *nodes += 1;
        let mut columns = Columns { list: node.fields.clone(), link: None, adopted: false };
        let mut children = Vec::with_capacity(node.relations.len());
        for child in &node.relations {
            let join = &model.relations[child.relation].join;
            let parent: Vec<usize> = match join {
                Join::Local { fields, .. } => fields.iter().map(|id| columns.at(*id)).collect(),
                Join::Remote { references, .. } => {
                    references.iter().map(|id| columns.at(*id)).collect()
                }
                Join::Link { .. } => vec![columns.at(model.key.fields[0])],
            };
            let local = matches!(join, Join::Local { .. });
            columns.adopted |= !local;
            children.push(self.child(model, child, nodes, parent, local));
        }
        let mut key: Vec<usize> = matched.iter().map(|id| columns.at(*id)).collect();
        if matched.is_empty() {
            columns.link = link.cloned();
            key.push(columns.list.len());
        }
        (self.statements(node, at, columns, children, from), key)
    }

    fn statements(
        &self,
        node: &Node,
        at: usize,
        columns: Columns,
        children: Vec<ChildLevel>,
        from: &From,
    ) -> Level {
        let model = self.schema.model(node.model);
        let width = columns.width();
        let text = columns.text(model);
        let (one, many) = match from {
            From::Root { adopted } => {
                (self.root(model, &text, &node.window, *adopted), Statement::default())
            }
            From::RowKey => (Self::by_row_key(model, &text), Statement::default()),
            From::Parents { matches, join, members } => {
                let family = Family { matches, join: join.as_deref(), members: *members };
                (
                    self.of_one_parent(model, &text, &node.window, &family),
                    self.of_parents(model, &text, &node.window, &family),
                )
            }
        };
        Level {
            model: node.model,
            node: at,
            shown: node.fields.len(),
            width,
            adopted: columns.adopted.then(|| width - 1),
            one,
            many,
            reversed: matches!(node.window.take, Take::Last(_)),
            children,
        }
    }

    pub(super) fn select(model: &Model, columns: &[String], join: Option<&str>) -> Statement {
        let mut sql = Statement::default();
        let list = if columns.is_empty() { "1".to_owned() } else { columns.join(", ") };
        sql.push("SELECT ").push(&list).push(" FROM ").push(&quote(&model.local)).push(" AS t");
        sql.push(join.unwrap_or(""));
        sql
    }

    /// The rows that set reads see: not the ones held for look-ups only.
    fn members(sql: &mut Statement) {
        sql.push("t.").push(&quote(ADOPTED)).push(" IS NULL");
    }

    pub(super) fn root(
        &self,
        model: &Model,
        columns: &[String],
        window: &Window,
        adopted: bool,
    ) -> Statement {
        let mut sql = Self::select(model, columns, None);
        sql.push(" WHERE ");
        if adopted {
            if let Some(filter) = &window.filter {
                self.predicate(&mut sql, Scope::root(model), filter);
            }
        } else {
            self.set_filter(&mut sql, model, window);
        }
        self.order_by(&mut sql, Scope::root(model), window);
        Self::limit(&mut sql, window);
        sql
    }

    /// The filter of a set read, and membership.
    pub(super) fn set_filter(&self, sql: &mut Statement, model: &Model, window: &Window) {
        Self::members(sql);
        if let Some(filter) = &window.filter {
            sql.push(" AND ");
            self.predicate(sql, Scope::members(model), filter);
        }
    }

    fn by_row_key(model: &Model, columns: &[String]) -> Statement {
        let mut sql = Self::select(model, columns, None);
        for (at, id) in model.key.fields.iter().enumerate() {
            sql.push(if at == 0 { " WHERE " } else { " AND " });
            sql.push(&Scope::root(model).column(model.field(*id)))
                .push(" = ")
                .bind(Bind::RowKey(at));
        }
        sql
    }

    fn child_filter(&self, sql: &mut Statement, model: &Model, window: &Window, family: &Family) {
        if family.members {
            sql.push(" AND ");
            Self::members(sql);
        }
        if let Some(filter) = &window.filter {
            sql.push(" AND ");
            let scope = if family.members { Scope::members(model) } else { Scope::root(model) };
            self.predicate(sql, scope, filter);
        }
    }

    fn of_one_parent(
        &self,
        model: &Model,
        columns: &[String],
        window: &Window,
        family: &Family,
    ) -> Statement {
        let mut sql = Self::select(model, columns, family.join);
        for (at, matched) in family.matches.iter().enumerate() {
            sql.push(if at == 0 { " WHERE " } else { " AND " });
            sql.push(matched).push(" = ").bind(Bind::ParentKey(at));
        }
        self.child_filter(&mut sql, model, window, family);
        self.order_by(&mut sql, Scope::root(model), window);
        Self::limit(&mut sql, window);
        sql
    }

    fn of_parents(
        &self,
        model: &Model,
        columns: &[String],
        window: &Window,
        family: &Family,
    ) -> Statement {
        if !window.cut() {
            let mut sql = Self::select(model, columns, family.join);
            sql.push(" WHERE ");
            Self::parent_keys(&mut sql, family.matches);
            self.child_filter(&mut sql, model, window, family);
            self.order_by(&mut sql, Scope::root(model), window);
            return sql;
        }
        self.windowed(model, columns, window, family)
    }

    fn parent_keys(sql: &mut Statement, matches: &[String]) {
        if let [only] = matches {
            sql.push(only)
                .push(" IN (SELECT value FROM json_each(")
                .bind(Bind::ParentKeys)
                .push("))");
            return;
        }
        let parts: Vec<String> =
            (0..matches.len()).map(|at| format!("json_extract(value, '$[{at}]')")).collect();
        sql.push("(").push(&matches.join(", ")).push(") IN (SELECT ").push(&parts.join(", "));
        sql.push(" FROM json_each(").bind(Bind::ParentKeys).push("))");
    }

    /// `take` and `skip` apply to each parent's rows: numbered per parent, then cut.
    fn windowed(
        &self,
        model: &Model,
        columns: &[String],
        window: &Window,
        family: &Family,
    ) -> Statement {
        let named: Vec<String> =
            columns.iter().enumerate().map(|(at, text)| format!("{text} AS c{at}")).collect();
        let outer: Vec<String> = (0..columns.len()).map(|at| format!("c{at}")).collect();
        let mut sql = Statement::default();
        sql.push("SELECT ").push(&outer.join(", ")).push(" FROM (SELECT ").push(&named.join(", "));
        sql.push(", row_number() OVER (PARTITION BY ").push(&family.matches.join(", "));
        self.order_by(&mut sql, Scope::root(model), window);
        sql.push(") AS n FROM ")
            .push(&quote(&model.local))
            .push(" AS t")
            .push(family.join.unwrap_or(""))
            .push(" WHERE ");
        Self::parent_keys(&mut sql, family.matches);
        self.child_filter(&mut sql, model, window, family);
        sql.push(") WHERE n > ");
        Self::skipped(&mut sql, window);
        let count = match window.take {
            Take::All => None,
            Take::None => Some(Bind::Number(0)),
            Take::First(slot) => Some(Bind::Raw(slot)),
            Take::FirstConst(count) | Take::Last(count) => Some(Bind::Number(count)),
        };
        if let Some(count) = count {
            sql.push(" AND n <= ").bind(count).push(" + ");
            Self::skipped(&mut sql, window);
        }
        sql.push(" ORDER BY n");
        sql
    }

    fn skipped(sql: &mut Statement, window: &Window) {
        match window.skip {
            Some(skip) => sql.bind(Bind::Raw(skip)),
            None => sql.push("0"),
        };
    }
}
