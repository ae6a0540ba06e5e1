//! Enums, models and their fields and keys.

use super::wire::{RawDefault, RawEnum, RawField, RawKey, RawModel};
use super::{Names, SchemaError, distinct, field_id, unknown};
use crate::ids::{FieldId, ModelId};
use crate::scalar::Scalar;
use crate::schema::{Default, Enum, EnumValue, Field, Key, Model};

pub fn enumeration(raw: &RawEnum) -> Enum {
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

pub fn model(raw: &RawModel, names: &Names, enums: &[Enum]) -> Result<Model, SchemaError> {
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

pub fn ids(names: &[String], fields: &[Field]) -> Result<Vec<FieldId>, SchemaError> {
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
