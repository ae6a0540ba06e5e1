//! Which foreign key a refused row breaks, and whether the parent it names exists or is only not held.

use rusqlite::OptionalExtension;
use serde_json::{Map, Value as Json};

use super::bind::Sql;
use super::convert::to_protocol;
use super::generate::generate;
use super::missing::keyed;
use super::refusal::{child_left, parent_missing};
use super::{Call, Database};
use crate::error::{Miss, MissingRow, Stop};
use crate::ids::{FieldId, ModelId};
use crate::plan::SlotKind;
use crate::schema::{Action, Default, Join, Model, Relation, quote};
use crate::value::Value;

/// What is done to a row that others may name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    Deleted,
    /// It gets another key.
    Rekeyed,
}

/// A relation that names a model: the model that has it, its foreign key, the fields it refers to.
pub(super) struct Child<'s> {
    pub model: &'s Model,
    relation: &'s Relation,
    pub fields: &'s [FieldId],
    pub references: &'s [FieldId],
}

impl Child<'_> {
    fn action(&self, event: Event) -> Action {
        match event {
            Event::Deleted => self.relation.on_delete,
            Event::Rekeyed => self.relation.on_update,
        }
    }
}

impl Database {
    /// The foreign key of a row names a parent that is not held: those parents, or the violation when they do not exist.
    /// `None`: it names none such. Main looks at foreign keys in the order of their declaration.
    pub(super) fn parents_missing(
        &self,
        model: &Model,
        values: &[Option<&Value>],
        call: &Call,
    ) -> Result<Option<Stop>, Stop> {
        let mut rows = Vec::new();
        for relation in &model.relations {
            let Join::Local { fields, references } = &relation.join else { continue };
            let key: Option<Vec<&Value>> = fields.iter().map(|id| values[id.index()]).collect();
            let Some(key) = key.filter(|key| key.iter().all(|value| !value.is_null())) else {
                continue;
            };
            let parent = self.schema.model(relation.target);
            if self.holds(parent, references, &key)? {
                continue;
            }
            match self.unknown(parent, references, &key, call)? {
                Some(row) => rows.push(row),
                None if rows.is_empty() => return Ok(Some(parent_missing(model, fields).into())),
                None => {}
            }
        }
        Ok((!rows.is_empty()).then(|| Stop::Miss(Miss::Rows(rows))))
    }

    /// A row that is not held, unless it is known not to exist; `None` also of one that is held.
    pub(super) fn unknown(
        &self,
        model: &Model,
        fields: &[FieldId],
        key: &[&Value],
        call: &Call,
    ) -> Result<Option<MissingRow>, Stop> {
        if self.holds(model, fields, key)? {
            return Ok(None);
        }
        let owned: Vec<Value> = key.iter().map(|value| (*value).clone()).collect();
        let row = row_named(model, fields, key);
        let absent = call.absent.all()
            || call.absent.names(&row)
            || (fields == model.key.fields && self.deleted_here(model, &owned)?);
        Ok((!absent).then_some(row))
    }

    /// The stop of a write that needs a row by these fields, unless it is known that there is none.
    pub(super) fn needed(
        &self,
        model: &Model,
        fields: &[FieldId],
        key: &[Value],
        call: &Call,
    ) -> Result<(), Stop> {
        let key: Vec<&Value> = key.iter().collect();
        match self.unknown(model, fields, &key, call)? {
            Some(row) => Err(Stop::Miss(Miss::Rows(vec![row]))),
            None => Ok(()),
        }
    }

    /// Who forbids what was to be done to `rows` of `model`, as main says it.
    pub(super) fn children_left(
        &self,
        model: &Model,
        rows: &[Vec<Value>],
        event: Event,
        call: &Call,
    ) -> Result<Stop, Stop> {
        let mut seen = Vec::new();
        for row in rows {
            if let Some(stop) = self.forbidden(model, row, (event, call), &mut seen)? {
                return Ok(stop);
            }
        }
        Ok(parent_missing(model, &[]).into())
    }

    /// Depth first, as main runs the actions of foreign keys: in the order of their declaration.
    fn forbidden(
        &self,
        parent: &Model,
        row: &[Value],
        (event, call): (Event, &Call),
        seen: &mut Vec<(ModelId, Vec<Value>)>,
    ) -> Result<Option<Stop>, Stop> {
        let key: Vec<Value> = parent.key.fields.iter().map(|id| row[id.index()].clone()).collect();
        if seen.contains(&(parent.id, key.clone())) {
            return Ok(None);
        }
        seen.push((parent.id, key));
        for child in self.children(parent) {
            let named: Vec<&Value> = child.references.iter().map(|id| &row[id.index()]).collect();
            let found = match child.action(event) {
                Action::Restrict | Action::NoAction => self
                    .holds(child.model, child.fields, &named)?
                    .then(|| child_left(parent, child.model, child.fields).into()),
                Action::SetDefault => self.default_missing(parent, &child, &named, call)?,
                Action::Cascade if event == Event::Deleted => {
                    let rows = self.rows_naming(child.model, child.fields, &named)?;
                    let mut forbids = |row: &Vec<Value>| {
                        self.forbidden(child.model, row, (event, call), seen).transpose()
                    };
                    rows.iter().find_map(&mut forbids).transpose()?
                }
                _ => None,
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Rows that lose their parent get the default one, which must be there, too.
    fn default_missing(
        &self,
        parent: &Model,
        child: &Child,
        named: &[&Value],
        call: &Call,
    ) -> Result<Option<Stop>, Stop> {
        let rows = self.rows_naming(child.model, child.fields, named)?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        let mut row: Vec<Option<Value>> = row.into_iter().map(Some).collect();
        for id in child.fields {
            let field = child.model.field(*id);
            let default = field.default.as_ref().filter(|one| matches!(one, Default::Literal(_)));
            row[id.index()] = Some(match default {
                Some(default) => generate(&self.schema, default, Some(SlotKind::of(field)))?,
                None => Value::Null,
            });
        }
        let default: Vec<&Value> =
            child.fields.iter().filter_map(|id| row[id.index()].as_ref()).collect();
        // The parent that goes is the default one.
        if default == named {
            return Ok(Some(child_left(parent, child.model, child.fields).into()));
        }
        let row: Vec<Option<&Value>> = row.iter().map(Option::as_ref).collect();
        self.parents_missing(child.model, &row, call)
    }

    /// The relations that name `parent`, in the order of their declaration.
    pub(super) fn children<'s>(&'s self, parent: &Model) -> impl Iterator<Item = Child<'s>> {
        let id = parent.id;
        let named = self.schema.models[..self.schema.named].iter();
        let all = named.flat_map(|child| child.relations.iter().map(move |one| (child, one)));
        all.filter(move |(_, relation)| relation.target == id).filter_map(|(model, relation)| {
            match &relation.join {
                Join::Local { fields, references } => {
                    Some(Child { model, relation, fields, references })
                }
                _ => None,
            }
        })
    }

    pub(super) fn holds(
        &self,
        model: &Model,
        fields: &[FieldId],
        key: &[&Value],
    ) -> Result<bool, Stop> {
        let text = format!("SELECT 1 FROM {} WHERE {}", quote(&model.local), tests(model, fields));
        let mut prepared = self.conn.prepare_cached(&text)?;
        let params = rusqlite::params_from_iter(key.iter().map(|value| Sql(value)));
        Ok(prepared.query_row(params, |_| Ok(())).optional()?.is_some())
    }

    pub(super) fn rows_naming(
        &self,
        model: &Model,
        fields: &[FieldId],
        key: &[&Value],
    ) -> Result<Vec<Vec<Value>>, Stop> {
        let names: Vec<String> = model.fields.iter().map(|field| quote(&field.local)).collect();
        let text = format!(
            "SELECT {} FROM {} WHERE {}",
            names.join(", "),
            quote(&model.local),
            tests(model, fields)
        );
        let mut prepared = self.conn.prepare_cached(&text)?;
        let params = rusqlite::params_from_iter(key.iter().map(|value| Sql(value)));
        let rows = prepared.query_map(params, |row| {
            (0..names.len()).map(|at| Ok(Value::from(row.get_ref(at)?))).collect()
        })?;
        Ok(rows.collect::<Result<_, rusqlite::Error>>()?)
    }
}

pub(super) fn tests(model: &Model, fields: &[FieldId]) -> String {
    let tests: Vec<String> =
        fields.iter().map(|id| format!("{} = ?", quote(&model.field(*id).local))).collect();
    tests.join(" AND ")
}

/// A row by the values of these fields.
pub(super) fn row_named(parent: &Model, references: &[FieldId], key: &[&Value]) -> MissingRow {
    let fields = references.iter().zip(key).map(|(id, value)| {
        let field = parent.field(*id);
        (field.name.clone(), to_protocol(value, SlotKind::of(field)))
    });
    let fields: Map<String, Json> = fields.collect();
    let compound = parent
        .keys()
        .find(|key| key.fields.len() > 1 && key.fields.iter().all(|id| references.contains(id)));
    let name = compound.filter(|_| references.len() > 1).map(|key| key.name.as_str());
    MissingRow { model: parent.name.clone(), by: keyed(name, fields) }
}
