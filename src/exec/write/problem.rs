//! Prisma's errors of nested writes.

use serde_json::json;

use super::super::Database;
use crate::error::{Failure, Stop};
use crate::ids::{FieldId, ModelId};
use crate::plan::violation;
use crate::schema::Join;
use crate::sql::{Edge, EdgeKind};

impl Database {
    fn title(&self, edge: &Edge) -> &str {
        &self.schema.model(edge.model).relations[edge.relation].title
    }

    pub(super) fn names(&self, edge: &Edge) -> [&str; 2] {
        [edge.model, edge.target].map(|id| self.schema.model(id).name.as_str())
    }

    /// `P2025`: `model` has no row that `operation` needs.
    pub(super) fn unrelated(
        &self,
        edge: &Edge,
        model: &str,
        operation: &str,
        needed_for: Option<String>,
    ) -> Failure {
        let (kind, title) = (kind_name(edge), self.title(edge));
        let needed =
            needed_for.as_ref().map_or_else(String::new, |why| format!(" (needed to {why})"));
        let message = format!(
            "An operation failed because it depends on one or more records that were required but not found. \
             No '{model}' record{needed} was found for {operation} on {kind} relation '{title}'."
        );
        let meta = json!({
            "model": model, "relation": title, "relationType": kind, "operation": operation, "neededFor": needed_for,
        });
        Failure::new("P2025", message, meta)
    }

    /// `P2025` of a related record that is not there.
    pub(super) fn no_target(&self, edge: &Edge, operation: &str) -> Stop {
        self.unrelated(edge, self.names(edge)[1], operation, None).into()
    }

    /// `P2025` of a record to connect.
    pub(super) fn not_connected(&self, edge: &Edge) -> Stop {
        let [model, target] = self.names(edge);
        let needed = if edge.one_to_one {
            format!("create or connect inlined relation for '{model}' record(s)")
        } else {
            format!("inline the relation on '{model}' record(s)")
        };
        self.unrelated(edge, target, "a nested connect", Some(needed)).into()
    }

    /// Fewer records than a `connect` names.
    pub(super) fn too_few(&self, edge: &Edge, expected: usize, found: usize) -> Stop {
        if edge.kind == EdgeKind::Link {
            let message = format!(
                "An operation failed because it depends on one or more records that were required but not found. \
                 Expected {expected} records to be connected, found only {found}."
            );
            return Failure::new("P2025", message, json!({ "expectedRows": expected })).into();
        }
        let (kind, title) = (kind_name(edge), self.title(edge));
        let message = format!(
            "The required connected records were not found. Expected {expected} records to be connected after \
             connect operation on {kind} relation '{title}', found {found}."
        );
        let meta = json!({ "expectedRows": expected, "relation": title, "relationType": kind });
        Failure::new("P2018", message, meta).into()
    }

    /// Prisma puts the filter, which is of the related record, into a statement on our row: what main would do is no meaning
    /// to repeat.
    pub(super) fn filtered_upsert(&self, edge: &Edge) -> Stop {
        let model = self.schema.model(edge.model);
        let text = format!(
            "{}.{}.upsert: a `where` that its record does not meet",
            model.name, model.relations[edge.relation].name
        );
        Failure::new("SHARDED_NOT_SUPPORTED", text, json!({})).into()
    }

    /// Does the write move values by which rows of the model name others of it?
    pub(super) fn moves_own(&self, model: ModelId, written: &[FieldId]) -> bool {
        self.schema.model(model).relations.iter().any(|relation| {
            let Join::Local { references, .. } = &relation.join else { return false };
            relation.target == model && references.iter().any(|id| written.contains(id))
        })
    }

    /// Main moves all rows, then what names them; SQLite one after the other, and so would the applier.
    pub(super) fn moved_at_once(&self, model: ModelId, rows: usize) -> Result<(), Stop> {
        if rows < 2 {
            return Ok(());
        }
        let text = format!(
            "updateMany: a new key for {rows} records of {} at once, which may name each other; give it to one at a time",
            self.schema.model(model).name
        );
        Err(Failure::new("SHARDED_NOT_SUPPORTED", text, json!({})).into())
    }

    /// `P2017`.
    pub(super) fn apart(&self, edge: &Edge) -> Failure {
        let (title, [parent, child]) = (self.title(edge), self.names(edge));
        let message = format!(
            "The records for relation `{title}` between the `{parent}` and `{child}` models are not connected."
        );
        Failure::new(
            "P2017",
            message,
            json!({ "relation": title, "parent": parent, "child": child }),
        )
    }

    /// `P2014`: a record would be left without the one it requires.
    pub(super) fn violated(&self, edge: &Edge) -> Stop {
        let [model, target] = self.names(edge);
        let models = if edge.kind == EdgeKind::Local { [model, target] } else { [target, model] };
        let title = self.title(edge);
        let meta = json!({ "relation": title, "modelA": models[0], "modelB": models[1] });
        violation(title, models, meta).into()
    }
}

fn kind_name(edge: &Edge) -> &'static str {
    match edge.kind {
        EdgeKind::Link => "many-to-many",
        _ if edge.one_to_one => "one-to-one",
        _ => "one-to-many",
    }
}
