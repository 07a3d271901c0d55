//! Threads that answer: few at a time, and long questions apart from quick ones, so that neither kind waits for the other.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use slipstick_api::ApiError;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task,
};

use super::{Limits, refusal};

/// How many questions of each kind are answered at once.
#[derive(Debug)]
pub(crate) struct Pool {
    /// None where quick questions wait for nothing, and so need no threads of their own.
    quick: Option<Arc<Semaphore>>,
    long: Arc<Semaphore>,
    waiting: AtomicUsize,
    may_wait: usize,
}

impl Pool {
    /// Quick questions may wait for a network if it `waits`.
    pub(crate) fn new(limits: Limits, waits: bool) -> Self {
        Self {
            quick: waits.then(|| Arc::new(Semaphore::new(limits.quick))),
            long: Arc::new(Semaphore::new(limits.long)),
            waiting: AtomicUsize::new(0),
            may_wait: limits.waiting,
        }
    }

    /// Does some work on a thread of its own as soon as there is room. Quick work that waits for nothing is done at once
    /// where it is asked for: it takes less than a change of threads and back costs beside others.
    ///
    /// # Errors
    /// If too many long questions wait already, or the work ends in a bug.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        long: bool,
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let room = match &self.quick {
            _ if long => self.room_for_long().await?,
            Some(quick) => room_in(quick).await?,
            // The work is given away whole, and nothing of it is looked at after a panic.
            None => return catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(refusal::bug())),
        };
        let done = task::spawn_blocking(move || {
            let done = work();
            drop(room);
            done
        });
        done.await.map_err(|_| refusal::bug())?
    }

    async fn room_for_long(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        if let Ok(room) = Arc::clone(&self.long).try_acquire_owned() {
            return Ok(room);
        }
        let turn = Turn::take(&self.waiting);
        if turn.before >= self.may_wait {
            return Err(refusal::busy());
        }
        room_in(&self.long).await
    }
}

async fn room_in(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, ApiError> {
    Arc::clone(places).acquire_owned().await.map_err(|_| refusal::bug())
}

/// A place in the queue, left when whoever took it goes.
struct Turn<'a> {
    waiting: &'a AtomicUsize,
    before: usize,
}

impl<'a> Turn<'a> {
    fn take(waiting: &'a AtomicUsize) -> Self {
        Self { waiting, before: waiting.fetch_add(1, Ordering::Relaxed) }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
