//! The thread on which a queue's connections live: one per server that the process is connected to, started with the first
//! use, gone with its owner. It does nothing while nothing comes.

use once_cell::sync::OnceCell;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

#[derive(Default)]
pub struct Runtime {
    thread: OnceCell<Thread>,
}

struct Thread {
    handle: Handle,
    /// Dropped, it ends the thread.
    _stop: oneshot::Sender<()>,
}

impl Runtime {
    /// # Errors
    /// When no thread can be started.
    pub fn handle(&self) -> std::io::Result<&Handle> {
        Ok(&self.thread.get_or_try_init(start)?.handle)
    }
}

fn start() -> std::io::Result<Thread> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(2)
        .thread_name("sharded-queue-read")
        .build()?;
    let handle = runtime.handle().clone();
    let (stop, stopped) = oneshot::channel::<()>();
    std::thread::Builder::new().name("sharded-queue".to_owned()).spawn(move || {
        // Ends with its sender, which never sends.
        let _gone = runtime.block_on(stopped);
        runtime.shutdown_background();
    })?;
    Ok(Thread { handle, _stop: stop })
}
