//! A position in a call's arguments: the JSON there and the path to it.

use serde_json::Value as Json;

use super::slots::{Guard, Part, Slot, SlotKind, Slots};
use super::{Planned, Refusal, SlotId};
use crate::scalar::Scalar;
use crate::schema::Schema;

#[derive(Clone)]
pub struct Arg<'a> {
    pub json: &'a Json,
    path: Vec<Part>,
    within: &'a [String],
}

impl<'a> Arg<'a> {
    pub fn root(json: &'a Json, within: &'a [String]) -> Self {
        Self { json, path: Vec::new(), within }
    }

    fn step(&self, json: &'a Json, part: Part) -> Self {
        let mut path = self.path.clone();
        path.push(part);
        Self { json, path, within: self.within }
    }

    /// `where.email.equals`, for messages.
    pub fn name(&self) -> String {
        let parts = self.path.iter().map(|part| match part {
            Part::Key(key) => key.clone(),
            Part::Index(at) => at.to_string(),
        });
        self.within.iter().cloned().chain(parts).collect::<Vec<_>>().join(".")
    }

    pub fn get(&self, key: &str) -> Option<Self> {
        self.json.get(key).map(|json| self.step(json, Part::Key(key.to_owned())))
    }

    /// Key and value of each property of a plain object (not a tagged value).
    pub fn entries(&self) -> Planned<Vec<(&'a str, Self)>> {
        match self.json {
            Json::Object(map) if !map.contains_key("$type") => Ok(map
                .iter()
                .map(|(key, json)| (key.as_str(), self.step(json, Part::Key(key.clone()))))
                .collect()),
            _ => Err(self.invalid("an object")),
        }
    }

    /// The elements of an array; anything else is an array of one.
    pub fn elements(&self) -> Vec<Self> {
        match self.json {
            Json::Array(list) => {
                list.iter().enumerate().map(|(at, json)| self.step(json, Part::Index(at))).collect()
            }
            _ => vec![self.clone()],
        }
    }

    pub fn is_null(&self) -> bool {
        self.json.is_null()
    }

    pub fn is_plain_object(&self) -> bool {
        matches!(self.json, Json::Object(map) if !map.contains_key("$type"))
    }

    /// The tag of a `{ $type, value }`.
    pub fn tag(&self) -> Option<&'a str> {
        self.json.get("$type").and_then(Json::as_str)
    }

    /// The digits of a decimal, however it was given.
    pub fn digits(&self) -> String {
        match self.json.get("value").unwrap_or(self.json) {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    pub fn invalid(&self, expected: &str) -> Refusal {
        Refusal::Invalid(format!("argument `{}`: expected {expected}", self.name()))
    }

    pub fn unsupported(&self) -> Refusal {
        Refusal::Unsupported(format!("argument `{}`", self.name()))
    }

    /// A slot for the value here, which must be one of `kind`.
    pub fn slot(&self, schema: &Schema, slots: &mut Slots, kind: SlotKind) -> Planned<SlotId> {
        self.check(schema, kind)?;
        Ok(self.add(slots, kind, false, Guard::Any))
    }

    pub fn add(&self, slots: &mut Slots, kind: SlotKind, nullable: bool, guard: Guard) -> SlotId {
        slots.add(Slot {
            within: self.within.to_vec(),
            path: self.path.clone(),
            kind,
            nullable,
            guard,
            columns: Vec::new(),
        })
    }

    pub fn add_rows(&self, slots: &mut Slots, columns: Vec<(String, SlotKind, bool)>) -> SlotId {
        slots.add(Slot {
            within: self.within.to_vec(),
            path: self.path.clone(),
            kind: SlotKind { scalar: Scalar::Json, enumeration: None, list: true },
            nullable: false,
            guard: Guard::Rows,
            columns,
        })
    }

    /// Refuses a value that Prisma would refuse for a field of this kind.
    pub fn check(&self, schema: &Schema, kind: SlotKind) -> Planned<()> {
        if self.tag() == Some("FieldRef") {
            return Err(self.unsupported());
        }
        if !kind.list {
            return self.check_one(schema, kind);
        }
        let Json::Array(_) = self.json else { return Err(self.invalid("a list")) };
        self.elements().iter().try_for_each(|element| {
            // What is not finite is null in a list of Prisma's.
            if element.tag() == Some("NonFinite") {
                return Err(element.invalid("a finite number"));
            }
            element.check_one(schema, kind)
        })
    }

    fn check_one(&self, schema: &Schema, kind: SlotKind) -> Planned<()> {
        let text = self.json.as_str();
        let tag = self.tag();
        let valid = match kind.scalar {
            Scalar::Int => self.json.as_i64().is_some_and(|int| i32::try_from(int).is_ok()),
            Scalar::BigInt => {
                let tagged =
                    self.json.get("value").filter(|_| tag == Some("BigInt")).and_then(Json::as_str);
                self.json.as_i64().is_some() || tagged.or(text).is_some_and(is_bigint)
            }
            // JSON has no NaN and no Infinity: js/engine/plans.js tags them.
            Scalar::Float => self.json.is_number() || tag == Some("NonFinite"),
            Scalar::Decimal => {
                self.json.is_number()
                    || tag == Some("Decimal")
                    || text.is_some_and(crate::decimal::is_decimal)
            }
            Scalar::String => text.is_some_and(|text| !text.contains('\0')),
            Scalar::Boolean => self.json.is_boolean(),
            Scalar::DateTime => match tag {
                Some("DateTime") => self.json["value"].as_str().is_some_and(is_instant),
                _ => text.is_some_and(is_instant),
            },
            Scalar::Bytes => tag == Some("Bytes"),
            Scalar::Json => !self.json.to_string().contains("\\u0000"),
            Scalar::Enum => kind.enumeration.zip(text).is_some_and(|(at, text)| {
                schema.enums[at].values.iter().any(|value| value.name == text)
            }),
        };
        if valid { Ok(()) } else { Err(self.invalid(kind.scalar.name())) }
    }
}

fn is_bigint(text: &str) -> bool {
    text.parse::<i64>().is_ok()
}

fn is_instant(text: &str) -> bool {
    crate::instant::parse_millis(text).is_some()
}
