//! A connection that gives itself up.

use std::sync::Arc;

use redis::aio::{ConnectionLike, ConnectionManager};
use redis::{Cmd, Pipeline, RedisFuture, RedisResult, Value};

use super::Redis;

/// The connection for commands. It reconnects by itself when it breaks; one that only keeps silent, or leads to a server that
/// is no master any more, is given up here.
pub struct Line<'a> {
    pub redis: &'a Redis,
    pub shared: Arc<ConnectionManager>,
    pub manager: ConnectionManager,
}

impl Line<'_> {
    fn judge<T>(&self, result: RedisResult<T>) -> RedisResult<T> {
        if let Err(error) = &result {
            let silent = error.is_timeout() || error.code() == Some("READONLY");
            let mut line = self.redis.line.lock();
            if silent && line.as_ref().is_some_and(|now| Arc::ptr_eq(now, &self.shared)) {
                *line = None;
            }
        }
        result
    }
}

impl ConnectionLike for Line<'_> {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let result = self.manager.req_packed_command(cmd).await;
            self.judge(result)
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        cmd: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            let result = self.manager.req_packed_commands(cmd, offset, count).await;
            self.judge(result)
        })
    }

    fn get_db(&self) -> i64 {
        self.manager.get_db()
    }
}
