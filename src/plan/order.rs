//! `orderBy` -> [`Order`].

use super::args::Arg;
use super::compile::Context;
use super::{Nulls, Order, Planned, Refusal};
use crate::ids::FieldId;
use crate::scalar::{Native, Scalar};
use crate::schema::{Field, Model};

pub fn plan_order(context: &Context, model: &Model, arg: &Arg) -> Planned<Vec<Order>> {
    let mut orders = Vec::new();
    for element in arg.elements() {
        let entries = element.entries()?;
        if entries.len() > 1 {
            return Err(element.invalid("exactly one field in each object"));
        }
        for (name, value) in entries {
            let Some(field) = model.field_named(name) else {
                return Err(not_a_field(model, name, &value));
            };
            orderable(context, field, &value.name())?;
            orders.push(one(field, &value)?);
        }
    }
    Ok(orders)
}

fn not_a_field(model: &Model, name: &str, value: &Arg) -> Refusal {
    let known =
        name.starts_with('_') || model.relation_named(name).is_some() || model.leads_outside(name);
    if known { value.unsupported() } else { value.invalid(&format!("a field of {}", model.name)) }
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

pub fn one(field: &Field, arg: &Arg) -> Planned<Order> {
    if let Some(direction) = arg.json.as_str() {
        return Ok(Order {
            field: field.id,
            descending: descending(arg, direction)?,
            nulls: Nulls::Default,
        });
    }
    let mut order = None;
    let mut nulls = Nulls::Default;
    for (key, value) in arg.entries()? {
        match (key, value.json.as_str()) {
            ("sort", Some(direction)) => order = Some(descending(&value, direction)?),
            ("nulls", Some("first")) if !field.required => nulls = Nulls::First,
            ("nulls", Some("last")) if !field.required => nulls = Nulls::Last,
            _ => return Err(value.invalid("`sort`, or `nulls` on an optional field")),
        }
    }
    let descending = order.ok_or_else(|| arg.invalid("`sort`"))?;
    Ok(Order { field: field.id, descending, nulls })
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
        Ok(Order { field: *id, descending: false, nulls: Nulls::Default })
    };
    model.key.fields.iter().map(order).collect()
}
