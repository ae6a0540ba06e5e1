//! A background thread with a queue: the output gate's syncs (one sync serves all commits that ended before it
//! began), and checkpoints.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::keeping::Keeping;
use super::wal::Wal;
use crate::ids::Seq;

pub enum Job {
    Sync { wal: Arc<Wal>, seq: Seq },
    Checkpoint(Weak<Keeping>),
}

/// A checkpoint that is to be tried again, and when.
type Later = (Instant, Weak<Keeping>);

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
            drop(run(jobs));
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
    let mut later: Vec<Later> = Vec::new();
    loop {
        let mut queue = shared.queue.lock();
        while queue.jobs.is_empty() {
            if queue.stopped {
                return;
            }
            match later.iter().map(|(at, _)| *at).min() {
                None => shared.wake.wait(&mut queue),
                Some(at) if at > Instant::now() => drop(shared.wake.wait_until(&mut queue, at)),
                Some(_) => break,
            }
        }
        let mut jobs = std::mem::take(&mut queue.jobs);
        drop(queue);
        let now = Instant::now();
        jobs.extend(
            later.extract_if(.., |(at, _)| *at <= now).map(|(_, due)| Job::Checkpoint(due)),
        );
        for (after, keeping) in run(jobs) {
            later.retain(|(_, known)| !known.ptr_eq(&keeping));
            later.push((Instant::now() + after, keeping));
        }
    }
}

/// -> the checkpoints that are to be tried again, and after how long.
fn run(jobs: Vec<Job>) -> Vec<(Duration, Weak<Keeping>)> {
    let mut syncs: Vec<(Arc<Wal>, Seq)> = Vec::new();
    let mut checkpoints: Vec<Weak<Keeping>> = Vec::new();
    for job in jobs {
        match job {
            Job::Sync { wal, seq } => {
                match syncs.iter_mut().find(|(known, _)| Arc::ptr_eq(known, &wal)) {
                    Some((_, last)) => *last = seq.max(*last),
                    None => syncs.push((wal, seq)),
                }
            }
            Job::Checkpoint(keeping) => {
                if !checkpoints.iter().any(|known| known.ptr_eq(&keeping)) {
                    checkpoints.push(keeping);
                }
            }
        }
    }
    for (wal, seq) in syncs {
        let error = wal.sync_to(seq).err().map(|error| error.to_string());
        wal.report(seq.0, error);
    }
    // Of a block that was closed meanwhile nothing is left to do.
    let again = |keeping: Weak<Keeping>| Some((keeping.upgrade()?.run()?, keeping));
    checkpoints.into_iter().filter_map(again).collect()
}
