//! Word that a block's contents are old, for every process that has it open, on any machine.
//!
//! A stream of names tells at once. Who did not hear it finds out by comparing: each invalidation gives the block another
//! version, and a Redis that has lost its versions has another memory.

use std::time::Duration;

use redis::cmd;

use super::super::queue::Result;
use super::log::Log;
use super::millis;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// So long an invalidation is remembered. A block that is opened later has been loaded again or is told nothing.
const VERSION_KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);
const NAMES: usize = 10_000;

/// What Redis knows of a block's invalidations.
#[derive(Debug, PartialEq, Eq)]
pub struct Freshness {
    /// Names the time since Redis was empty the last time.
    pub memory: String,
    /// The last invalidation; `None` when there was none.
    pub version: Option<String>,
}

impl Log {
    /// Tells everybody that has the block that its contents are old.
    ///
    /// # Errors
    /// When Redis does not take it: nobody may have heard.
    pub async fn invalidate(&self) -> Result<Freshness> {
        let version = uuid::Uuid::new_v4().to_string();
        let (keys, block) = (self.keys(), self.block());
        let mut pipe = redis::pipe();
        // First the version: who hears of it looks there.
        pipe.cmd("SET")
            .arg(&keys.version)
            .arg(&version)
            .arg("PX")
            .arg(millis(VERSION_KEPT))
            .ignore();
        pipe.cmd("XADD").arg(&keys.stale).arg("MAXLEN").arg("~").arg(NAMES).arg("*");
        pipe.arg("b").arg(block).ignore();
        pipe.cmd("PEXPIRE").arg(&keys.stale).arg(millis(DAY)).ignore();
        let () = pipe.query_async(&mut self.redis().line()?).await?;
        self.freshness().await
    }

    /// # Errors
    /// When Redis does not answer.
    pub async fn freshness(&self) -> Result<Freshness> {
        let keys = self.keys();
        let mut line = self.redis().line()?;
        let memory = uuid::Uuid::new_v4().to_string();
        let _: Option<String> =
            cmd("SET").arg(&keys.memory).arg(&memory).arg("NX").query_async(&mut line).await?;
        let memory = cmd("GET").arg(&keys.memory).query_async(&mut line).await?;
        let version = cmd("GET").arg(&keys.version).query_async(&mut line).await?;
        Ok(Freshness { memory, version })
    }
}
