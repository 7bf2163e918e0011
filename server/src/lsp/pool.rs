//! The threads that answer requests.
//!
//! They are ours, not tokio's: as many as help, with stacks deep enough for
//! any tree that the parser accepts. A panic ends its job, never its thread.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Reserved, not committed: pages that are never touched cost nothing.
pub(crate) const STACK_SIZE: usize = 256 * 1024 * 1024;

type Job = Box<dyn FnOnce() + Send>;

/// A bounded set of threads and their queue; dropping it ends them after the
/// jobs they are at.
pub(crate) struct Pool {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    work: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    closed: bool,
}

impl Pool {
    pub(crate) fn new(threads: usize) -> Self {
        let shared = Arc::new(Shared::default());
        for number in 0..threads {
            let shared = shared.clone();
            std::thread::Builder::new()
                .name(format!("vitrine-worker-{number}"))
                .stack_size(STACK_SIZE)
                .spawn(move || shared.work())
                .expect("the system has threads for the server");
        }
        Self { shared }
    }

    pub(crate) fn spawn(&self, job: impl FnOnce() + Send + 'static) {
        self.shared.lock().jobs.push_back(Box::new(job));
        self.shared.work.notify_one();
    }

    /// Before all that waits: diagnostics, which follow the keys.
    pub(crate) fn spawn_first(&self, job: impl FnOnce() + Send + 'static) {
        self.shared.lock().jobs.push_front(Box::new(job));
        self.shared.work.notify_one();
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        queue.closed = true;
        queue.jobs.clear();
        drop(queue);
        self.shared.work.notify_all();
    }
}

impl Shared {
    fn work(&self) {
        let mut queue = self.lock();
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                drop(queue);
                // What the job captured is dropped with it, so the one who
                // waits for its answer learns that none comes.
                let _ = catch_unwind(AssertUnwindSafe(job));
                queue = self.lock();
            } else if queue.closed {
                return;
            } else {
                queue = self
                    .work
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Jobs run outside the lock, so it is never poisoned half-way.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_panic_costs_one_job() {
        let pool = Pool::new(1);
        let (sender, receiver) = mpsc::channel();
        let lost = sender.clone();
        pool.spawn(move || {
            let _lost = lost;
            std::panic::resume_unwind(Box::new("expected"));
        });
        pool.spawn(move || sender.send(1).expect("the test waits"));
        assert_eq!(receiver.iter().collect::<Vec<_>>(), [1]);
    }
}
