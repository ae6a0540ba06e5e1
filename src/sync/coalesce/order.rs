//! Which op must come before which, and from that the statements.
//!
//! A *claim* is what an op does to a value that others care about: a unique value or key is taken or given up, a value
//! that foreign keys name is offered or withdrawn, a foreign key takes hold of a value or lets go of it.
//!
//! ```text
//! a unique value     given up   before  taken
//! a foreign key      offered    before  held,  let go  before  withdrawn
//! ```
//! in so far as it was so in the window.

use std::collections::HashMap;

use super::value::{Move, identity};
use super::{Op, RowId, same_shape};
use crate::ids::{FieldId, ModelId};
use crate::outbox::ChangeKind;
use crate::schema::{Join, Model, Schema};

/// More pairs of ops about one value than this are not worth their order.
const MAX_PAIRS: usize = 100_000;

/// Rows whose ops, as they are, would have to come before one another.
pub struct Circle(pub Vec<RowId>);

/// Both sides of one constraint, by value.
#[derive(Default)]
struct Claims {
    /// Value -> ops that take it (hold it), ops that give it up (let go of it).
    values: HashMap<Vec<u8>, Sides>,
}

#[derive(Default)]
struct Sides {
    gained: Vec<usize>,
    lost: Vec<usize>,
}

/// The statements, as positions of their ops, each with what must come before it behind it.
pub fn steps(schema: &Schema, ops: &[Op<'_>]) -> Result<Vec<Vec<usize>>, Circle> {
    let mut graph = Graph::new(ops);
    graph.chain();
    let by_model = by_model(ops);
    for model in schema.models.iter().filter(|model| by_model.contains_key(&model.id)) {
        let own = by_model[&model.id].as_slice();
        // Rows that are only made take what nobody has.
        let gives_up = own.iter().any(|at| ops[*at].change.kind != ChangeKind::Create);
        for key in model.keys().filter(|_| gives_up) {
            let group = Group { model, ops: own, fields: &key.fields };
            graph.uniques(&Claims::of(schema, ops, &[group])[0])?;
        }
        for relation in &model.relations {
            let Join::Local { fields, references } = &relation.join else { continue };
            let target = schema.model(relation.target);
            let Some(parents) = by_model.get(&relation.target) else { continue };
            let children = Group { model, ops: own, fields };
            let parents = Group { model: target, ops: parents, fields: references };
            let both = Claims::of(schema, ops, &[children, parents]);
            graph.foreign_keys(&both[0], &both[1])?;
        }
    }
    graph.schedule()
}

fn by_model(ops: &[Op<'_>]) -> HashMap<ModelId, Vec<usize>> {
    let mut found: HashMap<ModelId, Vec<usize>> = HashMap::new();
    for (at, op) in ops.iter().enumerate() {
        found.entry(op.change.model).or_default().push(at);
    }
    found
}

impl Claims {
    /// One for each of the groups, which name the same values by fields of their own. Where an update knows only a part of
    /// a compound value, that part stands for it everywhere: too much is equal then, never too little.
    fn of(schema: &Schema, ops: &[Op<'_>], groups: &[Group<'_>]) -> Vec<Self> {
        let mut known = vec![true; groups[0].fields.len()];
        let mut moves: Vec<Vec<(usize, Move<'_>)>> = Vec::new();
        for Group { model, ops: own, fields } in groups {
            let of = |at: &usize| Some((*at, Move::of(model, &ops[*at].change, fields)?));
            moves.push(own.iter().filter_map(of).collect());
        }
        for (_, moved) in moves.iter().flatten() {
            for (position, is_known) in known.iter_mut().enumerate() {
                *is_known &= moved.knows(position);
            }
        }
        let mut found: Vec<Self> = groups.iter().map(|_| Self::default()).collect();
        if known.contains(&true) {
            for ((claims, moves), group) in found.iter_mut().zip(&moves).zip(groups) {
                for (at, moved) in moves {
                    claims.enter(schema, group, *at, moved, &known);
                }
            }
        }
        found
    }

    fn enter(
        &mut self,
        schema: &Schema,
        group: &Group<'_>,
        at: usize,
        moved: &Move<'_>,
        known: &[bool],
    ) {
        for (values, is_gain) in [(&moved.before, false), (&moved.after, true)] {
            let Some(values) = values else { continue };
            let parts = values.iter().zip(group.fields).zip(known).filter(|(_, known)| **known);
            let parts: Option<Vec<_>> = parts
                .map(|((value, id), _)| identity(schema, group.model.field(*id), (*value)?))
                .collect();
            let Some(bytes) = parts.map(|parts| parts.concat()) else { continue };
            let sides = self.values.entry(bytes).or_default();
            if is_gain { &mut sides.gained } else { &mut sides.lost }.push(at);
        }
    }
}

/// Ops of one model, and fields of it.
#[derive(Clone, Copy)]
struct Group<'g> {
    model: &'g Model,
    ops: &'g [usize],
    fields: &'g [FieldId],
}

struct Graph<'g, 'a> {
    ops: &'g [Op<'a>],
    /// Who must come after an op, and how many an op waits for.
    after: Vec<Vec<usize>>,
    waits: Vec<usize>,
    /// An op's row's op before it.
    earlier: Vec<Option<usize>>,
}

impl<'g, 'a> Graph<'g, 'a> {
    fn new(ops: &'g [Op<'a>]) -> Self {
        let count = ops.len();
        Self {
            ops,
            after: vec![Vec::new(); count],
            waits: vec![0; count],
            earlier: vec![None; count],
        }
    }

    fn edge(&mut self, first: usize, second: usize) {
        self.after[first].push(second);
        self.waits[second] += 1;
    }

    /// The ops of a row keep their order.
    fn chain(&mut self) {
        let mut last: HashMap<RowId, usize> = HashMap::new();
        for (at, op) in self.ops.iter().enumerate() {
            if let Some(before) = last.insert(op.row, at) {
                self.earlier[at] = Some(before);
                self.edge(before, at);
            }
        }
    }

    /// Did the one begin before the other ended? Then what it did first came first.
    fn precedes(&self, one: usize, other: usize) -> bool {
        self.ops[one].row != self.ops[other].row && self.ops[one].started < self.ops[other].ended
    }

    fn uniques(&mut self, claims: &Claims) -> Result<(), Circle> {
        for Sides { gained, lost } in claims.values.values() {
            self.pairs(lost, gained, |graph, loser, winner| {
                if graph.precedes(loser, winner) {
                    graph.edge(loser, winner);
                }
            })?;
        }
        Ok(())
    }

    fn foreign_keys(&mut self, children: &Claims, parents: &Claims) -> Result<(), Circle> {
        for (value, parent) in &parents.values {
            let Some(child) = children.values.get(value) else { continue };
            self.pairs(&parent.gained, &child.gained, |graph, parent, child| {
                if graph.precedes(parent, child) {
                    graph.edge(parent, child);
                }
            })?;
            self.pairs(&child.lost, &parent.lost, |graph, child, parent| {
                if graph.precedes(child, parent) {
                    graph.edge(child, parent);
                } else if let Some(before) =
                    graph.earlier[child].filter(|at| graph.precedes(*at, parent))
                {
                    // A referential action took the child along: what was done to it before comes before.
                    graph.edge(before, parent);
                }
            })?;
        }
        Ok(())
    }

    /// Every pair, unless there are too many: then all these rows count as a circle.
    fn pairs(
        &mut self,
        ones: &[usize],
        others: &[usize],
        run: impl Fn(&mut Self, usize, usize),
    ) -> Result<(), Circle> {
        if ones.len().saturating_mul(others.len()) > MAX_PAIRS {
            return Err(Circle(ones.iter().chain(others).map(|at| self.ops[*at].row).collect()));
        }
        for one in ones {
            for other in others {
                run(self, *one, *other);
            }
        }
        Ok(())
    }

    /// Takes what waits for nothing, like with like, until all is taken.
    fn schedule(mut self) -> Result<Vec<Vec<usize>>, Circle> {
        let (shape_of, mut shapes) = shapes(self.ops);
        for at in 0..self.ops.len() {
            if self.waits[at] == 0 {
                shapes[shape_of[at]].ready.push(at);
            }
        }
        let mut steps = Vec::new();
        let mut left = self.ops.len();
        while left > 0 {
            let Some(shape) = next_shape(&shapes) else { return Err(self.circle()) };
            let mut step = std::mem::take(&mut shapes[shape].ready);
            step.sort_unstable();
            // Rows that name one another: a statement checks its rows in their order, or when it ends.
            let grows = self.ops[step[0]].change.kind != ChangeKind::Update;
            let mut at = 0;
            while at < step.len() {
                let mut after = std::mem::take(&mut self.after[step[at]]);
                after.sort_unstable();
                for next in after {
                    self.waits[next] -= 1;
                    if self.waits[next] > 0 {
                        continue;
                    }
                    if grows && shape_of[next] == shape {
                        step.push(next);
                    } else {
                        shapes[shape_of[next]].ready.push(next);
                    }
                }
                at += 1;
            }
            shapes[shape].left -= step.len();
            left -= step.len();
            steps.push(step);
        }
        Ok(steps)
    }

    /// Rows of ops that wait for one another, what waits for those in vain left out.
    fn circle(&self) -> Circle {
        let stuck: Vec<bool> = self.waits.iter().map(|waits| *waits > 0).collect();
        let mut leads_on: Vec<usize> = vec![0; self.ops.len()];
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); self.ops.len()];
        for (at, after) in self.after.iter().enumerate().filter(|(at, _)| stuck[*at]) {
            leads_on[at] = after.len();
            for next in after {
                before[*next].push(at);
            }
        }
        let mut ends: Vec<usize> =
            (0..self.ops.len()).filter(|at| stuck[*at] && leads_on[*at] == 0).collect();
        let mut out = stuck;
        while let Some(end) = ends.pop() {
            out[end] = false;
            for at in &before[end] {
                leads_on[*at] -= 1;
                if leads_on[*at] == 0 {
                    ends.push(*at);
                }
            }
        }
        Circle((0..self.ops.len()).filter(|at| out[*at]).map(|at| self.ops[at].row).collect())
    }
}

/// Ops that one statement can carry.
#[derive(Default)]
struct Shape {
    ready: Vec<usize>,
    left: usize,
}

fn shapes(ops: &[Op<'_>]) -> (Vec<usize>, Vec<Shape>) {
    let mut firsts: HashMap<(ModelId, usize), Vec<usize>> = HashMap::new();
    let (mut shape_of, mut found): (Vec<usize>, Vec<Shape>) =
        (Vec::with_capacity(ops.len()), Vec::new());
    let mut examples: Vec<usize> = Vec::new();
    for (at, op) in ops.iter().enumerate() {
        // Most models have a few shapes: a look at one example of each.
        let known = firsts.entry((op.change.model, op.change.columns.len())).or_default();
        let shape = known
            .iter()
            .copied()
            .find(|shape| same_shape(&ops[examples[*shape]].change, &op.change));
        let shape = shape.unwrap_or_else(|| {
            known.push(found.len());
            examples.push(at);
            found.push(Shape::default());
            found.len() - 1
        });
        found[shape].left += 1;
        shape_of.push(shape);
    }
    (shape_of, found)
}

/// One of which nothing waits, else the one of which most is ready: fewest statements.
fn next_shape(shapes: &[Shape]) -> Option<usize> {
    let able = || shapes.iter().enumerate().filter(|(_, shape)| !shape.ready.is_empty());
    let whole = able().find(|(_, shape)| shape.ready.len() == shape.left);
    let most = || able().max_by_key(|(at, shape)| (shape.ready.len(), std::cmp::Reverse(*at)));
    whole.or_else(most).map(|(at, _)| at)
}
