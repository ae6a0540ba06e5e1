//! What depends on what, case by case: the earlier commit, the later one, whether main has to refuse it too.

use serde_json::{Value as Json, json};

use super::depend::Footprint;
use crate::ids::{FieldId, ModelId};
use crate::outbox::{self, Change, ChangeKind, Column};
use crate::schema::Schema;
use crate::value::Value;

const USER: u16 = 0;
const POST: u16 = 1;

/// `User(id, email unique, age)`, `Post(id, authorId -> User.id, title)`, one title per author.
fn schema(provider: &str) -> Schema {
    let field = |name: &str, kind: &str| json!({"name": name, "kind": "scalar", "type": kind, "isList": false, "isRequired": true});
    let relation = |name: &str, model: &str, list: bool, fields: &[&str], references: &[&str]| {
        json!({"name": name, "model": model, "isList": list, "isRequired": !list, "relationName": "Author",
            "fields": fields, "references": references, "onDelete": null, "onUpdate": null})
    };
    let unique = |fields: &[&str]| json!({"name": null, "fields": fields});
    let manifest = json!({"version": 1, "fingerprint": "f", "provider": provider, "models": [
        {"name": "User", "fields": [field("id", "String"), field("email", "String"), field("age", "Int")],
            "relations": [relation("posts", "Post", true, &[], &[])],
            "primaryKey": unique(&["id"]), "uniques": [unique(&["email"])]},
        {"name": "Post", "fields": [field("id", "Int"), field("authorId", "String"), field("title", "String")],
            "relations": [relation("author", "User", false, &["authorId"], &["id"])],
            "primaryKey": unique(&["id"]), "uniques": [unique(&["authorId", "title"])]},
    ]});
    Schema::parse(&manifest.to_string()).unwrap()
}

fn value(json: &Json) -> Value {
    match json {
        Json::Number(number) => Value::Int(number.as_i64().unwrap()),
        other => Value::Text(other.as_str().unwrap().to_owned()),
    }
}

fn columns(values: &[(u16, Option<Json>, Option<Json>)]) -> Vec<Column> {
    let side = |json: &Option<Json>| json.as_ref().map(value);
    let column = |(field, old, new): &(u16, Option<Json>, Option<Json>)| Column {
        field: FieldId(*field),
        old: side(old),
        new: side(new),
        delta: None,
    };
    values.iter().map(column).collect()
}

fn change(
    model: u16,
    kind: ChangeKind,
    key: &Json,
    values: &[(u16, Option<Json>, Option<Json>)],
) -> Change {
    let columns = columns(values);
    Change { model: ModelId(model), kind, cascaded: false, key: vec![value(key)], columns }
}

fn create(model: u16, row: [Json; 3]) -> Change {
    let key = row[0].clone();
    let values: Vec<_> = (0..).zip(row).map(|(at, new)| (at, None, Some(new))).collect();
    change(model, ChangeKind::Create, &key, &values)
}

fn delete(model: u16, row: [Json; 3]) -> Change {
    let key = row[0].clone();
    let values: Vec<_> = (0..).zip(row).map(|(at, old)| (at, Some(old), None)).collect();
    change(model, ChangeKind::Delete, &key, &values)
}

fn update(model: u16, key: Json, field: u16, old: Json, new: Json) -> Change {
    change(model, ChangeKind::Update, &key, &[(field, Some(old), Some(new))])
}

#[test]
fn which_later_commit_depends_on_a_refused_one() {
    let schema = schema("postgresql");
    let user = |id: &str, email: &str| create(USER, [json!(id), json!(email), json!(1)]);
    let no_user = |id: &str, email: &str| delete(USER, [json!(id), json!(email), json!(1)]);
    let post =
        |id: i64, author: &str, title: &str| create(POST, [json!(id), json!(author), json!(title)]);
    let no_post = |id: i64, author: &str| delete(POST, [json!(id), json!(author), json!("t")]);
    let aged = |id: &str| update(USER, json!(id), 2, json!(1), json!(2));
    let older = |id: &str| {
        let mut change = aged(id);
        change.columns[0].delta = Some(Value::Int(1));
        change
    };
    let mailed =
        |id: &str, old: &str, new: &str| update(USER, json!(id), 1, json!(old), json!(new));
    let renamed = |old: &str, new: &str| update(USER, json!(old), 0, json!(old), json!(new));
    let moved = |id: i64, old: &str, new: &str| update(POST, json!(id), 1, json!(old), json!(new));
    let cases = [
        // Rows.
        ("changes a row that was created", user("a", "a"), aged("a"), true),
        ("changes a column that was changed", aged("a"), aged("a"), false),
        ("changes another column of the row", aged("a"), mailed("a", "x", "y"), false),
        ("adds to a column that was added to", older("a"), older("a"), false),
        ("adds to a column that was set", aged("a"), older("a"), true),
        ("sets a column that was added to", older("a"), aged("a"), false),
        ("adds to a row that was created", user("a", "a"), older("a"), true),
        ("deletes a row that was changed", aged("a"), no_user("a", "a"), false),
        ("deletes a row that was created", user("a", "a"), no_user("a", "a"), true),
        ("makes a row anew that was deleted", no_user("a", "a"), user("a", "b"), true),
        ("changes a row under the key that it was given", renamed("a", "b"), aged("b"), true),
        ("changes another row", user("a", "a"), aged("b"), false),
        // Unique values.
        ("takes a value that was given up", mailed("a", "x", "y"), user("b", "x"), true),
        ("takes a value of a deleted row", no_user("a", "x"), mailed("b", "z", "x"), true),
        ("takes another value", mailed("a", "x", "y"), user("b", "z"), false),
        ("takes a value that was only taken", user("a", "x"), user("b", "x"), false),
        // Foreign keys.
        ("names a row that was created", user("a", "a"), post(1, "a", "t"), true),
        ("names it by an update", user("a", "a"), moved(1, "b", "a"), true),
        ("names a row under its new key", renamed("a", "b"), post(1, "b", "t"), true),
        ("names a row whose age was changed", aged("a"), post(1, "a", "t"), false),
        ("names another row", user("a", "a"), post(1, "b", "t"), false),
        ("names the same row as it", post(1, "a", "t"), post(2, "a", "u"), false),
        ("deletes a row that was let go of", no_post(1, "a"), no_user("a", "a"), true),
        ("deletes a row that a child was moved from", moved(1, "a", "b"), no_user("a", "a"), true),
        ("deletes a row that a child names", post(1, "a", "t"), no_user("b", "b"), false),
        ("takes a compound value that was given up", no_post(1, "a"), post(2, "a", "t"), true),
        ("takes another compound value", no_post(1, "a"), post(2, "a", "u"), false),
    ];
    for (what, earlier, later, expected) in cases {
        let earlier = Footprint::of(&schema, &[earlier]);
        let payload = outbox::encode(std::slice::from_ref(&later));
        let depends = Footprint::of(&schema, &[later]).depends_on(&earlier);
        assert_eq!(depends, expected, "{what}");
        let needles = earlier.needles(&schema).unwrap();
        let holds = |needle: &Vec<u8>| payload.windows(needle.len()).any(|part| part == needle);
        assert!(!depends || needles.iter().any(holds), "{what}: not found by its bytes");
    }
}

#[test]
fn a_row_of_another_block_is_waited_for_only_where_it_makes_room() {
    let schema = schema("postgresql");
    let message = Footprint::of(&schema, &[create(POST, [json!(1), json!("a"), json!("t")])]);
    let other = |change: Change| Footprint::of(&schema, &[change]);
    let author = create(USER, [json!("a"), json!("a"), json!(1)]);
    assert!(message.waits_for(&other(author)));
    assert!(!message.waits_for(&other(create(USER, [json!("b"), json!("b"), json!(1)]))));
    // The same row in two blocks: the ledger knows no order between them.
    assert!(!message.waits_for(&other(update(POST, json!(1), 2, json!("t"), json!("u")))));
}

#[test]
fn values_that_main_takes_for_equal_are_equal() {
    let mysql = schema("mysql");
    let given_up = update(USER, json!("a"), 1, json!("Taken"), json!("x"));
    let taken = create(USER, [json!("b"), json!("TAKEN"), json!(1)]);
    let earlier = Footprint::of(&mysql, &[given_up]);
    assert!(Footprint::of(&mysql, &[taken]).depends_on(&earlier));
    assert!(earlier.needles(&mysql).is_none());
}
