//! The verbs of reads that went on beside the loop.

use std::sync::Arc;
use std::time::{Duration, Instant};

use napi::bindgen_prelude::{FnArgs, Function, Unknown};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi::{Env, Result};
use napi_derive::napi;

use super::block::Block;
use crate::block::Prepared;
use crate::exec::Buffer;
use crate::rows::{JsSink, make_slice};

/// A result as bytes, and how JS is made of it.
pub struct Pooled {
    prepared: Arc<Prepared>,
    buffer: Buffer,
}

#[napi]
impl Block {
    /// `callback(ticket)` runs on the loop when that read has ended. It does not keep the process alive: whoever waits does.
    #[napi(catch_unwind)]
    pub fn on_read(&self, callback: Function<FnArgs<(u32,)>, ()>) -> Result<()> {
        let notify = callback
            .build_threadsafe_function()
            .weak::<true>()
            .callee_handled::<false>()
            .build()?;
        self.inner().open()?.readers.on_ended(Box::new(move |ticket| {
            notify.call(FnArgs::from((ticket,)), ThreadsafeFunctionCallMode::NonBlocking);
        }));
        Ok(())
    }

    /// Of the read that the last run left to the pool.
    #[napi(catch_unwind)]
    pub fn last_ticket(&self) -> u32 {
        self.inner().ticket
    }

    /// What became of it, as the code of a run; its rows then come by `slice`.
    #[napi(catch_unwind)]
    pub fn settle(&self, ticket: u32) -> Result<i64> {
        let mut inner = self.inner();
        let Some(ended) = inner.open()?.readers.take(ticket) else { return Ok(0) };
        inner.heard = ended.heard;
        let result = ended.result.map(|buffer| {
            inner.results.insert(ticket, Pooled { prepared: ended.prepared, buffer });
            0
        });
        Ok(inner.code(result))
    }

    /// Makes rows for so many microseconds, with the factories of this one run. Says whether there may be more.
    #[napi(catch_unwind)]
    pub fn slice(&self, env: Env, ticket: u32, factories: Unknown, limit_us: u32) -> Result<bool> {
        let until = Instant::now() + Duration::from_micros(u64::from(limit_us));
        let Some(mut result) = self.inner().results.remove(&ticket) else { return Ok(false) };
        let mut sink = JsSink::of_run(&env, &factories, &result.prepared.nodes)?;
        let more = make_slice(&mut sink, &mut result.buffer, until);
        sink.finish()?;
        if more {
            self.inner().results.insert(ticket, result);
        }
        Ok(more)
    }
}
