//! What all requests share.

use std::sync::{Arc, OnceLock};

use axum::body::Bytes;
use slipstick_api::{ApiError, Catalog, resolve, resolve::Remembered};
use slipstick_world::ClosedWorld;
use tokio::sync::Semaphore;

use super::{Settings, asker::Asker, metrics::Metrics, pool::Pool};

/// What all requests share: the facts, the world that strangers ask in, and who answers.
#[derive(Debug)]
pub struct App {
    pub(crate) settings: Settings,
    pub(crate) catalog: Catalog,
    /// What was read of it for earlier questions.
    remembered: Arc<Remembered>,
    pub(crate) pool: Pool,
    pub(crate) metrics: Metrics,
    /// The description of all places, once somebody has asked for it.
    pub(crate) description: OnceLock<Bytes>,
    /// Room for connections.
    pub(crate) rooms: Arc<Semaphore>,
}

impl App {
    /// Connections that are open.
    pub(crate) fn connections(&self) -> usize {
        self.settings.limits.connections.saturating_sub(self.rooms.available_permits())
    }

    /// Reads the facts once, for all that will be asked.
    ///
    /// # Errors
    /// If a catalogue file of the settings is wrong.
    pub fn new(settings: Settings) -> Result<Arc<Self>, ApiError> {
        let overlays = settings.overlays.clone();
        let world = ClosedWorld { overlays, ..ClosedWorld::default() };
        let catalog = resolve::catalog(&world)?;
        let pool = Pool::new(settings.limits, settings.hub);
        let rooms = Arc::new(Semaphore::new(settings.limits.connections));
        let (metrics, description) = (Metrics::default(), OnceLock::new());
        Ok(Arc::new(Self {
            settings,
            catalog,
            remembered: Arc::default(),
            pool,
            metrics,
            description,
            rooms,
        }))
    }

    /// The surroundings of a question of somebody: no files, and no network unless it was allowed.
    pub(crate) fn world(&self, asker: Arc<Asker>, explains: bool) -> ClosedWorld {
        ClosedWorld {
            overlays: Vec::new(),
            today: self.settings.today,
            hub: self.settings.hub,
            bounds: self.settings.limits.bounds,
            progress: asker,
            remembered: Arc::clone(&self.remembered),
            explains,
        }
    }
}
