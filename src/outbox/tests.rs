//! The outbox against a real `SQLite`, in memory.

use rusqlite::Connection;

use super::pending::Pending;
use super::*;
use crate::ids::{FieldId, ModelId, Seq};
use crate::schema::Schema;
use crate::value::Value;

const MANIFEST: &str = r#"{"version":1,"fingerprint":"f","provider":"postgresql","models":[
  {"name":"Like","fields":[
    {"name":"user","kind":"scalar","type":"String","isList":false,"isRequired":true},
    {"name":"post","kind":"scalar","type":"Int","isList":false,"isRequired":true},
    {"name":"n","kind":"scalar","type":"Int","isList":false,"isRequired":true}],
   "primaryKey":{"name":null,"fields":["user","post"]}}]}"#;

fn open() -> (Connection, Schema) {
    let conn = Connection::open_in_memory().unwrap();
    for step in MIGRATIONS {
        conn.execute_batch(step).unwrap();
    }
    start_origin(&conn, "o1", 1).unwrap();
    (conn, Schema::parse(MANIFEST).unwrap())
}

fn key(user: &str, post: i64) -> Vec<Value> {
    vec![Value::Text(user.into()), Value::Int(post)]
}

fn change(kind: ChangeKind, key: Vec<Value>, new: Option<(u16, Value)>) -> Change {
    let columns = new
        .map(|(field, value)| Column {
            field: FieldId(field),
            old: None,
            new: Some(value),
            delta: None,
        })
        .into_iter()
        .collect();
    Change { model: ModelId(0), kind, cascaded: false, key, columns }
}

fn update(user: &str, n: i64) -> Vec<Change> {
    vec![change(ChangeKind::Update, key(user, 1), Some((2, Value::Int(n))))]
}

fn add(conn: &Connection, schema: &Schema, changes: &[Change]) -> i64 {
    append(conn, schema, 5, changes).unwrap().0
}

#[test]
fn a_seq_is_never_used_twice() {
    let (conn, schema) = open();
    assert_eq!(add(&conn, &schema, &update("a", 1)), 1);
    assert_eq!(ack(&conn, "o1", Seq(1), 9).unwrap(), 1);
    assert_eq!(pending(&conn).unwrap(), Pending::default());
    assert_eq!(last_seq(&conn).unwrap(), Seq(1));
    assert_eq!(add(&conn, &schema, &update("a", 2)), 2);
    let now = pending(&conn).unwrap();
    assert_eq!(
        (now.commits, now.first, now.last, now.oldest_ms),
        (1, Some(Seq(2)), Some(Seq(2)), Some(5))
    );
}

#[test]
fn a_window_never_spans_two_origins() {
    let (conn, schema) = open();
    (1..=3).for_each(|n| assert!(add(&conn, &schema, &update("a", n)) > 0));
    start_origin(&conn, "unused", 2).unwrap();
    start_origin(&conn, "o2", 2).unwrap();
    add(&conn, &schema, &update("a", 4));
    let first = window(&conn, Seq(0), 100, 1 << 20).unwrap().unwrap();
    assert_eq!((first.origin.as_str(), first.base, first.last), ("o1", Seq(0), Seq(3)));
    assert!(first.initial && !first.current);
    assert_eq!(first.commits[1], (Seq(2), update("a", 2)));
    // An acknowledgement reaches the commits of its own origin only.
    assert_eq!(ack(&conn, "o1", Seq(1), 9).unwrap(), 1);
    assert!(!window(&conn, Seq(0), 100, 1 << 20).unwrap().unwrap().initial);
    assert_eq!(ack(&conn, "o1", Seq(99), 9).unwrap(), 2);
    assert_eq!(ack(&conn, "unused", Seq(99), 9).unwrap(), 0);
    let second = window(&conn, Seq(0), 100, 1 << 20).unwrap().unwrap();
    assert_eq!((second.origin.as_str(), second.base, second.first), ("o2", Seq(3), Seq(4)));
    assert!(second.initial && second.current);
    assert_eq!(current_origin(&conn).unwrap().as_deref(), Some("o2"));
    assert!(matches!(ack(&conn, "other", Seq(4), 9), Err(StoreError::UnknownOrigin(_))));
}

#[test]
fn a_window_is_bounded_but_never_empty() {
    let (conn, schema) = open();
    (1..=5).for_each(|n| assert!(add(&conn, &schema, &update("a", n)) > 0));
    assert_eq!(window(&conn, Seq(0), 2, 1 << 20).unwrap().unwrap().last, Seq(2));
    assert_eq!(window(&conn, Seq(0), 100, 1).unwrap().unwrap().last, Seq(1));
    conn.execute("DELETE FROM _sharded_outbox WHERE seq = 3", []).unwrap();
    assert_eq!(window(&conn, Seq(0), 100, 1 << 20).unwrap().unwrap().last, Seq(2));
    conn.execute("DELETE FROM _sharded_outbox", []).unwrap();
    assert_eq!(window(&conn, Seq(0), 100, 1 << 20).unwrap(), None);
}

#[test]
fn a_rejected_commit_keeps_its_changes() {
    let (conn, schema) = open();
    (1..=2).for_each(|n| assert!(add(&conn, &schema, &update("a", n)) > 0));
    assert_eq!(reject(&conn, &schema, "o1", Seq(1), 7, "{}").unwrap(), Some(update("a", 1)));
    assert_eq!(reject(&conn, &schema, "o1", Seq(1), 7, "{}").unwrap(), None);
    let kept = rejected(&conn, &schema).unwrap();
    assert_eq!((kept.len(), kept[0].seq, &kept[0].changes), (1, Seq(1), &update("a", 1)));
    assert_eq!(pending(&conn).unwrap().first, Some(Seq(2)));
}

#[test]
fn touched_after_sees_keys_before_and_after_a_move() {
    let (conn, schema) = open();
    let model = &schema.models[0];
    add(&conn, &schema, &update("a", 1));
    add(&conn, &schema, &[change(ChangeKind::Update, key("a", 1), Some((1, Value::Int(9))))]);
    let touched =
        |user, post, seq| touched_after(&conn, model, &key(user, post), Seq(seq)).unwrap();
    assert!(touched("a", 1, 0) && touched("a", 1, 1) && touched("a", 9, 1));
    assert!(!touched("a", 1, 2) && !touched("a", 2, 0) && !touched("b", 1, 0));
}

#[test]
fn tombstones_follow_deletes_creates_and_moves() {
    let (conn, schema) = open();
    let gone =
        |user, post, after| tombstoned(&conn, ModelId(0), &key(user, post), Seq(after)).unwrap();
    add(&conn, &schema, &[change(ChangeKind::Delete, key("a", 1), None)]);
    assert!(gone("a", 1, 0) && !gone("a", 1, 1) && !gone("a", 2, 0));
    add(&conn, &schema, &[change(ChangeKind::Create, key("a", 1), None)]);
    assert!(!gone("a", 1, 0));
    add(&conn, &schema, &[change(ChangeKind::Update, key("a", 1), Some((1, Value::Int(2))))]);
    assert!(gone("a", 1, 0) && !gone("a", 2, 0));
    // Kept while a commit of its age is pending, and for a while after the acknowledgement.
    ack(&conn, "o1", Seq(2), 60_000).unwrap();
    assert!(gone("a", 1, 0));
    ack(&conn, "o1", Seq(3), 30_004).unwrap();
    assert!(gone("a", 1, 0));
    ack(&conn, "o1", Seq(3), 60_000).unwrap();
    assert!(!gone("a", 1, 0));
}
