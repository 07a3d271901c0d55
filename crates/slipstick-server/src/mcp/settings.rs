//! What whoever runs the tools allows.

use std::{path::PathBuf, sync::Arc};

use jiff::civil::Date;
use slipstick_api::{Bounds, OverlayFile, World};
use slipstick_world::{ClosedWorld, LocalWorld};

use super::watched::Watched;

/// What is at the hands of an agent.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Whether it may name files of this machine, to read and to write.
    pub files: bool,
    /// Whether it may name models of the hub, and addresses where files may be named too.
    pub network: bool,
    /// Directories of catalogue files, where files may be named.
    pub catalogs: Vec<PathBuf>,
    /// The catalogue files themselves.
    pub overlays: Vec<OverlayFile>,
    /// The date, if it is not the clock's.
    pub today: Option<Date>,
    /// The only tools, by their names; all if empty.
    pub tools: Vec<String>,
}

impl Settings {
    /// The surroundings of one call.
    pub(super) fn world(&self, watched: Arc<Watched>) -> Box<dyn World + Send> {
        if self.files {
            return Box::new(LocalWorld {
                catalogs: self.catalogs.clone(),
                offline: !self.network,
                today: self.today,
                progress: Box::new(watched),
            });
        }
        Box::new(ClosedWorld {
            overlays: Vec::new(),
            today: self.today,
            hub: self.network,
            bounds: Bounds::default(),
            progress: watched,
            ..ClosedWorld::default()
        })
    }
}
