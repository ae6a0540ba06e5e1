//! Nested writes of a list.

use super::super::args::Arg;
use super::super::read::only;
use super::super::{CreateMany, NestedOp, Pick, Planned};
use super::bulk::{many_data, no_relations};
use super::nested::Side;
use super::{Writes, required};

impl Writes<'_> {
    pub fn of_list(&mut self, side: &mut Side, name: &str, arg: &Arg) -> Planned<()> {
        match name {
            "create" => self.create_each(side, arg),
            "createMany" if !side.is_link() => {
                let (data, skips) = many_data(self.context, arg)?;
                for element in data.elements() {
                    no_relations(side.target, &element)?;
                }
                let rows = self.rows(&side.input(), &data)?;
                side.after(NestedOp::CreateMany(CreateMany { skips, ..rows }, true));
                Ok(())
            }
            "connect" => {
                let rows = self.uniques(side, arg)?;
                if !rows.is_empty() {
                    side.after(NestedOp::Connect(rows));
                }
                Ok(())
            }
            "connectOrCreate" => {
                for element in arg.elements() {
                    let (target, row) = self.connect_or_create(side, &element)?;
                    side.after(NestedOp::ConnectOrCreate(target, row));
                }
                Ok(())
            }
            _ if side.created() => Err(arg.invalid("an operation of a nested create")),
            _ => self.change_list(side, name, arg),
        }
    }

    fn change_list(&mut self, side: &mut Side, name: &str, arg: &Arg) -> Planned<()> {
        match name {
            "set" => {
                let rows = self.uniques(side, arg)?;
                side.after(NestedOp::Set(rows));
            }
            "disconnect" => {
                if !side.is_link() {
                    self.may_part(side);
                }
                let rows = self.uniques(side, arg)?;
                side.after(NestedOp::Disconnect(rows));
            }
            "delete" => {
                let rows = self.uniques(side, arg)?;
                side.after(NestedOp::Delete(rows));
            }
            "deleteMany" => {
                for element in arg.elements() {
                    let filter = self.scalar_filter(side, &element)?;
                    side.after(NestedOp::DeleteMany(filter));
                }
            }
            "update" => return self.update_each(side, arg),
            "updateMany" => return self.update_all(side, arg),
            "upsert" => {
                for element in arg.elements() {
                    only(&element, &["where", "create", "update"])?;
                    let target = self.unique(side, &required(&element, "where")?)?;
                    let (change, row) = self.either(side, &element)?;
                    side.after(NestedOp::Upsert(Pick::Unique(target), change, row));
                }
            }
            _ => return Err(arg.invalid("an operation of a nested write")),
        }
        Ok(())
    }

    fn create_each(&mut self, side: &mut Side, arg: &Arg) -> Planned<()> {
        let elements = arg.elements();
        if elements.is_empty() {
            return Ok(());
        }
        side.input().alike(&elements)?;
        if elements.iter().all(|element| is_simple(side, element)) {
            let rows = self.rows(&side.input(), arg)?;
            side.after(NestedOp::CreateMany(rows, false));
            return Ok(());
        }
        for element in elements {
            let row = self.row(&side.input(), &element)?;
            side.after(NestedOp::Create(row));
        }
        Ok(())
    }

    fn update_each(&mut self, side: &mut Side, arg: &Arg) -> Planned<()> {
        for element in arg.elements() {
            only(&element, &["where", "data"])?;
            let target = self.unique(side, &required(&element, "where")?)?;
            let data = required(&element, "data")?;
            let change = self.change(&side.input(), &data)?;
            if data.entries()?.is_empty() {
                // Prisma leaves the rest of the list, too.
                return Ok(());
            }
            side.after(NestedOp::Update(Pick::Unique(target), change));
        }
        Ok(())
    }

    fn update_all(&mut self, side: &mut Side, arg: &Arg) -> Planned<()> {
        for element in arg.elements() {
            only(&element, &["where", "data"])?;
            let filter = self.scalar_filter(side, &required(&element, "where")?)?;
            let data = required(&element, "data")?;
            no_relations(side.target, &data)?;
            let change = self.change(&side.input(), &data)?;
            side.after(NestedOp::UpdateMany(filter, change));
        }
        Ok(())
    }
}

/// A row of plain values: any number of them is one shape.
fn is_simple(side: &Side, element: &Arg) -> bool {
    let Ok(entries) = element.entries() else { return false };
    let plain = |(name, value): &(&str, Arg)| {
        let field = side.target.field_named(name);
        field.is_some_and(|field| !(field.list && value.is_plain_object()))
    };
    !entries.is_empty() && entries.iter().all(plain)
}
