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
    match (scalar, name) {
        (Scalar::Json, _) => Native::Exotic,
        (_, None) => Native::Plain,
        (Scalar::DateTime, Some("DateTime" | "Timestamp"))
        | (Scalar::Boolean, Some("TinyInt"))
        | (Scalar::Float, Some("Double"))
        | (Scalar::Decimal, Some("Decimal"))
        | (Scalar::BigInt, Some("BigInt"))
        | (Scalar::Int, Some("Int" | "SmallInt" | "MediumInt" | "TinyInt" | "UnsignedInt"))
        | (Scalar::Int, Some("UnsignedSmallInt" | "UnsignedMediumInt" | "UnsignedTinyInt"))
        | (Scalar::String, Some("VarChar" | "TinyText" | "Text" | "MediumText" | "LongText"))
        | (Scalar::Bytes, Some("VarBinary" | "TinyBlob" | "Blob" | "MediumBlob" | "LongBlob")) => {
            Native::Plain
        }
        _ => Native::Exotic,
    }
}

/// `SQLite` has no native types to choose from.
fn of_sqlite(scalar: Scalar) -> Native {
    match scalar {
        Scalar::Decimal => Native::Double,
        _ => Native::Plain,
    }
}
