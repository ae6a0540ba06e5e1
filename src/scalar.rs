//! THE scalar table: how each Prisma scalar is stored in the block file.
//!
//! | scalar | SQLite storage | note |
//! |---|---|---|
//! | Int, `BigInt` | INTEGER | |
//! | Float | REAL, `NaN` as TEXT `'NaN'` | no affinity: `-0` and `NaN` survive; text sorts after numbers, as `PostgreSQL` sorts `NaN` |
//! | Decimal | TEXT, canonical plain notation | collation `sharded_decimal` compares by value |
//! | String, Enum, Json | TEXT | an enum by its Prisma name; Json `null` is the text `null`, SQL NULL is `DbNull` |
//! | Boolean | INTEGER 0/1 | |
//! | `DateTime` | INTEGER | milliseconds since 1970-01-01T00:00:00Z |
//! | Bytes | BLOB | |
//! | any list | TEXT, a JSON array of encoded elements | Decimal and Bytes (hex) elements as strings, `NaN` as `"NaN"` |

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scalar {
    Int,
    BigInt,
    Float,
    Decimal,
    String,
    Boolean,
    DateTime,
    Bytes,
    Json,
    Enum,
}

struct Row {
    scalar: Scalar,
    name: &'static str,
    /// The declared column type. Its affinity must not convert what is bound.
    declared: &'static str,
    /// May be compared with `lt`, `lte`, `gt`, `gte`.
    ordered: bool,
    /// May be incremented, decremented, multiplied, divided.
    numeric: bool,
}

const TABLE: [Row; 10] = [
    Row { scalar: Scalar::Int, name: "Int", declared: "INTEGER", ordered: true, numeric: true },
    Row {
        scalar: Scalar::BigInt,
        name: "BigInt",
        declared: "INTEGER",
        ordered: true,
        numeric: true,
    },
    Row { scalar: Scalar::Float, name: "Float", declared: "", ordered: true, numeric: true },
    Row {
        scalar: Scalar::Decimal,
        name: "Decimal",
        declared: "TEXT COLLATE sharded_decimal",
        ordered: true,
        numeric: true,
    },
    Row { scalar: Scalar::String, name: "String", declared: "TEXT", ordered: true, numeric: false },
    Row {
        scalar: Scalar::Boolean,
        name: "Boolean",
        declared: "INTEGER",
        ordered: false,
        numeric: false,
    },
    Row {
        scalar: Scalar::DateTime,
        name: "DateTime",
        declared: "INTEGER",
        ordered: true,
        numeric: false,
    },
    Row { scalar: Scalar::Bytes, name: "Bytes", declared: "BLOB", ordered: false, numeric: false },
    Row { scalar: Scalar::Json, name: "Json", declared: "TEXT", ordered: false, numeric: false },
    Row { scalar: Scalar::Enum, name: "Enum", declared: "TEXT", ordered: false, numeric: false },
];

impl Scalar {
    fn row(self) -> &'static Row {
        TABLE.iter().find(|row| row.scalar == self).expect("every scalar has a row")
    }

    /// The scalar of that Prisma type name; `None` for an enum's own name.
    pub fn from_name(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.name == name && row.scalar != Self::Enum).map(|row| row.scalar)
    }

    pub fn name(self) -> &'static str {
        self.row().name
    }

    pub fn declared(self) -> &'static str {
        self.row().declared
    }

    pub fn ordered(self) -> bool {
        self.row().ordered
    }

    pub fn numeric(self) -> bool {
        self.row().numeric
    }
}

/// What a native column type (`@db.…`) does to a value that is stored in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Native {
    /// Nothing.
    Plain,
    Uuid,
    /// The UTC day of an instant.
    Date,
    /// At most so many characters (`P2000` beyond).
    VarChar(u32),
    /// Decimal with precision and scale.
    Numeric(u32, u32),
    SmallInt,
    Real,
    /// A Decimal that is kept and compared as a double.
    Double,
    /// `jsonb`: keys sorted by length, then bytes; the last of equal keys wins.
    Jsonb,
    /// Fractional digits of a second (0 to 3 change a value that has milliseconds).
    Timestamp(u32),
    /// Semantics that only the main database has: filters go there, and so do writes.
    Exotic,
}

impl Native {
    /// The effect of `@db.name(args)` on a field of that scalar, on `PostgreSQL`.
    pub fn of(scalar: Scalar, native: Option<(&str, &[String])>) -> Self {
        let number = |args: &[String], at: usize, or: u32| {
            args.get(at).and_then(|arg| arg.parse().ok()).unwrap_or(or)
        };
        let Some((name, args)) = native else {
            return match scalar {
                Scalar::Json => Self::Jsonb,
                Scalar::Decimal => Self::Numeric(65, 30),
                _ => Self::Plain,
            };
        };
        match name {
            "Text" | "Integer" | "BigInt" | "Boolean" | "DoublePrecision" | "ByteA" | "Json" => {
                Self::Plain
            }
            "VarChar" => {
                args.first().and_then(|arg| arg.parse().ok()).map_or(Self::Plain, Self::VarChar)
            }
            "Decimal" if args.is_empty() => Self::Numeric(0, 0),
            "Decimal" => Self::Numeric(number(args, 0, 65), number(args, 1, 0)),
            "Timestamp" | "Timestamptz" => Self::Timestamp(number(args, 0, 6)),
            "Uuid" => Self::Uuid,
            "Date" => Self::Date,
            "SmallInt" => Self::SmallInt,
            "Real" => Self::Real,
            "JsonB" => Self::Jsonb,
            _ => Self::Exotic,
        }
    }
}
