//! The main database of these histories: rows that name one another in every way.

use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite::types::Value as Cell;
use serde_json::json;

use crate::schema::Schema;

pub const DDL: &str = r#"
    PRAGMA foreign_keys = ON;
    CREATE TABLE "User" (id INTEGER PRIMARY KEY, email TEXT UNIQUE, slot INTEGER UNIQUE, hits INTEGER NOT NULL, score REAL NOT NULL);
    CREATE TABLE "Post" (id INTEGER PRIMARY KEY, authorId INTEGER NOT NULL REFERENCES "User" (id) ON DELETE CASCADE ON UPDATE CASCADE,
        editorId INTEGER REFERENCES "User" (id) ON DELETE SET NULL ON UPDATE CASCADE, title INTEGER NOT NULL, UNIQUE (authorId, title));
    CREATE TABLE "Node" (id INTEGER PRIMARY KEY, parentId INTEGER REFERENCES "Node" (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
        owner TEXT REFERENCES "User" (email) ON DELETE SET NULL ON UPDATE CASCADE);
    CREATE TABLE "_PostToUser" ("A" INTEGER NOT NULL REFERENCES "Post" (id) ON DELETE CASCADE ON UPDATE CASCADE,
        "B" INTEGER NOT NULL REFERENCES "User" (id) ON DELETE CASCADE ON UPDATE CASCADE, UNIQUE ("A", "B"));
"#;

pub const TABLES: [(&str, &[&str], usize); 4] = [
    ("User", &["id", "email", "slot", "hits", "score"], 1),
    ("Post", &["id", "authorId", "editorId", "title"], 1),
    ("Node", &["id", "parentId", "owner"], 1),
    ("_PostToUser", &["A", "B"], 2),
];

pub fn schema() -> Schema {
    let field = |name: &str, kind: &str| json!({"name": name, "dbName": name, "kind": "scalar", "type": kind, "isList": false, "isRequired": false, "nativeType": null});
    let relation = |name: &str,
                    model: &str,
                    list: bool,
                    title: &str,
                    fields: &[&str],
                    references: &[&str]| {
        json!({"name": name, "model": model, "isList": list, "isRequired": false, "relationName": title,
            "fields": fields, "references": references, "onDelete": null, "onUpdate": null})
    };
    let model = |name: &str,
                 fields: serde_json::Value,
                 uniques: serde_json::Value,
                 relations: serde_json::Value| {
        json!({"name": name, "dbName": name, "schema": null, "fields": fields, "primaryKey": {"name": null, "fields": ["id"]},
            "uniques": uniques, "relations": relations})
    };
    let unique = |fields: &[&str]| json!({"name": null, "fields": fields});
    let models = json!([
        model(
            "User",
            json!([
                field("id", "Int"),
                field("email", "String"),
                field("slot", "Int"),
                field("hits", "Int"),
                field("score", "Float")
            ]),
            json!([unique(&["email"]), unique(&["slot"])]),
            json!([
                relation("posts", "Post", true, "a", &[], &[]),
                relation("edits", "Post", true, "e", &[], &[]),
                relation("nodes", "Node", true, "o", &[], &[]),
                relation("tagged", "Post", true, "PostToUser", &[], &[])
            ])
        ),
        model(
            "Post",
            json!([
                field("id", "Int"),
                field("authorId", "Int"),
                field("editorId", "Int"),
                field("title", "Int")
            ]),
            json!([unique(&["authorId", "title"])]),
            json!([
                relation("author", "User", false, "a", &["authorId"], &["id"]),
                relation("editor", "User", false, "e", &["editorId"], &["id"]),
                relation("tags", "User", true, "PostToUser", &[], &[])
            ])
        ),
        model(
            "Node",
            json!([field("id", "Int"), field("parentId", "Int"), field("owner", "String")]),
            json!([]),
            json!([
                relation("parent", "Node", false, "p", &["parentId"], &["id"]),
                relation("children", "Node", true, "p", &[], &[]),
                relation("by", "User", false, "o", &["owner"], &["email"])
            ])
        ),
    ]);
    let join = json!([{"table": "_PostToUser", "schema": null, "relationName": "PostToUser",
        "a": {"model": "Post", "field": "tags"}, "b": {"model": "User", "field": "tagged"}}]);
    let manifest = json!({"version": 1, "fingerprint": "f", "provider": "sqlite", "enums": [], "models": models, "joinTables": join});
    Schema::parse(&manifest.to_string()).expect("a manifest")
}

/// What a column holds for a small number: NULL for 0 where that is allowed.
pub fn cell(table: usize, column: usize, value: i64) -> Cell {
    match (table, column) {
        (0, 1) | (2, 2) if value > 0 => Cell::Text(format!("u{value}")),
        (0 | 2, 1 | 2) | (1, 2) if value == 0 => Cell::Null,
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        (0, 4) => Cell::Real(value as f64 / 10.0),
        _ => Cell::Integer(value),
    }
}

pub type Row = Vec<Cell>;
pub type State = Vec<BTreeMap<Vec<i64>, Row>>;

pub fn rows_of(main: &Connection) -> State {
    let read = |(table, columns, keys): &(&str, &[&str], usize)| {
        let mut statement = main.prepare_cached(&format!("SELECT * FROM \"{table}\"")).unwrap();
        let width = columns.len();
        let rows = statement
            .query_map([], |row| (0..width).map(|at| row.get(at)).collect::<Result<Row, _>>());
        let keyed = |row: Row| (row[..*keys].iter().map(whole).collect(), row);
        rows.unwrap().map(|row| keyed(row.unwrap())).collect()
    };
    TABLES.iter().map(read).collect()
}

pub fn whole(cell: &Cell) -> i64 {
    let Cell::Integer(number) = cell else { panic!("keys are numbers, found {cell:?}") };
    *number
}

pub fn fresh() -> Connection {
    let main = Connection::open_in_memory().unwrap();
    main.execute_batch(DDL).unwrap();
    main
}
