//! Reads `generated/manifest.json` (see `docs/native-boundary.md`) and refuses what it cannot mean.

use std::collections::HashMap;

use serde::Deserialize;

use super::{
    Action, Default, Enum, EnumValue, Field, Join, Key, Model, Provider, Relation, Schema,
};
use crate::ids::{FieldId, ModelId};
use crate::scalar::Scalar;

#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    #[error("the manifest is not valid: {0}")]
    Json(#[from] serde_json::Error),
    #[error(
        "manifest version {0} is not known to this version of sharded (expected 1): run `npx sharded generate`"
    )]
    Version(u32),
    #[error("provider `{0}` is not one sharded knows (postgresql, mysql, sqlite)")]
    Provider(String),
    #[error("the manifest names {what} `{name}`, which it does not define")]
    Unknown { what: &'static str, name: String },
    #[error("model `{0}` has no primary key and no required unique key")]
    NoKey(String),
    #[error("the manifest has more than {limit} {what}")]
    TooMany { what: &'static str, limit: usize },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    version: u32,
    provider: String,
    #[serde(default)]
    enums: Vec<RawEnum>,
    models: Vec<RawModel>,
    #[serde(default)]
    join_tables: Vec<RawJoinTable>,
    #[serde(default)]
    outside: RawOutside,
}

#[derive(Deserialize, Default)]
struct RawOutside {
    #[serde(default)]
    relations: Vec<RawEnd>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawEnum {
    name: String,
    db_name: Option<String>,
    schema: Option<String>,
    values: Vec<RawEnumValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawEnumValue {
    name: String,
    db_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawModel {
    name: String,
    db_name: Option<String>,
    schema: Option<String>,
    fields: Vec<RawField>,
    #[serde(default)]
    relations: Vec<RawRelation>,
    primary_key: Option<RawKey>,
    #[serde(default)]
    uniques: Vec<RawKey>,
    #[serde(default)]
    indexes: Vec<RawIndex>,
}

#[derive(Deserialize)]
struct RawIndex {
    fields: Vec<String>,
}

#[derive(Deserialize)]
struct RawKey {
    name: Option<String>,
    fields: Vec<String>,
    /// The model has no `@id`; one of its unique constraints stands in for it.
    #[serde(default)]
    unique: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawField {
    name: String,
    db_name: Option<String>,
    kind: String,
    #[serde(rename = "type")]
    type_name: String,
    is_list: bool,
    is_required: bool,
    #[serde(default)]
    is_updated_at: bool,
    native_type: Option<(String, Vec<String>)>,
    default: Option<RawDefault>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawDefault {
    Function {
        function: String,
        #[serde(default)]
        args: Vec<serde_json::Value>,
    },
    Value {
        value: serde_json::Value,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRelation {
    name: String,
    model: String,
    is_list: bool,
    is_required: bool,
    relation_name: String,
    #[serde(default)]
    fields: Vec<String>,
    #[serde(default)]
    references: Vec<String>,
    on_delete: Option<String>,
    on_update: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawJoinTable {
    table: String,
    schema: Option<String>,
    relation_name: String,
    a: RawEnd,
    b: RawEnd,
}

#[derive(Deserialize)]
struct RawEnd {
    model: String,
    field: String,
}

impl Schema {
    /// Parses and checks a manifest.
    ///
    /// # Errors
    /// [`SchemaError`] names what is missing or unknown.
    pub fn parse(text: &str) -> Result<Self, SchemaError> {
        let manifest: Manifest = serde_json::from_str(text)?;
        if manifest.version != 1 {
            return Err(SchemaError::Version(manifest.version));
        }
        let provider = provider(&manifest.provider)?;
        let enums: Vec<Enum> = manifest.enums.iter().map(enumeration).collect();
        let names = Names::new(&manifest.models, &manifest.join_tables)?;
        let mut models = Vec::with_capacity(manifest.models.len() + manifest.join_tables.len());
        for raw in &manifest.models {
            let mut model = model(raw, &names, &enums)?;
            let left_out = manifest.outside.relations.iter().filter(|end| end.model == raw.name);
            model.outside.extend(left_out.map(|end| end.field.clone()));
            models.push(model);
        }
        for raw in &manifest.models {
            let id = names.model(&raw.name)?;
            let relations = raw
                .relations
                .iter()
                .map(|relation| self::relation(raw, relation, &manifest, &names, &models))
                .collect::<Result<Vec<_>, _>>()?;
            models[id.index()].relations = relations;
        }
        for (offset, raw) in manifest.join_tables.iter().enumerate() {
            let id = link_id(manifest.models.len() + offset);
            let link = link(id, raw, &names, &models)?;
            models.push(link);
        }
        let by_table = models.iter().map(|model| (model.local.clone(), model.id)).collect();
        Ok(Self {
            provider,
            named: manifest.models.len(),
            models,
            enums,
            by_name: names.models,
            by_table,
        })
    }
}

fn provider(name: &str) -> Result<Provider, SchemaError> {
    match name {
        "postgresql" | "postgres" | "cockroachdb" => Ok(Provider::Postgres),
        "mysql" => Ok(Provider::Mysql),
        "sqlite" => Ok(Provider::Sqlite),
        other => Err(SchemaError::Provider(other.to_owned())),
    }
}

/// Positions of models, and the local table names that SQLite can tell apart.
struct Names {
    models: HashMap<String, ModelId>,
    locals: Vec<String>,
}

impl Names {
    fn new(models: &[RawModel], links: &[RawJoinTable]) -> Result<Self, SchemaError> {
        if models.len() + links.len() > usize::from(u16::MAX) {
            return Err(SchemaError::TooMany { what: "models", limit: usize::from(u16::MAX) });
        }
        let locals = distinct(models.iter().map(|model| model.name.as_str()));
        let models = models
            .iter()
            .enumerate()
            .map(|(at, model)| (model.name.clone(), link_id(at)))
            .collect();
        Ok(Self { models, locals })
    }

    fn model(&self, name: &str) -> Result<ModelId, SchemaError> {
        self.models.get(name).copied().ok_or_else(|| unknown("model", name))
    }
}

fn link_id(at: usize) -> ModelId {
    ModelId(u16::try_from(at).expect("Names::new bounds the number of models"))
}

fn field_id(at: usize) -> FieldId {
    FieldId(u16::try_from(at).expect("model() bounds the number of fields"))
}

fn unknown(what: &'static str, name: &str) -> SchemaError {
    SchemaError::Unknown { what, name: name.to_owned() }
}

/// SQLite compares table and column names without case; Prisma does not.
fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    names
        .map(|name| {
            let count = seen.entry(name.to_ascii_lowercase()).or_insert(0);
            *count += 1;
            if *count == 1 { name.to_owned() } else { format!("{name}__{count}") }
        })
        .collect()
}

fn enumeration(raw: &RawEnum) -> Enum {
    let values = raw.values.iter().map(|value| EnumValue {
        name: value.name.clone(),
        label: value.db_name.clone().unwrap_or_else(|| value.name.clone()),
    });
    Enum {
        name: raw.name.clone(),
        type_name: raw.db_name.clone().unwrap_or_else(|| raw.name.clone()),
        schema: raw.schema.clone(),
        values: values.collect(),
    }
}

fn model(raw: &RawModel, names: &Names, enums: &[Enum]) -> Result<Model, SchemaError> {
    let id = names.model(&raw.name)?;
    if raw.fields.len() > 1_000 {
        return Err(SchemaError::TooMany { what: "fields in one model", limit: 1_000 });
    }
    let locals = distinct(raw.fields.iter().map(|field| field.name.as_str()));
    let fields = raw
        .fields
        .iter()
        .zip(locals)
        .enumerate()
        .map(|(at, (field, local))| self::field((id, field_id(at)), field, local, enums))
        .collect::<Result<Vec<_>, _>>()?;
    let key = |raw: &RawKey| key(raw, &fields);
    let mut uniques = raw.uniques.iter().map(key).collect::<Result<Vec<_>, _>>()?;
    let primary = if let Some(primary) = &raw.primary_key {
        key(primary)?
    } else {
        let all_required =
            |unique: &Key| unique.fields.iter().all(|id| fields[id.index()].required);
        let at = uniques
            .iter()
            .position(all_required)
            .ok_or_else(|| SchemaError::NoKey(raw.name.clone()))?;
        uniques.remove(at)
    };
    let keyed = raw.primary_key.as_ref().is_some_and(|key| !key.unique);
    uniques.retain(|unique| unique.fields != primary.fields);
    let indexes = raw
        .indexes
        .iter()
        .map(|index| ids(&index.fields, &fields))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Model {
        id,
        name: raw.name.clone(),
        local: names.locals[id.index()].clone(),
        table: raw.db_name.clone().unwrap_or_else(|| raw.name.clone()),
        schema: raw.schema.clone(),
        key: primary,
        keyed,
        uniques,
        indexes,
        outside: Vec::new(),
        relations: Vec::new(),
        fields,
    })
}

fn ids(names: &[String], fields: &[Field]) -> Result<Vec<FieldId>, SchemaError> {
    names
        .iter()
        .map(|name| {
            fields
                .iter()
                .find(|field| field.name == *name)
                .map(|field| field.id)
                .ok_or_else(|| unknown("field", name))
        })
        .collect()
}

fn key(raw: &RawKey, fields: &[Field]) -> Result<Key, SchemaError> {
    Ok(Key {
        name: raw.name.clone().unwrap_or_else(|| raw.fields.join("_")),
        fields: ids(&raw.fields, fields)?,
    })
}

fn field(
    (model, id): (ModelId, FieldId),
    raw: &RawField,
    local: String,
    enums: &[Enum],
) -> Result<Field, SchemaError> {
    let (scalar, enumeration) = if raw.kind == "enum" {
        let at = enums.iter().position(|candidate| candidate.name == raw.type_name);
        (Scalar::Enum, Some(at.ok_or_else(|| unknown("enum", &raw.type_name))?))
    } else {
        (
            Scalar::from_name(&raw.type_name)
                .ok_or_else(|| unknown("scalar type", &raw.type_name))?,
            None,
        )
    };
    Ok(Field {
        id,
        model,
        name: raw.name.clone(),
        local,
        column: raw.db_name.clone().unwrap_or_else(|| raw.name.clone()),
        scalar,
        enumeration,
        list: raw.is_list,
        required: raw.is_required,
        updated_at: raw.is_updated_at,
        native: raw.native_type.clone(),
        default: raw.default.as_ref().map(default).transpose()?,
    })
}

fn default(raw: &RawDefault) -> Result<Default, SchemaError> {
    let (function, args) = match raw {
        RawDefault::Value { value } => return Ok(Default::Literal(value.clone())),
        RawDefault::Function { function, args } => (function.as_str(), args),
    };
    let number =
        |fallback: u64| args.first().and_then(serde_json::Value::as_u64).unwrap_or(fallback);
    let small = |fallback| u8::try_from(number(fallback)).map_err(|_| unknown("default", function));
    Ok(match function {
        "now" => Default::Now,
        "uuid" => Default::Uuid(small(4)?),
        "cuid" => Default::Cuid(small(1)?),
        "ulid" => Default::Ulid,
        "nanoid" => Default::Nanoid(usize::from(small(21)?)),
        "autoincrement" => Default::Autoincrement,
        "dbgenerated" | "sequence" => Default::Main(function.to_owned()),
        other => return Err(unknown("default function", other)),
    })
}

fn relation(
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
fn link(
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
