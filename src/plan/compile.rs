//! One query of Prisma's JSON protocol -> a checked plan, or why there is none.

use std::collections::HashSet;

use serde_json::Value as Json;

use super::aggregate::aggregate;
use super::args::Arg;
use super::group::group_by;
use super::slots::Slots;
use super::{Arity, Plan, Planned, Query, Refusal, many, read, write};
use crate::collation::{Rule, Strings};
use crate::ids::{FieldId, ModelId};
use crate::scalar::{Native, Scalar};
use crate::schema::{Field, Join, Model, Provider, Relation, Schema};

pub struct Context<'a> {
    pub schema: &'a Schema,
    /// How the main database compares strings.
    pub strings: &'a Strings,
    /// Fields that count up, whose sequence gives nothing to the block.
    pub unleased: &'a HashSet<(ModelId, FieldId)>,
}

impl Context<'_> {
    pub fn native(&self, field: &Field) -> Native {
        self.schema.native(field)
    }

    /// Whether the block takes ids of that field from the main database in advance.
    pub fn leases(&self, field: &Field) -> bool {
        self.schema.provider != Provider::Mysql
            && matches!(field.scalar, Scalar::Int | Scalar::BigInt)
            && self.native(field) != Native::Exotic
            && !self.unleased.contains(&(field.model, field.id))
    }

    /// How values of that field compare when they are strings.
    pub fn rule(&self, field: &Field) -> &Rule {
        self.strings.rule(self.schema, field)
    }

    /// A join in SQL compares keys as the main database compares strings. (What is included, Prisma joins by bytes.)
    pub fn joined(&self, model: &Model, relation: &Relation, place: &str) -> Planned<()> {
        let link;
        let (model, keys): (&Model, &[FieldId]) = match &relation.join {
            Join::Local { fields, .. } => (model, fields),
            Join::Remote { references, .. } => (model, references),
            Join::Link { table, ours, theirs } => {
                link = [*ours, *theirs];
                (self.schema.model(*table), &link)
            }
        };
        if keys.iter().any(|key| *self.rule(model.field(*key)) == Rule::Foreign) {
            return Err(Refusal::Forward(format!(
                "argument `{place}`: the main database joins `{}` by its collation",
                relation.name
            )));
        }
        Ok(())
    }

    /// A value that only the main database can put into that column.
    pub fn written_there(&self, field: &Field) -> bool {
        self.native(field) == Native::Exotic || self.schema.alters_instants(field)
    }

    /// Unique strings that are equal there may differ here, and the other way round: no write of theirs can be vouched for.
    pub fn unique_here(&self, model: &Model, field: &Field) -> Planned<()> {
        let foreign = self.schema.provider != Provider::Postgres
            && *self.rule(field) == Rule::Foreign
            && model.keys().any(|key| key.fields.contains(&field.id));
        if !foreign {
            return Ok(());
        }
        Err(Refusal::Unsupported(format!(
            "{}.{}: unique values are compared by a collation that the block does not follow; write with the main client",
            model.name, field.name
        )))
    }
}

/// SQLite takes 32,766 variables; a value may be compared in more than one place of a statement.
const MAX_SLOTS: usize = 30_000;

/// Plans `{ modelName, action, query: { arguments, selection } }`; with `complete: true` the caller knows that the block holds
/// every row that a set read can find.
///
/// # Errors
/// [`Refusal`] says who can answer instead, or what is wrong.
pub fn compile(context: &Context, request: &Json) -> Planned<Query> {
    let name = request.get("modelName").and_then(Json::as_str).unwrap_or_default();
    let action = request.get("action").and_then(Json::as_str).unwrap_or_default();
    let Some(model) = context.schema.model_named(name) else {
        return Err(Refusal::Forward(format!("model {name} is not in the block")));
    };
    let empty = Json::Object(serde_json::Map::new());
    let query = request.get("query").unwrap_or(&empty);
    let arguments = Arg::root(query.get("arguments").unwrap_or(&empty), &[]);
    let selection = query.get("selection").unwrap_or(&empty);
    let mut slots = Slots::default();
    let planned = plan(context, &mut slots, model, action, &arguments, selection);
    let plan = match planned {
        planned if reads(action) => {
            let mut found = None;
            if mixes_non_finite(query, &mut found) {
                return Err(Refusal::Forward(
                    "numbers that Prisma takes for one another".to_owned(),
                ));
            }
            planned?
        }
        planned => planned.map_err(|why| kept(action, why))?,
    };
    let slots = slots.finish()?;
    if slots.len() > MAX_SLOTS {
        let why = format!("{} values, and one statement takes {MAX_SLOTS}", slots.len());
        return Err(if reads(action) { Refusal::Forward(why) } else { Refusal::Unsupported(why) });
    }
    Ok(Query { slots, plan: completed(plan, request) })
}

fn completed(mut plan: Plan, request: &Json) -> Plan {
    if let Plan::Read(read) = &mut plan {
        read.complete = read.unique.is_none()
            && request.get("complete").is_some_and(|complete| complete == true);
    }
    plan
}

/// A write of the block's own model that main did alone would leave the block with the row as it was. Of a write of one row the
/// block takes over what main answers.
fn kept(action: &str, refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Forward(why) if action.ends_with("One") => Refusal::Through(why),
        Refusal::Forward(why) => Refusal::Unsupported(why),
        other => other,
    }
}

fn reads(action: &str) -> bool {
    action.starts_with("find") || matches!(action, "aggregate" | "groupBy")
}

/// Prisma's client (7.x) keeps one parameter for values whose JSON is the same, and JSON makes null of `Infinity`,
/// `-Infinity` and `NaN`: where a call has two of them, each means what the first does.
fn mixes_non_finite<'a>(json: &'a Json, found: &mut Option<&'a Json>) -> bool {
    match json {
        Json::Object(object) if object.get("$type").is_some_and(|tag| tag == "NonFinite") => {
            let value = object.get("value");
            let differs = found.is_some() && *found != value;
            *found = found.or(value);
            differs
        }
        Json::Object(object) => object.values().any(|value| mixes_non_finite(value, found)),
        Json::Array(array) => array.iter().any(|value| mixes_non_finite(value, found)),
        _ => false,
    }
}

fn plan(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    action: &str,
    arguments: &Arg,
    selection: &Json,
) -> Planned<Plan> {
    if action.ends_with("ManyAndReturn") && context.schema.provider == Provider::Mysql {
        return Err(Refusal::Invalid("MySQL does not return the rows that it writes".to_owned()));
    }
    let unique = |slots: &mut Slots, or_throw| {
        read::find_unique(context, slots, model, arguments, selection, or_throw).map(Plan::Read)
    };
    let many = |slots: &mut Slots, arity, or_throw| {
        read::find_many(context, slots, model, arguments, selection, arity, or_throw)
            .map(Plan::Read)
    };
    match action {
        "findUnique" => unique(slots, false),
        "findUniqueOrThrow" => unique(slots, true),
        "findFirst" => many(slots, Arity::One, false),
        "findFirstOrThrow" => many(slots, Arity::One, true),
        "findMany" => many(slots, Arity::Many, false),
        "aggregate" => aggregate(context, slots, model, arguments, selection).map(Plan::Aggregate),
        "groupBy" => group_by(context, slots, model, arguments, selection).map(Plan::Aggregate),
        "createOne" => write::create(context, slots, model, arguments, selection).map(Plan::Create),
        "createMany" => many::insert(context, slots, model, arguments, None).map(Plan::CreateMany),
        "createManyAndReturn" => {
            many::insert(context, slots, model, arguments, Some(selection)).map(Plan::CreateMany)
        }
        "updateOne" => write::update(context, slots, model, arguments, selection).map(Plan::Update),
        "updateMany" => many::change(context, slots, model, arguments, None).map(Plan::UpdateMany),
        "updateManyAndReturn" => {
            many::change(context, slots, model, arguments, Some(selection)).map(Plan::UpdateMany)
        }
        "upsertOne" => write::upsert(context, slots, model, arguments, selection).map(Plan::Upsert),
        "deleteOne" => write::delete(context, slots, model, arguments, selection).map(Plan::Delete),
        "deleteMany" => many::remove(context, slots, model, arguments).map(Plan::DeleteMany),
        other => Err(Refusal::Unsupported(format!("operation `{other}` of {}", model.name))),
    }
}
