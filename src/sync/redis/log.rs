//! The commits of one block: its stream, its lease, its receipts.

use std::sync::Arc;
use std::time::Duration;

use redis::cmd;
use redis::streams::{StreamId, StreamRangeReply};

use super::super::keys::{Keys, Realm};
use super::super::local::WINDOW_BYTES;
use super::super::queue::{Queue, QueueError, Receipt, Result, Settlement, Taken};
use super::entry::{Entry, Signed};
use super::{Redis, millis};
use crate::ids::Seq;
use crate::outbox::{Batch, Change, Packed, Window, decode};

/// What an idle block leaves behind is forgotten after a day.
const IDLE_MS: u64 = 24 * 60 * 60 * 1_000;
const EPOCH_MS: u64 = 30 * IDLE_MS;
/// Entries that are asked for at once.
const PAGE: usize = 1_000;
const RECEIPTS: usize = 200;

/// The commits of one block.
pub struct Log {
    redis: Arc<Redis>,
    keys: Keys,
    realm: Realm,
    /// The block's id.
    block: String,
}

impl Log {
    /// `name` is the block's id, encoded.
    pub fn new(redis: Arc<Redis>, realm: Realm, block: String, name: &str) -> Self {
        Self { redis, keys: Keys::new(&realm, name), realm, block }
    }

    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Where a commit's entry is, for people.
    pub fn place(&self, id: &str) -> String {
        place(&self.keys.log, id)
    }

    pub(super) fn redis(&self) -> &Redis {
        &self.redis
    }

    pub(super) fn block(&self) -> &str {
        &self.block
    }

    /// Makes the caller the applier, or prolongs that: the epoch under which it may apply, above `floor` when it is new;
    /// `None` while another is elected.
    pub async fn elect(&self, token: &str, live: Duration, floor: i64) -> Result<Option<i64>> {
        let mut call = self.redis.scripts.elect.key(&self.keys.lease);
        call.key(&self.keys.epoch).arg(token).arg(millis(live)).arg(floor).arg(EPOCH_MS);
        let epoch: i64 = call.invoke_async(&mut self.redis.line()?).await?;
        Ok((epoch > 0).then_some(epoch))
    }

    /// The caller is the applier no longer. `false`, and nothing done, when commits wait and `force` is not given.
    pub async fn resign(&self, token: &str, force: bool) -> Result<bool> {
        let mut call = self.redis.scripts.resign.key(&self.keys.lease);
        call.key(&self.keys.log).arg(token).arg(u8::from(force));
        Ok(call.invoke_async(&mut self.redis.line()?).await?)
    }

    /// Tells those who apply that there are commits. Answers whether a worker for the block lives.
    pub async fn ring(&self) -> Result<bool> {
        let Keys { bell, due, workers, .. } = &self.keys;
        let mut call = self.redis.scripts.ring.key(bell);
        call.key(due).key(workers).arg(&self.block).arg(IDLE_MS);
        Ok(call.invoke_async(&mut self.redis.line()?).await?)
    }

    /// Forgets receipts up to this one: the outbox has followed them.
    pub async fn forget(&self, origin: &str, receipt: &str) -> Result<()> {
        let mut trim = cmd("XTRIM");
        trim.arg(self.keys.receipts(origin)).arg("MINID").arg(following(receipt));
        Ok(trim.query_async(&mut self.redis.line()?).await?)
    }

    fn signed<'a>(&'a self, what: &'a [u8]) -> [&'a [u8]; 4] {
        [what, self.realm.main.as_bytes(), self.realm.fingerprint.as_bytes(), self.block.as_bytes()]
    }

    fn sign_commit(&self, origin: &str, seq: &str, commit: &Packed) -> Vec<u8> {
        let Packed { initial, payload, cause, .. } = commit;
        let cause = cause.as_deref().unwrap_or_default();
        self.redis.seal.sign(&self.commit_parts(origin, seq, *initial, payload, cause))
    }

    fn commit_parts<'a>(
        &'a self,
        origin: &'a str,
        seq: &'a str,
        initial: bool,
        payload: &'a [u8],
        cause: &'a str,
    ) -> Vec<&'a [u8]> {
        let [what, main, fingerprint, block] = self.signed(b"commit");
        let first: &[u8] = if initial { b"1" } else { b"0" };
        let seq = seq.as_bytes();
        let mut parts =
            vec![what, main, fingerprint, block, origin.as_bytes(), seq, first, payload];
        // Without one it is signed as ever.
        parts.extend((!cause.is_empty()).then_some(cause.as_bytes()));
        parts
    }

    fn receipt_parts<'a>(&'a self, text: &'a str) -> [&'a [u8]; 5] {
        let [what, main, fingerprint, block] = self.signed(b"receipt");
        [what, main, fingerprint, block, text.as_bytes()]
    }

    fn entry(&self, entry: &StreamId) -> Result<Entry> {
        let fits = |signed: &Signed<'_>, mac: &[u8]| {
            let Signed { origin, seq, initial, payload, cause } = *signed;
            self.redis.seal.fits(&self.commit_parts(origin, seq, initial, payload, cause), mac)
        };
        Entry::read(entry, || self.place(&entry.id), fits)
    }

    /// The changes of the commits that lie in it, at most so many: those that can be read.
    pub async fn peek(&self, count: usize) -> Result<Vec<Vec<Change>>> {
        let page = self.page("-", count).await?;
        let entries = page.iter().filter_map(|raw| self.entry(raw).ok());
        Ok(entries.filter_map(|entry| decode(&entry.payload).ok()).collect())
    }

    async fn page(&self, from: &str, count: usize) -> Result<Vec<StreamId>> {
        let mut range = cmd("XRANGE");
        range.arg(&self.keys.log).arg(from).arg("+").arg("COUNT").arg(count);
        let reply: StreamRangeReply = range.query_async(&mut self.redis.line()?).await?;
        Ok(reply.ids)
    }
}

impl Queue for Log {
    async fn offer(&self, batch: &Batch) -> Result<Seq> {
        let mut call = self.redis.scripts.offer.key(&self.keys.log);
        call.key(&self.keys.sent).key(self.keys.receipts(&batch.origin));
        call.arg(&batch.origin).arg(batch.after.0).arg(batch.floor.0);
        for commit in &batch.commits {
            let seq = commit.seq.0.to_string();
            let mac = self.sign_commit(&batch.origin, &seq, commit);
            call.arg(seq).arg(u8::from(commit.initial)).arg(commit.at_ms);
            call.arg(commit.payload.as_slice()).arg(mac).arg(commit.cause.as_deref().unwrap_or(""));
        }
        Ok(Seq(call.invoke_async(&mut self.redis.line()?).await?))
    }

    async fn next(&self, max_commits: usize, after: Option<&str>) -> Result<Option<Taken>> {
        let mut taken: Option<Taken> = None;
        let mut from = after.map_or_else(|| "-".to_owned(), |id| format!("({id}"));
        let mut bytes = 0;
        loop {
            let have = taken.as_ref().map_or(0, |taken| taken.ids.len());
            let count = PAGE.min(max_commits.saturating_sub(have));
            if count == 0 {
                return Ok(taken.map(filled));
            }
            let page = self.page(&from, count).await?;
            let ended = page.len() < count;
            for raw in page {
                from = format!("({}", raw.id);
                // A bad entry stops those behind it, not those before.
                let entry = match self.entry(&raw) {
                    Err(_) if taken.is_some() => return Ok(taken),
                    entry => entry?,
                };
                bytes += entry.payload.len();
                if bytes > WINDOW_BYTES && taken.is_some() {
                    return Ok(taken.map(filled));
                }
                if !self.take(&mut taken, entry, raw.id)? {
                    return Ok(taken);
                }
            }
            if ended {
                return Ok(taken);
            }
        }
    }

    async fn settle(&self, settlement: &Settlement<'_>) -> Result<()> {
        let Settlement { id, origin, receipt, again, anew, .. } = settlement;
        let mac = if receipt.is_empty() {
            Vec::new()
        } else {
            self.redis.seal.sign(&self.receipt_parts(receipt))
        };
        let mut connection = self.redis.line()?;
        let mut call = self.redis.scripts.settle.key(&self.keys.log);
        call.key(&self.keys.sent)
            .key(self.keys.receipts(origin))
            .arg(following(id))
            .arg(*receipt)
            .arg(mac);
        call.arg(IDLE_MS).arg(if *again { *origin } else { "" }).arg(u8::from(*anew));
        let left: usize = call.invoke_async(&mut connection).await?;
        let mut tell = redis::pipe();
        tell.cmd("XADD").arg(&self.keys.told).arg("MAXLEN").arg("~").arg(1_000);
        tell.arg("*").arg("b").arg(&self.block).ignore();
        tell.cmd("PEXPIRE").arg(&self.keys.told).arg(IDLE_MS).ignore();
        if left == 0 {
            tell.cmd("ZREM").arg(&self.keys.due).arg(&self.block).ignore();
        }
        Ok(tell.query_async(&mut connection).await?)
    }

    async fn heard(&self, origin: &str, after: Option<&str>) -> Result<Vec<Receipt>> {
        let key = self.keys.receipts(origin);
        let from = after.map_or_else(|| "-".to_owned(), |id| format!("({id}"));
        let mut range = cmd("XRANGE");
        range.arg(&key).arg(from).arg("+").arg("COUNT").arg(RECEIPTS);
        let reply: StreamRangeReply = range.query_async(&mut self.redis.line()?).await?;
        let receipt = |entry: StreamId| {
            let text: String = entry.get("r").unwrap_or_default();
            let mac: Vec<u8> = entry.get("m").unwrap_or_default();
            if self.redis.seal.fits(&self.receipt_parts(&text), &mac) {
                Ok(Receipt { id: entry.id, text })
            } else {
                Err(QueueError::Signature { place: place(&key, &entry.id) })
            }
        };
        reply.ids.into_iter().map(receipt).collect()
    }
}

impl Log {
    /// Adds a commit that follows on what was taken. `false` where the window ends before it.
    fn take(&self, taken: &mut Option<Taken>, entry: Entry, id: String) -> Result<bool> {
        if let Some(taken) = taken {
            let window = &taken.window;
            let follows = window.origin == entry.origin && window.last.0 == entry.seq.0 - 1;
            // A commit that is refused with another stands alone.
            if !follows || window.cause.is_some() || entry.cause.is_some() {
                return Ok(false);
            }
        }
        let changes = match decode(&entry.payload) {
            Ok(changes) => changes,
            Err(_) if taken.is_some() => return Ok(false),
            Err(error) => {
                return Err(QueueError::undecodable(self.place(&id), &error));
            }
        };
        let taken = taken.get_or_insert_with(|| Taken {
            window: Window {
                origin: entry.origin,
                base: Seq(entry.seq.0 - 1),
                first: entry.seq,
                last: entry.seq,
                initial: entry.initial,
                current: false,
                full: false,
                cause: entry.cause,
                commits: Vec::new(),
            },
            ids: Vec::new(),
            floor: entry.floor,
        });
        taken.window.last = entry.seq;
        taken.window.commits.push((entry.seq, changes));
        taken.ids.push(id);
        Ok(true)
    }
}

/// It holds as much as was asked for: there may be more.
fn filled(mut taken: Taken) -> Taken {
    taken.window.full = true;
    taken
}

/// Where an entry is, for people.
fn place(key: &str, id: &str) -> String {
    format!("{key} {id}")
}

/// The first id after this one.
fn following(id: &str) -> String {
    let (time, count) = id.split_once('-').unwrap_or((id, "0"));
    match count.parse::<u64>().ok().and_then(|count| count.checked_add(1)) {
        Some(next) => format!("{time}-{next}"),
        None => id.to_owned(),
    }
}
