//! What every queue must do, run for each: the outbox itself, and a Redis that the test starts.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::json;

use super::keys::Realm;
use super::local::Local;
use super::queue::{Queue, QueueError, Settlement, Taken};
use super::redis::{Log, Redis};
use crate::ids::{FieldId, ModelId, Seq};
use crate::outbox::{self, Change, ChangeKind, Column, MIGRATIONS};
use crate::schema::Schema;
use crate::value::Value;

const MANIFEST: &str = r#"{"version":1,"fingerprint":"f","provider":"postgresql","models":[
  {"name":"Slug","fields":[{"name":"n","kind":"scalar","type":"Int","isList":false,"isRequired":true}],
   "primaryKey":{"name":null,"fields":["n"]}}]}"#;

struct Outbox {
    conn: Connection,
    schema: Schema,
}

impl Outbox {
    fn open() -> Self {
        let conn = Connection::open_in_memory().unwrap();
        for step in MIGRATIONS {
            conn.execute_batch(step).unwrap();
        }
        let outbox = Self { conn, schema: Schema::parse(MANIFEST).unwrap() };
        outbox.begin("o1");
        outbox
    }

    fn begin(&self, origin: &str) {
        outbox::start_origin(&self.conn, origin, 1).unwrap();
    }

    fn commit(&self, count: i64) {
        for n in 0..count {
            outbox::append(&self.conn, &self.schema, 5, &[create(n)]).unwrap();
        }
    }

    fn pending(&self) -> i64 {
        outbox::pending(&self.conn).unwrap().commits
    }

    /// Offers what comes after `sent` until nothing is left.
    async fn offer(&self, queue: &impl Queue, mut sent: Seq) -> Seq {
        while let Some(batch) = outbox::batch(&self.conn, sent, 2, 1 << 20).unwrap() {
            sent = queue.offer(&batch).await.unwrap();
        }
        sent
    }

    /// Follows the receipts for an origin.
    async fn hear(&self, queue: &impl Queue, origin: &str) {
        for receipt in queue.heard(origin, None).await.unwrap() {
            let receipt: serde_json::Value = serde_json::from_str(&receipt.text).unwrap();
            let last = Seq(receipt["last"].as_i64().unwrap());
            outbox::ack(&self.conn, receipt["origin"].as_str().unwrap(), last, 9).unwrap();
        }
    }
}

fn create(n: i64) -> Change {
    let columns =
        vec![Column { field: FieldId(0), old: None, new: Some(Value::Int(n)), delta: None }];
    let key = vec![Value::Int(n)];
    Change { model: ModelId(0), kind: ChangeKind::Create, cascaded: false, key, columns }
}

/// Says that the commits up to `seq` are in the main database.
async fn settle(queue: &impl Queue, taken: &Taken, seq: i64) {
    let window = &taken.window;
    let at = usize::try_from(seq - window.first.0).unwrap();
    let receipt = json!({ "origin": window.origin, "last": seq }).to_string();
    let (id, origin, last) = (taken.ids[at].as_str(), window.origin.as_str(), Seq(seq));
    queue
        .settle(&Settlement { id, origin, last, receipt: &receipt, again: false, anew: false })
        .await
        .unwrap();
}

fn shape(taken: Option<&Taken>) -> Option<(&str, i64, i64, i64, bool)> {
    taken.map(|Taken { window, .. }| {
        (window.origin.as_str(), window.base.0, window.first.0, window.last.0, window.initial)
    })
}

/// Commits come out whole, in order, of one origin at a time, and are gone when they are settled and heard of.
async fn conforms(outbox: &Outbox, queue: &impl Queue) {
    assert_eq!(queue.next(10, None).await.unwrap(), None);
    outbox.commit(3);
    outbox.begin("o2");
    outbox.commit(2);
    // Those of the later origin wait: a queue that loses the earlier ones would let them pass.
    assert_eq!(outbox.offer(queue, Seq(0)).await, Seq(3));
    // Offered again, as by one who does not know: nothing changes.
    assert_eq!(outbox.offer(queue, Seq(0)).await, Seq(3));

    let first = queue.next(2, None).await.unwrap();
    assert_eq!(shape(first.as_ref()), Some(("o1", 0, 1, 2, true)));
    assert!(first.unwrap().window.full);
    // Nothing goes by being looked at, and a part can be settled.
    let all = queue.next(10, None).await.unwrap().unwrap();
    assert_eq!(shape(Some(&all)), Some(("o1", 0, 1, 3, true)));
    assert_eq!(all.window.commits[2], (Seq(3), vec![create(2)]));
    // What comes after the part can be read before that is settled.
    let ahead = queue.next(10, Some(&all.ids[1])).await.unwrap();
    assert_eq!(shape(ahead.as_ref()), Some(("o1", 2, 3, 3, false)));
    settle(queue, &all, 2).await;
    let rest = queue.next(10, None).await.unwrap().unwrap();
    assert_eq!(shape(Some(&rest)), Some(("o1", 2, 3, 3, false)));
    settle(queue, &rest, 3).await;
    outbox.hear(queue, "o1").await;
    assert_eq!(outbox.offer(queue, Seq(3)).await, Seq(5));

    let other = queue.next(10, None).await.unwrap().unwrap();
    assert_eq!(shape(Some(&other)), Some(("o2", 3, 4, 5, true)));
    settle(queue, &other, 5).await;
    assert_eq!(queue.next(10, None).await.unwrap(), None);
    outbox.hear(queue, "o2").await;
    assert_eq!(outbox.pending(), 0);
}

#[test]
fn the_outbox_itself_conforms() {
    let outbox = Outbox::open();
    let queue = Local { conn: &outbox.conn, after: Seq(0) };
    block_on(conforms(&outbox, &queue));
}

#[test]
fn redis_conforms() {
    let server = Server::start();
    let outbox = Outbox::open();
    block_on(async { conforms(&outbox, &server.log("b")).await });
}

#[test]
fn what_redis_loses_is_asked_for_again() {
    let server = Server::start();
    let outbox = Outbox::open();
    block_on(async {
        let log = server.log("b");
        outbox.commit(4);
        assert_eq!(outbox.offer(&log, Seq(0)).await, Seq(4));
        server.command(&["FLUSHALL"]);
        // Who goes on where he was is sent back to what the main database has.
        outbox.commit(1);
        let batch = outbox::batch(&outbox.conn, Seq(4), 10, 1 << 20).unwrap().unwrap();
        assert_eq!(log.offer(&batch).await.unwrap(), Seq(0));
        let probe = outbox::probe(&outbox.conn, Seq(4)).unwrap().unwrap();
        assert_eq!(log.offer(&probe).await.unwrap(), Seq(0));
        assert_eq!(outbox.offer(&log, Seq(0)).await, Seq(5));
        let taken = log.next(10, None).await.unwrap().unwrap();
        assert_eq!((taken.window.last, taken.floor), (Seq(5), Seq(0)));
        // A hole in the log ends a window; those behind it are dropped, and the origin starts over.
        server.command(&["XDEL", &log.keys().log, &taken.ids[1]]);
        settle(&log, &taken, 1).await;
        let behind = log.next(10, None).await.unwrap().unwrap();
        assert_eq!(shape(Some(&behind)), Some(("o1", 2, 3, 5, false)));
        let id = behind.ids.last().unwrap();
        log.settle(&Settlement {
            id,
            origin: "o1",
            last: Seq(5),
            receipt: "",
            again: true,
            anew: false,
        })
        .await
        .unwrap();
        outbox.hear(&log, "o1").await;
        assert_eq!(outbox.offer(&log, Seq(0)).await, Seq(5));
        let again = log.next(10, None).await.unwrap().unwrap();
        assert_eq!(shape(Some(&again)), Some(("o1", 1, 2, 5, false)));
    });
}

#[test]
fn one_is_elected_and_epochs_only_grow() {
    let server = Server::start();
    block_on(async {
        let log = server.log("b");
        let lasting = Duration::from_secs(60);
        assert_eq!(log.elect("one", lasting, 0).await.unwrap(), Some(1));
        assert_eq!(log.elect("one", lasting, 1).await.unwrap(), Some(1));
        assert_eq!(log.elect("two", lasting, 0).await.unwrap(), None);
        assert!(log.resign("two", true).await.unwrap());
        assert_eq!(log.elect("two", lasting, 0).await.unwrap(), None);
        assert!(log.resign("one", false).await.unwrap());
        assert_eq!(log.elect("two", lasting, 0).await.unwrap(), Some(2));
        // The ledger knows a later one.
        assert_eq!(log.elect("two", lasting, 7).await.unwrap(), Some(8));
        server.command(&["FLUSHALL"]);
        assert_eq!(log.elect("one", lasting, 8).await.unwrap(), Some(9));
        // While commits wait the lease is not given back by itself.
        let outbox = Outbox::open();
        outbox.commit(1);
        outbox.offer(&log, Seq(0)).await;
        assert!(!log.resign("one", false).await.unwrap());
        assert_eq!(log.elect("two", lasting, 0).await.unwrap(), None);
        assert!(log.resign("one", true).await.unwrap());
        assert_eq!(log.elect("two", Duration::from_millis(1), 0).await.unwrap(), Some(10));
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(log.elect("one", lasting, 0).await.unwrap(), Some(11));
    });
}

#[test]
fn what_others_write_is_refused_by_name() {
    let server = Server::start();
    block_on(async {
        let outbox = Outbox::open();
        outbox.commit(2);
        let (right, wrong) = (server.log_with("b", Some("s")), server.log_with("b", Some("t")));
        outbox.offer(&right, Seq(0)).await;
        let error = wrong.next(10, None).await.unwrap_err();
        assert!(matches!(error, QueueError::Signature { .. }), "{error}");
        assert_eq!(right.next(10, None).await.unwrap().unwrap().window.last, Seq(2));

        let open = server.log_with("c", None);
        let key = open.keys().log.clone();
        let add = |fields: &[&str]| {
            server.command(&[&["XADD", &key, "*"], fields].concat());
        };
        add(&["nonsense", "1"]);
        let error = open.next(10, None).await.unwrap_err();
        assert!(matches!(error, QueueError::Entry { .. }), "{error}");
        server.command(&["DEL", &key]);
        add(&["o", "x", "s", "1", "f", "0", "i", "1", "t", "0", "p", "\u{7f}\u{1}\u{2}"]);
        let error = open.next(10, None).await.unwrap_err().to_string();
        assert!(error.contains("version 127") && error.contains("XDEL"), "{error}");
        server.command(&["DEL", &key]);
        add(&["o", "x", "s", "many", "f", "0", "i", "1", "t", "0", "p", ""]);
        assert!(open.next(10, None).await.unwrap_err().to_string().contains("'s' is no number"));
    });
}

#[test]
fn a_worker_is_known_while_it_lives_and_hears_what_waits() {
    let server = Server::start();
    block_on(async {
        let (log, other) = (server.log("b"), server.log("other"));
        assert!(!log.ring().await.unwrap());
        let live = Duration::from_secs(60);
        let blocks =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let redis = server.redis(None);
        let due = redis.attend(&realm(), &blocks(&["b"]), live, 10).await.unwrap();
        assert_eq!(due, ["b"]);
        assert!(log.ring().await.unwrap() && !other.ring().await.unwrap());
        redis.attend(&realm(), &blocks(&["*"]), Duration::from_millis(1), 10).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!other.ring().await.unwrap());
    });
}

fn realm() -> Realm {
    Realm { main: "m".into(), fingerprint: "f".into() }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// A Redis of one test's own, on a port that was free, killed when the test ends.
struct Server {
    port: u16,
    process: Child,
}

impl Server {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let spawn = |binary| {
            Command::new(binary)
                .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
                .current_dir(std::env::temp_dir())
                .stdout(Stdio::null())
                .spawn()
        };
        let process = spawn("redis-server").or_else(|_| spawn("valkey-server")).expect(
            "the tests need redis-server or valkey-server (Debian: apt-get install redis-server)",
        );
        let server = Self { port, process };
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(Duration::from_millis(5));
        }
        server
    }

    fn redis(&self, secret: Option<&str>) -> Arc<Redis> {
        let address = json!({ "host": "127.0.0.1", "port": self.port, "secret": secret });
        Arc::new(Redis::new(&serde_json::from_value(address).unwrap()).unwrap())
    }

    fn log(&self, block: &str) -> Log {
        self.log_with(block, Some("secret"))
    }

    fn log_with(&self, block: &str, secret: Option<&str>) -> Log {
        Log::new(self.redis(secret), realm(), block.to_owned(), block)
    }

    /// A command by a connection of its own; the answer is not looked at.
    fn command(&self, args: &[&str]) {
        use std::io::{Read, Write};
        let parts = args.iter().map(|arg| format!("${}\r\n{arg}\r\n", arg.len()));
        let text = format!("*{}\r\n{}", args.len(), parts.collect::<String>());
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        assert!(stream.read(&mut [0; 256]).unwrap() > 0);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It is gone already when it did not start.
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}
