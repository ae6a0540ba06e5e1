//! Filters on relations: `some`, `every`, `none` of a list; `is`, `isNot`, the short form and null of a single record.

use super::{Filters, conjunction};
use crate::plan::args::Arg;
use crate::plan::{Planned, Predicate, Quantifier, Refusal};
use crate::schema::{Join, Relation};

impl Filters<'_> {
    pub fn relation(&mut self, name: &str, arg: &Arg) -> Planned<Option<Predicate>> {
        let model = self.model;
        let Some(at) = model.relations.iter().position(|relation| relation.name == name) else {
            if model.leads_outside(name) {
                return Err(Refusal::Forward(format!(
                    "argument `{}`: the relation leads outside the block",
                    arg.name()
                )));
            }
            return Err(arg.invalid(&format!("a field of {}", model.name)));
        };
        let relation = &model.relations[at];
        if relation.list { self.many(at, arg) } else { self.single(at, relation, arg) }
    }

    fn many(&mut self, at: usize, arg: &Arg) -> Planned<Option<Predicate>> {
        let mut all = Vec::new();
        for (name, value) in arg.entries()? {
            let quantifier = match name {
                "some" => Quantifier::Some,
                "every" => Quantifier::Every,
                "none" => Quantifier::None,
                _ => return Err(value.invalid("`some`, `every` or `none`")),
            };
            all.push(self.related(at, quantifier, &value)?);
        }
        Ok(conjunction(all))
    }

    fn single(&mut self, at: usize, relation: &Relation, arg: &Arg) -> Planned<Option<Predicate>> {
        if arg.is_null() {
            return self.unrelated(at, relation, arg, true).map(Some);
        }
        let entries = arg.entries()?;
        let target = self.context.schema.model(relation.target);
        let named = |name: &str| {
            target.field_named(name).is_some() || target.relation_named(name).is_some()
        };
        let spelled = |name: &str| matches!(name, "is" | "isNot") && !named(name);
        if entries.iter().any(|(name, _)| named(name) && matches!(*name, "is" | "isNot")) {
            return Err(arg.unsupported());
        }
        if entries.is_empty() {
            return Ok(None);
        }
        if !entries.iter().any(|(name, _)| spelled(name)) {
            return self.related(at, Quantifier::Is, arg).map(Some);
        }
        let mut all = Vec::new();
        for (name, value) in entries {
            all.push(match name {
                "is" | "isNot" if value.is_null() => {
                    self.unrelated(at, relation, &value, name == "is")?
                }
                "is" => self.related(at, Quantifier::Is, &value)?,
                "isNot" => self.related(at, Quantifier::IsNot, &value)?,
                _ => return Err(value.invalid("`is` or `isNot`")),
            });
        }
        Ok(conjunction(all))
    }

    /// Whether there is no related record; the main database reads it off the foreign key where that is ours.
    fn unrelated(
        &mut self,
        at: usize,
        relation: &Relation,
        arg: &Arg,
        is: bool,
    ) -> Planned<Predicate> {
        if let Join::Local { fields, .. } = &relation.join {
            let required = |id| self.model.field(id).required;
            if fields.iter().copied().all(required) {
                return Err(arg.invalid("a filter, not null"));
            }
            let mut nulls: Vec<Predicate> =
                fields.iter().map(|field| Predicate::Null { field: *field, is: true }).collect();
            let null = match nulls.len() {
                1 => nulls.remove(0),
                _ => Predicate::All(nulls),
            };
            return Ok(if is { null } else { null.negated() });
        }
        self.context.joined(self.model, relation, &arg.name())?;
        let quantifier = if is { Quantifier::IsNot } else { Quantifier::Is };
        Ok(Predicate::Related { relation: at, quantifier, filter: None })
    }

    fn related(&mut self, at: usize, quantifier: Quantifier, arg: &Arg) -> Planned<Predicate> {
        self.context.joined(self.model, &self.model.relations[at], &arg.name())?;
        let model = self.context.schema.model(self.model.relations[at].target);
        let reversed = self.reversed ^ (quantifier == Quantifier::IsNot);
        let exact = match quantifier {
            Quantifier::Is => self.exact,
            Quantifier::IsNot | Quantifier::Every => true,
            Quantifier::Some | Quantifier::None => false,
        };
        let (context, slots) = (self.context, &mut *self.slots);
        let mut inner = Filters { context, slots, model, reversed, exact, alone: false };
        let filter = inner.object(arg, 0)?.map(Box::new);
        Ok(Predicate::Related { relation: at, quantifier, filter })
    }
}
