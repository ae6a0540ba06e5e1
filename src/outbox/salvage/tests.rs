//! Files that `SQLite` wrote, then damaged at random, from a seed that is printed.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::ids::ModelId;
use crate::outbox::{Change, ChangeKind, MIGRATIONS, ack, append, decode, pending, start_origin};

const MANIFEST: &str = r#"{"version":1,"fingerprint":"f","provider":"postgresql","models":[
  {"name":"Like","fields":[
    {"name":"user","kind":"scalar","type":"String","isList":false,"isRequired":true}],
   "primaryKey":{"name":null,"fields":["user"]}}]}"#;
const ORIGIN: &str = "0b5c1c5e-7a0a-4a53-9f0e-2f1c52a7a001";
const COMMITS: i64 = 300;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("block.sqlite")
    }

    fn wal(&self) -> PathBuf {
        self.0.path().join("block.sqlite-wal")
    }
}

fn schema() -> Schema {
    Schema::parse(MANIFEST).unwrap()
}

/// Some of them longer than a page.
fn delete(n: i64) -> Vec<Change> {
    let text = format!("{n}{}", "x".repeat(if n % 7 == 0 { 9_000 } else { 20 }));
    let key = vec![Value::Text(text)];
    vec![Change {
        model: ModelId(0),
        kind: ChangeKind::Delete,
        cascaded: false,
        key,
        columns: Vec::new(),
    }]
}

fn fresh(path: &Path) -> Connection {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; PRAGMA synchronous=OFF",
    )
    .unwrap();
    for step in MIGRATIONS {
        conn.execute_batch(step).unwrap();
    }
    conn
}

/// Half of the commits are in the file, half in its log; the first hundred are acknowledged.
fn block(folder: &Folder) {
    let conn = fresh(&folder.file());
    let schema = schema();
    conn.execute("INSERT INTO _sharded_meta (key, value) VALUES ('identity', 'main')", []).unwrap();
    start_origin(&conn, ORIGIN, 1).unwrap();
    for n in 1..=COMMITS {
        append(&conn, &schema, 5, &delete(n)).unwrap();
        if n == COMMITS / 2 {
            ack(&conn, ORIGIN, Seq(100), 9).unwrap();
            conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        }
    }
    // As a process leaves it that is killed.
    let copies = [folder.file(), folder.wal()].map(|file| (fs::read(&file).unwrap(), file));
    drop(conn);
    for (bytes, file) in copies {
        fs::write(file, bytes).unwrap();
    }
}

fn restored(folder: &Folder, applied: i64) -> (Connection, Restored, Salvaged) {
    let found = salvage(&folder.file(), &schema()).unwrap();
    let conn = fresh(&folder.0.path().join("new.sqlite"));
    let applied = HashMap::from([(ORIGIN.to_owned(), applied)]);
    let done = found.restore(&conn, &applied).unwrap();
    (conn, done, found)
}

fn kept(conn: &Connection) -> Vec<(i64, Vec<Change>)> {
    let mut statement =
        conn.prepare("SELECT seq, payload FROM _sharded_outbox ORDER BY seq").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?))).unwrap();
    rows.map(Result::unwrap).map(|(seq, payload)| (seq, decode(&payload).unwrap())).collect()
}

#[test]
fn of_a_file_without_damage_all_is_found() {
    let folder = Folder::new();
    block(&folder);
    let (conn, done, found) = restored(&folder, 100);
    assert_eq!(found.identity.as_deref(), Some("main"));
    assert_eq!(found.origins, BTreeMap::from([(1, ORIGIN.to_owned())]));
    assert_eq!(done, Restored { commits: 200, ..Restored::default() });
    let expected: Vec<_> = (101..=COMMITS).map(|n| (n, delete(n))).collect();
    assert_eq!(kept(&conn), expected);
    assert_eq!(pending(&conn).unwrap().commits, 200);
}

#[test]
fn without_its_first_page_and_without_a_log_too() {
    let folder = Folder::new();
    block(&folder);
    let mut bytes = fs::read(folder.file()).unwrap();
    bytes[..4096].fill(0);
    fs::write(folder.file(), bytes).unwrap();
    assert_eq!(restored(&folder, 100).1.commits, 200);
    fs::remove_file(folder.wal()).unwrap();
    fs::remove_file(folder.0.path().join("new.sqlite")).unwrap();
    let (conn, done, _) = restored(&folder, 100);
    assert_eq!((done.commits, done.lost), (50, 0));
    assert_eq!(kept(&conn).last().unwrap().0, 150);
}

#[test]
fn what_is_lost_in_between_is_an_empty_commit_and_no_seq_is_given_twice() {
    let folder = Folder::new();
    let conn = fresh(&folder.file());
    start_origin(&conn, ORIGIN, 1).unwrap();
    for n in 1..=5 {
        append(&conn, &schema(), 5, &delete(n)).unwrap();
    }
    conn.execute("DELETE FROM _sharded_outbox WHERE seq IN (2, 4)", []).unwrap();
    drop(conn);
    let (conn, done, _) = restored(&folder, 0);
    assert_eq!((done.commits, done.lost), (3, 2));
    let expected = [(1, delete(1)), (2, vec![]), (3, delete(3)), (4, vec![]), (5, delete(5))];
    assert_eq!(kept(&conn), expected);
    start_origin(&conn, "another", 1).unwrap();
    assert_eq!(append(&conn, &schema(), 5, &delete(6)).unwrap(), Seq(6));
}

#[test]
fn commits_whose_origin_is_not_found_are_kept_apart() {
    let folder = Folder::new();
    let conn = fresh(&folder.file());
    append(&conn, &schema(), 5, &delete(1)).unwrap();
    drop(conn);
    let (conn, done, _) = restored(&folder, 0);
    assert_eq!(done, Restored { unsure: 1, ..Restored::default() });
    let told = crate::outbox::rejected(&conn, &schema()).unwrap();
    assert!(told[0].error.contains("SHARDED_DAMAGED") && told[0].changes == delete(1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A commit is lost only where a page was hit that holds a part of it.
    #[test]
    fn bytes_flipped_anywhere_cost_the_commits_of_their_pages_alone(
        hits in proptest::collection::vec((any::<prop::sample::Index>(), 1..=255u8, any::<bool>()), 1..12),
    ) {
        let folder = Folder::new();
        block(&folder);
        for (at, mask, in_wal) in &hits {
            let file = if *in_wal { folder.wal() } else { folder.file() };
            let mut bytes = fs::read(&file).unwrap();
            // The header of the log and the salts of its frames say what is committed.
            let at = at.index(bytes.len());
            bytes[at] ^= mask;
            fs::write(&file, bytes).unwrap();
        }
        let (conn, _, found) = restored(&folder, 100);
        prop_assume!(!found.origins.is_empty());
        let intact = kept(&conn).into_iter().filter(|(n, changes)| *changes == delete(*n)).count();
        // A page holds at most 80 short commits, and each is on one or two versions of a page.
        prop_assert!(intact + 80 * hits.len() >= 200, "{intact} of 200 after {hits:?}");
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(
        head in proptest::collection::vec(any::<u8>(), 0..9_000),
        wal in proptest::collection::vec(any::<u8>(), 0..9_000),
        magic in any::<bool>(),
    ) {
        let folder = Folder::new();
        let head = if magic { [b"SQLite format 3\0".as_slice(), &head].concat() } else { head };
        fs::write(folder.file(), head).unwrap();
        fs::write(folder.wal(), wal).unwrap();
        prop_assert!(salvage(&folder.file(), &schema()).is_ok());
    }
}

const FRAME: usize = 24 + 4096;

#[test]
fn a_log_that_was_cut_short_hides_nothing_and_one_that_is_damaged_in_the_middle_does() {
    let folder = Folder::new();
    block(&folder);
    let hides = || hides_commits(&folder.file()).unwrap();
    assert!(!hides());
    let sound = fs::read(folder.wal()).unwrap();
    let frames = (sound.len() - 32) / FRAME;
    for at in [0, 5, 20, 40, 32 + 3, 32 + 9, 32 + 17, 32 + 30, 32 + (frames / 2) * FRAME + 2_000] {
        let mut damaged = sound.clone();
        damaged[at] ^= 0x10;
        fs::write(folder.wal(), &damaged).unwrap();
        assert!(hides(), "byte {at}");
    }
    // What ends with the damage is lost with it.
    let mut damaged = sound.clone();
    damaged[32 + (frames - 1) * FRAME + 500] ^= 1;
    fs::write(folder.wal(), &damaged).unwrap();
    assert!(!hides());
    for len in [0, 10, 32, 32 + 10, 32 + FRAME, 32 + 3 * FRAME + 24, sound.len() - 1] {
        fs::write(folder.wal(), &sound[..len]).unwrap();
        assert!(!hides(), "{len} bytes");
    }
    fs::remove_file(folder.wal()).unwrap();
    assert!(!hides());
}

#[test]
fn what_was_rolled_back_or_belongs_to_an_earlier_use_of_the_log_is_no_damage() {
    let folder = Folder::new();
    let conn = fresh(&folder.file());
    conn.execute_batch("CREATE TABLE filler (text); PRAGMA cache_size = 4").unwrap();
    let fill = "INSERT INTO filler SELECT hex(randomblob(2000)) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) SELECT i FROM n)";
    // Larger than the cache: it is in the log before its end.
    conn.execute_batch(&format!("BEGIN; {fill}; ROLLBACK")).unwrap();
    let spilled = fs::metadata(folder.wal()).unwrap().len();
    conn.execute_batch("INSERT INTO filler VALUES ('small')").unwrap();
    assert!(
        fs::metadata(folder.wal()).unwrap().len() >= spilled && spilled > 32 + 20 * FRAME as u64
    );
    assert!(!hides_commits(&folder.file()).unwrap());

    for _ in 0..5 {
        conn.execute_batch(fill).unwrap();
    }
    conn.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(())).unwrap();
    conn.execute_batch("INSERT INTO filler VALUES ('again')").unwrap();
    assert!(!hides_commits(&folder.file()).unwrap());
}
