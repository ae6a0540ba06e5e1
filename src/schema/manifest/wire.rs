//! The manifest's form on disk.

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    pub version: u32,
    pub provider: String,
    #[serde(default)]
    pub enums: Vec<RawEnum>,
    pub models: Vec<RawModel>,
    #[serde(default)]
    pub join_tables: Vec<RawJoinTable>,
    #[serde(default)]
    pub outside: RawOutside,
}

#[derive(Deserialize, Default)]
pub struct RawOutside {
    #[serde(default)]
    pub relations: Vec<RawEnd>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RawEnum {
    pub name: String,
    pub db_name: Option<String>,
    pub schema: Option<String>,
    pub values: Vec<RawEnumValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RawEnumValue {
    pub name: String,
    pub db_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RawModel {
    pub name: String,
    pub db_name: Option<String>,
    pub schema: Option<String>,
    pub fields: Vec<RawField>,
    #[serde(default)]
    pub relations: Vec<RawRelation>,
    pub primary_key: Option<RawKey>,
    #[serde(default)]
    pub uniques: Vec<RawKey>,
    #[serde(default)]
    pub indexes: Vec<RawIndex>,
}

#[derive(Deserialize)]
pub struct RawIndex {
    pub fields: Vec<String>,
}

#[derive(Deserialize)]
pub struct RawKey {
    pub name: Option<String>,
    pub fields: Vec<String>,
    /// The model has no `@id`; one of its unique constraints stands in for it.
    #[serde(default)]
    pub unique: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RawField {
    pub name: String,
    pub db_name: Option<String>,
    pub kind: String,
    #[serde(rename = "type")]
    pub type_name: String,
    pub is_list: bool,
    pub is_required: bool,
    #[serde(default)]
    pub is_updated_at: bool,
    pub native_type: Option<(String, Vec<String>)>,
    pub default: Option<RawDefault>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub enum RawDefault {
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
pub struct RawRelation {
    pub name: String,
    pub model: String,
    pub is_list: bool,
    pub is_required: bool,
    pub relation_name: String,
    #[serde(default)]
    pub fields: Vec<String>,
    #[serde(default)]
    pub references: Vec<String>,
    pub on_delete: Option<String>,
    pub on_update: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RawJoinTable {
    pub table: String,
    pub schema: Option<String>,
    pub relation_name: String,
    pub a: RawEnd,
    pub b: RawEnd,
}

#[derive(Deserialize)]
pub struct RawEnd {
    pub model: String,
    pub field: String,
}
