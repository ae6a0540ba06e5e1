//! The `where` of single-row operations.

use super::Filters;
use super::scalar::{comparable, same_bytes};
use crate::filter::Operator;
use crate::plan::args::Arg;
use crate::plan::compile::Context;
use crate::plan::slots::{SlotKind, Slots};
use crate::plan::{Planned, Predicate, Refusal, UniqueKey, UniqueWhere};
use crate::schema::{Field, Key, Model, Provider};

/// The `where` of `findUnique`, `update`, `delete`, `upsert`: at least one unique key, and any filter beside it.
pub fn plan_unique(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arg: &Arg,
) -> Planned<UniqueWhere> {
    let entries = arg.entries()?;
    // Said first: a filter beside it may be for main to answer, and then nobody would.
    if !entries.iter().any(|(name, _)| model.keys().any(|key| is_named(model, key, name))) {
        return Err(arg.invalid(&format!("at least one unique key of {}", model.name)));
    }
    let mut keys = Vec::new();
    let mut all = Vec::new();
    let mut others = 0;
    // What Prisma refuses is refused first, whoever answers.
    let mut forward = None;
    for (name, value) in entries {
        if let Some(key) = key_named(context, slots, model, name, &value)? {
            all.extend(key.fields.iter().map(|(field, slot)| Predicate::Compare {
                field: *field,
                operator: Operator::named("equals").expect("the table has equals"),
                negated: false,
                value: *slot,
            }));
            keys.push(key);
            continue;
        }
        match Filters::new(context, slots, model).member(name, &value, 0) {
            Err(Refusal::Forward(why)) => {
                forward.get_or_insert(why);
            }
            planned => {
                let predicate = planned?;
                others += usize::from(predicate.is_some());
                all.extend(predicate);
            }
        }
    }
    if let Some(why) = forward {
        return Err(Refusal::Forward(why));
    }
    let only_key = keys.len() == 1 && others == 0;
    Ok(UniqueWhere { keys, predicate: Predicate::All(all), only_key })
}

/// A key of one field goes by the field's name, one of several by its own.
fn is_named(model: &Model, key: &Key, name: &str) -> bool {
    match key.fields.as_slice() {
        [field] => model.field(*field).name == name,
        _ => key.name == name,
    }
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
    let Some(key) = model.keys().find(|key| is_named(model, key, name)) else {
        return Ok(None);
    };
    if key.fields.len() == 1 {
        if value.is_plain_object() {
            // A key takes a value here, no filter.
            return Err(value.invalid("a value"));
        }
        let field = model.field(key.fields[0]);
        by_key(context, field, value)?;
        let slot = value.slot(context.schema, slots, SlotKind::of(field))?;
        return Ok(Some(UniqueKey { name: name.to_owned(), fields: vec![(field.id, slot)] }));
    }
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
