//! Ranges of ids over transactions, against a real `SQLite` in memory.

use super::*;
use crate::outbox::MIGRATIONS;

const MANIFEST: &str = r#"{ "version": 1, "fingerprint": "0123456789abcdef", "provider": "postgresql", "prismaVersion": "7.10.0",
  "enums": [], "joinTables": [], "models": [{ "name": "T", "dbName": "T", "schema": null, "relations": [], "uniques": [], "indexes": [],
  "primaryKey": { "name": null, "fields": ["id"] },
  "fields": [{ "name": "id", "dbName": "id", "kind": "scalar", "type": "Int", "isList": false, "isRequired": true, "isUpdatedAt": false,
    "nativeType": null, "default": { "function": "autoincrement", "args": [] } }] }] }"#;

const KEY: Key = (ModelId(0), FieldId(0));

fn file() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    for step in MIGRATIONS {
        conn.execute_batch(step).unwrap();
    }
    conn
}

fn unrolled(ids: &[i64]) -> Vec<i64> {
    ranges(ids)
        .iter()
        .flat_map(|range| (0..range.left).map(|at| range.next + at * range.step))
        .collect()
}

fn next(conn: &Connection, ids: &Ids) -> Option<i64> {
    let schema = Schema::parse(MANIFEST).unwrap();
    Source { conn, ids, schema: &schema }.next(KEY.0, KEY.1, 1_000).ok()
}

/// Before SQLite: the id, or above which one is asked for, and how many.
fn next_above(conn: &Connection, ids: &Ids) -> Result<i64, (i64, Option<i64>)> {
    let schema = Schema::parse(&MANIFEST.replace("postgresql", "sqlite")).unwrap();
    match (Source { conn, ids, schema: &schema }).next(KEY.0, KEY.1, 1_000) {
        Ok(id) => Ok(id),
        Err(Stop::Miss(Miss::Ids { count, above, .. })) => Err((count, above)),
        Err(stop) => panic!("{stop:?}"),
    }
}

#[test]
fn ids_survive_their_ranges() {
    for ids in [
        &[][..],
        &[7],
        &[1, 2, 3, 4],
        &[10, 20, 30, 31, 32, 33, 5],
        &[3, 2, 1, -5, -6],
        &[1, 9, 2, 10],
        &[i64::MAX - 1, i64::MAX, i64::MIN],
    ] {
        assert_eq!(unrolled(ids), ids);
    }
    assert_eq!(ranges(&[1, 3, 5, 7]).len(), 1);
}

#[test]
fn a_rollback_uses_ids_up_when_it_is_final() {
    let (conn, ids) = (file(), Ids::default());
    ids.grant(&conn, KEY, &[1, 2, 3, 4, 5, 6], 1_000).unwrap();
    assert_eq!(next(&conn, &ids), Some(1));
    ids.rolled_back();
    assert_eq!(next(&conn, &ids), Some(1));
    ids.rolled_back();
    ids.use_up(&conn).unwrap();
    assert_eq!(next(&conn, &ids), Some(2));
    ids.write_back(&conn, 1_000).unwrap();
    ids.committed();
    assert_eq!(next(&conn, &ids), Some(3));
}

#[test]
fn idle_ranges_are_not_used() {
    let (conn, ids) = (file(), Ids::default());
    ids.grant(&conn, KEY, &[1, 2], 1_000 - IDLE_MS - 1).unwrap();
    assert_eq!(next(&conn, &ids), None);
    ids.rolled_back();
    ids.grant(&conn, KEY, &[8], 1_000).unwrap();
    assert_eq!((next(&conn, &ids), next(&conn, &ids)), (Some(8), None));
    let rows: i64 =
        conn.query_row("SELECT count(*) FROM _sharded_lease", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 1);
}

#[test]
fn a_grant_is_part_of_the_open_transaction() {
    let (conn, ids) = (file(), Ids::default());
    ids.grant(&conn, KEY, &[1, 2], 1_000).unwrap();
    conn.execute_batch("BEGIN").unwrap();
    assert_eq!((next(&conn, &ids), next(&conn, &ids)), (Some(1), Some(2)));
    ids.grant(&conn, KEY, &[5, 6], 1_000).unwrap();
    assert_eq!(next(&conn, &ids), Some(5));
    conn.execute_batch("ROLLBACK").unwrap();
    ids.rolled_back();
    assert_eq!(next(&conn, &ids), Some(1));
}

#[test]
fn ids_are_above_the_rows_before_sqlite() {
    let (conn, ids) = (file(), Ids::default());
    conn.execute_batch("CREATE TABLE \"T\" (\"id\" INTEGER PRIMARY KEY)").unwrap();
    assert_eq!(next_above(&conn, &ids), Err((1, None)));
    ids.rolled_back();
    ids.grant(&conn, KEY, &[1, 2, 3, 4, 5, 6], 1_000).unwrap();
    assert_eq!(next_above(&conn, &ids), Ok(1));
    conn.execute_batch("INSERT INTO \"T\" VALUES (1), (4)").unwrap();
    assert_eq!(next_above(&conn, &ids), Ok(5));
    ids.write_back(&conn, 1_000).unwrap();
    ids.committed();
    conn.execute_batch("INSERT INTO \"T\" VALUES (5), (90)").unwrap();
    assert_eq!(next_above(&conn, &ids), Err((1, Some(90))));
    ids.rolled_back();
    ids.grant(&conn, KEY, &[91, 92], 1_000).unwrap();
    assert_eq!(next_above(&conn, &ids), Ok(91));
    ids.write_back(&conn, 1_000).unwrap();
    ids.committed();
    assert_eq!(conn.query_row("SELECT count(*) FROM _sharded_lease", [], |row| row.get(0)), Ok(1));
}
