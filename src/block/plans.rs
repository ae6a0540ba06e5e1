//! The plan cache of an open block: one program per call shape.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;
use serde_json::{Value as Json, json};

use super::pace::Pace;
use crate::collation::Strings;
use crate::ids::PlanId;
use crate::plan::{
    Aggregate, Arity, ChangeMany, Context, InsertMany, Measure, Plan, Query, Refusal, Shown, Slot,
    SlotKind, compile,
};
use crate::schema::Schema;
use crate::sql::{BulkProgram, CreateManyProgram, Level, Program, Sql};

/// Beyond so many shapes the oldest is forgotten; a caller that still has its id compiles again.
/// A plan and its key take some 10 KB.
const MAX_PLANS: usize = 4_000;

/// A compiled call shape.
pub struct Prepared {
    pub slots: Vec<Slot>,
    pub program: Program,
    pub write: bool,
    /// For each node of the result, the kinds of its factory's arguments.
    pub nodes: Vec<Vec<SlotKind>>,
    pub pace: Pace,
}

/// One set of plans.
pub struct Plans {
    pub strings: Arc<Strings>,
    next: Arc<AtomicU32>,
    known: HashMap<PlanId, Arc<Prepared>>,
    /// Answers of `compile`, by the plan they describe.
    answers: HashMap<Arc<str>, (PlanId, String)>,
    age: VecDeque<(PlanId, Arc<str>)>,
    /// Whoever keeps something by plan drops these.
    pub forgotten: Vec<PlanId>,
}

/// The folder of the block files, and what these say of strings.
type Label = (PathBuf, Option<String>);

/// The plans of all blocks of one manifest. A program carries what is known of the main database's strings, so blocks that know the
/// same share theirs: an app has many blocks and few call shapes.
#[derive(Default)]
pub struct Library {
    shelves: Mutex<HashMap<Label, Arc<Mutex<Plans>>>>,
    /// Ids are never given again, whatever shelf they are of.
    next: Arc<AtomicU32>,
}

impl Library {
    pub fn shelf<E>(
        &self,
        folder: &Path,
        facts: Option<&str>,
        strings: impl FnOnce() -> Result<Strings, E>,
    ) -> Result<Arc<Mutex<Plans>>, E> {
        let key = (folder.to_owned(), facts.map(str::to_owned));
        let mut shelves = self.shelves.lock();
        if let Some(known) = shelves.get(&key) {
            return Ok(known.clone());
        }
        // Nobody plans by what no block knows any more.
        shelves.retain(|_, plans| Arc::strong_count(plans) > 1);
        let made = Arc::new(Mutex::new(Plans::new(Arc::new(strings()?), self.next.clone())));
        shelves.insert(key, made.clone());
        Ok(made)
    }
}

impl Plans {
    fn new(strings: Arc<Strings>, next: Arc<AtomicU32>) -> Self {
        Self {
            strings,
            next,
            known: HashMap::new(),
            answers: HashMap::new(),
            age: VecDeque::new(),
            forgotten: Vec::new(),
        }
    }

    pub fn get(&self, id: PlanId) -> Option<&Arc<Prepared>> {
        self.known.get(&id)
    }

    /// What `compile()` answers with, see `docs/native-boundary.md`.
    pub fn compile(&mut self, context: &Context, request: &str) -> String {
        let parsed: Json = match serde_json::from_str(request) {
            Ok(parsed) => parsed,
            Err(error) => {
                return json!({ "unsupported": format!("a query that is not JSON: {error}") })
                    .to_string();
            }
        };
        match compile(context, &parsed) {
            Ok(query) => self.add(context.schema, &query),
            Err(Refusal::Invalid(why)) => json!({ "invalid": why }).to_string(),
            Err(Refusal::Unsupported(why)) => json!({ "unsupported": why }).to_string(),
            Err(Refusal::Forward(why)) => json!({ "forward": why }).to_string(),
            Err(Refusal::Through(why)) => json!({ "through": why }).to_string(),
            Err(Refusal::Fails(failure)) => failure.answer(),
        }
    }

    fn add(&mut self, schema: &Schema, query: &Query) -> String {
        let identity: Arc<str> = format!("{query:?}").into();
        if let Some((_, answer)) = self.answers.get(&identity) {
            return answer.clone();
        }
        let id = PlanId(self.next.fetch_add(1, Ordering::Relaxed));
        let program = Sql { schema, strings: &self.strings }.program(query);
        let mut nodes = Vec::new();
        let described = describe(schema, query, &program, &mut nodes);
        let write = !matches!(program, Program::Read(_) | Program::Aggregate(_));
        let mut answer = described;
        answer["planId"] = json!(id.0);
        answer["write"] = json!(write);
        answer["slots"] =
            Json::Array(query.slots.iter().map(|slot| slot.to_json(schema)).collect());
        let answer = answer.to_string();
        self.known.insert(
            id,
            Arc::new(Prepared {
                slots: query.slots.clone(),
                program,
                write,
                nodes,
                pace: Pace::default(),
            }),
        );
        self.answers.insert(identity.clone(), (id, answer.clone()));
        self.age.push_back((id, identity));
        if self.age.len() > MAX_PLANS
            && let Some((old, identity)) = self.age.pop_front()
        {
            self.known.remove(&old);
            self.answers.remove(&identity);
            self.forgotten.push(old);
        }
        answer
    }
}

/// The result's form: nodes in the order of their row factories.
fn describe(
    schema: &Schema,
    query: &Query,
    program: &Program,
    nodes: &mut Vec<Vec<SlotKind>>,
) -> Json {
    let rows =
        |result: &str, level: &Level, node: &crate::plan::Node, nodes: &mut Vec<Vec<SlotKind>>| {
            let mut shapes = Vec::new();
            shape(schema, level, node, nodes, &mut shapes);
            json!({ "result": result, "orThrow": false, "shape": { "nodes": shapes } })
        };
    match (&query.plan, program) {
        (Plan::Read(read), Program::Read(compiled)) => {
            let result = if read.arity == Arity::One { "one" } else { "many" };
            let mut answer = rows(result, &compiled.root, &read.node, nodes);
            answer["orThrow"] = json!(read.or_throw);
            answer
        }
        (Plan::Create(plan), Program::Create(compiled)) => {
            rows("one", &compiled.returned.read, &plan.returned.node, nodes)
        }
        (Plan::Update(plan), Program::Update(compiled)) => {
            rows("one", &compiled.returned.read, &plan.returned.node, nodes)
        }
        (Plan::Upsert(plan), Program::Upsert(compiled)) => {
            let mut answer =
                rows("upsert", &compiled.update.returned.read, &plan.returned.node, nodes);
            // What main has to make is not read here.
            answer["unread"] = json!(plan.row.is_none());
            answer
        }
        (Plan::Delete(plan), Program::Delete(compiled)) => {
            rows("one", &compiled.returned.read, &plan.returned.node, nodes)
        }
        (Plan::Aggregate(plan), _) => aggregate(schema, plan, nodes),
        (
            Plan::CreateMany(InsertMany { returned: Some(plan), .. }),
            Program::CreateMany(CreateManyProgram { returned: Some(compiled), .. }),
        )
        | (
            Plan::UpdateMany(ChangeMany { returned: Some(plan), .. }),
            Program::Bulk(BulkProgram { returned: Some(compiled), .. }),
        ) => rows("many", &compiled.read, &plan.node, nodes),
        _ => {
            nodes.push(vec![SlotKind::INT]);
            json!({ "result": "count", "orThrow": false,
                    "shape": { "nodes": [{ "keys": ["count"], "fields": [], "relations": [] }] } })
        }
    }
}

/// One node; its `fields` are the columns, which `outputs` puts in their places.
fn aggregate(schema: &Schema, plan: &Aggregate, nodes: &mut Vec<Vec<SlotKind>>) -> Json {
    let model = schema.model(plan.model);
    let mut kinds = Vec::new();
    let mut fields = Vec::new();
    let mut column = |name: &str, kind: SlotKind| {
        kinds.push(kind);
        fields.push(json!({ "name": name, "kind": kind.scalar.name(), "list": kind.list }));
    };
    let mut outputs = Vec::new();
    for shown in &plan.shown {
        match shown {
            Shown::Field(id) => {
                let field = model.field(*id);
                column(&field.name, SlotKind::of(field));
                outputs.push(json!({ "name": field.name }));
            }
            Shown::Measures { function, of } => {
                let named = |measure: &Measure| {
                    measure.field.map_or("_all", |id| model.field(id).name.as_str())
                };
                for measure in of {
                    column(named(measure), measure.kind(model));
                }
                let of: Vec<&str> = of.iter().map(named).collect();
                outputs.push(json!({ "name": function.name(), "of": of }));
            }
        }
    }
    nodes.push(kinds);
    let result = if plan.groups.is_some() { "many" } else { "aggregate" };
    let node = json!({ "model": model.name, "fields": fields, "relations": [], "keys": [], "outputs": outputs });
    json!({ "result": result, "orThrow": false, "shape": { "nodes": [node] } })
}

fn shape(
    schema: &Schema,
    level: &Level,
    node: &crate::plan::Node,
    nodes: &mut Vec<Vec<SlotKind>>,
    shapes: &mut Vec<Json>,
) {
    let model = schema.model(level.model);
    let fields: Vec<Json> = node
        .fields
        .iter()
        .map(|id| model.field(*id))
        .map(|field| json!({ "name": field.name, "kind": field.scalar.name(), "list": field.list }))
        .collect();
    let relations: Vec<Json> = node
        .relations
        .iter()
        .zip(&level.children)
        .map(|(child, compiled)| {
            let relation = &model.relations[child.relation];
            json!({ "name": relation.name, "list": relation.list, "node": compiled.level.node })
        })
        .collect();
    let counts: Vec<&str> =
        node.counts.iter().map(|count| model.relations[count.relation].name.as_str()).collect();
    let kinds = node.fields.iter().map(|id| SlotKind::of(model.field(*id)));
    // After the columns: the counts that are shown, and how many rows of each relation are the row's.
    let numbers = counts.len() + level.children.len();
    nodes.push(kinds.chain(std::iter::repeat_n(SlotKind::INT, numbers)).collect());
    shapes.push(json!({
        "model": model.name, "fields": fields, "counts": counts, "relations": relations, "keys": node.keys
    }));
    for (child, compiled) in node.relations.iter().zip(&level.children) {
        shape(schema, &compiled.level, &child.node, nodes, shapes);
    }
}
