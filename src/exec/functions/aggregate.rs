//! Aggregates that SQLite computes with other numbers than the main database does.

use bigdecimal::BigDecimal;
use rusqlite::functions::{Aggregate, Context};
use rusqlite::types::{Value as SqlValue, ValueRef};
use rusqlite::{Connection, Result};

use super::arithmetic::{narrow, real, shortest};
use super::{Certainty, PURE, out_of_range};
use crate::decimal;
use crate::numeric::{DecimalSum, mean};

pub fn register(conn: &Connection, certainty: &Certainty) -> Result<()> {
    conn.create_aggregate_function("sharded_sum_decimal", 1, PURE, SumOfDecimals)?;
    for (name, single) in [("sharded_sum_float", false), ("sharded_sum_real", true)] {
        let sum = SumOfFloats { single, certainty: certainty.clone() };
        conn.create_aggregate_function(name, 1, PURE, sum)?;
    }
    for (name, single) in [("sharded_avg_float", false), ("sharded_avg_real", true)] {
        let mean = MeanOfFloats { single, certainty: certainty.clone() };
        conn.create_aggregate_function(name, 1, PURE, mean)?;
    }
    conn.create_scalar_function("sharded_wide", 2, PURE, |context| Ok(wide(context)))?;
    conn.create_scalar_function("sharded_number", 1, PURE, |context| number(context))?;
    conn.create_scalar_function("sharded_mean", 3, PURE, |context| {
        let scale = context.get(2)?;
        Ok(quotient(context, scale)?.map(|mean| decimal::canonical(&mean)))
    })?;
    conn.create_scalar_function("sharded_mean_float", 2, PURE, |context| {
        // The main database's digits, read as JS reads them.
        let text = quotient(context, 0)?.map(|mean| mean.to_plain_string());
        Ok(text.and_then(|text| text.parse::<f64>().ok()))
    })
}

/// `sharded_wide(high, low)`: the sums of the upper and the lower halves of 64-bit integers, put together.
fn wide(context: &Context) -> SqlValue {
    let (ValueRef::Integer(high), ValueRef::Integer(low)) =
        (context.get_raw(0), context.get_raw(1))
    else {
        return SqlValue::Null;
    };
    let sum = (i128::from(high) << 32) + i128::from(low);
    i64::try_from(sum).map_or_else(|_| SqlValue::Text(sum.to_string()), SqlValue::Integer)
}

/// `sharded_number(value)`: any number as decimal text, a float by the digits that JS gives it.
fn number(context: &Context) -> Result<Option<String>> {
    Ok(match context.get_raw(0) {
        ValueRef::Integer(int) => Some(int.to_string()),
        ValueRef::Real(real) => Some(real.to_string()),
        ValueRef::Text(_) => Some(context.get(0)?),
        _ => None,
    })
}

/// `sum / count` of the arguments; no rows have no mean.
fn quotient(context: &Context, scale: u32) -> Result<Option<BigDecimal>> {
    let sum = match context.get_raw(0) {
        ValueRef::Integer(int) => BigDecimal::from(int),
        ValueRef::Text(_) => {
            let text: String = context.get(0)?;
            decimal::parse(&text).ok_or_else(|| out_of_range("not a decimal"))?
        }
        _ => return Ok(None),
    };
    Ok(Some(mean(&sum, context.get(1)?, scale)))
}

struct SumOfDecimals;

impl Aggregate<DecimalSum, Option<String>> for SumOfDecimals {
    fn init(&self, _: &mut Context<'_>) -> Result<DecimalSum> {
        Ok(DecimalSum::default())
    }

    fn step(&self, context: &mut Context<'_>, sum: &mut DecimalSum) -> Result<()> {
        match context.get_raw(0) {
            ValueRef::Text(text) => sum.add(text).ok_or_else(|| out_of_range("not a decimal")),
            _ => Ok(()),
        }
    }

    fn finalize(&self, _: &mut Context<'_>, sum: Option<DecimalSum>) -> Result<Option<String>> {
        Ok(sum.and_then(DecimalSum::total).map(|total| decimal::canonical(&total)))
    }
}

/// NULL or a number. SQLite has no NaN: it is the text `NaN`.
fn float(context: &Context) -> Option<f64> {
    match context.get_raw(0) {
        ValueRef::Null => None,
        value => Some(real(value)),
    }
}

fn stored(value: f64) -> SqlValue {
    if value.is_nan() { SqlValue::Text("NaN".to_owned()) } else { SqlValue::Real(value) }
}

fn overflow() -> rusqlite::Error {
    out_of_range("value out of range: overflow")
}

/// Whether a float is so large that sums with it, or the squares of a mean, overflow in one order of the rows and not in
/// another. The main database's order is its own, so it is asked; but one value has one order.
fn is_huge(value: f64, limit: f64) -> bool {
    value.is_finite() && value.abs() > limit
}

/// The first's square, and a hundred million times the second, are still far from the largest float8 and float4.
const HUGE: f64 = 1e140;
const HUGE_SINGLE: f64 = 1e30;

/// Added up one by one, as `float8pl` and `float4pl` do: SQLite's own `SUM` keeps the bits that this loses.
struct SumOfFloats {
    single: bool,
    certainty: Certainty,
}

impl SumOfFloats {
    /// Rounded to the precision of the column; a sum of two float4 is exact enough for its rounding to be the only one.
    fn rounded(&self, value: f64) -> f64 {
        if self.single { f64::from(narrow(value)) } else { value }
    }

    fn limit(&self) -> f64 {
        if self.single { HUGE_SINGLE } else { HUGE }
    }
}

impl Aggregate<Option<f64>, SqlValue> for SumOfFloats {
    fn init(&self, _: &mut Context<'_>) -> Result<Option<f64>> {
        Ok(None)
    }

    fn step(&self, context: &mut Context<'_>, sum: &mut Option<f64>) -> Result<()> {
        let Some(value) = float(context).map(|value| self.rounded(value)) else { return Ok(()) };
        let Some(before) = *sum else {
            *sum = Some(value);
            return Ok(());
        };
        if is_huge(before, self.limit()) || is_huge(value, self.limit()) {
            self.certainty.doubt()?;
        }
        let after = self.rounded(before + value);
        if after.is_infinite() && before.is_finite() && value.is_finite() {
            return Err(overflow());
        }
        *sum = Some(after);
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, sum: Option<Option<f64>>) -> Result<SqlValue> {
        let shown = |sum| if self.single { shortest(sum).unwrap_or(sum) } else { sum };
        Ok(sum.flatten().map_or(SqlValue::Null, |sum| stored(shown(sum))))
    }
}

/// `float8_accum`: the sum, and the squares it keeps for a variance, whose overflow is an error of `avg` too.
struct MeanOfFloats {
    single: bool,
    certainty: Certainty,
}

#[derive(Default)]
struct Moments {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64) -> Result<()> {
        let before = (self.count, self.sum);
        self.count += 1.0;
        self.sum += value;
        if before.0 == 0.0 {
            return Ok(());
        }
        let off = value * self.count - self.sum;
        self.squares += off * off / (self.count * before.0);
        if self.sum.is_infinite() || self.squares.is_infinite() {
            if before.1.is_finite() && value.is_finite() {
                return Err(overflow());
            }
            self.squares = f64::NAN;
        }
        Ok(())
    }
}

impl Aggregate<Moments, SqlValue> for MeanOfFloats {
    fn init(&self, _: &mut Context<'_>) -> Result<Moments> {
        Ok(Moments::default())
    }

    fn step(&self, context: &mut Context<'_>, moments: &mut Moments) -> Result<()> {
        let Some(value) = float(context) else { return Ok(()) };
        if moments.count > 0.0 && (is_huge(value, HUGE) || is_huge(moments.sum, HUGE)) {
            self.certainty.doubt()?;
        }
        moments.add(if self.single { f64::from(narrow(value)) } else { value })
    }

    fn finalize(&self, _: &mut Context<'_>, moments: Option<Moments>) -> Result<SqlValue> {
        let moments = moments.filter(|moments| moments.count > 0.0);
        Ok(moments.map_or(SqlValue::Null, |moments| stored(moments.sum / moments.count)))
    }
}
