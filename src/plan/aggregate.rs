//! `aggregate`, and `count`, which Prisma's shell makes an aggregate of: what is computed, over which rows.

use serde_json::{Map, Value as Json};

use super::args::Arg;
use super::compile::Context;
use super::group::Groups;
use super::order::orderable;
use super::read::plan_window;
use super::slots::{SlotKind, Slots};
use super::{Arity, Planned, Refusal, Window};
use crate::collation::Rule;
use crate::ids::{FieldId, ModelId};
use crate::scalar::{Native, Scalar};
use crate::schema::{Field, Model, Provider};

#[derive(Debug)]
pub struct Aggregate {
    pub model: ModelId,
    pub window: Window,
    /// `groupBy`; without it the rows of the window are one group.
    pub groups: Option<Groups>,
    /// What each row of the result shows, in order.
    pub shown: Vec<Shown>,
}

#[derive(Debug)]
pub enum Shown {
    /// A field that all rows of a group share.
    Field(FieldId),
    Measures {
        function: Function,
        of: Vec<Measure>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Count,
    Sum,
    Avg,
    Min,
    Max,
}

/// A number or an end of a set of rows. Without a field it is the count of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    pub function: Function,
    pub field: Option<FieldId>,
}

const FUNCTIONS: [(&str, Function); 5] = [
    ("_count", Function::Count),
    ("_sum", Function::Sum),
    ("_avg", Function::Avg),
    ("_min", Function::Min),
    ("_max", Function::Max),
];

impl Function {
    pub fn named(name: &str) -> Option<Self> {
        FUNCTIONS.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
    }

    pub fn name(self) -> &'static str {
        FUNCTIONS.iter().find(|(_, function)| *function == self).map_or("", |(name, _)| name)
    }
}

impl Measure {
    /// The type of the result.
    pub fn kind(self, model: &Model) -> SlotKind {
        let Some(field) = self.field.map(|id| model.field(id)) else { return SlotKind::INT };
        match self.function {
            Function::Count => SlotKind::INT,
            Function::Avg if field.scalar != Scalar::Decimal => {
                SlotKind { scalar: Scalar::Float, ..SlotKind::INT }
            }
            _ => SlotKind::of(field),
        }
    }
}

pub fn aggregate(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    arguments: &Arg,
    selection: &Json,
) -> Planned<Aggregate> {
    let shown = plan_shown(context, model, selection, &[])?;
    let window = plan_window(context, slots, model, arguments, Arity::Many)?;
    if window.in_memory {
        return Err(arguments.invalid("a cursor beside an order that is unique, and no `distinct`"));
    }
    Ok(Aggregate { model: model.id, window, groups: None, shown })
}

/// What a selection shows; `by` are the fields that make a group.
pub fn plan_shown(
    context: &Context,
    model: &Model,
    selection: &Json,
    by: &[FieldId],
) -> Planned<Vec<Shown>> {
    let mut shown = Vec::new();
    for (name, wanted) in wanted(selection)? {
        let Some(function) = Function::named(name) else {
            let field = model.field_named(name).filter(|field| by.contains(&field.id));
            plain(name, wanted)?;
            shown.push(Shown::Field(field.ok_or_else(|| unknown(name))?.id));
            continue;
        };
        let fields = wanted.get("selection").unwrap_or(&Json::Null);
        let measure = |(name, wanted): (&str, &Json)| {
            plain(name, wanted)?;
            if (function, name) == (Function::Count, "_all") {
                return Ok(Measure { function, field: None });
            }
            typed_by_its_first_row(context, model, function, name, by)?;
            measure(context, model, function, name)
        };
        let of = self::wanted(fields)?.map(measure).collect::<Planned<Vec<_>>>()?;
        if of.is_empty() {
            return Err(nothing());
        }
        shown.push(Shown::Measures { function, of });
    }
    if shown.is_empty() { Err(nothing()) } else { Ok(shown) }
}

/// A column of `min` or `max` has no type in `SQLite`: its driver takes that of the first group, and cuts the fractions of
/// all others off when it is a whole number.
fn typed_by_its_first_row(
    context: &Context,
    model: &Model,
    function: Function,
    name: &str,
    by: &[FieldId],
) -> Planned<()> {
    let sqlite = context.schema.provider == Provider::Sqlite;
    let is_end = matches!(function, Function::Min | Function::Max);
    let is_decimal = model.field_named(name).is_some_and(|field| field.scalar == Scalar::Decimal);
    if sqlite && is_end && is_decimal && !by.is_empty() {
        return Err(main_only(&format!("{}.{name}", function.name())));
    }
    Ok(())
}

fn wanted(selection: &Json) -> Planned<impl Iterator<Item = (&str, &Json)>> {
    let all: &Map<String, Json> = selection.as_object().ok_or_else(nothing)?;
    let wanted = all.iter().filter(|(_, wanted)| **wanted != Json::Bool(false));
    Ok(wanted.map(|(name, wanted)| (name.as_str(), wanted)))
}

/// Nothing can be said of a field but that it is wanted.
fn plain(name: &str, wanted: &Json) -> Planned<()> {
    if *wanted == Json::Bool(true) { Ok(()) } else { Err(unknown(name)) }
}

fn nothing() -> Refusal {
    Refusal::Invalid("selection: nothing is selected".to_owned())
}

fn unknown(name: &str) -> Refusal {
    Refusal::Invalid(format!("selection: unknown field `{name}`"))
}

/// That function of the field of that name, if it can be computed here.
pub fn measure(
    context: &Context,
    model: &Model,
    function: Function,
    name: &str,
) -> Planned<Measure> {
    let field = model.field_named(name).ok_or_else(|| unknown(name))?;
    let place = format!("{}.{name}", function.name());
    match function {
        // An empty list and no list at all are one value to Prisma, two to the main database.
        Function::Count if field.list => return Err(main_only(&place)),
        Function::Count => {}
        Function::Sum | Function::Avg => summable(context, field, function, &place)?,
        Function::Min | Function::Max => ranked(context, field, &place)?,
    }
    Ok(Measure { function, field: Some(field.id) })
}

fn main_only(place: &str) -> Refusal {
    Refusal::Forward(format!("`{place}`: only the main database computes it"))
}

fn summable(context: &Context, field: &Field, function: Function, place: &str) -> Planned<()> {
    if !field.scalar.numeric() {
        return Err(Refusal::Invalid(format!("`{place}`: not a number")));
    }
    let native = context.native(field);
    // The digits of a quotient depend on those of the stored values, which a column without a scale does not fix.
    let no_scale = function == Function::Avg && native == Native::Numeric(0, 0);
    let known = context.schema.provider == Provider::Postgres;
    if field.list || native == Native::Exotic || no_scale || !known {
        return Err(main_only(place));
    }
    Ok(())
}

fn ranked(context: &Context, field: &Field, place: &str) -> Planned<()> {
    if field.list || field.scalar == Scalar::Json {
        return Err(Refusal::Invalid(format!("`{place}`: has no order")));
    }
    // MySQL orders rows by an enum's declaration, but takes the least of the names.
    let mysql = context.schema.provider == Provider::Mysql;
    if mysql && field.scalar == Scalar::Enum {
        return Err(main_only(place));
    }
    // PostgreSQL has no min() of these.
    let unranked = matches!(field.scalar, Scalar::Boolean | Scalar::Bytes)
        || context.native(field) == Native::Uuid;
    // Of several texts that are equal to it, MySQL tells one of its own choice.
    let unranked = unranked || *context.rule(field) == Rule::Declared;
    if unranked {
        return Err(main_only(place));
    }
    orderable(context, field, place)
}
