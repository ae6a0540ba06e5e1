//! A background thread with a queue: the output gate's syncs (one sync serves all commits that ended before it
//! began), and checkpoints.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use super::wal::Wal;
use crate::exec;
use crate::ids::Seq;

pub enum Job {
    Sync { wal: Arc<Wal>, seq: Seq },
    Checkpoint(PathBuf),
}

#[derive(Default)]
struct Queue {
    jobs: Vec<Job>,
    started: bool,
    stopped: bool,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
}

/// The thread starts with the first job and ends with the worker.
pub struct Worker {
    name: &'static str,
    shared: Arc<Shared>,
}

impl Worker {
    pub fn new(name: &'static str) -> Self {
        Self { name, shared: Arc::default() }
    }

    pub fn push(&self, job: Job) {
        let mut queue = self.shared.queue.lock();
        queue.jobs.push(job);
        if !queue.started {
            queue.started = self.start();
        }
        if !queue.started {
            // Without a thread the job is done here: late is better than never.
            let jobs = std::mem::take(&mut queue.jobs);
            drop(queue);
            run(jobs);
            return;
        }
        drop(queue);
        self.shared.wake.notify_one();
    }

    fn start(&self) -> bool {
        let shared = self.shared.clone();
        std::thread::Builder::new().name(self.name.to_owned()).spawn(move || work(&shared)).is_ok()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.shared.queue.lock().stopped = true;
        self.shared.wake.notify_one();
    }
}

fn work(shared: &Shared) {
    loop {
        let mut queue = shared.queue.lock();
        while queue.jobs.is_empty() {
            if queue.stopped {
                return;
            }
            shared.wake.wait(&mut queue);
        }
        let jobs = std::mem::take(&mut queue.jobs);
        drop(queue);
        run(jobs);
    }
}

fn run(jobs: Vec<Job>) {
    let mut syncs: Vec<(Arc<Wal>, Seq)> = Vec::new();
    for job in jobs {
        match job {
            Job::Sync { wal, seq } => {
                match syncs.iter_mut().find(|(known, _)| Arc::ptr_eq(known, &wal)) {
                    Some((_, last)) => *last = seq.max(*last),
                    None => syncs.push((wal, seq)),
                }
            }
            // A checkpoint that another connection keeps from finishing is done by the next one.
            Job::Checkpoint(path) => drop(exec::checkpoint(&path)),
        }
    }
    for (wal, seq) in syncs {
        let error = wal.sync_to(seq).err().map(|error| error.to_string());
        wal.report(seq.0, error);
    }
}
