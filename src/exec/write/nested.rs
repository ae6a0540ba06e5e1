//! What is written around a row: the rows it needs first, then the rows that need it, in the order in which they are written.

use super::super::bind::{Around, Linked};
use super::super::{Call, Database};
use super::Row;
use super::row::pick;
use crate::error::Stop;
use crate::sql::{
    Act, BeforeProgram, ChangeProgram, Edge, EdgeKind, NestedProgram, PickOne, RowProgram,
    SettleProgram, Statement, Target,
};
use crate::value::Value;

impl Database {
    /// The rows that must be at hand first. Prisma begins with the last, and then complains of the first that is not there.
    pub(super) fn settle(&self, before: &[BeforeProgram], call: &Call) -> Result<Vec<Row>, Stop> {
        let mut settled = vec![Row::new(); before.len()];
        let mut absent = None;
        for (at, before) in before.iter().enumerate().rev() {
            match self.settle_one(before, call)? {
                Some(row) => settled[at] = row,
                // Where one takes the place of another, the operation itself complains.
                None if before.edge.one_to_one && !before.creates => {}
                None => absent = Some(before),
            }
        }
        match absent {
            Some(before) => Err(self.not_connected(&before.edge)),
            None => Ok(settled),
        }
    }

    /// `None`: there is no such row to connect.
    fn settle_one(&self, before: &BeforeProgram, call: &Call) -> Result<Option<Row>, Stop> {
        let edge = &before.edge;
        let (target, row, takes) = match &before.settle {
            SettleProgram::Create(row) => return self.create_row(row, call, &[]).map(Some),
            SettleProgram::Connect(target) => (target, None, before.creates),
            SettleProgram::ConnectOrCreate(target, row) => (target, Some(row), true),
        };
        match (self.target_row(target, call)?, row) {
            (Some(found), _) => {
                if takes {
                    self.take_over(edge, &found, call)?;
                }
                Ok(Some(found))
            }
            (None, Some(row)) => self.create_row(row, call, &[]).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// Of a one-to-one relation whose key is on our side: whoever names that row must let it go.
    pub(super) fn take_over(
        &self,
        edge: &Edge,
        related: &[Value],
        call: &Call,
    ) -> Result<(), Stop> {
        let Some(naming) = &edge.naming else { return Ok(()) };
        let key = pick(related, &edge.theirs);
        let around = Around { parent_key: &key, ..Around::default() };
        let others = self.rows_of(naming, call, around)?;
        // Of a row that is held for look-ups only, nobody here knows who names it.
        if others.is_empty() && self.holds_adopted(edge.target, related)? {
            self.needed(self.schema.model(edge.model), &edge.ours, &key, call)?;
        }
        for other in others {
            if self.schema.model(edge.model).relations[edge.relation].required {
                return Err(self.violated(edge));
            }
            self.detach(edge, &other, related, call)?;
        }
        Ok(())
    }

    /// Of a one-to-one relation whose key is on the other side: whoever names our row must let it go.
    fn vacate(&self, edge: &Edge, row: &[Value], call: &Call) -> Result<(), Stop> {
        if let Some(old) = self.related_one(edge, false, row, call)? {
            self.let_go(edge, row, &old, call)?;
        }
        Ok(())
    }

    /// Parts a related row, unless it must not be without.
    pub(super) fn let_go(
        &self,
        edge: &Edge,
        row: &[Value],
        old: &[Value],
        call: &Call,
    ) -> Result<(), Stop> {
        let back = self.schema.model(edge.model).relations[edge.relation].back;
        if self.schema.model(edge.target).relations[back].required {
            return Err(self.violated(edge));
        }
        self.detach(edge, row, old, call)
    }

    /// One nested operation on the rows related to `row`.
    pub(super) fn act(
        &self,
        nested: &NestedProgram,
        row: &[Value],
        linked: &Linked,
        call: &Call,
    ) -> Result<(), Stop> {
        let (edge, created) = (&nested.edge, nested.created);
        match &nested.act {
            Act::Create(child) => {
                if edge.one_to_one && !created {
                    self.vacate(edge, row, call)?;
                }
                self.create_related(edge, child, row, call)
            }
            Act::CreateMany(many, _) if edge.kind == EdgeKind::Link => {
                self.create_linked(many, call, &mut |child| self.attach(edge, row, child, call))
            }
            Act::CreateMany(many, _) => self.create_together(many, call, &[row]).map(drop),
            Act::Replace(at) => self.replace(nested, row, linked[at + 1], call),
            Act::Taken => Ok(()),
            Act::Attach(at) => self.attach(edge, row, linked[at + 1], call),
            Act::ConnectOrCreate(target, child) => {
                self.connect_or_create(nested, target, child, row, call)
            }
            Act::Update(one, change) => self.update_related(edge, one, change, row, call),
            Act::Upsert(one, change, child) => {
                self.upsert_related(edge, (one, change, child), row, call)
            }
            Act::DeleteOne(one) => match self.picked(edge, one, row, call)? {
                Some(old) => self.remove(edge, &old, call),
                None => Err(self.no_target(edge, "a nested delete")),
            },
            Act::DisconnectOne(filter) => self.disconnect_one(edge, filter.as_ref(), row, call),
            Act::Connect(targets) => self.connect(edge, targets, row, call),
            Act::UpdateMany(listed, change) => {
                self.knows_list(edge, created, row, call)?;
                let all = self.related(edge, listed, row, call)?;
                if self.moves_own(edge.target, &change.written) {
                    self.moved_at_once(edge.target, all.len())?;
                }
                for old in all {
                    self.change_row(change, old, row, call)?;
                }
                Ok(())
            }
            Act::DeleteMany(listed) => {
                self.knows_list(edge, created, row, call)?;
                for old in self.related(edge, listed, row, call)? {
                    self.remove(edge, &old, call)?;
                }
                Ok(())
            }
            Act::Delete(targets) => self.delete_listed(edge, targets, row, call),
            Act::Disconnect(targets) => self.disconnect(edge, targets, row, call),
            Act::Set(targets) => self.set_list(edge, targets, row, call),
        }
    }

    /// A new row, tied to the one at hand.
    fn create_related(
        &self,
        edge: &Edge,
        child: &RowProgram,
        row: &[Value],
        call: &Call,
    ) -> Result<(), Stop> {
        let made = self.create_row(child, call, row)?;
        // On the other side the new row has been given its key.
        if edge.kind == EdgeKind::Remote { Ok(()) } else { self.attach(edge, row, &made, call) }
    }

    fn update_related(
        &self,
        edge: &Edge,
        one: &PickOne,
        change: &ChangeProgram,
        row: &[Value],
        call: &Call,
    ) -> Result<(), Stop> {
        if let Some(old) = self.picked(edge, one, row, call)? {
            return self.change_row(change, old, row, call).map(drop);
        }
        // Prisma settles what the change needs before it looks at what it has found.
        self.settle(&change.before, call)?;
        Err(self.no_target(edge, "a nested update"))
    }

    fn upsert_related(
        &self,
        edge: &Edge,
        (one, change, child): (&PickOne, &ChangeProgram, &RowProgram),
        row: &[Value],
        call: &Call,
    ) -> Result<(), Stop> {
        match self.picked(edge, one, row, call)? {
            Some(old) => self.change_row(change, old, row, call).map(drop),
            None if edge.kind == EdgeKind::Local && matches!(one, PickOne::Only(Some(_))) => {
                Err(self.filtered_upsert(edge))
            }
            None => self.create_related(edge, child, row, call),
        }
    }

    /// The row of a one-to-one relation that takes the place of the one that is there.
    fn replace(
        &self,
        nested: &NestedProgram,
        row: &[Value],
        new: &[Value],
        call: &Call,
    ) -> Result<(), Stop> {
        let edge = &nested.edge;
        if new.is_empty() {
            return Err(self.no_target(edge, "a nested connect"));
        }
        let old = if nested.created { None } else { self.related_one(edge, false, row, call)? };
        if let Some(old) = &old
            && self.key_of(edge.target, old) == self.key_of(edge.target, new)
        {
            return Ok(());
        }
        if edge.kind == EdgeKind::Local {
            self.take_over(edge, new, call)?;
        } else if let Some(old) = old {
            self.let_go(edge, row, &old, call)?;
        }
        self.attach(edge, row, new, call)
    }

    fn connect_or_create(
        &self,
        nested: &NestedProgram,
        target: &Target,
        child: &RowProgram,
        row: &[Value],
        call: &Call,
    ) -> Result<(), Stop> {
        let edge = &nested.edge;
        match self.target_row(target, call)? {
            Some(found) if edge.one_to_one => self.replace(nested, row, &found, call),
            Some(found) => self.attach(edge, row, &found, call),
            None => self.create_related(edge, child, row, call),
        }
    }

    fn disconnect_one(
        &self,
        edge: &Edge,
        filter: Option<&Statement>,
        row: &[Value],
        call: &Call,
    ) -> Result<(), Stop> {
        if edge.kind == EdgeKind::Local && filter.is_none() {
            // Who is named does not matter: the row forgets him. `detach` looks at our row alone.
            let nobody = vec![Value::Null; self.schema.model(edge.target).fields.len()];
            return self.detach(edge, row, &nobody, call);
        }
        match self.related_one(edge, false, row, call)? {
            Some(old) if self.meets(edge, filter, &old, call)? => {
                self.detach(edge, row, &old, call)
            }
            _ => Ok(()),
        }
    }
}
