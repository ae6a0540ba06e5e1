//! What a block knows about the main database's collations, as `js/collation` wrote it into the file.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use super::{Collation, DECLARED, Folding, Icu, Tables};
use crate::ids::{FieldId, ModelId};
use crate::scalar::{Native, Scalar};
use crate::schema::{Field, Provider, Schema};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Facts {
    collations: Vec<Fact>,
    /// Of columns that are not named.
    default: usize,
    /// By `Model.field`.
    #[serde(default)]
    columns: HashMap<String, usize>,
    /// Of columns that are not named.
    #[serde(default)]
    folding: Option<Folding>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Fact {
    Bytes,
    Padded,
    Weights {
        pad: bool,
        table: String,
    },
    Icu {
        locale: String,
        #[serde(default)]
        distrust: String,
        #[serde(default)]
        approximate: bool,
    },
    /// Equal strings are equal bytes; which comes first only the main database knows.
    Unordered,
    Foreign,
}

/// How the strings of one column are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    Bytes,
    /// Equality by bytes; the order is that of the SQLite collation of this name.
    Ordered(Arc<str>),
    /// Equality and order are the column's own, see [`super::DECLARED`].
    Declared,
    Unordered,
    Foreign,
}

impl Rule {
    /// Can the block order by such a column?
    pub fn has_order(&self) -> bool {
        matches!(self, Self::Bytes | Self::Ordered(_) | Self::Declared)
    }
}

/// The rule of every string column of a block, and the collations behind them.
#[derive(Debug)]
pub struct Strings {
    default: Rule,
    columns: HashMap<(ModelId, FieldId), Rule>,
    collations: Vec<(Arc<str>, Collation)>,
    folding: Option<Arc<Folding>>,
}

impl Default for Strings {
    /// Nothing is known yet.
    fn default() -> Self {
        Self {
            default: Rule::Unordered,
            columns: HashMap::new(),
            collations: Vec::new(),
            folding: None,
        }
    }
}

/// A collation that is described by its fact; `None` where we follow none.
pub fn collation(fact: &str, tables: &Tables, folder: &Path) -> io::Result<Option<Collation>> {
    let fact = serde_json::from_str(fact).map_err(io::Error::other)?;
    followed(&fact, tables, folder)
}

fn followed(fact: &Fact, tables: &Tables, folder: &Path) -> io::Result<Option<Collation>> {
    Ok(match fact {
        Fact::Bytes => Some(Collation::Bytes),
        Fact::Padded => Some(Collation::Padded),
        Fact::Icu { locale, distrust, approximate } => {
            Icu::new(locale, distrust, *approximate).map(|icu| Collation::Icu(Arc::new(icu)))
        }
        Fact::Weights { pad, table } => Some(Collation::Weights(tables.get(folder, table, *pad)?)),
        Fact::Unordered | Fact::Foreign => None,
    })
}

impl Strings {
    /// Reads the facts; what cannot be read is not known.
    ///
    /// # Errors
    /// When the table of weights that the file's indexes follow is not there.
    pub fn parse(
        schema: &Schema,
        facts: Option<&str>,
        tables: &Tables,
        folder: &Path,
    ) -> io::Result<Self> {
        let mut strings = Self::unknown(schema);
        let Some(facts) = facts.and_then(|text| serde_json::from_str::<Facts>(text).ok()) else {
            return Ok(strings);
        };
        let mut rules: Vec<Rule> = Vec::with_capacity(facts.collations.len());
        for (at, fact) in facts.collations.iter().enumerate() {
            let followed = followed(fact, tables, folder)?;
            rules.push(if schema.provider == Provider::Mysql {
                strings.declared(followed, at == facts.default)
            } else {
                strings.rule_for(fact, followed, format!("sharded_text_{at}"))
            });
        }
        strings.default = rules.get(facts.default).cloned().unwrap_or(Rule::Unordered);
        for (name, at) in &facts.columns {
            let field = name
                .split_once('.')
                .and_then(|(model, field)| schema.model_named(model)?.field_named(field));
            if let Some(field) = field {
                let rule = rules.get(*at).cloned().unwrap_or(Rule::Foreign);
                strings.columns.insert((field.model, field.id), rule);
            }
        }
        strings.folding = facts.folding.filter(Folding::is_current).map(Arc::new);
        Ok(strings)
    }

    /// Nothing is known; what columns are declared with must have a meaning all the same.
    pub fn unknown(schema: &Schema) -> Self {
        let mut strings = Self::default();
        if schema.provider == Provider::Mysql {
            strings.default = Rule::Foreign;
            strings.collations.push((DECLARED.into(), Collation::Bytes));
        }
        strings
    }

    /// Columns are declared with the default collation: one of another has no comparison here.
    fn declared(&mut self, followed: Option<Collation>, is_default: bool) -> Rule {
        match followed {
            Some(collation) if is_default => {
                self.collations = vec![(DECLARED.into(), collation)];
                Rule::Declared
            }
            _ => Rule::Foreign,
        }
    }

    fn rule_for(&mut self, fact: &Fact, followed: Option<Collation>, name: String) -> Rule {
        match (fact, followed) {
            (Fact::Foreign, _) => Rule::Foreign,
            (_, None) => Rule::Unordered,
            (_, Some(Collation::Bytes)) => Rule::Bytes,
            (_, Some(collation)) => {
                let name: Arc<str> = name.into();
                self.collations.push((name.clone(), collation));
                Rule::Ordered(name)
            }
        }
    }

    /// How values of that field compare; fields that are no strings, and uuids, by what they are stored as.
    pub fn rule(&self, schema: &Schema, field: &Field) -> &Rule {
        if field.scalar != Scalar::String || schema.native(field) == Native::Uuid {
            return &Rule::Bytes;
        }
        self.columns.get(&(field.model, field.id)).unwrap_or(&self.default)
    }

    /// What is known of `lower`; `None` where nothing is.
    pub fn folding(&self) -> Option<&Arc<Folding>> {
        self.folding.as_ref()
    }

    /// Is it known what `lower` makes of that column's letters?
    pub fn folds(&self, field: &Field) -> bool {
        self.folding.is_some() && !self.columns.contains_key(&(field.model, field.id))
    }

    /// Does the main database order strings by their bytes where nothing else is said?
    pub fn bytewise(&self) -> bool {
        self.default == Rule::Bytes
    }

    /// What every connection of the block must know before it runs a statement.
    pub fn collations(&self) -> &[(Arc<str>, Collation)] {
        &self.collations
    }
}
