//! The queue on Redis as JS sees it. A verb answers with a ticket at once; what becomes of it comes by callback, which keeps
//! no process alive.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use napi::Result;
use napi::bindgen_prelude::{FnArgs, Function};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;
use parking_lot::Mutex;
use serde_json::json;

use super::block::Block;
use super::refused::footprint_of;
use crate::Schema;
use crate::block::{Engine, OutboxReader};
use crate::error::Stop;
use crate::ids::Seq;
use crate::outbox;
use crate::params::thrown;
use crate::sync::{
    self, Address, Freshness, Heard, How, Log, Queue, QueueError, Realm, Redis, Runtime, Settlement,
};

/// The most bytes of changes in one offer.
const OFFER_BYTES: usize = 1 << 20;
const OFFER_COMMITS: usize = 1_000;
/// Commits of another block that are looked at.
const PEEKED: usize = 10_000;

/// Why a verb came to nothing.
struct Fault {
    code: String,
    message: String,
}

impl From<QueueError> for Fault {
    fn from(error: QueueError) -> Self {
        Self { code: error.code().to_owned(), message: error.to_string() }
    }
}

impl From<Stop> for Fault {
    fn from(stop: Stop) -> Self {
        let message = match stop {
            Stop::Failed(failure) => failure.message,
            Stop::Busy => "another connection holds the write lock".to_owned(),
            Stop::Interrupted => "the read was interrupted".to_owned(),
            Stop::Miss(_) => "the block does not hold what was asked for".to_owned(),
        };
        Self { code: "SHARDED_STORAGE".to_owned(), message }
    }
}

type OnAnswer<'a> = Function<'a, FnArgs<(u32, Option<String>, Option<String>)>, ()>;
type Answered = std::result::Result<Option<String>, Fault>;
type Answer = Box<dyn Fn(u32, Answered) + Send + Sync>;

struct Shared {
    redis: Arc<Redis>,
    /// None when closed.
    runtime: Mutex<Option<Runtime>>,
    tickets: AtomicU32,
    answer: Answer,
}

impl Shared {
    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let runtime = self.runtime.lock();
        let runtime = runtime
            .as_ref()
            .ok_or_else(|| thrown("SHARDED_QUEUE", "the connection to Redis is closed"))?;
        let handle =
            runtime.handle().map_err(|error| thrown("SHARDED_QUEUE", &error.to_string()))?;
        handle.spawn(work);
        Ok(())
    }

    fn ask(self: &Arc<Self>, work: impl Future<Output = Answered> + Send + 'static) -> Result<u32> {
        let ticket = self.tickets.fetch_add(1, Ordering::Relaxed);
        let shared = self.clone();
        self.spawn(async move { (shared.answer)(ticket, work.await) })?;
        Ok(ticket)
    }
}

/// A connection to Redis, made when first used.
#[napi]
pub struct RedisQueue {
    shared: Arc<Shared>,
}

#[napi]
impl RedisQueue {
    /// `callback(ticket, error, answer)`: JSON `{code, message}`, or the answer.
    #[napi(constructor, catch_unwind)]
    pub fn new(address_json: String, callback: OnAnswer<'_>) -> Result<Self> {
        let address: Address = serde_json::from_str(&address_json)
            .map_err(|error| thrown("SHARDED_OPTIONS", &error.to_string()))?;
        let redis =
            Redis::new(&address).map_err(|error| thrown(error.code(), &error.to_string()))?;
        let notify = callback
            .build_threadsafe_function()
            .weak::<true>()
            .callee_handled::<false>()
            .build()?;
        let answer = move |ticket, answered: Answered| {
            let (error, answer) = match answered {
                Ok(answer) => (None, answer),
                Err(Fault { code, message }) => {
                    (Some(json!({ "code": code, "message": message }).to_string()), None)
                }
            };
            let args = FnArgs::from((ticket, error, answer));
            notify.call(args, ThreadsafeFunctionCallMode::NonBlocking);
        };
        let shared = Shared {
            redis: Arc::new(redis),
            runtime: Mutex::new(Some(Runtime::default())),
            tickets: AtomicU32::new(1),
            answer: Box::new(answer),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// -> `INFO`'s lines as an object; null where the user may not ask.
    #[napi(catch_unwind)]
    pub fn info(&self) -> Result<u32> {
        let redis = self.shared.redis.clone();
        self.shared.ask(async move { Ok(redis.info().await?.map(|info| json!(info).to_string())) })
    }

    /// A worker for these blocks lives. -> ids of blocks that have commits, at most `limit` of each partition.
    #[napi(catch_unwind)]
    pub fn attend(
        &self,
        main: String,
        fingerprint: String,
        blocks: Vec<String>,
        live_ms: u32,
        limit: u32,
    ) -> Result<u32> {
        let redis = self.shared.redis.clone();
        self.shared.ask(async move {
            let live = Duration::from_millis(u64::from(live_ms));
            let realm = Realm { main, fingerprint };
            let due = redis.attend(&realm, &blocks, live, limit as usize).await?;
            Ok(Some(json!(due).to_string()))
        })
    }

    /// `callback(kind, text)`: 'block' and its id, 'connected', or 'lost' and why. `which`: 'bell' rings for commits,
    /// 'told' for receipts, 'stale' for invalidations.
    #[napi(catch_unwind)]
    pub fn listen(
        &self,
        main: String,
        fingerprint: String,
        which: String,
        callback: Function<FnArgs<(String, String)>, ()>,
    ) -> Result<()> {
        let realm = Realm { main, fingerprint };
        let streams = match which.as_str() {
            "bell" => realm.bells(),
            "told" => realm.told(),
            _ => realm.stale(),
        };
        let notify = callback
            .build_threadsafe_function()
            .weak::<true>()
            .callee_handled::<false>()
            .build()?;
        let redis = self.shared.redis.clone();
        let tell = move |heard: Heard<'_>| {
            let (kind, text) = match heard {
                Heard::Nothing => return true,
                Heard::Connected => ("connected", String::new()),
                Heard::Block(name) => ("block", name.to_owned()),
                Heard::Lost(error) => ("lost", error.to_string()),
            };
            let args = FnArgs::from((kind.to_owned(), text));
            notify.call(args, ThreadsafeFunctionCallMode::NonBlocking) == napi::Status::Ok
        };
        self.shared.spawn(async move { redis.listen(streams, tell).await })
    }

    /// `name` is the block's id, encoded.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn log(&self, main: String, fingerprint: String, block: String, name: String) -> RedisLog {
        let log = Log::new(self.shared.redis.clone(), Realm { main, fingerprint }, block, &name);
        RedisLog { shared: self.shared.clone(), log: Arc::new(log) }
    }

    /// Whatever is under way is given up.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        *self.shared.runtime.lock() = None;
    }
}

/// The commits of one block.
#[napi]
pub struct RedisLog {
    shared: Arc<Shared>,
    log: Arc<Log>,
}

type Read = fn(&rusqlite::Connection, Seq) -> std::result::Result<Option<outbox::Batch>, Stop>;

#[napi]
impl RedisLog {
    /// Gives Redis the next commits of the outbox after `sent`, and rings. -> `{origin, sent, floor, worker}`: up to which seq
    /// it has them, and main, and whether a worker for the block lives; null when there are none.
    #[napi(catch_unwind)]
    pub fn offer(&self, block: &Block, sent: i64) -> Result<u32> {
        let read: Read = |conn, sent| Ok(outbox::batch(conn, sent, OFFER_COMMITS, OFFER_BYTES)?);
        self.carry(block.inner().open()?.outbox_reader(), sent, read)
    }

    /// Asks whether Redis still has what it was given up to `sent`, of the origin that waits the longest. -> as `offer`, and
    /// `asked`: which seq of that origin was asked for.
    #[napi(catch_unwind)]
    pub fn probe(&self, block: &Block, sent: i64) -> Result<u32> {
        self.carry(block.inner().open()?.outbox_reader(), sent, |conn, sent| {
            Ok(outbox::probe(conn, sent)?)
        })
    }

    /// The outbox is read, and synced, on a thread beside; what leaves the file must be safe in it.
    fn carry(&self, reader: OutboxReader, sent: i64, read: Read) -> Result<u32> {
        let log = self.log.clone();
        self.shared.ask(async move {
            let last = |batch: &Option<outbox::Batch>| Some(batch.as_ref()?.commits.last()?.seq);
            let read = move || reader.read(|conn| read(conn, Seq(sent)), last);
            let batch = tokio::task::spawn_blocking(read).await.map_err(|error| Fault {
                code: "SHARDED_STORAGE".to_owned(),
                message: error.to_string(),
            })??;
            let Some(batch) = batch else { return Ok(None) };
            let sent = log.offer(&batch).await?.0;
            // Who applies hears of them.
            let worker = if batch.commits.is_empty() { None } else { Some(log.ring().await?) };
            let answer = json!({
                "origin": batch.origin,
                "asked": batch.after.0,
                "sent": sent,
                "floor": batch.floor.0,
                "worker": worker,
            });
            Ok(Some(answer.to_string()))
        })
    }

    /// -> whether a worker for the block lives.
    #[napi(catch_unwind)]
    pub fn ring(&self) -> Result<u32> {
        let log = self.log.clone();
        self.shared.ask(async move { Ok(Some(log.ring().await?.to_string())) })
    }

    /// -> the epoch under which the caller may apply; null while another is elected.
    #[napi(catch_unwind)]
    pub fn elect(&self, token: String, live_ms: u32, floor: i64) -> Result<u32> {
        let log = self.log.clone();
        self.shared.ask(async move {
            let live = Duration::from_millis(u64::from(live_ms));
            Ok(log.elect(&token, live, floor).await?.map(|epoch| epoch.to_string()))
        })
    }

    /// -> false when commits wait and `force` is not given.
    #[napi(catch_unwind)]
    pub fn resign(&self, token: String, force: bool) -> Result<u32> {
        let log = self.log.clone();
        self.shared.ask(async move { Ok(Some(log.resign(&token, force).await?.to_string())) })
    }

    /// -> `{work, ids, floor}`: the first commits, or those after this id, as SQL for main (`src/sync/apply.rs`), where each stands,
    /// and up to where main had the origin when the first was offered; null when there are none.
    #[napi(catch_unwind)]
    pub fn next_work(
        &self,
        schema: &Schema,
        max_commits: u32,
        after: Option<String>,
        how_json: String,
    ) -> Result<u32> {
        let (log, engine): (_, Arc<Engine>) = (self.log.clone(), schema.engine.clone());
        let how = How::parse(&engine.schema, &how_json)
            .map_err(|why| thrown("SHARDED_ARGUMENTS", &why))?;
        self.shared.ask(async move {
            let taken = log.next(max_commits as usize, after.as_deref()).await?;
            let Some(taken) = taken else { return Ok(None) };
            let taken = taken.checked(&engine.schema, |id| log.place(id))?;
            let work = sync::work_json(&engine.schema, &taken.window, &how);
            let ids = json!(taken.ids);
            Ok(Some(format!("{{\"work\":{work},\"ids\":{ids},\"floor\":{}}}", taken.floor.0)))
        })
    }

    /// The commits up to the entry `id` are dealt with. `again`: those before them are missing. `anew`: the last of them was refused,
    /// and what comes after is to be offered anew.
    #[napi(catch_unwind)]
    pub fn settle(
        &self,
        id: String,
        origin: String,
        last: i64,
        receipt: String,
        again: bool,
        anew: bool,
    ) -> Result<u32> {
        let log = self.log.clone();
        self.shared.ask(async move {
            let last = Seq(last);
            let settlement =
                Settlement { id: &id, origin: &origin, last, receipt: &receipt, again, anew };
            log.settle(&settlement).await?;
            Ok(None)
        })
    }

    /// -> whether a commit that lies in it makes room for this one of another block (base64, as in an outbox).
    #[napi(catch_unwind)]
    pub fn feeds(&self, schema: &Schema, payload: String) -> Result<u32> {
        let (log, engine): (_, Arc<Engine>) = (self.log.clone(), schema.engine.clone());
        let waits = footprint_of(&engine.schema, &payload)?;
        self.shared.ask(async move {
            let waiting = log.peek(PEEKED).await?;
            let feeds = waiting
                .iter()
                .filter(|changes| outbox::check(&engine.schema, changes).is_ok())
                .any(|changes| waits.waits_for(&sync::Footprint::of(&engine.schema, changes)));
            Ok(Some(feeds.to_string()))
        })
    }

    /// -> receipts of an origin after this id, `[{id, text}]`
    #[napi(catch_unwind)]
    pub fn heard(&self, origin: String, after: Option<String>) -> Result<u32> {
        let log = self.log.clone();
        self.shared.ask(async move {
            let receipts = log.heard(&origin, after.as_deref()).await?;
            let list: Vec<_> =
                receipts.iter().map(|one| json!({ "id": one.id, "text": one.text })).collect();
            Ok(Some(json!(list).to_string()))
        })
    }

    /// Everybody who has the block hears that its contents are old. -> as `freshness`
    #[napi(catch_unwind)]
    pub fn invalidate(&self) -> Result<u32> {
        let log = self.log.clone();
        self.shared.ask(async move { Ok(Some(freshness_json(&log.invalidate().await?))) })
    }

    /// -> `{memory, version}`: another memory than before, or another version, means that an invalidation may have been missed.
    #[napi(catch_unwind)]
    pub fn freshness(&self) -> Result<u32> {
        let log = self.log.clone();
        self.shared.ask(async move { Ok(Some(freshness_json(&log.freshness().await?))) })
    }

    /// Receipts up to this one have been followed.
    #[napi(catch_unwind)]
    pub fn forget(&self, origin: String, receipt: String) -> Result<u32> {
        let log = self.log.clone();
        self.shared.ask(async move {
            log.forget(&origin, &receipt).await.map(|()| None).map_err(Fault::from)
        })
    }
}

fn freshness_json(Freshness { memory, version }: &Freshness) -> String {
    json!({ "memory": memory, "version": version }).to_string()
}
