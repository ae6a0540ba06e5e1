//! `cursor` -> [`Cursor`], and who takes the page: SQL, or Prisma from the rows in memory.

use serde_json::Value as Json;

use super::args::Arg;
use super::compile::Context;
use super::slots::{Guard, SlotKind, Slots};
use super::window::Spelled;
use super::{Cursor, Leaf, Order, Planned, Predicate, Refusal, SlotId};
use crate::collation::Rule;
use crate::filter::Operator;
use crate::ids::FieldId;
use crate::instant::{DAY_MS, parse_millis};
use crate::scalar::{Native, Scalar};
use crate::schema::{Field, Join, Model, Provider, Relation, Schema};

/// A cursor names values, not filters: one unique key at least, and other fields beside it.
pub fn plan_cursor(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arg: &Arg,
) -> Planned<Cursor> {
    let mut values: Vec<(&Field, Arg)> = Vec::new();
    for (name, value) in arg.entries()? {
        let compound = model.keys().find(|key| key.fields.len() > 1 && key.name == name);
        let Some(key) = compound else {
            let field = model.field_named(name).ok_or_else(|| value.invalid("a field"))?;
            values.push((field, value));
            continue;
        };
        for id in &key.fields {
            let field = model.field(*id);
            let member = value.get(&field.name);
            values.push((field, member.ok_or_else(|| value.invalid(&field.name))?));
        }
        if value.entries()?.len() != key.fields.len() {
            return Err(value.invalid("only the fields of the key"));
        }
    }
    let named = |id: &FieldId| values.iter().any(|(field, _)| field.id == *id);
    if !model.keys().any(|key| key.fields.iter().all(named)) {
        return Err(arg.invalid(&format!("at least one unique key of {}", model.name)));
    }
    let (mut row, mut spelled) = (Vec::new(), Vec::new());
    for (field, value) in &values {
        let slot = slot(context, slots, field, value)?;
        let operator = Operator::named("equals").expect("the table has equals");
        row.push(Predicate::Compare { field: field.id, operator, negated: false, value: slot });
        if let Some((guard, as_shown)) = spelling(context, field, value) {
            spelled.push(Spelled { name: value.name(), slot, guard, as_shown });
        }
    }
    Ok(Cursor { row: Predicate::All(row), spelled })
}

/// For types that have several forms: how a value is known to have that of the rows, and whether this one has it.
fn spelling(context: &Context, field: &Field, value: &Arg) -> Option<(Guard, bool)> {
    let date = value.tag() == Some("DateTime");
    match (field.scalar, context.native(field)) {
        (Scalar::DateTime, Native::Date | Native::Timestamp(0..=2)) => {
            let at = value.json.get("value").and_then(Json::as_str).and_then(parse_millis);
            Some((Guard::Day, date && at.is_some_and(|at| at % DAY_MS == 0)))
        }
        (Scalar::DateTime, _) => Some((Guard::Shown, date)),
        (Scalar::Decimal, Native::Double) => None,
        (Scalar::Decimal, _) => Some((Guard::Shown, value.tag() != Some("Decimal"))),
        (Scalar::String, Native::Uuid) => {
            Some((Guard::Shown, value.json.as_str().is_some_and(is_usual_uuid)))
        }
        _ => None,
    }
}

/// In lower case, with four hyphens.
fn is_usual_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

fn slot(context: &Context, slots: &mut Slots, field: &Field, value: &Arg) -> Planned<SlotId> {
    if value.is_plain_object() || value.is_null() || field.list || field.scalar == Scalar::Json {
        return Err(value.invalid("a value"));
    }
    if context.native(field) == Native::Exotic || *context.rule(field) == Rule::Foreign {
        return Err(Refusal::Forward(format!(
            "argument `{}`: its values are compared by the main database",
            value.name()
        )));
    }
    value.slot(context.schema, slots, SlotKind::of(field))
}

/// `MySQL` orders an enum by its declaration, but compares it with the cursor's as text.
pub fn compared_as_ordered(context: &Context, model: &Model, order: &[Order]) -> Planned<()> {
    let is_enum = |order: &Order| {
        ordered(context.schema, model, order).is_some_and(|leaf| leaf.field.scalar == Scalar::Enum)
    };
    if context.schema.provider == Provider::Mysql && order.iter().any(is_enum) {
        return Err(Refusal::Forward("`cursor` beside an order by an enum".to_owned()));
    }
    Ok(())
}

/// Does Prisma compare with the cursor in SQL alone? It does where the order tells every two rows apart and has no NULLs.
pub fn is_stable(schema: &Schema, model: &Model, order: &[Order]) -> bool {
    let leaves: Vec<Ordered> =
        order.iter().filter_map(|order| ordered(schema, model, order)).collect();
    let never_null = leaves.iter().all(|leaf| leaf.field.required && leaf.hops_required);
    never_null && (leaves.iter().any(Ordered::is_unique) || holds_unique(model, order))
}

/// Does the order tell every two rows of the model apart?
pub fn is_total(model: &Model, order: &[Order]) -> bool {
    let own = own_fields(order);
    model
        .keys()
        .any(|key| key.fields.iter().all(|id| model.field(*id).required && own.contains(id)))
}

/// An order by a field, here or at the end of a path.
struct Ordered<'a> {
    model: &'a Model,
    field: &'a Field,
    hops_required: bool,
    one_to_one: bool,
}

impl Ordered<'_> {
    fn is_unique(&self) -> bool {
        self.one_to_one && self.model.keys().any(|key| key.fields == [self.field.id])
    }
}

fn ordered<'a>(schema: &'a Schema, root: &'a Model, order: &Order) -> Option<Ordered<'a>> {
    let Leaf::Field(id) = order.leaf else { return None };
    let (mut model, mut hops_required, mut one_to_one) = (root, true, true);
    for hop in &order.path {
        let relation = &model.relations[*hop];
        hops_required &= is_required(model, relation);
        one_to_one &= is_one_to_one(model, relation);
        model = schema.model(relation.target);
    }
    Some(Ordered { model, field: model.field(id), hops_required, one_to_one })
}

fn is_required(model: &Model, relation: &Relation) -> bool {
    match &relation.join {
        Join::Local { fields, .. } => fields.iter().all(|id| model.field(*id).required),
        Join::Remote { .. } | Join::Link { .. } => false,
    }
}

fn is_one_to_one(model: &Model, relation: &Relation) -> bool {
    match &relation.join {
        Join::Local { fields, .. } => model.keys().any(|key| {
            key.fields.len() == fields.len() && key.fields.iter().all(|id| fields.contains(id))
        }),
        Join::Remote { .. } => !relation.list,
        Join::Link { .. } => false,
    }
}

/// A whole `@@unique` among the fields; Prisma does not look at a compound `@@id` here.
fn holds_unique(model: &Model, order: &[Order]) -> bool {
    let own = own_fields(order);
    let key = (!model.keyed).then_some(&model.key);
    model.uniques.iter().chain(key).any(|unique| unique.fields.iter().all(|id| own.contains(id)))
}

fn own_fields(order: &[Order]) -> Vec<FieldId> {
    let own = order.iter().filter(|order| order.path.is_empty());
    own.filter_map(|order| match order.leaf {
        Leaf::Field(id) => Some(id),
        Leaf::Count(_) => None,
    })
    .collect()
}
