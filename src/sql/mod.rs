//! Plan -> SQL text and what to bind. Text grows by two methods only: push text, take a parameter.

mod aggregate;
mod columns;
mod count;
mod cursor;
mod family;
mod having;
mod lookup;
mod measure;
mod order;
mod path;
mod predicate;
mod read;
mod scope;
mod whole;
mod write;

use crate::collation::{Rule, Strings};
use crate::ids::ModelId;
use crate::plan::{Plan, Query, SlotId, SlotKind, Source, Take};
use crate::scalar::Native;
use crate::schema::{Field, Schema};

pub use write::{
    Act, Assigned, BeforeProgram, BulkProgram, ChangeProgram, CreateManyProgram, CreateProgram,
    DeleteProgram, Delta, Edge, EdgeKind, NestedProgram, PickOne, ReturnedProgram, RowProgram,
    SettleProgram, Target, UpdateProgram, UpsertProgram,
};

/// One statement and what its parameters are, in order.
#[derive(Debug, Clone, Default)]
pub struct Statement {
    pub text: String,
    pub binds: Vec<Bind>,
    /// The marks without which the text would be wrong, see `Whole`.
    wholes: Vec<String>,
    pub whole: Option<Box<Whole>>,
}

/// What is run instead where every row's parents are held.
#[derive(Debug, Clone)]
pub struct Whole {
    /// Answers with a row where they are.
    pub question: String,
    pub statement: Statement,
}

#[derive(Debug, Clone)]
pub enum Bind {
    /// A value of the call or of the plan, stored in a column with these semantics.
    Value {
        source: Source,
        native: Native,
        kind: Option<SlotKind>,
    },
    /// A slot as it is (`take`, `skip`).
    Raw(SlotId),
    Number(i64),
    /// The keys of the parent rows: a JSON array.
    ParentKeys,
    /// One column of the only parent row's key.
    ParentKey(usize),
    /// One column of the written row's key.
    RowKey(usize),
}

impl Statement {
    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// `other` says the same in rows whose parents are held, as its marks tell.
    fn or_whole(self, other: Self) -> Self {
        if other.wholes.is_empty() {
            return self;
        }
        let marks: Vec<String> =
            other.wholes.iter().map(|mark| format!("'{}'", mark.replace('\'', "''"))).collect();
        let question = format!(
            "SELECT 1 WHERE (SELECT COUNT(*) FROM _sharded_meta WHERE key IN ({})) = {}",
            marks.join(", "),
            marks.len()
        );
        Self { whole: Some(Box::new(Whole { question, statement: other })), ..self }
    }

    pub fn bind(&mut self, bind: Bind) -> &mut Self {
        self.text.push('?');
        self.binds.push(bind);
        self
    }
}

/// Everything a plan runs.
#[derive(Debug)]
pub enum Program {
    Read(ReadProgram),
    Aggregate(AggregateProgram),
    Create(CreateProgram),
    CreateMany(CreateManyProgram),
    Update(UpdateProgram),
    Bulk(BulkProgram),
    Upsert(UpsertProgram),
    Delete(DeleteProgram),
}

/// One level of a result and the statements that load it.
#[derive(Debug)]
pub struct Level {
    pub model: ModelId,
    /// Position among the result's nodes (and row factories).
    pub node: usize,
    /// The first `shown` columns are the factory's arguments.
    pub shown: usize,
    /// How many columns each row has in all.
    pub width: usize,
    /// The column that says whether the row is held for look-ups only.
    pub adopted: Option<usize>,
    /// The column that says whether the row meets the filter, where rows that do not must be told from rows not held.
    pub passes: Option<usize>,
    /// Strings of the parent's key, by their place in it, and the column that holds them: Prisma joins what it includes by
    /// bytes, where the statement that finds the rows may take other letters for the same.
    pub letters: Vec<(usize, usize)>,
    /// Which rows remain, where that is decided after SQL.
    pub page: Option<Page>,
    /// For the root, or one parent row.
    pub one: Statement,
    /// For several parent rows: after the columns comes the position of the parent's key among the keys.
    pub many: Statement,
    /// Rows of several parents come parent by parent, in the order of the keys.
    pub grouped: bool,
    /// Rows come in reverse.
    pub reversed: bool,
    pub children: Vec<ChildLevel>,
}

/// A page that is taken from rows in their order: distinct ones, from the cursor on, a number skipped, a number taken.
#[derive(Debug)]
pub struct Page {
    pub distinct: Option<Vec<Distinct>>,
    /// The column that says whether the row is the cursor's.
    pub cursor: Option<usize>,
    pub skip: Option<SlotId>,
    pub take: Take,
}

#[derive(Debug)]
pub struct Distinct {
    /// The column.
    pub at: usize,
    pub float: bool,
}

#[derive(Debug)]
pub struct ChildLevel {
    /// Columns of the parent row that the children match.
    pub parent: Vec<usize>,
    /// The foreign key is on the parent: a key without its row is a miss.
    pub local: bool,
    pub level: Level,
}

#[derive(Debug)]
pub struct ReadProgram {
    pub root: Level,
    pub or_throw: bool,
    pub unique: Option<Lookup>,
    /// A set read whose filter gives the whole primary key: its values.
    pub key: Option<Vec<Bind>>,
    /// `take: 0`, or a read of rows that are all held: no row, and no doubt about it.
    pub empty: bool,
}

/// How a unique `where` is told apart from a row that the block does not hold.
#[derive(Debug)]
pub struct Lookup {
    pub model: ModelId,
    /// Finds the row by its keys alone; `None` when the `where` is one key and nothing else.
    pub held: Option<Statement>,
    /// The values of the primary key, where the `where` names it.
    pub primary: Option<Vec<Bind>>,
    /// The first key named: what is asked of the main database.
    pub ask: Vec<(String, SlotId, SlotKind)>,
    /// Name of a compound key.
    pub compound: Option<String>,
}

#[derive(Debug)]
pub struct AggregateProgram {
    pub statement: Statement,
    /// Columns of the result whose integers JS must be able to hold.
    pub sums: Vec<usize>,
}

pub struct Sql<'a> {
    pub schema: &'a Schema,
    pub strings: &'a Strings,
}

impl Sql<'_> {
    pub fn program(&self, query: &Query) -> Program {
        match &query.plan {
            Plan::Read(read) => Program::Read(self.read(query, read)),
            Plan::Aggregate(plan) => Program::Aggregate(self.aggregate(plan)),
            Plan::Create(create) => Program::Create(self.create(query, create)),
            Plan::CreateMany(many) => Program::CreateMany(self.insert_many(many)),
            Plan::Update(update) => Program::Update(self.update(
                query,
                &update.target,
                &update.change,
                &update.returned,
            )),
            Plan::UpdateMany(update) => Program::Bulk(self.update_many(update)),
            Plan::Upsert(upsert) => Program::Upsert(self.upsert(query, upsert)),
            Plan::Delete(delete) => Program::Delete(self.delete(query, delete)),
            Plan::DeleteMany(delete) => Program::Bulk(self.delete_many(delete)),
        }
    }

    /// A column where it is compared by its order (`ORDER BY`, `<`, `min`), in the main database's collation.
    pub fn ordered(&self, scope: scope::Scope, field: &Field) -> String {
        self.collated(scope.column(field), field)
    }

    /// A text, to be ordered as that column is.
    pub fn collated(&self, text: String, field: &Field) -> String {
        match self.strings.rule(self.schema, field) {
            Rule::Ordered(collation) => format!("{text} COLLATE {collation}"),
            _ => text,
        }
    }

    /// A value that is compared with, or stored in, that field.
    pub fn value(&self, field: &Field, source: &Source) -> Bind {
        Bind::Value {
            source: source.clone(),
            native: self.schema.native(field),
            kind: Some(SlotKind::of(field)),
        }
    }
}
