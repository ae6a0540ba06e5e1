//! Reads `generated/manifest.json` (see `docs/native-boundary.md`) and refuses what it cannot mean.

mod model;
mod relation;
mod wire;

use std::collections::HashMap;

use super::{Enum, Provider, Schema};
use crate::ids::{FieldId, ModelId};
use wire::{Manifest, RawJoinTable, RawModel};

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
        let enums: Vec<Enum> = manifest.enums.iter().map(model::enumeration).collect();
        let names = Names::new(&manifest.models, &manifest.join_tables)?;
        let mut models = Vec::with_capacity(manifest.models.len() + manifest.join_tables.len());
        for raw in &manifest.models {
            let mut model = model::model(raw, &names, &enums)?;
            let left_out = manifest.outside.relations.iter().filter(|end| end.model == raw.name);
            model.outside.extend(left_out.map(|end| end.field.clone()));
            models.push(model);
        }
        for raw in &manifest.models {
            let id = names.model(&raw.name)?;
            let relations = raw
                .relations
                .iter()
                .map(|relation| relation::relation(raw, relation, &manifest, &names, &models))
                .collect::<Result<Vec<_>, _>>()?;
            models[id.index()].relations = relations;
        }
        for (offset, raw) in manifest.join_tables.iter().enumerate() {
            let id = link_id(manifest.models.len() + offset);
            let link = relation::link(id, raw, &names, &models)?;
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
