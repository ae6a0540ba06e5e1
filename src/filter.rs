//! THE operator table: every scalar filter a `where` may name, what it takes and what it means in SQL.

use crate::scalar::Scalar;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// One value of the field's type.
    One,
    /// A list of values of the field's type.
    Many,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Every scalar but Json.
    Comparable,
    /// Scalars with a set of values to choose from (not Boolean, not Json).
    Listable,
    /// Scalars with an order.
    Ordered,
    Text,
}

/// One operator. `pattern` has `{c}` for the column and `{v}` for the value.
#[derive(Debug, PartialEq, Eq)]
pub struct Operator {
    pub name: &'static str,
    pub operand: Operand,
    pub allowed: Allowed,
    pub pattern: &'static str,
    /// What `not: { operator: … }` means.
    pub negated: &'static str,
}

pub static OPERATORS: [Operator; 10] = [
    Operator {
        name: "equals",
        operand: Operand::One,
        allowed: Allowed::Comparable,
        pattern: "{c} = {v}",
        negated: "{c} <> {v}",
    },
    Operator {
        name: "in",
        operand: Operand::Many,
        allowed: Allowed::Listable,
        pattern: "{c} IN {v}",
        negated: "{c} NOT IN {v}",
    },
    Operator {
        name: "notIn",
        operand: Operand::Many,
        allowed: Allowed::Listable,
        pattern: "{c} NOT IN {v}",
        negated: "{c} IN {v}",
    },
    Operator {
        name: "lt",
        operand: Operand::One,
        allowed: Allowed::Ordered,
        pattern: "{c} < {v}",
        negated: "{c} >= {v}",
    },
    Operator {
        name: "lte",
        operand: Operand::One,
        allowed: Allowed::Ordered,
        pattern: "{c} <= {v}",
        negated: "{c} > {v}",
    },
    Operator {
        name: "gt",
        operand: Operand::One,
        allowed: Allowed::Ordered,
        pattern: "{c} > {v}",
        negated: "{c} <= {v}",
    },
    Operator {
        name: "gte",
        operand: Operand::One,
        allowed: Allowed::Ordered,
        pattern: "{c} >= {v}",
        negated: "{c} < {v}",
    },
    Operator {
        name: "contains",
        operand: Operand::One,
        allowed: Allowed::Text,
        pattern: "sharded_contains({c}, {v})",
        negated: "NOT sharded_contains({c}, {v})",
    },
    Operator {
        name: "startsWith",
        operand: Operand::One,
        allowed: Allowed::Text,
        pattern: "sharded_starts_with({c}, {v})",
        negated: "NOT sharded_starts_with({c}, {v})",
    },
    Operator {
        name: "endsWith",
        operand: Operand::One,
        allowed: Allowed::Text,
        pattern: "sharded_ends_with({c}, {v})",
        negated: "NOT sharded_ends_with({c}, {v})",
    },
];

/// `mode: 'insensitive'` compares by `ILIKE`: wildcards count.
static LIKE: Operator = Operator {
    name: "equals",
    operand: Operand::One,
    allowed: Allowed::Text,
    pattern: "sharded_like({c}, {v})",
    negated: "NOT sharded_like({c}, {v})",
};

impl Operator {
    /// The same without regard to case.
    pub fn folded(&'static self) -> &'static Self {
        if self.name == "equals" { &LIKE } else { self }
    }

    pub fn named(name: &str) -> Option<&'static Self> {
        OPERATORS.iter().find(|operator| operator.name == name)
    }

    pub fn allows(&self, scalar: Scalar) -> bool {
        match self.allowed {
            Allowed::Comparable => scalar != Scalar::Json,
            Allowed::Listable => !matches!(scalar, Scalar::Json | Scalar::Boolean),
            Allowed::Ordered => scalar.ordered(),
            Allowed::Text => scalar == Scalar::String,
        }
    }

    /// The values themselves are given.
    pub fn finds(&self) -> bool {
        matches!(self.name, "equals" | "in")
    }

    /// Depends on the main database's collation when the field is a string.
    pub fn by_order(&self) -> bool {
        self.allowed == Allowed::Ordered
    }
}

/// A filter on Json that asks for a JSON type; `exec/functions/json.rs` judges by its name.
#[derive(Debug, PartialEq, Eq)]
pub struct JsonOperator {
    pub name: &'static str,
    pub takes: JsonOperand,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonOperand {
    /// Text to look for in a string.
    Text,
    /// Any JSON value.
    Any,
    /// A number or a string.
    Ordered,
}

const fn json(name: &'static str, takes: JsonOperand) -> JsonOperator {
    JsonOperator { name, takes }
}

pub static JSON_OPERATORS: [JsonOperator; 10] = [
    json("string_contains", JsonOperand::Text),
    json("string_starts_with", JsonOperand::Text),
    json("string_ends_with", JsonOperand::Text),
    json("array_contains", JsonOperand::Any),
    json("array_starts_with", JsonOperand::Any),
    json("array_ends_with", JsonOperand::Any),
    json("lt", JsonOperand::Ordered),
    json("lte", JsonOperand::Ordered),
    json("gt", JsonOperand::Ordered),
    json("gte", JsonOperand::Ordered),
];

impl JsonOperator {
    pub fn named(name: &str) -> Option<&'static Self> {
        JSON_OPERATORS.iter().find(|operator| operator.name == name)
    }
}
