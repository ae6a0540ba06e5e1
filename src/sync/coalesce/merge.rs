//! Two changes of one row, the second right after the first, as one.

use crate::decimal;
use crate::outbox::{Change, ChangeKind, Column};
use crate::scalar::Scalar;
use crate::schema::{Field, Model, Provider, Schema};
use crate::value::Value;

/// What became of the second change.
#[derive(Debug, PartialEq)]
pub enum Merged {
    /// The first one stands for both.
    One(Change),
    /// Neither is left: the row was made and is gone.
    Nothing,
    /// Both stay, in order.
    Apart,
}

/// A row that is deleted and made anew is two changes: the delete has consequences in the main database. So has a moved key.
pub fn merge(schema: &Schema, model: &Model, first: &Change, second: &Change) -> Merged {
    if first.moved_key(model).is_some() || second.moved_key(model).is_some() {
        return Merged::Apart;
    }
    let link = schema.is_link(model.id);
    match (first.kind, second.kind) {
        (ChangeKind::Create, ChangeKind::Update) => Merged::One(created(first, second)),
        // The main database may have had the link already: whichever comes last decides.
        (ChangeKind::Create, ChangeKind::Delete) | (ChangeKind::Delete, ChangeKind::Create)
            if link =>
        {
            Merged::One(second.clone())
        }
        (ChangeKind::Create, ChangeKind::Delete) => Merged::Nothing,
        (ChangeKind::Update, ChangeKind::Update) => {
            updated(schema, model, first, second).map_or(Merged::Apart, Merged::One)
        }
        (ChangeKind::Update, ChangeKind::Delete) => Merged::One(deleted(first, second)),
        _ => Merged::Apart,
    }
}

fn created(create: &Change, update: &Change) -> Change {
    let mut out = create.clone();
    for column in &update.columns {
        match out.columns.iter_mut().find(|ours| ours.field == column.field) {
            Some(ours) => ours.new.clone_from(&column.new),
            None => out.columns.push(Column { old: None, delta: None, ..column.clone() }),
        }
    }
    out
}

/// The row as it was before both.
fn deleted(update: &Change, delete: &Change) -> Change {
    let mut out = delete.clone();
    for column in &update.columns {
        match out.columns.iter_mut().find(|ours| ours.field == column.field) {
            Some(ours) => ours.old.clone_from(&column.old),
            None => out.columns.push(Column { new: None, delta: None, ..column.clone() }),
        }
    }
    out
}

/// `None` where what two additions make together is not what they make one by one.
fn updated(schema: &Schema, model: &Model, first: &Change, second: &Change) -> Option<Change> {
    let mut out = first.clone();
    out.cascaded &= second.cascaded;
    for column in &second.columns {
        let Some(ours) = out.columns.iter_mut().find(|ours| ours.field == column.field) else {
            out.columns.push(column.clone());
            continue;
        };
        ours.delta = match (&ours.delta, &column.delta) {
            (Some(one), Some(other)) => Some(sum(schema, model.field(column.field), one, other)?),
            // An addition to a value that is set sets the result.
            _ => None,
        };
        ours.new.clone_from(&column.new);
    }
    out.columns.sort_by_key(|column| column.field);
    Some(out)
}

/// Exact, or `None`: the main database rounds after each addition of doubles, or of more digits than it keeps.
fn sum(schema: &Schema, field: &Field, one: &Value, other: &Value) -> Option<Value> {
    match (field.scalar, one, other) {
        (Scalar::Int | Scalar::BigInt, Value::Int(one), Value::Int(other)) => {
            one.checked_add(*other).map(Value::Int)
        }
        (Scalar::Decimal, Value::Text(one), Value::Text(other)) => {
            let scale = decimal_scale(schema, field)?;
            let whole = |text: &str| {
                decimal::parse(text)
                    .filter(|number| number.normalized().fractional_digit_count() <= scale)
            };
            let total = whole(one)? + whole(other)?;
            Some(Value::Text(decimal::canonical(&total)))
        }
        _ => None,
    }
}

/// How many digits behind the point the main column keeps; `None` where it keeps a double, or what its locale says.
fn decimal_scale(schema: &Schema, field: &Field) -> Option<i64> {
    if schema.provider == Provider::Sqlite {
        return None;
    }
    match &field.native {
        None => Some(30),
        Some((name, args)) if name == "Decimal" => match args.as_slice() {
            [] => Some(if schema.provider == Provider::Postgres { 30 } else { 0 }),
            [_] => Some(0),
            [_, scale, ..] => scale.parse().ok(),
        },
        Some(_) => None,
    }
}
