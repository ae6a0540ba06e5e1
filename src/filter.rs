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
#[derive(Debug)]
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

impl Operator {
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

    /// Depends on the main database's collation when the field is a string.
    pub fn by_order(&self) -> bool {
        self.allowed == Allowed::Ordered
    }
}
