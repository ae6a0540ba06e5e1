//! Threads for long reads. They start when there is work and end when there has been none for a while, and with them
//! the connections that blocks have left here.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::readers::Connection;

const MAX_THREADS: usize = 4;
const IDLE: Duration = Duration::from_secs(5);
/// Connections kept open for the next long read, of all blocks together.
const MAX_CONNECTIONS: usize = 8;

pub type Task = Box<dyn FnOnce() + Send>;

/// One per manifest: all its blocks share the threads.
#[derive(Clone)]
pub struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    width: usize,
}

#[derive(Default)]
struct State {
    tasks: VecDeque<Task>,
    threads: usize,
    waiting: usize,
    connections: VecDeque<Connection>,
}

impl Pool {
    pub fn new() -> Self {
        let width =
            std::thread::available_parallelism().map_or(1, usize::from).clamp(2, MAX_THREADS);
        let shared = Shared { state: Mutex::default(), wake: Condvar::new(), width };
        Self { shared: Arc::new(shared) }
    }

    /// How many tasks can run at once.
    pub fn width(&self) -> usize {
        self.shared.width
    }

    pub fn push(&self, task: Task) {
        let mut state = self.shared.state.lock();
        state.tasks.push_back(task);
        if state.waiting < state.tasks.len() && state.threads < self.shared.width && self.spawn() {
            state.threads += 1;
        }
        if state.threads == 0 {
            // Without a thread the read is done here: late is better than never.
            let tasks = std::mem::take(&mut state.tasks);
            drop(state);
            for task in tasks {
                task();
            }
            return;
        }
        drop(state);
        self.shared.wake.notify_one();
    }

    fn spawn(&self) -> bool {
        let shared = self.shared.clone();
        std::thread::Builder::new()
            .name("sharded-read".to_owned())
            .spawn(move || work(&shared))
            .is_ok()
    }

    /// A connection that this block has left here.
    pub fn take(&self, block: &Arc<super::readers::Shared>) -> Option<Connection> {
        let connections = &mut self.shared.state.lock().connections;
        let at = connections.iter().rposition(|connection| connection.is_of(block))?;
        connections.remove(at)
    }

    pub fn keep(&self, connection: Connection) {
        let mut state = self.shared.state.lock();
        state.connections.push_back(connection);
        let oldest = if state.connections.len() > MAX_CONNECTIONS {
            state.connections.pop_front()
        } else {
            None
        };
        drop(state);
        // Closed outside the lock, as everywhere here.
        drop(oldest);
    }

    /// Closes what this block has left here.
    pub fn forget(&self, block: &Arc<super::readers::Shared>) {
        while let Some(connection) = self.take(block) {
            drop(connection);
        }
    }
}

fn work(shared: &Shared) {
    loop {
        let mut state = shared.state.lock();
        while state.tasks.is_empty() {
            state.waiting += 1;
            let timed_out = shared.wake.wait_for(&mut state, IDLE).timed_out();
            state.waiting -= 1;
            if timed_out && state.tasks.is_empty() {
                state.threads -= 1;
                let last = state.threads == 0;
                let connections =
                    if last { std::mem::take(&mut state.connections) } else { VecDeque::new() };
                drop(state);
                drop(connections);
                return;
            }
        }
        let task = state.tasks.pop_front().expect("the loop above ends when there is one");
        drop(state);
        task();
    }
}
