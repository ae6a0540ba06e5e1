//! The values of one call, and how each parameter of a statement gets its value.

use std::borrow::Cow;

use rusqlite::Statement as Prepared;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use serde_json::Value as Json;

use super::convert::normalise;
use super::generate::generate;
use super::heard::{Heard, shown};
use super::ids::Source as IdSource;
use crate::error::{Miss, MissingRow, Stop};
use crate::ids::{FieldId, ModelId};
use crate::plan::{SlotId, SlotKind, Source};
use crate::scalar::Native;
use crate::schema::Schema;
use crate::sql::{Bind, Statement};
use crate::value::Value;

/// A value as it comes from JS.
#[derive(Debug, Clone, PartialEq)]
pub enum Param {
    Value(Value),
    /// A row of a `createMany` that lacks this column.
    Absent,
    /// The rows of a `createMany`, flat.
    Rows(Vec<Param>),
}

/// One call of a compiled program.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub params: &'a [Param],
    /// The request's instant: what `now()` and `@updatedAt` give.
    pub now_ms: i64,
    pub absent: &'a Absent,
    /// Somebody listens to the statements.
    pub heard: Option<&'a Heard>,
    /// Where a write takes ids from.
    pub ids: Option<IdSource<'a>>,
}

/// Rows that are not held and are known not to exist, because the main database said so.
#[derive(Debug)]
pub enum Absent {
    None,
    /// Every row that is not held.
    All,
    /// These, as a miss named them.
    Rows(Vec<(String, Json)>),
}

impl Absent {
    pub fn all(&self) -> bool {
        matches!(self, Self::All)
    }

    pub fn names(&self, row: &MissingRow) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Rows(rows) => rows.iter().any(|(model, by)| *model == row.model && *by == row.by),
        }
    }

    /// Reads the rows that JS lists: `[{ model, where }]`; `null` means every row.
    pub fn parse(text: &str) -> Option<Self> {
        let list: Option<Vec<Json>> = serde_json::from_str(text).ok()?;
        let Some(list) = list else { return Some(Self::All) };
        let row =
            |row: &Json| Some((row.get("model")?.as_str()?.to_owned(), row.get("where")?.clone()));
        list.iter().map(row).collect::<Option<Vec<_>>>().map(Self::Rows)
    }
}

/// What a statement's parameters may refer to beside the call.
#[derive(Default, Clone, Copy)]
pub struct Around<'a> {
    pub parent_keys: Option<&'a str>,
    pub parent_key: &'a [Value],
    pub row_key: &'a [Value],
    pub linked: &'a Linked<'a>,
}

/// The rows that a row's foreign keys may be taken from: the row above, then those settled before it.
pub type Linked<'a> = [&'a [Value]];

const NULL: Value = Value::Null;

impl Call<'_> {
    pub fn slot(&self, slot: SlotId) -> &Value {
        match self.params.get(slot.0) {
            Some(Param::Value(value)) => value,
            _ => &NULL,
        }
    }

    /// The value of a source that needs no other row.
    pub fn value(
        &self,
        schema: &Schema,
        source: &Source,
        native: Native,
        kind: Option<SlotKind>,
    ) -> Result<Cow<'_, Value>, Stop> {
        self.value_in(schema, source, native, kind, &[])
    }

    /// The value of a source, stored in a column with these semantics.
    pub fn value_in(
        &self,
        schema: &Schema,
        source: &Source,
        native: Native,
        kind: Option<SlotKind>,
        linked: &Linked,
    ) -> Result<Cow<'_, Value>, Stop> {
        Ok(match source {
            Source::Slot(slot) => normalise(self.slot(*slot), native, kind)?,
            Source::Constant(value) => Cow::Owned(value.clone()),
            Source::Now => {
                Cow::Owned(normalise(&Value::Int(self.now_ms), native, kind)?.into_owned())
            }
            Source::Linked { row, field } => {
                let value = linked.get(*row).and_then(|row| row.get(field.index()));
                Cow::Owned(normalise(value.unwrap_or(&NULL), native, kind)?.into_owned())
            }
            Source::Id(model, field) => {
                let id = Value::Int(self.id(*model, *field)?);
                Cow::Owned(normalise(&id, native, kind)?.into_owned())
            }
            Source::Generated(default) => {
                Cow::Owned(normalise(&generate(schema, default, kind)?, native, kind)?.into_owned())
            }
        })
    }

    fn id(&self, model: ModelId, field: FieldId) -> Result<i64, Stop> {
        match &self.ids {
            Some(ids) => ids.next(model, field, self.now_ms),
            None => Err(Stop::Miss(Miss::Ids { model, field, count: 1, above: None })),
        }
    }

    pub fn bind(
        &self,
        schema: &Schema,
        prepared: &mut Prepared,
        statement: &Statement,
        around: Around,
    ) -> Result<(), Stop> {
        if let Some(heard) = self.heard {
            heard.note(&statement.text, self.shown(schema, statement, around)?);
        }
        for (at, bind) in statement.binds.iter().enumerate() {
            match bind {
                Bind::Value { source, native, kind } => {
                    let value = self.value_in(schema, source, *native, *kind, around.linked)?;
                    prepared.raw_bind_parameter(at + 1, Sql(&value))?;
                }
                Bind::Raw(slot) => prepared.raw_bind_parameter(at + 1, Sql(self.slot(*slot)))?,
                Bind::Number(number) => prepared.raw_bind_parameter(at + 1, number)?,
                Bind::ParentKeys => prepared.raw_bind_parameter(at + 1, around.parent_keys)?,
                Bind::ParentKey(part) => {
                    prepared.raw_bind_parameter(at + 1, Sql(&around.parent_key[*part]))?;
                }
                Bind::RowKey(part) => {
                    prepared.raw_bind_parameter(at + 1, Sql(&around.row_key[*part]))?;
                }
            }
        }
        Ok(())
    }
}

impl Call<'_> {
    /// The parameters of a statement, for those who listen.
    fn shown(
        &self,
        schema: &Schema,
        statement: &Statement,
        around: Around,
    ) -> Result<Vec<Json>, Stop> {
        let shown = |bind: &Bind| {
            Ok(match bind {
                Bind::Value { source, native, kind } => {
                    shown(&*self.value_in(schema, source, *native, *kind, around.linked)?)
                }
                Bind::Raw(slot) => shown(self.slot(*slot)),
                Bind::Number(number) => Json::from(*number),
                Bind::ParentKeys => Json::from(around.parent_keys),
                Bind::ParentKey(part) => shown(&around.parent_key[*part]),
                Bind::RowKey(part) => shown(&around.row_key[*part]),
            })
        };
        statement.binds.iter().map(shown).collect()
    }
}

/// Binds a value as it is, without a copy.
pub struct Sql<'a>(pub &'a Value);

impl ToSql for Sql<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(self.0.into()))
    }
}

impl<'a> From<&'a Value> for ValueRef<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Int(int) => Self::Integer(*int),
            // SQLite has no NaN; as text it sorts after every number, as the main database's NaN does.
            Value::Real(real) if real.is_nan() => Self::Text(b"NaN"),
            Value::Real(real) => Self::Real(*real),
            Value::Text(text) => Self::Text(text.as_bytes()),
            Value::Blob(blob) => Self::Blob(blob),
        }
    }
}

impl From<ValueRef<'_>> for Value {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(int) => Self::Int(int),
            ValueRef::Real(real) => Self::Real(real),
            ValueRef::Text(text) => Self::Text(String::from_utf8_lossy(text).into_owned()),
            ValueRef::Blob(blob) => Self::Blob(blob.to_vec()),
        }
    }
}
