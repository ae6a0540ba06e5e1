//! The statements of one call, for whoever listens to them.

use std::cell::RefCell;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use crate::instant::now_millis;
use crate::value::Value;

/// Notes each statement as it begins. One ends where the next begins, or where the call does.
#[derive(Default)]
pub struct Heard {
    statements: RefCell<Vec<Begun>>,
}

struct Begun {
    text: String,
    params: Vec<Json>,
    at_ms: i64,
    at: Instant,
}

impl Heard {
    pub fn note(&self, text: &str, params: Vec<Json>) {
        let (at_ms, at) = (now_millis(), Instant::now());
        self.statements.borrow_mut().push(Begun { text: text.to_owned(), params, at_ms, at });
    }

    /// What `heard()` answers with; the call has just ended.
    pub fn into_json(self) -> String {
        let statements = self.statements.into_inner();
        let ends = statements.iter().skip(1).map(|next| next.at).chain([Instant::now()]);
        let told = statements.iter().zip(ends).map(|(statement, end)| {
            let duration = end.duration_since(statement.at).as_secs_f64() * 1_000.0;
            json!({
                "at": statement.at_ms,
                "duration": duration,
                "query": statement.text,
                "params": Json::from(statement.params.clone()).to_string(),
            })
        });
        Json::Array(told.collect()).to_string()
    }
}

/// A parameter as Prisma's own events show it.
pub fn shown(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Int(int) => Json::from(*int),
        Value::Real(real) => Json::from(*real),
        Value::Text(text) => Json::from(text.as_str()),
        Value::Blob(blob) => Json::from(STANDARD.encode(blob)),
    }
}
