//! The marks that every row's parents are held: who may set them, who must take them away, and who reads by them.
//!
//! A caller's own writes cannot leave a foreign key without its row, SQLite sees to that; rows that come from the main
//! database can. So a load and a refresh look at everything, and what writes single rows looks at what they name.

use rusqlite::{OptionalExtension, params_from_iter};

use super::Database;
use super::bind::Sql;
use crate::error::Stop;
use crate::ids::FieldId;
use crate::schema::{ADOPTED, Model, Relation, WHOLE, quote, whole_mark};
use crate::sql::Statement;
use crate::value::Value;

/// A foreign key of one field: the model that has it, the relation, the field, and the field that it names.
type Named<'a> = (&'a Model, &'a Relation, FieldId, FieldId);

impl Database {
    /// Runs the form of a statement that the marks in the file allow.
    pub(super) fn either<T>(
        &self,
        statement: &Statement,
        run: impl FnOnce(&Statement) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let Some(whole) = &statement.whole else { return run(statement) };
        let mut question = self.conn.prepare_cached(&whole.question)?;
        let mut answer = question.query([])?;
        // Until `answer` is dropped the connection reads what it has read here.
        let held = answer.next()?.is_some();
        run(if held { &whole.statement } else { statement })
    }

    /// Sets the mark of every relation whose parents are all held, and no other.
    pub fn mark_wholes(&self) -> Result<(), Stop> {
        for named in self.named() {
            self.mark_whole(named)?;
        }
        Ok(())
    }

    /// The same for a file that has just been loaded, away from the loop: it takes some 40 ms for 100,000 keys.
    pub fn mark_loaded(&mut self) -> Result<(), Stop> {
        self.begin()?;
        match self.mark_wholes() {
            Ok(()) => self.commit().map(drop),
            Err(stop) => {
                self.rollback()?;
                Err(stop)
            }
        }
    }

    fn mark_whole(&self, named: Named) -> Result<(), Stop> {
        let (child, relation, field, reference) = named;
        let parent = self.schema.model(relation.target);
        let (field, reference) =
            (quote(&child.field(field).local), quote(&parent.field(reference).local));
        // Each key once, from its index.
        let text = format!(
            "SELECT 1 FROM (SELECT DISTINCT {field} AS k FROM {} WHERE {field} IS NOT NULL) WHERE NOT EXISTS \
             (SELECT 1 FROM {} AS p WHERE p.{reference} = k) LIMIT 1",
            quote(&child.local),
            quote(&parent.local)
        );
        let missing = self.conn.query_row(&text, [], |_| Ok(())).optional()?;
        let mark = whole_mark(child, relation);
        match missing {
            Some(()) => self.unmark(&mark),
            None => self.set_meta(&mark, "1"),
        }
    }

    fn unmark(&self, mark: &str) -> Result<(), Stop> {
        self.conn.prepare_cached("DELETE FROM _sharded_meta WHERE key = ?")?.execute([mark])?;
        Ok(())
    }

    /// A file that is being loaded has none.
    pub(super) fn any_whole(&self) -> Result<bool, Stop> {
        let text = "SELECT 1 FROM _sharded_meta WHERE key GLOB ? LIMIT 1";
        let mut question = self.conn.prepare_cached(text)?;
        Ok(question.exists([format!("{WHOLE}*")])?)
    }

    /// A row was written: what it names may not be held.
    pub(super) fn written(&self, model: &Model, key: &[Value]) -> Result<(), Stop> {
        for (child, relation, field, reference) in self.named() {
            if child.id == model.id && self.lacks(child, relation, (field, reference), key)? {
                self.unmark(&whole_mark(child, relation))?;
            }
        }
        Ok(())
    }

    /// Whether that member row names a row that is not held.
    fn lacks(
        &self,
        child: &Model,
        relation: &Relation,
        (field, reference): (FieldId, FieldId),
        key: &[Value],
    ) -> Result<bool, Stop> {
        let parent = self.schema.model(relation.target);
        let field = quote(&child.field(field).local);
        let tests: Vec<String> = child
            .key
            .fields
            .iter()
            .map(|id| format!("c.{} = ?", quote(&child.field(*id).local)))
            .collect();
        // Links are never held for look-ups only.
        let member = if self.schema.is_link(child.id) {
            String::new()
        } else {
            format!("AND c.{} IS NULL ", quote(ADOPTED))
        };
        let text = format!(
            "SELECT 1 FROM {} AS c WHERE {} {member}AND c.{field} IS NOT NULL AND NOT EXISTS \
             (SELECT 1 FROM {} AS p WHERE p.{} = c.{field})",
            quote(&child.local),
            tests.join(" AND "),
            quote(&parent.local),
            quote(&parent.field(reference).local)
        );
        Ok(self.conn.prepare_cached(&text)?.exists(params_from_iter(key.iter().map(Sql)))?)
    }

    /// A row was overwritten: a key that is not its primary one may have changed, and others name it.
    pub(super) fn overwritten(&self, model: &Model) -> Result<(), Stop> {
        for (child, relation, field, reference) in self.named() {
            if relation.target == model.id && model.key.fields != [reference] {
                self.mark_whole((child, relation, field, reference))?;
            }
        }
        Ok(())
    }

    /// A row was removed: others may name it.
    pub(super) fn removed(&self, model: &Model, key: &[Value]) -> Result<(), Stop> {
        for (child, relation, field, reference) in self.named() {
            if relation.target != model.id {
                continue;
            }
            if model.key.fields != [reference] {
                self.mark_whole((child, relation, field, reference))?;
                continue;
            }
            let text = format!(
                "SELECT 1 FROM {} WHERE {} = ? LIMIT 1",
                quote(&child.local),
                quote(&child.field(field).local)
            );
            let named =
                self.conn.prepare_cached(&text)?.exists(params_from_iter(key.iter().map(Sql)))?;
            if named {
                self.unmark(&whole_mark(child, relation))?;
            }
        }
        Ok(())
    }

    fn named(&self) -> impl Iterator<Item = Named<'_>> {
        let schema = &self.schema;
        schema.models.iter().flat_map(move |child| {
            child.relations.iter().filter_map(move |relation| {
                let (field, reference) = schema.enforced(relation)?;
                Some((child, relation, field, reference))
            })
        })
    }
}
