//! The queue that needs nothing: the outbox itself. Offered is what is committed, settled is what is acknowledged there.

use rusqlite::Connection;

use super::queue::{Queue, Receipt, Result, Settlement, Taken};
use crate::ids::Seq;
use crate::instant::now_millis;
use crate::outbox::{self, Batch, Window};

/// The most bytes of changes in one window: what is made of them passes through the loop.
pub const WINDOW_BYTES: usize = 1 << 20;

pub struct Local<'a> {
    pub conn: &'a Connection,
    /// What comes up to this seq is in the main database already.
    pub after: Seq,
}

impl Local<'_> {
    /// The next window of the outbox.
    pub fn window(&self, max_commits: usize) -> Result<Option<Window>> {
        Ok(outbox::window(self.conn, self.after, max_commits, WINDOW_BYTES)?)
    }
}

impl Queue for Local<'_> {
    async fn offer(&self, batch: &Batch) -> Result<Seq> {
        Ok(batch.commits.last().map_or(batch.after, |last| last.seq))
    }

    async fn next(&self, max_commits: usize, after: Option<&str>) -> Result<Option<Taken>> {
        let after = after.and_then(|seq| seq.parse().ok()).map_or(self.after, Seq);
        Ok(Local { conn: self.conn, after }.window(max_commits)?.map(|window| Taken {
            ids: window.commits.iter().map(|(seq, _)| seq.0.to_string()).collect(),
            floor: window.base,
            window,
        }))
    }

    async fn settle(&self, settlement: &Settlement<'_>) -> Result<()> {
        if !settlement.again {
            outbox::ack(self.conn, settlement.origin, settlement.last, now_millis())?;
        }
        Ok(())
    }

    /// The outbox was told when the commits were settled.
    async fn heard(&self, _origin: &str, _after: Option<&str>) -> Result<Vec<Receipt>> {
        Ok(Vec::new())
    }
}
