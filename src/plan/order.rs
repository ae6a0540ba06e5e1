//! `orderBy` -> [`Order`].

use super::args::Arg;
use super::compile::Context;
use super::{Leaf, Nulls, Order, Planned, Refusal};
use crate::ids::FieldId;
use crate::scalar::{Native, Scalar};
use crate::schema::{Field, Model};

pub fn plan_order(context: &Context, model: &Model, arg: &Arg) -> Planned<Vec<Order>> {
    let mut orders = Vec::new();
    for element in arg.elements() {
        orders.extend(plan_one(context, model, &element, Vec::new())?);
    }
    Ok(orders)
}

/// One object of one key; an empty one orders nothing. `path` leads from the root to `model`.
fn plan_one(
    context: &Context,
    model: &Model,
    arg: &Arg,
    mut path: Vec<usize>,
) -> Planned<Option<Order>> {
    let entries = arg.entries()?;
    let [(name, value)] = entries.as_slice() else {
        let empty = entries.is_empty();
        return if empty { Ok(None) } else { Err(arg.invalid("exactly one field in each object")) };
    };
    if let Some(field) = model.field_named(name) {
        orderable(context, field, &value.name())?;
        return by_field(field, value, path).map(Some);
    }
    let Some(at) = model.relations.iter().position(|relation| relation.name == *name) else {
        return Err(not_held(model, name, value));
    };
    context.joined(model, &model.relations[at], &value.name())?;
    if model.relations[at].list {
        return by_count(at, value, path).map(Some);
    }
    if path.len() > 32 {
        return Err(Refusal::Forward(format!("argument `{}`: more than 32 levels", value.name())));
    }
    path.push(at);
    plan_one(context, context.schema.model(model.relations[at].target), value, path)
}

fn not_held(model: &Model, name: &str, value: &Arg) -> Refusal {
    if name == "_relevance" || model.leads_outside(name) {
        return Refusal::Forward(format!(
            "argument `{}`: this order is the main database's own",
            value.name()
        ));
    }
    value.invalid(&format!("a field of {}", model.name))
}

pub fn orderable(context: &Context, field: &Field, name: &str) -> Planned<()> {
    if field.list || field.scalar == Scalar::Json {
        return Err(Refusal::Unsupported(format!("argument `{name}`: order of lists and Json")));
    }
    if !context.rule(field).has_order() || context.native(field) == Native::Exotic {
        return Err(Refusal::Forward(format!(
            "argument `{name}`: this order is the main database's own"
        )));
    }
    Ok(())
}

/// `{ _count: 'asc' }` of a list.
fn by_count(relation: usize, arg: &Arg, path: Vec<usize>) -> Planned<Order> {
    let entries = arg.entries()?;
    let [("_count", value)] = entries.as_slice() else {
        return Err(arg.invalid("`_count`"));
    };
    let direction = value.json.as_str().ok_or_else(|| value.invalid("`asc` or `desc`"))?;
    let descending = descending(value, direction)?;
    Ok(Order { path, leaf: Leaf::Count(relation), descending, nulls: Nulls::Default })
}

pub fn by_field(field: &Field, arg: &Arg, path: Vec<usize>) -> Planned<Order> {
    let leaf = Leaf::Field(field.id);
    if let Some(direction) = arg.json.as_str() {
        let descending = descending(arg, direction)?;
        return Ok(Order { path, leaf, descending, nulls: Nulls::Default });
    }
    if field.required {
        return Err(arg.invalid("`asc` or `desc`"));
    }
    let mut order = None;
    let mut nulls = Nulls::Default;
    for (key, value) in arg.entries()? {
        match (key, value.json.as_str()) {
            ("sort", Some(direction)) => order = Some(descending(&value, direction)?),
            ("nulls", Some("first")) => nulls = Nulls::First,
            ("nulls", Some("last")) => nulls = Nulls::Last,
            _ => return Err(value.invalid("`sort` or `nulls`")),
        }
    }
    let descending = order.ok_or_else(|| arg.invalid("`sort`"))?;
    Ok(Order { path, leaf, descending, nulls })
}

pub fn descending(arg: &Arg, direction: &str) -> Planned<bool> {
    match direction {
        "asc" => Ok(false),
        "desc" => Ok(true),
        _ => Err(arg.invalid("`asc` or `desc`")),
    }
}

/// Prisma orders by the key where rows are cut off and no order is given.
pub fn by_key(context: &Context, model: &Model) -> Planned<Vec<Order>> {
    let order = |id: &FieldId| {
        let field = model.field(*id);
        orderable(context, field, &field.name)?;
        let leaf = Leaf::Field(*id);
        Ok(Order { path: Vec::new(), leaf, descending: false, nulls: Nulls::Default })
    };
    model.key.fields.iter().map(order).collect()
}
