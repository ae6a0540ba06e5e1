//! `groupBy`: the fields that make a group, which groups are kept, and their order.

use serde_json::Value as Json;

use super::aggregate::{Aggregate, Function, Measure, measure, plan_shown};
use super::args::Arg;
use super::compile::Context;
use super::filter::plan_where;
use super::having::{Having, plan_having};
use super::order::{by_field as ordered_by, descending, orderable};
use super::read::{skip, take};
use super::slots::Slots;
use super::{Leaf, Nulls, Order, Planned, Refusal, Window};
use crate::collation::Rule;
use crate::ids::FieldId;
use crate::scalar::{Native, Scalar};
use crate::schema::{Field, Model, Provider};

#[derive(Debug)]
pub struct Groups {
    pub by: Vec<FieldId>,
    pub having: Option<Having>,
    /// `take` and `skip` of the window are those of the groups.
    pub order: Vec<GroupOrder>,
}

#[derive(Clone, Debug)]
pub enum GroupOrder {
    Field(Order),
    Measure { measure: Measure, descending: bool },
}

pub fn group_by(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
    selection: &Json,
) -> Planned<Aggregate> {
    let by = arguments.get("by").ok_or_else(|| arguments.invalid("`by`"))?;
    let by = grouping(context, model, &by)?;
    let mut window = Window::default();
    let mut groups = Groups { by, having: None, order: Vec::new() };
    for (name, value) in arguments.entries()? {
        match name {
            "by" => {}
            "where" => window.filter = plan_where(context, slots, model, &value)?,
            "having" => {
                groups.having = Some(plan_having(context, slots, model, &groups.by, &value)?);
            }
            "orderBy" => groups.order = plan_group_order(context, model, &groups.by, &value)?,
            "take" => window.take = take(slots, &value)?,
            "skip" => window.skip = skip(slots, &value)?,
            _ => return Err(value.invalid("an argument of `groupBy`")),
        }
    }
    // Prisma orders by the key where groups are cut off and no order is given.
    if window.cut() && groups.order.is_empty() {
        for id in &model.key.fields {
            groups.order.push(GroupOrder::Field(by_field(
                context,
                model.field(*id),
                &groups.by,
                "orderBy",
            )?));
        }
    }
    let shown = plan_shown(context, model, selection, &groups.by)?;
    Ok(Aggregate { model: model.id, window, groups: Some(groups), shown })
}

fn grouping(context: &Context, model: &Model, arg: &Arg) -> Planned<Vec<FieldId>> {
    let mut by = Vec::new();
    for element in arg.elements() {
        let field = element.json.as_str().and_then(|name| model.field_named(name));
        let field = field.ok_or_else(|| element.invalid(&format!("a field of {}", model.name)))?;
        groupable(context, field, &element)?;
        if !by.contains(&field.id) {
            by.push(field.id);
        }
    }
    if by.is_empty() { Err(arg.invalid("a field")) } else { Ok(by) }
}

/// Fields whose values are equal here exactly when the main database has them in one group.
fn groupable(context: &Context, field: &Field, arg: &Arg) -> Planned<()> {
    let native = context.native(field);
    let postgres = context.schema.provider == Provider::Postgres;
    let finer = matches!(native, Native::Timestamp(digits) if digits > 3);
    let apart = match field.scalar {
        Scalar::Json => !postgres || native != Native::Jsonb,
        // Of texts that MySQL takes for equal it shows one of its own choice.
        Scalar::String => {
            context.schema.provider == Provider::Mysql || *context.rule(field) == Rule::Foreign
        }
        _ => false,
    };
    if field.list || native == Native::Exotic || finer || apart {
        return Err(Refusal::Forward(format!(
            "argument `{}`: only the main database tells these values apart",
            arg.name()
        )));
    }
    Ok(())
}

fn plan_group_order(
    context: &Context,
    model: &Model,
    by: &[FieldId],
    arg: &Arg,
) -> Planned<Vec<GroupOrder>> {
    let mut orders = Vec::new();
    for element in arg.elements() {
        let Some((name, value)) = only_entry(&element, true)? else { continue };
        if let Some(function) = Function::named(name) {
            let Some((field, direction)) = only_entry(&value, false)? else { continue };
            let text = direction.json.as_str().ok_or_else(|| direction.invalid("a direction"))?;
            orders.push(GroupOrder::Measure {
                measure: measure(context, model, function, field)?,
                descending: descending(&direction, text)?,
            });
            continue;
        }
        let field = model
            .field_named(name)
            .ok_or_else(|| value.invalid(&format!("a field of {}", model.name)))?;
        let known = by_field(context, field, by, &value.name())?;
        orders.push(GroupOrder::Field(Order {
            leaf: known.leaf,
            ..ordered_by(field, &value, Vec::new())?
        }));
    }
    Ok(orders)
}

/// The single property of an object.
fn only_entry<'a>(arg: &Arg<'a>, may_be_empty: bool) -> Planned<Option<(&'a str, Arg<'a>)>> {
    let mut entries = arg.entries()?;
    match (entries.pop(), entries.is_empty()) {
        (None, _) if may_be_empty => Ok(None),
        (Some(entry), true) => Ok(Some(entry)),
        _ => Err(arg.invalid("exactly one field")),
    }
}

fn by_field(context: &Context, field: &Field, by: &[FieldId], place: &str) -> Planned<Order> {
    if !by.contains(&field.id) {
        return Err(Refusal::Invalid(format!("argument `{place}`: expected a field of `by`")));
    }
    orderable(context, field, place)?;
    let leaf = Leaf::Field(field.id);
    Ok(Order { path: Vec::new(), leaf, descending: false, nulls: Nulls::Default })
}
