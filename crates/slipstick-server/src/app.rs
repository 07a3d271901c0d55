//! What all requests share.

use std::sync::Arc;

use slipstick_api::{ApiError, Catalog, resolve};
use slipstick_world::ClosedWorld;

use crate::{Settings, asking::Pool};

/// What all requests share: the facts, the world that strangers ask in, and who answers.
#[derive(Debug)]
pub struct App {
    pub(crate) settings: Settings,
    pub(crate) catalog: Catalog,
    pub(crate) pool: Pool,
}

impl App {
    /// Reads the facts once, for all that will be asked.
    ///
    /// # Errors
    /// If a catalogue file of the settings is wrong.
    pub fn new(settings: Settings) -> Result<Arc<Self>, ApiError> {
        let world = ClosedWorld { overlays: settings.overlays.clone(), today: settings.today };
        let catalog = resolve::catalog(&world)?;
        let pool = Pool::new(settings.limits);
        Ok(Arc::new(Self { settings, catalog, pool }))
    }

    /// The surroundings of a question: no files, no network, the facts alone.
    pub(crate) fn world(&self) -> ClosedWorld {
        ClosedWorld { overlays: Vec::new(), today: self.settings.today }
    }
}
