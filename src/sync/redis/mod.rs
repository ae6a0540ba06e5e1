//! The queue on Redis: a stream per block, whose order is the order for everybody; a lease elects its applier; a few streams
//! of names tell who has to look. Every transition is one script (`scripts/`), so that it happens whole or not at all.
//! The only room that names the crate.

mod address;
mod entry;
mod freshness;
mod line;
mod listen;
mod log;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, ErrorKind, RedisError, RedisResult, Script, cmd};

use super::keys::Realm;
use super::queue::{QueueError, Result};
use super::seal::Seal;
use address::client;
use line::Line;

pub use address::Address;
#[cfg(fuzzing)]
pub use entry::read_answer;
pub use freshness::Freshness;
pub use listen::Heard;
pub use log::Log;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// A Redis that takes longer for a command is as good as none.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
const FIRST_RETRY: Duration = Duration::from_millis(50);
const LONGEST_RETRY: Duration = Duration::from_secs(2);

/// What a server answers that will soon do better.
const PASSING: [&str; 9] = [
    "BUSY",
    "BUSYLOADING",
    "CLUSTERDOWN",
    "LOADING",
    "MASTERDOWN",
    "NOREPLICAS",
    "NOSCRIPT",
    "READONLY",
    "TRYAGAIN",
];

/// One connection for commands, shared by all blocks; those that listen have their own.
pub struct Redis {
    client: Client,
    seal: Seal,
    line: Mutex<Option<Arc<ConnectionManager>>>,
    scripts: Scripts,
}

struct Scripts {
    offer: Script,
    elect: Script,
    resign: Script,
    settle: Script,
    ring: Script,
    attend: Script,
}

impl From<RedisError> for QueueError {
    fn from(error: RedisError) -> Self {
        match error.kind() {
            ErrorKind::InvalidClientConfig => Self::Unsuitable(format!("connection: {error}")),
            _ if error.is_cluster_error() => {
                Self::Unsuitable("connection: a Redis Cluster is not supported yet".to_owned())
            }
            ErrorKind::AuthenticationFailed => Self::Refused(format!("Redis: {error}")),
            ErrorKind::Server(_) | ErrorKind::Extension
                if error.code().is_some_and(|code| !PASSING.contains(&code)) =>
            {
                Self::Refused(format!("Redis: {error}"))
            }
            _ => Self::Lost(format!("Redis: {error}")),
        }
    }
}

impl Redis {
    /// Connects when first used.
    pub fn new(address: &Address) -> Result<Self> {
        Ok(Self {
            client: client(address)?,
            seal: Seal::new(address.secret.as_deref()),
            line: Mutex::new(None),
            scripts: Scripts {
                offer: Script::new(include_str!("scripts/offer.lua")),
                elect: Script::new(include_str!("scripts/elect.lua")),
                resign: Script::new(include_str!("scripts/resign.lua")),
                settle: Script::new(include_str!("scripts/settle.lua")),
                ring: Script::new(include_str!("scripts/ring.lua")),
                attend: Script::new(include_str!("scripts/attend.lua")),
            },
        })
    }

    /// What is asked while it reconnects fails soon, and is tried again by who asked.
    fn line(&self) -> Result<Line<'_>> {
        let mut line = self.line.lock();
        let shared = match line.as_ref() {
            Some(shared) => shared.clone(),
            None => line.insert(Arc::new(self.manager()?)).clone(),
        };
        let manager = shared.as_ref().clone();
        Ok(Line { redis: self, shared, manager })
    }

    fn manager(&self) -> Result<ConnectionManager> {
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(ANSWER_TIMEOUT))
            .set_min_delay(FIRST_RETRY)
            .set_max_delay(LONGEST_RETRY)
            .set_number_of_retries(1);
        Ok(ConnectionManager::new_lazy_with_config(self.client.clone(), config)?)
    }

    /// What the server says of itself: `INFO`'s lines. `None` where the user may not ask.
    pub async fn info(&self) -> Result<Option<HashMap<String, String>>> {
        let answer: RedisResult<String> = cmd("INFO").query_async(&mut self.line()?).await;
        match answer {
            Ok(text) => Ok(Some(
                text.lines()
                    .filter_map(|line| line.split_once(':'))
                    .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
                    .collect(),
            )),
            Err(error) if error.code() == Some("NOPERM") => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A worker for `blocks` (`*`: all) lives for so long; the encoded names of blocks that wait, at most `limit` a partition.
    pub async fn attend(
        &self,
        realm: &Realm,
        blocks: &[String],
        live: Duration,
        limit: usize,
    ) -> Result<Vec<String>> {
        let mut due = Vec::new();
        for (waiting, workers) in realm.due_and_workers() {
            let mut call = self.scripts.attend.key(waiting);
            call.key(workers).arg(millis(live)).arg(limit).arg(blocks);
            due.extend(call.invoke_async::<Vec<String>>(&mut self.line()?).await?);
        }
        Ok(due)
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
