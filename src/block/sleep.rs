//! A block that nobody uses for a while gives its connections and their memory back, and opens them again with its next
//! call. Whoever has it does not notice: its plans, its listeners and its place in the life of the file stay.
//!
//! ```text
//! awake --nothing under way--> asleep --any call--> awake
//!          connections close beside the loop          the file must still be the one that was left
//! ```

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};
use serde_json::json;

use super::life::Life;
use super::{
    Closing, Durability, Engine, Ground, Keeping, OpenBlock, Parts, Plans, Readers, Reporter,
    Transactions, Turn, Wal, storage,
};
use crate::collation::Strings;
use crate::error::{Failure, Stop};
use crate::exec::{Database, OnLow, Role, draft};
use crate::ids::{FieldId, ModelId, Seq};
use crate::outbox::{self, Bounds};
use crate::schema::Schema;

/// The most that a connection keeps of its file, see `exec`.
const CACHE_BYTES: u64 = 16_000 * 1024;

/// Connections of one block that are being closed beside the loop.
#[derive(Default)]
pub struct Leaving {
    count: Mutex<usize>,
    none: Condvar,
}

impl Leaving {
    fn begin(self: &Arc<Self>) -> Left {
        *self.count.lock() += 1;
        Left(self.clone())
    }

    /// Returns when they are closed.
    pub fn wait(&self) {
        let mut count = self.count.lock();
        while *count > 0 {
            self.none.wait(&mut count);
        }
    }
}

struct Left(Arc<Leaving>);

impl Drop for Left {
    fn drop(&mut self) {
        *self.0.count.lock() -= 1;
        self.0.none.notify_all();
    }
}

/// Who works on the file of a block beside it.
pub struct Visitor {
    path: PathBuf,
    schema: Arc<Schema>,
    strings: Arc<Strings>,
    _left: Left,
    _visit: Arc<()>,
}

impl Visitor {
    /// Writes what is committed now to another file, which must not exist.
    pub fn backup(&self, to: &str) -> Result<(), Stop> {
        self.connect()?.conn.execute("VACUUM INTO ?1", [to])?;
        // The copy is a block's file as well: its log is a WAL.
        draft::with_log(Path::new(to)).map_err(storage)?;
        Ok(())
    }

    /// Notes in a freshly loaded file how it differs from the block.
    pub fn compare(&self, fresh: &Path) -> Result<(), Stop> {
        self.connect()?.compare_with(fresh)
    }

    fn connect(&self) -> Result<Database, Stop> {
        let mut db = Database::open(&self.path, self.schema.clone(), Role::Side)?;
        db.follow(&self.strings)?;
        Ok(db)
    }
}

/// Who has the write lock of a block for a refresh, and goes on beside the loop.
pub struct Refresher {
    // Closed before the block hears that it has left.
    db: Database,
    _left: Left,
    _visit: Arc<()>,
}

impl Refresher {
    /// -> how many rows have changed. Blocks.
    pub fn refresh(&mut self, since: Seq) -> Result<usize, Stop> {
        self.db.refresh(since)
    }
}

/// What stays of a block whose connections are closed.
pub struct Asleep {
    engine: Arc<Engine>,
    path: PathBuf,
    durability: Durability,
    bounds: Bounds,
    plans: Arc<Mutex<Plans>>,
    strings: Arc<Strings>,
    readers: Readers,
    reporter: Reporter,
    ground: Arc<Ground>,
    keeping: Arc<Keeping>,
    turn: Turn,
    unleased: HashSet<(ModelId, FieldId)>,
    on_low_ids: Option<OnLow>,
    /// The file that is found must know it.
    origin: Option<String>,
    /// Still this life of the file, where its lock is kept.
    life: Option<Life>,
    leaving: Arc<Leaving>,
}

impl OpenBlock {
    /// Whether nothing is under way that has to do with its connections.
    pub fn may_sleep(&self) -> bool {
        let unshared = Arc::strong_count(&self.reader) == 1 && Arc::strong_count(&self.wal) == 1;
        // Who wakes it waits for those who leave, and a visitor leaves in a turn of the loop.
        let unvisited = Arc::strong_count(&self.visits) == 1;
        unshared
            && unvisited
            && !self.loading
            && !self.wal.failed()
            && !self.keeping.is_held()
            && !self.db.in_transaction()
            && self.followed.is_none()
            && self.transactions.none_open()
            && self.readers.is_idle()
            && self.turn.is_idle()
    }

    /// How much of the file may lie in the page cache of the connection that it is used by.
    pub fn cache_bytes(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |meta| meta.len()).min(CACHE_BYTES)
    }

    /// A connection of its own for another thread, which the block waits for before it is closed.
    pub fn visitor(&self) -> Visitor {
        Visitor {
            path: self.path.clone(),
            schema: self.engine.schema.clone(),
            strings: self.strings.clone(),
            _left: self.leaving.begin(),
            _visit: self.visits.clone(),
        }
    }

    /// Begins a refresh by a file that was compared: gets the write lock.
    pub fn refresher(&mut self, fresh: &Path) -> Result<Refresher, Stop> {
        // In a transaction of the loop there is no connection to give away.
        if self.followed.is_some() {
            return Err(Stop::Busy);
        }
        let left = self.leaving.begin();
        self.side()?.begin_refresh_from(fresh)?;
        let db = self.side.take().expect("opened above");
        Ok(Refresher { db, _left: left, _visit: self.visits.clone() })
    }

    /// The connection may be needed again.
    pub fn refreshed(&mut self, refresher: Refresher) {
        self.side.get_or_insert(refresher.db);
    }

    /// Closes the connections that the next call does not need; `may_sleep` holds.
    pub fn trim(&mut self) {
        let mut idle = self.transactions.take_spare();
        idle.extend(self.side.take());
        idle.extend(self.reader.lock().take());
        self.readers.rest();
        if !idle.is_empty() {
            let left = self.leaving.begin();
            self.engine.closer.push(Box::new(move || {
                drop(idle);
                drop(left);
            }));
        }
    }

    /// Ends what belongs to the connections; `may_sleep` holds. `keeps_life`: the lock of the file's life stays.
    pub fn sleep(mut self, keeps_life: bool) -> Result<Asleep, (Box<Self>, Stop)> {
        let origin = match outbox::current_origin(&self.db.conn) {
            Ok(origin) => origin,
            Err(error) => return Err((Box::new(self), error.into())),
        };
        self.readers.rest();
        self.keeping.rest();
        let life = if keeps_life { self.life.take() } else { None };
        let Parts { asleep, closing } = self.into_parts(origin, life);
        let left = asleep.leaving.begin();
        asleep.engine.closer.push(Box::new(move || {
            // What could not be carried over stays in the WAL: the next to open the file finds it there.
            drop(closing.close());
            drop(left);
        }));
        Ok(asleep)
    }

    fn into_parts(self, origin: Option<String>, life: Option<Life>) -> Parts {
        let bounds = self.db.bounds.clone();
        let reporter = self.wal.reporter();
        let closing = Closing {
            db: self.db,
            loading: false,
            side: self.side,
            reader: self.reader,
            readers: None,
            keeping: self.keeping.clone(),
            life: self.life,
            ground: self.ground.clone(),
            transactions: self.transactions,
            leaving: Arc::default(),
        };
        let asleep = Asleep {
            engine: self.engine,
            path: self.path,
            durability: self.durability,
            bounds,
            plans: self.plans,
            strings: self.strings,
            readers: self.readers,
            reporter,
            ground: self.ground,
            keeping: self.keeping,
            turn: self.turn,
            unleased: self.unleased,
            on_low_ids: self.on_low_ids,
            origin,
            life,
            leaving: self.leaving,
        };
        Parts { asleep, closing }
    }
}

/// A connection to a file that is the one that was left.
pub struct Found {
    db: Database,
    wal: Wal,
    life: Option<Life>,
}

impl Asleep {
    pub fn keeps_life(&self) -> bool {
        self.life.is_some()
    }

    /// Opens the file again.
    ///
    /// # Errors
    /// `SHARDED_BLOCK_DELETED` when it is gone, or another one stands in its place.
    pub fn find(&self) -> Result<Found, Stop> {
        if !self.path.exists() {
            return Err(self.gone());
        }
        let life = if self.life.is_some() {
            None
        } else {
            // The last life of the file ends there: this one must not share its lock.
            self.leaving.wait();
            Some(Life::begin(&self.path, self.engine.boot.clone())?)
        };
        let mut db = Database::open(&self.path, self.engine.schema.clone(), Role::Calls)?;
        db.bounds = self.bounds.clone();
        if let Some(life) = &life {
            life.begin_in(&db)?;
        }
        let same = match &self.origin {
            Some(origin) => outbox::knows_origin(&db.conn, origin)?,
            None => true,
        };
        if !same {
            return Err(self.gone());
        }
        db.follow(&self.strings)?;
        if let Some(report) = &self.on_low_ids {
            db.ids.on_low(report.clone());
        }
        let wal =
            Wal::open(&self.path, self.ground.clone(), self.reporter.clone()).map_err(storage)?;
        Ok(Found { db, wal, life })
    }

    fn gone(&self) -> Stop {
        let why = format!("{} was deleted by another process", self.path.display());
        Failure::new("SHARDED_BLOCK_DELETED", why, json!({})).into()
    }

    pub fn wake(self, Found { db, wal, life }: Found) -> OpenBlock {
        self.keeping.wake();
        OpenBlock {
            db,
            plans: self.plans,
            strings: self.strings,
            engine: self.engine,
            path: self.path,
            loading: false,
            durability: self.durability,
            side: None,
            followed: None,
            reader: Arc::default(),
            readers: self.readers,
            wal: Arc::new(wal),
            ground: self.ground,
            keeping: self.keeping,
            life: self.life.or(life),
            transactions: Transactions::default(),
            turn: self.turn,
            began: std::time::Instant::now(),
            unleased: self.unleased,
            on_low_ids: self.on_low_ids,
            leaving: self.leaving,
            visits: Arc::default(),
        }
    }

    /// Ends the life of the file: a short opening, where its lock was kept. Blocks.
    pub fn close(self) -> Result<(), Stop> {
        self.leaving.wait();
        if self.life.is_none() {
            self.readers.close();
            return Ok(());
        }
        match self.find() {
            Ok(found) => self.wake(found).into_closing().close(),
            // A file that is gone has no next life.
            Err(Stop::Failed(failure)) if failure.code == "SHARDED_BLOCK_DELETED" => Ok(()),
            Err(stop) => Err(stop),
        }
    }
}
