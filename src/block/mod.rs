//! The life of one open block file: its connections, its plans, its lock, its way to the disk.

mod ground;
mod keeping;
mod life;
mod outlook;
mod pace;
mod plans;
mod pool;
mod readers;
mod sleep;
mod transactions;
mod turn;
mod wal;
mod worker;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

use crate::collation::{Strings, Tables};
use crate::error::{Failure, Stop};
use crate::exec::{Database, OnLow, Role, Sink, draft};
use crate::ids::{FieldId, ModelId, Seq};
use crate::outbox::{self, Bounds};
use crate::plan::Context;
use crate::schema::Schema;

use ground::Ground;
pub use keeping::{Keeping, LongReaders};
pub use life::boot_id;
pub use outlook::OutboxReader;
pub use pace::INLINE;
pub use plans::{Library, Plans, Prepared};
pub use pool::Pool;
pub use readers::{Readers, Run};
use sleep::Leaving;
pub use sleep::{Asleep, Refresher, Visitor};
use transactions::Transactions;
use turn::Turn;
pub use wal::{Reporter, Wal};
pub use worker::{Job, Worker};

/// What all blocks of one manifest share.
pub struct Engine {
    pub schema: Arc<Schema>,
    /// Weights of the main database's collations.
    pub tables: Tables,
    /// Of the machine, where it has a name.
    pub boot: Option<String>,
    pub library: Library,
    pub syncer: Worker,
    pub keeper: Worker,
    pub long_readers: LongReaders,
    pub pool: Pool,
    /// Closes connections.
    pub closer: Pool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// A write's promise waits for the disk.
    Full,
    /// Survives a crash of the process, not of the machine.
    Os,
}

pub struct OpenBlock {
    pub db: Database,
    pub plans: Arc<Mutex<Plans>>,
    pub strings: Arc<Strings>,
    engine: Arc<Engine>,
    path: PathBuf,
    loading: bool,
    durability: Durability,
    /// Adoption, replacement, refresh: a connection that captures nothing.
    side: Option<Database>,
    /// The transaction in which those happen instead.
    followed: Option<u32>,
    /// Reads the outbox off the loop.
    reader: Arc<Mutex<Option<Database>>>,
    /// Runs long reads; a block that is being loaded has none.
    pub readers: Readers,
    wal: Arc<Wal>,
    ground: Arc<Ground>,
    keeping: Arc<Keeping>,
    life: Option<life::Life>,
    transactions: Transactions,
    pub turn: Turn,
    /// Since when the caller's own connection has the write lock.
    began: Instant,
    /// Fields whose ids the main database does not give in advance.
    pub unleased: HashSet<(ModelId, FieldId)>,
    on_low_ids: Option<OnLow>,
    /// Connections on their way out.
    leaving: Arc<Leaving>,
    /// Shared by those who work on the file beside the loop, and come back to it.
    visits: Arc<()>,
}

impl OpenBlock {
    pub fn open(
        engine: Arc<Engine>,
        path: &Path,
        durability: Durability,
        loading: bool,
        bounds: Bounds,
        max_wal: u64,
    ) -> Result<Self, Stop> {
        let role = if loading { Role::Draft } else { Role::Calls };
        let life = if loading { None } else { Some(life::Life::begin(path, engine.boot.clone())?) };
        match &life {
            Some(life) => life.check_log()?,
            None => draft::without_log(path).map_err(storage)?,
        }
        let mut db = Database::open(path, engine.schema.clone(), role)?;
        db.bounds = bounds;
        outbox::migrate(&db.conn, db.form()?)?;
        let ground = Ground::new(path, life.as_ref().map_or(Ok(false), |life| life.begin_in(&db))?);
        // The WAL exists once a transaction has begun: this read is the first at the latest.
        let (plans, strings) = shelf(&engine, path, db.meta("collation")?.as_deref())?;
        db.follow(&strings)?;
        let wal = Wal::of(path, ground.clone(), loading).map_err(storage)?;
        let keeping = Keeping::new(path, max_wal, engine.long_readers.clone());
        let readers = Readers::new(
            engine.pool.clone(),
            engine.schema.clone(),
            strings.clone(),
            path.to_owned(),
        );
        if loading {
            life::loads(&db, engine.boot.as_deref())?;
        }
        let mut block = Self {
            db,
            plans,
            strings,
            readers,
            engine,
            path: path.to_owned(),
            loading,
            durability,
            side: None,
            followed: None,
            reader: Arc::new(Mutex::new(None)),
            wal: Arc::new(wal),
            ground,
            keeping,
            life,
            transactions: Transactions::default(),
            turn: Turn::new(path),
            began: Instant::now(),
            unleased: HashSet::new(),
            on_low_ids: None,
            leaving: Arc::default(),
            visits: Arc::default(),
        };
        // A process that was killed may have left it long.
        block.grown();
        Ok(block)
    }

    pub fn schema(&self) -> &Arc<Schema> {
        &self.engine.schema
    }

    pub fn wal(&self) -> &Arc<Wal> {
        &self.wal
    }

    pub fn keeping(&self) -> &Arc<Keeping> {
        &self.keeping
    }

    /// Whether a read may give up on the caller's thread and start over on another. In a transaction it sees what no
    /// other connection does.
    pub fn may_leave(&self) -> bool {
        !self.loading && !self.db.in_transaction() && self.readers.has_room()
    }

    /// Runs a plan on this thread, in the open transaction if there is one.
    pub fn run(&mut self, run: &Run, sink: &mut dyn Sink) -> Result<Seq, Stop> {
        if run.prepared.write {
            self.writable()?;
            if self.db.in_transaction() {
                return self.db.write(&run.prepared.program, &run.call(), sink);
            }
            self.courteous()?;
            self.began = Instant::now();
            let result = self.db.write(&run.prepared.program, &run.call(), sink);
            self.turn.spent(self.began.elapsed());
            result
        } else {
            self.read(run, sink).map(|()| Seq(0))
        }
    }

    pub fn begin(&mut self) -> Result<(), Stop> {
        self.courteous()?;
        self.began = Instant::now();
        self.db.begin()
    }

    pub fn commit(&mut self) -> Result<Seq, Stop> {
        let seq = self.db.commit();
        self.turn.spent(self.began.elapsed());
        seq
    }

    /// Lets another process go first that waits for the write lock, if this one has had it for a while.
    fn courteous(&mut self) -> Result<(), Stop> {
        if !self.loading && self.turn.is_due() { Err(Stop::Busy) } else { Ok(()) }
    }

    pub fn read(&self, run: &Run, sink: &mut dyn Sink) -> Result<(), Stop> {
        self.db.read(&run.prepared.program, &run.call(), sink)
    }

    /// Starts a read beside the loop, of what is committed now.
    pub fn leave(&self, run: Run) -> Result<u32, Stop> {
        self.readers.start(self.db.mark()?, run)
    }

    /// Called after a commit, of whatever connection, that has left few ids.
    pub fn on_low_ids(&mut self, report: OnLow) {
        self.db.ids.on_low(report.clone());
        self.on_low_ids = Some(report);
    }

    /// The connection that writes rows without an outbox entry.
    pub fn side(&mut self) -> Result<&mut Database, Stop> {
        if self.loading {
            return Ok(&mut self.db);
        }
        if let Some(id) = self.followed {
            return self.transaction(id);
        }
        if self.side.is_none() {
            let mut side = Database::open(&self.path, self.engine.schema.clone(), Role::Side)?;
            side.follow(&self.strings)?;
            self.side = Some(side);
        }
        self.side.as_mut().ok_or_else(|| unreachable!("opened above"))
    }

    pub fn compile(&mut self, request: &str) -> String {
        let schema = self.engine.schema.clone();
        let context = Context { schema: &schema, strings: &self.strings, unleased: &self.unleased };
        self.plans.lock().compile(&context, request)
    }

    /// A string order that the block can answer is known from `meta('collation')`, which a loader may set later.
    pub fn set_meta(&mut self, key: &str, value: &str) -> Result<(), Stop> {
        self.db.set_meta(key, value)?;
        if key == "collation" {
            let (plans, strings) = shelf(&self.engine, &self.path, Some(value))?;
            self.db.follow(&strings)?;
            self.readers.follow(strings.clone());
            self.plans = plans;
            self.strings = strings;
            self.side = None;
            self.transactions.forget_spare();
            *self.reader.lock() = None;
        }
        Ok(())
    }

    /// A block whose last sync failed takes no more writes: nobody knows what the disk holds.
    pub fn writable(&self) -> Result<(), Stop> {
        if self.wal.failed() {
            let why = "the block's last commits could not be synced to disk: open it again";
            return Err(Failure::new("SHARDED_DURABILITY", why, serde_json::json!({})).into());
        }
        Ok(())
    }

    /// After each commit: the disk, when the caller waits for it, and the WAL's size.
    pub fn committed(&mut self, seq: Seq) {
        if seq.0 == 0 || self.loading {
            return;
        }
        if self.durability == Durability::Full {
            self.sync_soon(seq);
        }
        self.grown();
        self.keeping.give_way();
    }

    /// The commits up to this one reach the disk beside the caller.
    pub fn sync_soon(&self, seq: Seq) {
        self.engine.syncer.push(Job::Sync { wal: self.wal.clone(), seq });
    }

    /// The WAL has grown by a transaction.
    pub fn grown(&mut self) {
        if self.loading {
            return;
        }
        if self.keeping.is_due(self.wal.bytes()) {
            self.engine.keeper.push(Job::Checkpoint(Arc::downgrade(&self.keeping)));
        }
    }

    /// Reads the outbox from another thread.
    pub fn outbox_reader(&self) -> OutboxReader {
        OutboxReader {
            schema: self.engine.schema.clone(),
            strings: self.strings.clone(),
            path: self.path.clone(),
            reader: self.reader.clone(),
            wal: self.wal.clone(),
        }
    }

    /// What is left to close, for another thread: the last connection carries the WAL into the file and syncs.
    pub fn into_closing(self) -> Closing {
        self.keeping.rest();
        Closing {
            db: self.db,
            loading: self.loading,
            side: self.side,
            reader: self.reader,
            readers: Some(self.readers),
            keeping: self.keeping,
            life: self.life,
            ground: self.ground,
            transactions: self.transactions,
            leaving: self.leaving,
        }
    }
}

/// Of a block that goes to sleep.
struct Parts {
    asleep: Asleep,
    closing: Closing,
}

/// The connections of a block that is no longer used.
pub struct Closing {
    db: Database,
    loading: bool,
    side: Option<Database>,
    reader: Arc<Mutex<Option<Database>>>,
    readers: Option<Readers>,
    keeping: Arc<Keeping>,
    life: Option<life::Life>,
    ground: Arc<Ground>,
    /// Those that are open are rolled back with their connections.
    transactions: Transactions,
    leaving: Arc<Leaving>,
}

impl Closing {
    /// Closes every connection; the last process to close marks the file clean.
    pub fn close(mut self) -> Result<(), Stop> {
        // A load that failed leaves its transaction open, and its file is thrown away.
        if self.loading && !self.db.in_transaction() {
            self.db.mark_loaded()?;
        }
        if let Some(readers) = &self.readers {
            readers.close();
        }
        self.leaving.wait();
        self.keeping.settle();
        *self.reader.lock() = None;
        drop(self.side);
        drop(self.transactions);
        if let Some(life) = &self.life {
            life.end(&self.db, &self.ground)?;
        }
        self.db.close(!self.loading)?;
        if self.loading {
            draft::with_log(self.keeping.path()).map_err(storage)?;
        }
        Ok(())
    }
}

/// The plans of a block whose file says this of strings.
fn shelf(
    engine: &Engine,
    path: &Path,
    facts: Option<&str>,
) -> Result<(Arc<Mutex<Plans>>, Arc<Strings>), Stop> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let parse = || Strings::parse(&engine.schema, facts, &engine.tables, folder);
    let plans = engine.library.shelf(folder, facts, parse).map_err(storage)?;
    let strings = plans.lock().strings.clone();
    Ok((plans, strings))
}

fn storage(error: impl std::fmt::Display) -> Stop {
    Failure::new("SHARDED_STORAGE", error.to_string(), serde_json::json!({})).into()
}
