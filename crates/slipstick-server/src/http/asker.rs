//! Who asked: told how far the answer is, and no longer worked for once gone.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::body::Bytes;
use slipstick_api::{ApiError, http};
use slipstick_world::Progress;
use tokio::sync::mpsc::Sender;

use super::{events, refusal};

/// Who waits for an answer.
#[derive(Debug)]
pub(crate) struct Asker {
    gone: Arc<AtomicBool>,
    /// When the patience ends, if it ever does.
    until: Option<Instant>,
    /// Who wants to know how far it is.
    told: Option<Sender<Bytes>>,
}

impl Asker {
    /// Somebody who waits for so long, or until what is given beside it is dropped.
    pub(crate) fn new(patience: Duration, told: Option<Sender<Bytes>>) -> (Arc<Self>, Waiting) {
        let gone = Arc::new(AtomicBool::new(false));
        let waiting = Waiting(Arc::clone(&gone));
        (Arc::new(Self { gone, until: Instant::now().checked_add(patience), told }), waiting)
    }
}

impl Progress for Asker {
    fn advanced(&self, what: &str, per_cent: u64) {
        if let Some(told) = &self.told {
            // Whoever reads slowly misses some.
            let _ = told.try_send(events::event("progress", &http::progress(what, per_cent).to_string()));
        }
    }

    fn go_on(&self) -> Result<(), ApiError> {
        if self.gone.load(Ordering::Relaxed) {
            return Err(refusal::gone());
        }
        if self.until.is_some_and(|until| Instant::now() > until) {
            Err(refusal::took_too_long())
        } else {
            Ok(())
        }
    }
}

/// Held while somebody waits.
#[derive(Debug)]
pub(crate) struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
