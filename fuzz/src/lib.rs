//! The rooms of the core that take bytes from outside, without those that speak to Node, and what the targets do with them.
#![allow(dead_code, unused_imports, reason = "rooms of the addon, of which a part is used here")]

#[path = "../../src/beside.rs"]
mod beside;
#[path = "../../src/decimal.rs"]
mod decimal;
#[path = "../../src/error.rs"]
mod error;
#[path = "../../src/ids.rs"]
mod ids;
#[path = "../../src/instant.rs"]
mod instant;
#[path = "../../src/numeric.rs"]
mod numeric;
#[path = "../../src/outbox/mod.rs"]
mod outbox;
#[path = "../../src/scalar.rs"]
mod scalar;
#[path = "../../src/schema/mod.rs"]
mod schema;
#[path = "../../src/sync/mod.rs"]
mod sync;
#[path = "../../src/value.rs"]
mod value;

use ids::Seq;
use outbox::Window;
use schema::Schema;
use sync::How;

/// A data model with every kind of field, for each main database.
const MODEL: &str = include_str!("../seeds/manifest/models.json");

thread_local! {
    static SCHEMAS: Vec<Schema> = ["postgresql", "mysql", "sqlite"]
        .map(|provider| Schema::parse(&MODEL.replacen("postgresql", provider, 1)).expect("the model is valid"))
        .into_iter()
        .collect();
}

/// Changes as they lie in an outbox or in a stream: decoded, checked against a data model, and made into statements.
pub fn payload(bytes: &[u8]) {
    let Ok(changes) = outbox::decode(bytes) else { return };
    let again = outbox::encode(&changes);
    let back = outbox::decode(&again).expect("what was encoded can be decoded");
    assert_eq!(outbox::encode(&back), again);
    SCHEMAS.with(|schemas| {
        for schema in schemas {
            if outbox::check(schema, &changes).is_err() {
                continue;
            }
            sync::touched_rows(schema, &changes);
            for change in &changes {
                sync::change_json(schema, change).to_string();
            }
            let window = Window {
                origin: "o".to_owned(),
                base: Seq(0),
                first: Seq(1),
                last: Seq(1),
                initial: true,
                current: true,
                full: false,
                cause: None,
                commits: vec![(Seq(1), changes.clone())],
            };
            for how in [r#"{"coalesce":true}"#, r#"{"coalesce":false}"#] {
                let how = How::parse(schema, how).expect("it is valid");
                sync::work_json(schema, &window, &how);
            }
        }
    });
}

/// Commits of a stream, as Redis answers with them.
pub fn entry(bytes: &[u8]) {
    for entry in sync::read_answer(bytes) {
        payload(&entry.payload);
    }
}

/// A block file: the first half of the bytes is the file, the second its log.
pub fn salvage(bytes: &[u8]) {
    let folder = std::env::temp_dir().join(format!("sharded-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the file");
    let file = folder.join("block.sqlite");
    let (head, wal) = bytes.split_at(bytes.len() / 2);
    std::fs::write(&file, head).expect("the file is written");
    std::fs::write(folder.join("block.sqlite-wal"), wal).expect("the log is written");
    SCHEMAS.with(|schemas| {
        let found = outbox::salvage(&file, &schemas[0]).expect("the file can be read");
        let conn = rusqlite::Connection::open_in_memory().expect("there is memory");
        for step in outbox::MIGRATIONS {
            conn.execute_batch(step).expect("they are valid");
        }
        let _ = found.restore(&conn, &std::collections::HashMap::new());
    });
}

/// `generated/manifest.json`.
pub fn manifest(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Ok(schema) = Schema::parse(text) {
        schema::template_sql(&schema);
    }
}
