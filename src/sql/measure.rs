//! What is computed of a group's rows, as SQL. SQLite's own functions where they are exact, ours (`exec/functions/`) where
//! the main database computes with other numbers.

use super::Sql;
use super::scope::Scope;
use crate::plan::{Function, Measure};
use crate::scalar::{Native, Scalar};
use crate::schema::{Field, Model};

impl Sql<'_> {
    /// As it stands in the result.
    pub(super) fn shown(&self, scope: Scope, measure: Measure) -> String {
        let field = measure.field.map(|id| scope.model.field(id));
        match (measure.function, field) {
            (Function::Min | Function::Max, Some(field)) => self.end(scope, measure, field),
            (Function::Avg, Some(field)) if is_integer(field) => {
                format!("sharded_mean_float({})", parts_of_mean(scope, field))
            }
            _ => self.computed(scope, measure),
        }
    }

    /// As it is compared in `having`.
    pub(super) fn compared(&self, scope: Scope, measure: Measure) -> String {
        let field = measure.field.map(|id| scope.model.field(id));
        match (measure.function, field) {
            (Function::Min | Function::Max, Some(field)) => {
                self.as_column(field, self.end(scope, measure, field))
            }
            _ if is_decimal(measure, scope.model) => self.decimal(scope, measure),
            _ => self.computed(scope, measure),
        }
    }

    /// As groups are ordered by it.
    pub(super) fn ranked(&self, scope: Scope, measure: Measure) -> String {
        let field = measure.field.map(|id| scope.model.field(id));
        match (measure.function, field) {
            (Function::Min | Function::Max, Some(field)) => {
                self.as_column(field, self.extreme(scope, measure, field))
            }
            _ if is_decimal(measure, scope.model) => self.decimal(scope, measure),
            _ => self.computed(scope, measure),
        }
    }

    fn decimal(&self, scope: Scope, measure: Measure) -> String {
        format!("sharded_number({}) COLLATE sharded_decimal", self.computed(scope, measure))
    }

    fn computed(&self, scope: Scope, measure: Measure) -> String {
        let Some(field) = measure.field.map(|id| scope.model.field(id)) else {
            return "COUNT(*)".to_owned();
        };
        let column = scope.column(field);
        let real = self.schema.native(field) == Native::Real;
        match (measure.function, field.scalar) {
            (Function::Count, _) => format!("COUNT({column})"),
            (Function::Min | Function::Max, _) => self.end(scope, measure, field),
            (Function::Sum, Scalar::Float) if real => format!("sharded_sum_real({column})"),
            (Function::Avg, Scalar::Float) if real => format!("sharded_avg_real({column})"),
            (Function::Avg, Scalar::Float) => format!("sharded_avg_float({column})"),
            (Function::Sum, _) => sum(field, &column),
            (Function::Avg, Scalar::Decimal) => {
                let Native::Numeric(_, scale) = self.schema.native(field) else {
                    return "NULL".to_owned();
                };
                format!("sharded_mean({}, {scale})", parts_of_mean(scope, field))
            }
            (Function::Avg, _) => format!("sharded_mean({}, 0)", parts_of_mean(scope, field)),
        }
    }

    /// The least or greatest value. Of an enum by the order of its values, as the main database has it.
    fn end(&self, scope: Scope, measure: Measure, field: &Field) -> String {
        let extreme = self.extreme(scope, measure, field);
        let (Scalar::Enum, Some(at)) = (field.scalar, field.enumeration) else { return extreme };
        let mut text = format!("CASE {extreme}");
        for (rank, value) in self.schema.ordered_values(at).into_iter().enumerate() {
            let name = value.name.replace('\'', "''");
            text.extend([" WHEN ", &rank.to_string(), " THEN '", &name, "'"]);
        }
        text.push_str(" END");
        text
    }

    /// What a function returns has lost its column's collation.
    fn as_column(&self, field: &Field, text: String) -> String {
        if field.scalar == Scalar::Decimal {
            return format!("{text} COLLATE sharded_decimal");
        }
        self.collated(text, field)
    }

    fn extreme(&self, scope: Scope, measure: Measure, field: &Field) -> String {
        let name = if measure.function == Function::Min { "MIN" } else { "MAX" };
        format!("{name}({})", self.rank(scope, field))
    }
}

fn is_integer(field: &Field) -> bool {
    matches!(field.scalar, Scalar::Int | Scalar::BigInt)
}

/// A sum that becomes a JS number.
pub fn is_number_sum(measure: Measure, model: &Model) -> bool {
    measure.function == Function::Sum && measure.kind(model).scalar == Scalar::Int
}

/// Computed as the main database's `numeric`.
pub fn is_decimal(measure: Measure, model: &Model) -> bool {
    let scalar = measure.field.map(|id| model.field(id).scalar);
    match (measure.function, scalar) {
        (Function::Sum, Some(Scalar::BigInt | Scalar::Decimal)) => true,
        (Function::Avg, Some(scalar)) => scalar != Scalar::Float,
        _ => false,
    }
}

fn sum(field: &Field, column: &str) -> String {
    match field.scalar {
        Scalar::Decimal => format!("sharded_sum_decimal({column})"),
        Scalar::Float => format!("sharded_sum_float({column})"),
        // Halves whose sums stay within 64 bits.
        Scalar::BigInt => format!("sharded_wide(SUM({column} >> 32), SUM({column} & 4294967295))"),
        _ => format!("SUM({column})"),
    }
}

fn parts_of_mean(scope: Scope, field: &Field) -> String {
    let column = scope.column(field);
    // Of a column that has no NULL it is the number of rows, which is counted once however often it is named.
    let counted = if field.required && !field.list { "*" } else { column.as_str() };
    format!("{}, COUNT({counted})", sum(field, &column))
}
