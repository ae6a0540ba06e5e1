//! Bytes that nobody's outbox wrote, and changes of every kind. `fuzz/` does the same for hours.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use rusqlite::Connection;

use super::*;
use crate::ids::{FieldId, ModelId, Seq};
use crate::schema::Schema;
use crate::value::Value;

const MANIFEST: &str = r#"{"version":1,"fingerprint":"f","provider":"postgresql","models":[
  {"name":"Like","fields":[
    {"name":"user","kind":"scalar","type":"String","isList":false,"isRequired":true},
    {"name":"n","kind":"scalar","type":"Int","isList":false,"isRequired":true}],
   "primaryKey":{"name":null,"fields":["user"]}}]}"#;

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::Int),
        // NaN is not equal to itself.
        any::<f64>().prop_filter("a number", |number| !number.is_nan()).prop_map(Value::Real),
        any::<String>().prop_map(Value::Text),
        vec(any::<u8>(), 0..40).prop_map(Value::Blob),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    let kind =
        prop_oneof![Just(ChangeKind::Create), Just(ChangeKind::Update), Just(ChangeKind::Delete)];
    let column = (any::<u16>(), option::of(value()), option::of(value()), option::of(value()))
        .prop_map(|(field, old, new, delta)| Column { field: FieldId(field), old, new, delta });
    (any::<u16>(), kind, any::<bool>(), vec(value(), 0..4), vec(column, 0..5)).prop_map(
        |(model, kind, cascaded, key, columns)| Change {
            model: ModelId(model),
            kind,
            cascaded,
            key,
            columns,
        },
    )
}

proptest! {
    #[test]
    fn what_is_encoded_comes_back(changes in vec(change(), 0..6)) {
        prop_assert_eq!(decode(&encode(&changes)), Ok(changes));
    }

    #[test]
    fn any_bytes_are_changes_or_an_error(bytes in vec(any::<u8>(), 0..200)) {
        let decoded = decode(&bytes);
        prop_assert_eq!(decoded.is_ok(), decoded.is_ok_and(|changes| decode(&encode(&changes)).is_ok()));
    }

    #[test]
    fn changes_with_a_byte_altered_are_changes_or_an_error(
        changes in vec(change(), 1..4), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut bytes = encode(&changes);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(changes) = decode(&bytes) {
            prop_assert!(decode(&encode(&changes)).is_ok());
        }
    }
}

#[test]
fn what_the_data_model_does_not_know_is_an_error() {
    let conn = Connection::open_in_memory().unwrap();
    for step in MIGRATIONS {
        conn.execute_batch(step).unwrap();
    }
    start_origin(&conn, "o", 1).unwrap();
    let schema = Schema::parse(MANIFEST).unwrap();
    let column =
        |field| Column { field: FieldId(field), old: None, new: Some(Value::Int(1)), delta: None };
    let update = |model, parts: usize, field| Change {
        model: ModelId(model),
        kind: ChangeKind::Update,
        cascaded: false,
        key: vec![Value::Null; parts],
        columns: vec![column(field)],
    };
    let wrong = [("model", update(1, 1, 1)), ("key", update(0, 2, 1)), ("field", update(0, 1, 2))];
    assert_eq!(check(&schema, &[update(0, 1, 1)]), Ok(()));
    for (seq, (what, change)) in (1..).zip(wrong) {
        let payload = encode(&[change]);
        assert_eq!(read(&schema, &payload), Err(CodecError::Unknown(what)));
        conn.execute(
            "INSERT INTO _sharded_outbox (at_ms, changes, payload, total) VALUES (1, 1, ?1, 1)",
            [&payload],
        )
        .unwrap();
        let after = Seq(seq - 1);
        let told = touched_keys(&conn, &schema, after).unwrap_err().to_string();
        assert!(told.contains(&format!("commit {seq} of the outbox cannot be read")), "{told}");
        let taken = window(&conn, after, 9, 1 << 20).unwrap().unwrap().checked(&schema);
        assert!(matches!(taken, Err(StoreError::Payload { .. })));
        assert!(reject(&conn, &schema, "o", Seq(seq), 1, "{}").is_err());
    }
}
