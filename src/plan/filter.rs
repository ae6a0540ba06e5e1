//! `where` -> [`Predicate`], by the rules of Prisma's scalar filters.

use super::args::Arg;
use super::compile::Context;
use super::slots::{SlotKind, Slots};
use super::{Planned, Predicate, Refusal, UniqueKey, UniqueWhere};
use crate::filter::{Operand, Operator};
use crate::scalar::{Native, Scalar};
use crate::schema::{Field, Key, Model};

/// A `where` object; `None` constrains nothing.
pub fn plan_where(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arg: &Arg,
) -> Planned<Option<Predicate>> {
    object(context, slots, model, arg, 0)
}

fn object(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arg: &Arg,
    depth: u32,
) -> Planned<Option<Predicate>> {
    if depth > 100 {
        return Err(Refusal::Unsupported(format!(
            "argument `{}`: nested more than 100 deep",
            arg.name()
        )));
    }
    let mut all = Vec::new();
    for (key, value) in arg.entries()? {
        all.extend(member(context, slots, model, key, &value, depth)?);
    }
    Ok(conjunction(all))
}

fn conjunction(mut all: Vec<Predicate>) -> Option<Predicate> {
    if all.len() > 1 { Some(Predicate::All(all)) } else { all.pop() }
}

fn member(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    key: &str,
    value: &Arg,
    depth: u32,
) -> Planned<Option<Predicate>> {
    match key {
        "AND" | "OR" | "NOT" => group(context, slots, model, key, value, depth),
        _ => match model.field_named(key) {
            Some(field) => scalar_filter(context, slots, field, value),
            None if model.relation_named(key).is_some() || model.leads_outside(key) => {
                Err(value.unsupported())
            }
            None => Err(value.invalid(&format!("a field of {}", model.name))),
        },
    }
}

/// Empty members are dropped; a group left empty says nothing, but `OR: []` at the top matches nothing.
fn group(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    key: &str,
    value: &Arg,
    depth: u32,
) -> Planned<Option<Predicate>> {
    if key == "OR" && !value.json.is_array() {
        return Err(value.invalid("a list"));
    }
    let mut members = Vec::new();
    for element in value.elements() {
        members.extend(object(context, slots, model, &element, depth + 1)?);
    }
    Ok(match key {
        "OR" if members.is_empty() => (depth == 0).then_some(Predicate::Any(Vec::new())),
        "OR" => Some(Predicate::Any(members)),
        "NOT" => conjunction(
            members.into_iter().map(|member| Predicate::Not(Box::new(member))).collect(),
        ),
        _ => conjunction(members),
    })
}

fn scalar_filter(
    context: &Context,
    slots: &mut Slots,
    field: &Field,
    value: &Arg,
) -> Planned<Option<Predicate>> {
    comparable(context, field, value)?;
    if field.list {
        return Err(value.unsupported());
    }
    if field.scalar == Scalar::Json {
        return json_filter(context, slots, field, value);
    }
    if value.is_plain_object() {
        return operators(context, slots, field, value, false);
    }
    equals(context, slots, field, value, false).map(Some)
}

/// `equals` and `not`: stored JSON has one text per value, so equal values are equal texts.
fn json_filter(
    context: &Context,
    slots: &mut Slots,
    field: &Field,
    arg: &Arg,
) -> Planned<Option<Predicate>> {
    let mut all = Vec::new();
    for (name, value) in arg.entries()? {
        let negated = match name {
            "equals" => false,
            "not" => true,
            _ => return Err(value.unsupported()),
        };
        all.push(json_equals(context, slots, field, &value, negated)?);
    }
    Ok(conjunction(all))
}

fn json_equals(
    context: &Context,
    slots: &mut Slots,
    field: &Field,
    arg: &Arg,
    negated: bool,
) -> Planned<Predicate> {
    let field_id = field.id;
    let sql_null = Predicate::Null { field: field_id, is: !negated };
    let json_null = Predicate::JsonNull { field: field_id, is: !negated };
    let null_kind = arg
        .json
        .get("value")
        .and_then(serde_json::Value::as_str)
        .filter(|_| arg.tag() == Some("Enum"));
    match null_kind {
        Some("DbNull") => return Ok(sql_null),
        Some("JsonNull") => return Ok(json_null),
        Some("AnyNull") if negated => return Ok(Predicate::All(vec![sql_null, json_null])),
        Some("AnyNull") => return Ok(Predicate::Any(vec![sql_null, json_null])),
        _ => {}
    }
    if arg.is_null() || context.native(field) != Native::Jsonb {
        return Err(arg.unsupported());
    }
    let operator = Operator::named("equals").expect("the table has equals");
    let value = arg.field_slot(context.schema, slots, field, false)?;
    Ok(Predicate::Compare { field: field_id, operator, negated, value })
}

/// Fields whose comparison only the main database knows.
fn comparable(context: &Context, field: &Field, arg: &Arg) -> Planned<()> {
    if context.native(field) == Native::Exotic {
        return Err(Refusal::Forward(format!(
            "argument `{}`: its native type is compared by the main database",
            arg.name()
        )));
    }
    Ok(())
}

fn operators(
    context: &Context,
    slots: &mut Slots,
    field: &Field,
    arg: &Arg,
    negated: bool,
) -> Planned<Option<Predicate>> {
    let mut all = Vec::new();
    for (name, value) in arg.entries()? {
        match name {
            "not" if value.is_plain_object() => {
                all.extend(operators(context, slots, field, &value, !negated)?);
            }
            "not" => all.push(equals(context, slots, field, &value, !negated)?),
            "equals" => all.push(equals(context, slots, field, &value, negated)?),
            "mode" if value.json == "default" => {}
            "mode" | "search" => return Err(value.unsupported()),
            _ => all.push(operator(context, slots, field, name, &value, negated)?),
        }
    }
    Ok(conjunction(all))
}

fn is_null(field: &Field, arg: &Arg, is: bool) -> Planned<Predicate> {
    if field.required {
        return Err(arg.invalid("a value, not null"));
    }
    Ok(Predicate::Null { field: field.id, is })
}

fn equals(
    context: &Context,
    slots: &mut Slots,
    field: &Field,
    arg: &Arg,
    negated: bool,
) -> Planned<Predicate> {
    if arg.is_null() {
        return is_null(field, arg, !negated);
    }
    let operator = Operator::named("equals").expect("the table has equals");
    let value = arg.field_slot(context.schema, slots, field, false)?;
    Ok(Predicate::Compare { field: field.id, operator, negated, value })
}

fn operator(
    context: &Context,
    slots: &mut Slots,
    field: &Field,
    name: &str,
    arg: &Arg,
    negated: bool,
) -> Planned<Predicate> {
    let operator = Operator::named(name)
        .filter(|operator| operator.allows(field.scalar))
        .ok_or_else(|| arg.invalid(&format!("an operator of {}", field.scalar.name())))?;
    if operator.by_order() && field.scalar == Scalar::String && !context.bytewise {
        return Err(Refusal::Forward(format!(
            "argument `{}`: strings are ordered by the main database's collation",
            arg.name()
        )));
    }
    if arg.is_null() && operator.operand == Operand::Many {
        return is_null(field, arg, (operator.name == "in") != negated);
    }
    let value = arg.field_slot(context.schema, slots, field, operator.operand == Operand::Many)?;
    Ok(Predicate::Compare { field: field.id, operator, negated, value })
}

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
        } else if let Some(predicate) = member(context, slots, model, name, &value, 0)? {
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
            return Ok(None);
        }
        let field = model.field(key.fields[0]);
        comparable(context, field, value)?;
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
        comparable(context, field, &member)?;
        fields.push((*id, member.slot(context.schema, slots, SlotKind::of(field))?));
    }
    if value.entries()?.len() != fields.len() {
        return Err(value.invalid("only the fields of the key"));
    }
    Ok(Some(UniqueKey { name: name.to_owned(), fields }))
}
