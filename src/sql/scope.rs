//! A table within a statement: its model, and the name that its columns go by. Nested queries name theirs by depth.

use crate::schema::{ADOPTED, Field, Model, quote};

#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub model: &'a Model,
    depth: u16,
    /// Counts the tables that are joined at this depth; 0 is the query's own.
    joined: u16,
    member: bool,
    /// Its rows are found by the key of the row they belong to.
    keyed: bool,
    neither: Neither,
    /// Below an `isNot` that is no `NOT` to Prisma, as it is one in a read: conditions on the types of Json values, which a
    /// `NOT` says the other way round, are as they were.
    turned: bool,
    purpose: Purpose,
}

/// What a filter may make of a condition that is neither true nor false.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Neither {
    Told,
    /// It is as good as false: in a statement for rows whose parents are all held.
    AsFalse,
}

/// To read rows, Prisma joins the related ones; to write them, it asks for the related ones in a query of their own, in which
/// what is neither true nor false is not found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Read,
    Write,
}

impl<'a> Scope<'a> {
    /// The statement's own table, rows held for look-ups only included.
    pub fn root(model: &'a Model) -> Self {
        Self {
            model,
            depth: 0,
            joined: 0,
            member: false,
            keyed: false,
            neither: Neither::Told,
            turned: false,
            purpose: Purpose::Read,
        }
    }

    /// The statement's own table, in a statement that leaves rows held for look-ups only out.
    pub fn members(model: &'a Model) -> Self {
        Self { member: true, ..Self::root(model) }
    }

    /// The table of a query nested in this one; `member`: that query leaves rows held for look-ups only out.
    pub fn nested(self, model: &Model, member: bool) -> Scope<'_> {
        Scope {
            model,
            depth: self.depth + 1,
            joined: 0,
            member,
            keyed: true,
            neither: Neither::Told,
            turned: self.turned,
            purpose: Purpose::Read,
        }
    }

    /// A table that the query joins to its own.
    pub fn joined(self, model: &Model, number: u16) -> Scope<'_> {
        Scope {
            model,
            depth: self.depth,
            joined: number,
            member: false,
            keyed: true,
            neither: Neither::Told,
            turned: self.turned,
            purpose: Purpose::Read,
        }
    }

    /// The same, its rows found by the key of the row they belong to.
    pub fn keyed(self) -> Self {
        Self { keyed: true, ..self }
    }

    /// The table of a query nested in this one that is run once, for all rows.
    pub fn listed(self, model: &Model) -> Scope<'_> {
        Scope { keyed: false, ..self.nested(model, false) }
    }

    /// The same in a filter where neither is as good as false, if every row's parents are held.
    pub fn whole(self) -> Self {
        Self { neither: Neither::AsFalse, ..self }
    }

    /// The same where false and neither are told apart.
    pub fn exact(self) -> Self {
        Self { neither: Neither::Told, ..self }
    }

    /// The table of the query that asks for the related rows of those to be written.
    pub fn to_be_written(self) -> Self {
        Self { purpose: Purpose::Write, ..self }
    }

    pub fn is_written(self) -> bool {
        self.purpose == Purpose::Write
    }

    /// The same, its conditions on the types of Json values the other way round than a `NOT` says them.
    pub fn turned(self) -> Self {
        Self { turned: !self.turned, ..self }
    }

    pub fn is_turned(self) -> bool {
        self.turned
    }

    pub fn is_whole(self) -> bool {
        self.neither == Neither::AsFalse
    }

    /// No row of it is held for look-ups only: its lists are known here.
    pub fn is_member(self) -> bool {
        self.member
    }

    pub fn alias(self) -> String {
        match (self.depth, self.joined) {
            (0, 0) => "t".to_owned(),
            (depth, 0) => format!("t{depth}"),
            (depth, number) => format!("o{depth}_{number}"),
        }
    }

    /// A column that a filter compares. SQLite, which knows nothing of the values, would as soon use an index on it as the one
    /// on the key, and walk half a table for each row outside; the plus keeps it from that. A unique column is as good.
    pub fn tested(self, field: &Field) -> String {
        let unique = self.model.keys().any(|key| *key.fields == [field.id]);
        let column = self.column(field);
        if self.keyed && !unique { format!("+{column}") } else { column }
    }

    /// The link table through which a nested query finds its rows.
    pub fn link(self) -> String {
        format!("l{}", self.depth)
    }

    pub fn column(self, field: &Field) -> String {
        format!("{}.{}", self.alias(), quote(&field.local))
    }

    /// The first column of the key: all of it where a link table names it.
    pub fn key(self) -> String {
        self.column(self.model.field(self.model.key.fields[0]))
    }

    /// The column that marks a row held for look-ups only.
    pub fn adopted(self) -> String {
        format!("{}.{}", self.alias(), quote(ADOPTED))
    }

    /// SQLite's own name of the row, which no field of Prisma's can have.
    pub fn row_id(self) -> String {
        format!("{}._rowid_", self.alias())
    }
}
