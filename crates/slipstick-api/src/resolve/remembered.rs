//! What was read under a name, kept for the next request.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use slipstick_core::hardware::Cluster;

use super::{ResolvedModel, deployment::NamedFormats};
use crate::ApiError;

/// What was found under a name, or why nothing was.
pub(super) type Found<T> = Result<T, ApiError>;

/// What was found so far.
pub(super) type Kept<K, T> = Mutex<BTreeMap<K, Found<T>>>;

/// More names than these are not kept: whoever asks a server may make up as many as they like.
const MOST: usize = 4096;

/// Models, formats and accelerators by the names that they were asked for under. A program that answers many requests
/// against one catalogue keeps one, so that each is read once.
#[derive(Default)]
pub struct Remembered {
    pub(super) models: Kept<(String, bool), Arc<ResolvedModel>>,
    pub(super) formats: Kept<(String, bool, Option<String>), NamedFormats>,
    pub(super) clusters: Kept<String, Arc<Cluster>>,
}

impl core::fmt::Debug for Remembered {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Remembered").finish_non_exhaustive()
    }
}

/// What `found` holds under `key`, or else what `find` finds, kept for the next time. Others may look meanwhile.
pub(super) fn recalled<K: Ord, V: Clone>(
    found: &Kept<K, V>,
    key: K,
    find: impl FnOnce() -> Found<V>,
) -> Found<V> {
    if let Some(known) = locked(found).get(&key) {
        return known.clone();
    }
    let new = find();
    let mut found = locked(found);
    if found.len() < MOST {
        found.insert(key, new.clone());
    }
    new
}

/// The map itself: an entry is whole or not there, whatever became of a thread that held it.
fn locked<T>(found: &Mutex<T>) -> MutexGuard<'_, T> {
    found.lock().unwrap_or_else(PoisonError::into_inner)
}
