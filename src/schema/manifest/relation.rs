//! Relations, and the link tables of implicit many-to-many ones.

use super::model::ids;
use super::wire::{Manifest, RawJoinTable, RawModel, RawRelation};
use super::{Names, SchemaError, field_id, link_id, unknown};
use crate::ids::{FieldId, ModelId};
use crate::schema::{Action, Field, Join, Key, Model, Relation};

pub fn relation(
    owner: &RawModel,
    raw: &RawRelation,
    manifest: &Manifest,
    names: &Names,
    models: &[Model],
) -> Result<Relation, SchemaError> {
    let target = names.model(&raw.model)?;
    let source = names.model(&owner.name)?;
    let join = join(owner, raw, manifest, source, target, models)?;
    let optional = match &join {
        Join::Local { fields, .. } => {
            fields.iter().any(|id| !models[source.index()].field(*id).required)
        }
        _ => !raw.is_required,
    };
    let on_delete = action(raw.on_delete.as_deref())?;
    let fallback = if optional { Action::SetNull } else { Action::Restrict };
    Ok(Relation {
        name: raw.name.clone(),
        title: raw.relation_name.clone(),
        target,
        back: back(owner, raw, manifest)?,
        list: raw.is_list,
        required: raw.is_required && !raw.is_list,
        on_delete: on_delete.unwrap_or(fallback),
        on_update: action(raw.on_update.as_deref())?.unwrap_or(Action::Cascade),
        join,
    })
}

/// Where the target keeps the other side. In a relation of a model with itself that is the other field of the two.
fn back(owner: &RawModel, raw: &RawRelation, manifest: &Manifest) -> Result<usize, SchemaError> {
    let target = manifest.models.iter().find(|model| model.name == raw.model);
    let is_back = |other: &RawRelation| {
        other.relation_name == raw.relation_name
            && (raw.model != owner.name || other.name != raw.name)
    };
    target
        .and_then(|model| model.relations.iter().position(is_back))
        .ok_or_else(|| unknown("relation", &raw.relation_name))
}

fn join(
    owner: &RawModel,
    raw: &RawRelation,
    manifest: &Manifest,
    source: ModelId,
    target: ModelId,
    models: &[Model],
) -> Result<Join, SchemaError> {
    let here = &models[source.index()].fields;
    let there = &models[target.index()].fields;
    if !raw.fields.is_empty() {
        return Ok(Join::Local {
            fields: ids(&raw.fields, here)?,
            references: ids(&raw.references, there)?,
        });
    }
    let link =
        manifest.join_tables.iter().position(|table| table.relation_name == raw.relation_name);
    if let Some(at) = link {
        let table = link_id(manifest.models.len() + at);
        let first = &manifest.join_tables[at].a;
        let is_first = first.model == owner.name && first.field == raw.name;
        let (ours, theirs) =
            if is_first { (FieldId(0), FieldId(1)) } else { (FieldId(1), FieldId(0)) };
        return Ok(Join::Link { table, ours, theirs });
    }
    let back = manifest
        .models
        .iter()
        .filter(|model| model.name == raw.model)
        .flat_map(|model| &model.relations)
        .find(|other| other.relation_name == raw.relation_name && !other.fields.is_empty())
        .ok_or_else(|| unknown("relation", &raw.relation_name))?;
    Ok(Join::Remote { fields: ids(&back.fields, there)?, references: ids(&back.references, here)? })
}

fn action(name: Option<&str>) -> Result<Option<Action>, SchemaError> {
    Ok(match name {
        None => None,
        Some("Cascade") => Some(Action::Cascade),
        Some("Restrict") => Some(Action::Restrict),
        Some("NoAction") => Some(Action::NoAction),
        Some("SetNull") => Some(Action::SetNull),
        Some("SetDefault") => Some(Action::SetDefault),
        Some(other) => return Err(unknown("referential action", other)),
    })
}

/// A link table behaves like a model with the two key columns and nothing else.
pub fn link(
    id: ModelId,
    raw: &RawJoinTable,
    names: &Names,
    models: &[Model],
) -> Result<Model, SchemaError> {
    let mut fields = Vec::with_capacity(2);
    let mut relations = Vec::with_capacity(2);
    for (at, (column, end)) in [("A", &raw.a), ("B", &raw.b)].into_iter().enumerate() {
        let target = names.model(&end.model)?;
        let parent = &models[target.index()];
        let key = parent.field(parent.key.fields[0]);
        fields.push(Field {
            id: field_id(at),
            model: id,
            name: column.to_owned(),
            local: column.to_owned(),
            column: column.to_owned(),
            scalar: key.scalar,
            enumeration: key.enumeration,
            list: false,
            required: true,
            updated_at: false,
            native: key.native.clone(),
            default: None,
        });
        relations.push(Relation {
            name: column.to_owned(),
            title: raw.relation_name.clone(),
            target,
            back: 0,
            list: false,
            required: true,
            on_delete: Action::Cascade,
            on_update: Action::Cascade,
            join: Join::Local { fields: vec![field_id(at)], references: vec![key.id] },
        });
    }
    Ok(Model {
        id,
        name: raw.table.clone(),
        local: raw.table.clone(),
        table: raw.table.clone(),
        schema: raw.schema.clone(),
        key: Key { name: "A_B".to_owned(), fields: vec![FieldId(0), FieldId(1)] },
        keyed: true,
        uniques: Vec::new(),
        indexes: vec![vec![FieldId(1)]],
        outside: Vec::new(),
        fields,
        relations,
    })
}
