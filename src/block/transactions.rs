//! Transactions that stay open while their caller does other things: each has a connection of its own, which the next one
//! is given. One of them at most holds the write lock; the others read a snapshot.

use std::collections::HashMap;
use std::time::Instant;

use serde_json::json;

use super::readers::Run;
use super::{OpenBlock, Seq};
use crate::error::{Failure, Stop};
use crate::exec::{Database, Role, Sink};

/// Connections kept for the next transactions. More are open only while that many transactions are.
const MAX_SPARE: usize = 2;

struct Open {
    db: Database,
    /// Since when it has the write lock.
    writes_since: Option<Instant>,
}

#[derive(Default)]
pub struct Transactions {
    open: HashMap<u32, Open>,
    spare: Vec<Database>,
    last: u32,
}

impl Transactions {
    /// Strings compare otherwise from now on: the next connections know.
    pub fn forget_spare(&mut self) {
        self.spare.clear();
    }

    pub fn none_open(&self) -> bool {
        self.open.is_empty()
    }

    pub fn take_spare(&mut self) -> Vec<Database> {
        std::mem::take(&mut self.spare)
    }

    fn keep(&mut self, db: Database) {
        if self.spare.len() < MAX_SPARE {
            self.spare.push(db);
        }
    }
}

fn closed() -> Stop {
    Failure::new("SHARDED_TRANSACTION", "the transaction is closed", json!({})).into()
}

impl OpenBlock {
    /// `insist`: also when another process stands in line for the lock.
    pub fn begin_writing(&mut self, insist: bool) -> Result<u32, Stop> {
        self.writable()?;
        self.in_turn(insist)?;
        let mut db = self.connection()?;
        match db.begin() {
            Ok(()) => Ok(self.opened(db, Some(Instant::now()))),
            Err(stop) => {
                self.transactions.keep(db);
                Err(stop)
            }
        }
    }

    /// A transaction that sees what is committed now, until it ends.
    pub fn begin_reading(&mut self) -> Result<u32, Stop> {
        let mut db = self.connection()?;
        db.begin_reading()?;
        Ok(self.opened(db, None))
    }

    /// Gets the write lock for a transaction that has only read so far.
    pub fn upgrade(&mut self, id: u32, insist: bool) -> Result<(), Stop> {
        self.writable()?;
        self.in_turn(insist)?;
        let open = self.transactions.open.get_mut(&id).ok_or_else(closed)?;
        open.db.upgrade()?;
        open.writes_since = Some(Instant::now());
        Ok(())
    }

    fn in_turn(&mut self, insist: bool) -> Result<(), Stop> {
        if !insist && self.turn.is_wanted() { Err(Stop::Busy) } else { Ok(()) }
    }

    fn connection(&mut self) -> Result<Database, Stop> {
        if let Some(db) = self.transactions.spare.pop() {
            return Ok(db);
        }
        let mut db = Database::open(&self.path, self.schema().clone(), Role::Calls)?;
        db.follow(&self.strings)?;
        db.bounds = self.db.bounds.clone();
        if let Some(report) = &self.on_low_ids {
            db.ids.on_low(report.clone());
        }
        Ok(db)
    }

    fn opened(&mut self, db: Database, writes_since: Option<Instant>) -> u32 {
        let all = &mut self.transactions;
        loop {
            all.last = all.last.wrapping_add(1);
            if all.last != 0 && !all.open.contains_key(&all.last) {
                break;
            }
        }
        all.open.insert(all.last, Open { db, writes_since });
        all.last
    }

    /// The connection of an open transaction.
    pub fn transaction(&mut self, id: u32) -> Result<&mut Database, Stop> {
        self.transactions.open.get_mut(&id).map(|open| &mut open.db).ok_or_else(closed)
    }

    /// Runs a plan as a part of that transaction; of a write that fails nothing is left in it.
    pub fn run_in(&mut self, id: u32, run: &Run, sink: &mut dyn Sink) -> Result<(), Stop> {
        if run.prepared.write {
            self.writable()?;
            self.transaction(id)?.write_part(&run.prepared.program, &run.call(), sink)
        } else {
            let db = self.transaction(id)?;
            db.still_open()?;
            db.read(&run.prepared.program, &run.call(), sink)
        }
    }

    /// From now on rows of the main database are written in this transaction, which it has a part of; or no more.
    pub fn follow(&mut self, id: u32, follows: bool) -> Result<(), Stop> {
        self.followed = None;
        self.transaction(id)?.follow_main(follows)?;
        self.followed = follows.then_some(id);
        Ok(())
    }

    /// Ends a transaction that the main database has committed.
    pub fn commit_joint(&mut self, id: u32, meta: &[(String, String)]) -> Result<(), Stop> {
        let mut open = self.end(id)?;
        open.db.still_open()?;
        open.db.commit_joint(meta)?;
        self.transactions.keep(open.db);
        Ok(())
    }

    pub fn commit_transaction(&mut self, id: u32) -> Result<Seq, Stop> {
        let mut open = self.end(id)?;
        open.db.still_open()?;
        let seq = open.db.commit()?;
        self.transactions.keep(open.db);
        Ok(seq)
    }

    pub fn roll_back_transaction(&mut self, id: u32) -> Result<(), Stop> {
        let mut open = self.end(id)?;
        open.db.rollback()?;
        self.transactions.keep(open.db);
        Ok(())
    }

    fn end(&mut self, id: u32) -> Result<Open, Stop> {
        let open = self.transactions.open.remove(&id).ok_or_else(closed)?;
        if let Some(since) = open.writes_since {
            self.turn.spent(since.elapsed());
        }
        Ok(open)
    }
}
