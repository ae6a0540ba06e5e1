//! Streams of names, read by a connection of their own that waits for the next.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use redis::aio::MultiplexedConnection;
use redis::streams::{StreamRangeReply, StreamReadReply};
use redis::{AsyncConnectionConfig, RedisResult, cmd};

use super::super::queue::QueueError;
use super::{CONNECT_TIMEOUT, FIRST_RETRY, LONGEST_RETRY, Redis};

/// How long one blocking read lasts when nothing comes.
const LISTEN_MS: usize = 5_000;
const LISTEN_TIMEOUT: Duration = Duration::from_secs(10);

impl Redis {
    /// Calls `tell` with the names that come into these streams from now on, and with `None` each time the connection stands
    /// (again): what came meanwhile may be lost. Returns when `tell` says that nobody listens any more.
    pub async fn listen(&self, streams: Vec<String>, tell: impl Fn(Heard<'_>) -> bool) {
        let mut delays = retries();
        loop {
            let mut connected = false;
            let result = self.listen_once(&streams, &tell, &mut connected).await;
            let Err(error) = result else { return };
            if !tell(Heard::Lost(&QueueError::from(error))) {
                return;
            }
            if connected {
                delays = retries();
            }
            tokio::time::sleep(delays.next().unwrap_or(LONGEST_RETRY)).await;
        }
    }

    async fn listen_once(
        &self,
        streams: &[String],
        tell: &impl Fn(Heard<'_>) -> bool,
        connected: &mut bool,
    ) -> RedisResult<()> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(LISTEN_TIMEOUT));
        let mut connection =
            self.client.get_multiplexed_async_connection_with_config(&config).await?;
        let mut last = ends(&mut connection, streams).await?;
        *connected = true;
        if !tell(Heard::Connected) {
            return Ok(());
        }
        loop {
            let mut read = cmd("XREAD");
            read.arg("COUNT").arg(1_000).arg("BLOCK").arg(LISTEN_MS).arg("STREAMS");
            read.arg(streams).arg(&last);
            let reply: Option<StreamReadReply> = read.query_async(&mut connection).await?;
            if !tell(Heard::Nothing) {
                return Ok(());
            }
            let Some(reply) = reply else { continue };
            for stream in reply.keys {
                if let Some(at) = streams.iter().position(|name| *name == stream.key) {
                    let mut names: Vec<String> =
                        stream.ids.iter().filter_map(|entry| entry.get("b")).collect();
                    names.sort_unstable();
                    names.dedup();
                    if let Some(entry) = stream.ids.last() {
                        last[at].clone_from(&entry.id);
                    }
                    for name in names {
                        if !tell(Heard::Block(&name)) {
                            return Ok(());
                        }
                    }
                }
            }
        }
    }
}

/// What a listener is told.
pub enum Heard<'a> {
    Connected,
    Block(&'a str),
    /// Still there.
    Nothing,
    Lost(&'a QueueError),
}

fn retries() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(FIRST_RETRY)
        .with_max_delay(LONGEST_RETRY)
        .with_jitter()
        .without_max_times()
        .build()
}

/// The last id of each stream.
async fn ends(
    connection: &mut MultiplexedConnection,
    streams: &[String],
) -> RedisResult<Vec<String>> {
    let mut pipe = redis::pipe();
    for stream in streams {
        pipe.cmd("XREVRANGE").arg(stream).arg("+").arg("-").arg("COUNT").arg(1);
    }
    let replies: Vec<StreamRangeReply> = pipe.query_async(connection).await?;
    let last = |reply: StreamRangeReply| {
        reply.ids.into_iter().next().map_or_else(|| "0-0".to_owned(), |entry| entry.id)
    };
    Ok(replies.into_iter().map(last).collect())
}
