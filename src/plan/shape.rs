//! `selection` (what `select`, `include` and `omit` became) -> [`Node`].

use serde_json::Value as Json;

use super::args::Arg;
use super::compile::Context;
use super::read::plan_window;
use super::slots::Slots;
use super::{Arity, Child, Node, Planned, Refusal, Window};
use crate::schema::Model;

const NO_ARGUMENTS: &Json = &Json::Null;

/// The node of a selection; `within` are the relation names that lead to it.
pub fn plan_node(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    selection: &Json,
    within: &[String],
    window: Window,
) -> Planned<Node> {
    let Json::Object(selected) = selection else {
        return Err(Refusal::Invalid(format!("selection of {}: expected an object", model.name)));
    };
    if within.len() > 32 {
        return Err(Refusal::Unsupported(format!(
            "include of {}: more than 32 levels deep",
            within.join(".")
        )));
    }
    let mut node = Node {
        model: model.id,
        fields: Vec::new(),
        relations: Vec::new(),
        keys: Vec::new(),
        window,
    };
    if selected.get("$scalars") == Some(&Json::Bool(true)) {
        for field in &model.fields {
            if selected.get(&field.name) != Some(&Json::Bool(false)) {
                node.fields.push(field.id);
                node.keys.push(field.name.clone());
            }
        }
    }
    for (name, wanted) in selected {
        if name.starts_with('$') || node.keys.contains(name) {
            continue;
        }
        if *wanted == Json::Bool(false) {
            known(model, name)?;
            continue;
        }
        if let Some(field) = model.field_named(name) {
            if *wanted != Json::Bool(true) {
                return Err(Refusal::Invalid(format!("`{name}` of {} is a scalar", model.name)));
            }
            node.fields.push(field.id);
        } else {
            node.relations.push(child(context, slots, model, name, wanted, within)?);
        }
        node.keys.push(name.clone());
    }
    if node.keys.is_empty() {
        return Err(Refusal::Invalid(format!("selection of {}: nothing is selected", model.name)));
    }
    Ok(node)
}

/// What is left out must exist, too.
fn known(model: &Model, name: &str) -> Planned<()> {
    let is_relation = model.relations.iter().any(|relation| relation.name == name);
    if is_relation
        || name == "_count"
        || model.field_named(name).is_some()
        || model.leads_outside(name)
    {
        return Ok(());
    }
    Err(Refusal::Invalid(format!("selection of {}: unknown field `{name}`", model.name)))
}

fn child(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    name: &str,
    wanted: &Json,
    within: &[String],
) -> Planned<Child> {
    if name == "_count" {
        return Err(Refusal::Unsupported(format!("`_count` in the selection of {}", model.name)));
    }
    let Some(at) = model.relations.iter().position(|relation| relation.name == name) else {
        if model.leads_outside(name) {
            return Err(Refusal::Forward(format!(
                "relation `{name}` of {} leads outside the block",
                model.name
            )));
        }
        return Err(Refusal::Invalid(format!(
            "selection of {}: unknown field `{name}`",
            model.name
        )));
    };
    let relation = &model.relations[at];
    let target = context.schema.model(relation.target);
    let mut path = within.to_vec();
    path.push(name.to_owned());
    let arguments = wanted.get("arguments").unwrap_or(NO_ARGUMENTS);
    let window = if arguments.as_object().is_none_or(serde_json::Map::is_empty) {
        Window::default()
    } else if relation.list {
        plan_window(context, slots, target, &Arg::root(arguments, &path), Arity::Many)?
    } else {
        return Err(Refusal::Unsupported(format!(
            "arguments of the to-one relation `{}`",
            path.join(".")
        )));
    };
    let whole = serde_json::json!({ "$scalars": true });
    let selection = wanted.get("selection").unwrap_or(&whole);
    Ok(Child { relation: at, node: plan_node(context, slots, target, selection, &path, window)? })
}
