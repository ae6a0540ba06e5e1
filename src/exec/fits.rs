//! Whether the main column keeps a value as it is. Where it would cut, round, widen or refuse it, the write is left to the
//! main database: only that knows what becomes of the value, and in which words it is refused.
//!
//! `PostgreSQL`'s columns are imitated (`convert.rs`): there every value that gets here fits, if it gets there as it is.

use crate::instant::DAY_MS;
use crate::outbox::{Change, ChangeKind, Column};
use crate::scalar::Scalar;
use crate::schema::{Field, Model, Provider, Schema};
use crate::value::Value;

/// Do all rows that were written fit?
pub fn fits(schema: &Schema, changes: &[Change]) -> bool {
    let keeps = |change: &Change| {
        let model: &Model = schema.model(change.model);
        change.columns.iter().all(|column| {
            let kept = |value| keeps(schema.provider, model.field(column.field), value);
            column.new.as_ref().is_none_or(kept) && adds_exactly(schema.provider, column)
        })
    };
    if schema.provider == Provider::Postgres {
        return changes.iter().flat_map(|change| &change.columns).all(sent_whole);
    }
    changes.iter().all(|change| change.kind == ChangeKind::Delete || keeps(change))
}

/// Does a whole row fit?
pub fn row_fits(schema: &Schema, model: &Model, row: &[Value]) -> bool {
    let mut cells = model.fields.iter().zip(row);
    schema.provider == Provider::Postgres
        || cells.all(|(field, value)| keeps(schema.provider, field, value))
}

/// Of floats beyond 64 bits Prisma sends 16 digits.
fn sent_whole(column: &Column) -> bool {
    match column.new {
        Some(Value::Real(real)) if real.is_finite() && real.abs() >= TWO_63 => {
            format!("{real:.15e}").parse() == Ok(real)
        }
        _ => true,
    }
}

const TWO_63: f64 = 9_223_372_036_854_775_808.0;

fn keeps(provider: Provider, field: &Field, value: &Value) -> bool {
    match value {
        // `NaN`, which no column here keeps, is a text.
        Value::Text(_) if field.scalar == Scalar::Float => false,
        Value::Real(real) => real_kept(*real),
        Value::Int(at) if field.scalar == Scalar::DateTime => year_kept(provider, *at),
        _ if provider == Provider::Mysql => mysql_keeps(field, value),
        Value::Int(int) if field.scalar == Scalar::Int => i32::try_from(*int).is_ok(),
        Value::Text(text) if field.scalar == Scalar::Decimal => {
            text.parse().is_ok_and(f64::is_finite)
        }
        _ => true,
    }
}

/// Before SQLite Prisma adds a double to an integer.
fn adds_exactly(provider: Provider, column: &Column) -> bool {
    let exact = |value: &Option<Value>| match value {
        Some(Value::Int(int)) => int.unsigned_abs() <= 1 << 53,
        _ => true,
    };
    provider != Provider::Sqlite
        || column.delta.is_none()
        || (exact(&column.old) && exact(&column.new) && exact(&column.delta))
}

/// A zero has no sign there, and of whole numbers beyond 2^53 Prisma sends 16 digits.
fn real_kept(real: f64) -> bool {
    let rounded = real.fract() == 0.0 && real.abs() > 9_007_199_254_740_992.0;
    real.is_finite() && !rounded && !(real == 0.0 && real.is_sign_negative())
}

/// Years of four digits; `MySQL` promises those from 1000 on.
fn year_kept(provider: Provider, at: i64) -> bool {
    const YEAR_1: i64 = -719_162 * DAY_MS;
    const YEAR_1000: i64 = -354_285 * DAY_MS;
    const YEAR_10000: i64 = 2_932_897 * DAY_MS;
    let first = if provider == Provider::Mysql { YEAR_1000 } else { YEAR_1 };
    (first..YEAR_10000).contains(&at)
}

/// `Prisma`'s column type where none is named.
const VARCHAR: usize = 191;

fn mysql_keeps(field: &Field, value: &Value) -> bool {
    let name = field.native_name().unwrap_or_default();
    match (field.scalar, value) {
        (Scalar::Int, Value::Int(int)) => int_range(name).contains(int),
        (Scalar::String, Value::Text(text)) => match name {
            "TinyText" => text.len() < 1 << 8,
            "Text" => text.len() < 1 << 16,
            "MediumText" => text.len() < 1 << 24,
            "LongText" => true,
            _ => {
                let most = arg(field, 0).unwrap_or(VARCHAR);
                text.len() <= most || text.chars().count() <= most
            }
        },
        (Scalar::Bytes, Value::Blob(bytes)) => match name {
            "TinyBlob" => bytes.len() < 1 << 8,
            "Blob" => bytes.len() < 1 << 16,
            "MediumBlob" => bytes.len() < 1 << 24,
            "VarBinary" => bytes.len() <= arg(field, 0).unwrap_or_default(),
            _ => true,
        },
        (Scalar::Decimal, Value::Text(text)) => decimal_kept(field, text),
        _ => true,
    }
}

fn arg(field: &Field, at: usize) -> Option<usize> {
    field.native.as_ref()?.1.get(at)?.parse().ok()
}

fn int_range(name: &str) -> std::ops::RangeInclusive<i64> {
    match name {
        "TinyInt" => -128..=127,
        "UnsignedTinyInt" => 0..=255,
        "SmallInt" => -32_768..=32_767,
        "UnsignedSmallInt" => 0..=65_535,
        "MediumInt" => -8_388_608..=8_388_607,
        "UnsignedMediumInt" => 0..=16_777_215,
        "UnsignedInt" => 0..=i64::from(u32::MAX),
        _ => i64::from(i32::MIN)..=i64::from(i32::MAX),
    }
}

/// In plain notation, within the digits of the column.
fn decimal_kept(field: &Field, text: &str) -> bool {
    let (precision, scale) = field.decimal_digits();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole_digits, rest_digits) = (whole.trim_start_matches('0'), rest.trim_end_matches('0'));
    let zero = whole_digits.is_empty() && rest_digits.is_empty();
    plain(whole)
        && plain(rest)
        && whole_digits.len() <= precision.saturating_sub(scale)
        && rest_digits.len() <= scale
        && !(zero && text.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{FieldId, ModelId};
    use crate::schema::Schema;

    fn field(kind: &str, native: &str) -> Field {
        let manifest = format!(
            r#"{{"version":1,"fingerprint":"f","provider":"mysql","models":[{{"name":"M","fields":[
            {{"name":"id","kind":"scalar","type":"{kind}","isList":false,"isRequired":true,"nativeType":{native}}}],
            "primaryKey":{{"name":null,"fields":["id"]}}}}]}}"#
        );
        let mut schema = Schema::parse(&manifest).expect("a manifest");
        let mut model = schema.models.remove(ModelId(0).index());
        model.fields.remove(FieldId(0).index())
    }

    #[test]
    fn knows_what_a_column_of_mysql_keeps() {
        let text = |text: &str| Value::Text(text.to_owned());
        let cases = [
            ("Int", "null", Value::Int(2_147_483_647), true),
            ("Int", "null", Value::Int(2_147_483_648), false),
            ("Int", r#"["UnsignedTinyInt",[]]"#, Value::Int(-1), false),
            ("Int", r#"["UnsignedInt",[]]"#, Value::Int(4_294_967_295), true),
            ("String", r#"["VarChar",["3"]]"#, text("日本語"), true),
            ("String", r#"["VarChar",["3"]]"#, text("abc "), false),
            ("String", "null", text(&"x".repeat(192)), false),
            ("String", r#"["TinyText",[]]"#, text(&"é".repeat(128)), false),
            ("Decimal", r#"["Decimal",["5","2"]]"#, text("999.990"), true),
            ("Decimal", r#"["Decimal",["5","2"]]"#, text("0.005"), false),
            ("Decimal", r#"["Decimal",["5","2"]]"#, text("1000"), false),
            ("Decimal", "null", text("-0.00"), false),
            ("Decimal", "null", text("1e3"), false),
            ("Float", "null", Value::Real(-0.0), false),
            ("Float", "null", text("NaN"), false),
            ("Float", "null", Value::Real(1e300), false),
            ("Float", "null", Value::Real(1e-300), true),
            ("DateTime", "null", Value::Int(253_402_300_799_999), true),
            ("DateTime", "null", Value::Int(253_402_300_800_000), false),
            ("DateTime", "null", Value::Int(-30_610_224_000_000), true),
            ("DateTime", "null", Value::Int(-30_610_224_000_001), false),
            ("Bytes", r#"["VarBinary",["2"]]"#, Value::Blob(vec![0; 3]), false),
        ];
        for (kind, native, value, expected) in cases {
            let found = keeps(Provider::Mysql, &field(kind, native), &value);
            assert_eq!(found, expected, "{kind} {native} {value:?}");
        }
    }
}
