//! What a column type does to a value, per main provider.

use super::Provider;
use crate::scalar::{Native, Scalar};

pub fn native(provider: Provider, scalar: Scalar, native: Option<(&str, &[String])>) -> Native {
    match provider {
        Provider::Postgres => Native::of(scalar, native),
        Provider::Mysql => of_mysql(scalar, native.map(|(name, _)| name)),
        Provider::Sqlite => of_sqlite(scalar),
    }
}

/// The types whose values compare as the block compares them; the server is asked about the others (a single-precision
/// `FLOAT` is widened, `BINARY` is padded, `TIME` and `YEAR` have forms of their own, JSON is compared as a document).
fn of_mysql(scalar: Scalar, name: Option<&str>) -> Native {
    let Some(name) = name else {
        return if scalar == Scalar::Json { Native::Exotic } else { Native::Plain };
    };
    let plain: &[&str] = match scalar {
        Scalar::String => &["VarChar", "TinyText", "Text", "MediumText", "LongText"],
        Scalar::Bytes => &["VarBinary", "TinyBlob", "Blob", "MediumBlob", "LongBlob"],
        Scalar::Int => &[
            "Int",
            "SmallInt",
            "MediumInt",
            "TinyInt",
            "UnsignedInt",
            "UnsignedSmallInt",
            "UnsignedMediumInt",
            "UnsignedTinyInt",
        ],
        Scalar::BigInt => &["BigInt"],
        Scalar::Boolean => &["TinyInt"],
        Scalar::Float => &["Double"],
        Scalar::Decimal => &["Decimal"],
        Scalar::DateTime => &["DateTime", "Timestamp"],
        Scalar::Json | Scalar::Enum => &[],
    };
    if plain.contains(&name) { Native::Plain } else { Native::Exotic }
}

/// `SQLite` has no native types to choose from.
fn of_sqlite(scalar: Scalar) -> Native {
    match scalar {
        Scalar::Decimal => Native::Double,
        _ => Native::Plain,
    }
}
