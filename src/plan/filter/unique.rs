//! The `where` of single-row operations.

use super::Filters;
use super::scalar::{comparable, same_bytes};
use crate::filter::Operator;
use crate::plan::args::Arg;
use crate::plan::compile::Context;
use crate::plan::slots::{SlotKind, Slots};
use crate::plan::{Planned, Predicate, UniqueKey, UniqueWhere};
use crate::schema::{Field, Key, Model, Provider};

/// The `where` of `findUnique`, `update`, `delete`, `upsert`: at least one unique key, and any filter beside it.
pub fn plan_unique(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arg: &Arg,
) -> Planned<UniqueWhere> {
    let mut keys = Vec::new();
    let mut all = Vec::new();
    let mut others = 0;
    for (name, value) in arg.entries()? {
        if let Some(key) = key_named(context, slots, model, name, &value)? {
            all.extend(key.fields.iter().map(|(field, slot)| Predicate::Compare {
                field: *field,
                operator: Operator::named("equals").expect("the table has equals"),
                negated: false,
                value: *slot,
            }));
            keys.push(key);
        } else if let Some(predicate) =
            Filters::new(context, slots, model).member(name, &value, 0)?
        {
            all.push(predicate);
            others += 1;
        }
    }
    if keys.is_empty() {
        return Err(arg.invalid(&format!("at least one unique key of {}", model.name)));
    }
    let only_key = keys.len() == 1 && others == 0;
    Ok(UniqueWhere { keys, predicate: Predicate::All(all), only_key })
}

/// Under any collation a row whose key has the very bytes asked for is the row; that no row has them says nothing, and
/// main is asked. (A write comes back to look for what main has found: `write.rs` refuses such keys.)
fn by_key(context: &Context, field: &Field, arg: &Arg) -> Planned<()> {
    comparable(context, field, arg)?;
    if context.schema.provider == Provider::Postgres {
        same_bytes(context, field, arg)
    } else {
        Ok(())
    }
}

fn key_named(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    name: &str,
    value: &Arg,
) -> Planned<Option<UniqueKey>> {
    let single = |key: &&Key| key.fields.len() == 1 && model.field(key.fields[0]).name == name;
    if let Some(key) = model.keys().find(single) {
        if value.is_plain_object() {
            // A key takes a value here, no filter.
            return Err(value.invalid("a value"));
        }
        let field = model.field(key.fields[0]);
        by_key(context, field, value)?;
        let slot = value.slot(context.schema, slots, SlotKind::of(field))?;
        return Ok(Some(UniqueKey { name: name.to_owned(), fields: vec![(field.id, slot)] }));
    }
    let Some(key) = model.keys().find(|key| key.fields.len() > 1 && key.name == name) else {
        return Ok(None);
    };
    let mut fields = Vec::with_capacity(key.fields.len());
    for id in &key.fields {
        let field = model.field(*id);
        let member =
            value.get(&field.name).ok_or_else(|| value.invalid(&format!("`{}`", field.name)))?;
        by_key(context, field, &member)?;
        fields.push((*id, member.slot(context.schema, slots, SlotKind::of(field))?));
    }
    if value.entries()?.len() != fields.len() {
        return Err(value.invalid("only the fields of the key"));
    }
    Ok(Some(UniqueKey { name: name.to_owned(), fields }))
}
