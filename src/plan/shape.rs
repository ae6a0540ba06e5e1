//! `selection` (what `select`, `include` and `omit` became) -> [`Node`].

use serde_json::Value as Json;

use super::args::Arg;
use super::compile::Context;
use super::filter::plan_where;
use super::read::{only, plan_window};
use super::slots::Slots;
use super::{Arity, Child, Node, Planned, Refusal, RelationCount, Window};
use crate::schema::{Join, Model, Relation};

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
        counts: Vec::new(),
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
        } else if name == "_count" {
            node.counts = counts(context, slots, model, wanted, within)?;
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

/// What is left out must be there.
fn known(model: &Model, name: &str) -> Planned<()> {
    let is_known =
        name == "_count" || model.field_named(name).is_some() || model.leads_outside(name);
    if is_known { Ok(()) } else { related(model, name).map(drop) }
}

/// What `_count` selects: lists, each with a filter of its own.
fn counts(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    wanted: &Json,
    within: &[String],
) -> Planned<Vec<RelationCount>> {
    if let Some(arguments) = arguments(wanted, within) {
        only(&arguments, &[])?;
    }
    let Some(selected) = wanted.get("selection").and_then(Json::as_object) else {
        return every_list(context, model);
    };
    let mut counts = Vec::new();
    for (name, wanted) in selected {
        if *wanted == Json::Bool(false) {
            continue;
        }
        let (at, relation) = related(model, name)?;
        if !relation.list {
            return Err(Refusal::Invalid(format!(
                "`_count` of {}: `{name}` is no list",
                model.name
            )));
        }
        context.joined(model, relation, "_count")?;
        let target = context.schema.model(relation.target);
        let path = [within, &["_count".to_owned(), name.clone()]].concat();
        let mut filter = None;
        if let Some(arguments) = arguments(wanted, &path) {
            only(&arguments, &["where"])?;
            if let Some(value) = arguments.get("where") {
                filter = plan_where(context, slots, target, &value)?;
            }
        }
        counts.push(RelationCount { relation: at, filter });
    }
    if counts.is_empty() {
        return Err(Refusal::Invalid(format!("`_count` of {}: nothing is selected", model.name)));
    }
    Ok(counts)
}

/// `_count: true`.
fn every_list(context: &Context, model: &Model) -> Planned<Vec<RelationCount>> {
    if !model.outside.is_empty() {
        return Err(Refusal::Forward(format!(
            "`_count` of {} may count a list that leads outside the block",
            model.name
        )));
    }
    let lists = model.relations.iter().enumerate().filter(|(_, relation)| relation.list);
    let counted = |(at, relation)| {
        context.joined(model, relation, "_count")?;
        Ok(RelationCount { relation: at, filter: None })
    };
    let counts = lists.map(counted).collect::<Planned<Vec<_>>>()?;
    if counts.is_empty() {
        return Err(Refusal::Invalid(format!("`_count` of {}: it has no lists", model.name)));
    }
    Ok(counts)
}

fn related<'a>(model: &'a Model, name: &str) -> Planned<(usize, &'a Relation)> {
    let mut relations = model.relations.iter().enumerate();
    relations.find(|(_, relation)| relation.name == name).ok_or_else(|| {
        if model.leads_outside(name) {
            Refusal::Forward(format!("relation `{name}` of {} leads outside the block", model.name))
        } else {
            Refusal::Invalid(format!("selection of {}: unknown field `{name}`", model.name))
        }
    })
}

fn arguments<'a>(wanted: &'a Json, path: &'a [String]) -> Option<Arg<'a>> {
    wanted.get("arguments").map(|json| Arg::root(json, path))
}

fn child(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    name: &str,
    wanted: &Json,
    within: &[String],
) -> Planned<Child> {
    let (at, relation) = related(model, name)?;
    let target = context.schema.model(relation.target);
    let mut path = within.to_vec();
    path.push(name.to_owned());
    let mut window = match arguments(wanted, &path) {
        None => Window::default(),
        Some(arguments) if relation.list => {
            plan_window(context, slots, target, &arguments, Arity::Many)?
        }
        Some(arguments) => to_one_window(context, slots, model, relation, &arguments)?,
    };
    if path.len() > 1 {
        window.page_per_parent(slots)?;
    }
    let whole = serde_json::json!({ "$scalars": true });
    let selection = wanted.get("selection").unwrap_or(&whole);
    Ok(Child { relation: at, node: plan_node(context, slots, target, selection, &path, window)? })
}

/// An optional row may have to meet a filter.
fn to_one_window(
    context: &Context,
    slots: &mut Slots,
    model: &Model,
    relation: &Relation,
    arguments: &Arg,
) -> Planned<Window> {
    let required = match &relation.join {
        Join::Local { fields, .. } => fields.iter().all(|id| model.field(*id).required),
        Join::Remote { .. } | Join::Link { .. } => false,
    };
    let mut window = Window::default();
    only(arguments, if required { &[] } else { &["where"] })?;
    if let Some(value) = arguments.get("where") {
        let target = context.schema.model(relation.target);
        window.filter = plan_where(context, slots, target, &value)?;
    }
    Ok(window)
}
