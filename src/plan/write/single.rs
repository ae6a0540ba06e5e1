//! Nested writes of a single related record.

use super::super::args::Arg;
use super::super::read::only;
use super::super::{NestedOp, Pick, Planned, Predicate, Settle};
use super::nested::Side;
use super::related::Wanted;
use super::{Writes, required};
use crate::schema::Model;

impl Writes<'_> {
    pub fn of_one(&mut self, side: &mut Side, name: &str, arg: &Arg) -> Planned<()> {
        match name {
            "create" => {
                let row = self.row(&side.input(), arg)?;
                if side.is_local() {
                    side.take(Settle::Create(row));
                    if side.one_to_one() && !side.created() {
                        side.after(NestedOp::Taken);
                    }
                } else {
                    side.after(NestedOp::Create(row));
                }
                Ok(())
            }
            "connect" => self.connect_one(side, arg),
            "connectOrCreate" => self.connect_or_create_one(side, arg),
            _ if side.created() => Err(arg.invalid("an operation of a nested create")),
            _ => self.change_one(side, name, arg),
        }
    }

    fn connect_one(&mut self, side: &mut Side, arg: &Arg) -> Planned<()> {
        let settle = Settle::Connect(self.unique(side, arg)?);
        if side.is_local() && (side.created() || !side.one_to_one()) {
            side.take(settle);
        } else {
            let at = side.before(settle);
            side.after(NestedOp::Replace(at));
        }
        Ok(())
    }

    fn connect_or_create_one(&mut self, side: &mut Side, arg: &Arg) -> Planned<()> {
        let (target, row) = self.connect_or_create(side, arg)?;
        if !side.is_local() {
            side.after(NestedOp::ConnectOrCreate(target, row));
        } else if side.created() || !side.one_to_one() {
            side.take(Settle::ConnectOrCreate(target, row));
        } else {
            let at = side.before(Settle::ConnectOrCreate(target, row));
            side.after(NestedOp::Attach(at));
        }
        Ok(())
    }

    fn change_one(&mut self, side: &mut Side, name: &str, arg: &Arg) -> Planned<()> {
        match name {
            "update" => {
                let (filter, data) = self.updated(side, arg)?;
                let change = self.change(&side.input(), &data)?;
                if !data.entries()?.is_empty() {
                    side.after(NestedOp::Update(Pick::Only(filter), change));
                }
            }
            "upsert" => {
                only(arg, &["where", "create", "update"])?;
                let filter = match arg.get("where") {
                    Some(filter) => self.filter(side, &filter)?,
                    None => None,
                };
                let (change, row) = self.either(side, arg)?;
                side.after(NestedOp::Upsert(Pick::Only(filter), change, row));
            }
            "disconnect" if !side.relation().required => self.disconnect_one(side, arg)?,
            "delete" if !side.relation().required => {
                if let Wanted::Record(filter) = self.wanted(side, arg)? {
                    side.after(NestedOp::DeleteOne(filter));
                }
            }
            _ => return Err(arg.invalid("an operation of a nested write")),
        }
        Ok(())
    }

    fn disconnect_one(&mut self, side: &mut Side, arg: &Arg) -> Planned<()> {
        let wanted = self.wanted(side, arg)?;
        // Prisma asks neither whether nor which, where many may name the one.
        let wanted = if side.one_to_one() { wanted } else { Wanted::Record(None) };
        if let Wanted::Record(filter) = wanted {
            self.may_part(side);
            side.after(NestedOp::DisconnectOne(filter));
        }
        Ok(())
    }

    /// `{ where, data }`, or the data itself.
    fn updated<'a>(&mut self, side: &Side, arg: &Arg<'a>) -> Planned<(Option<Predicate>, Arg<'a>)> {
        let entries = arg.entries()?;
        let wraps = entries.iter().any(|(name, _)| *name == "data")
            && entries.iter().all(|(name, _)| matches!(*name, "where" | "data"));
        if !wraps {
            return Ok((None, arg.clone()));
        }
        if has(side.target, "data") || has(side.target, "where") {
            return Err(arg.unsupported());
        }
        let filter = match arg.get("where") {
            Some(filter) => self.filter(side, &filter)?,
            None => None,
        };
        Ok((filter, required(arg, "data")?))
    }
}

fn has(model: &Model, name: &str) -> bool {
    model.field_named(name).is_some() || model.relation_named(name).is_some()
}
