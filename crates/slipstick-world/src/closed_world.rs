//! A world without files and without a network, for servers.

use std::time::Duration;

use jiff::civil::Date;
use slipstick_api::{ApiError, ModelFiles, OverlayFile, World};

use crate::{argument, local_world};

/// A world for questions of strangers: whatever path or address a request holds, nothing is opened and nobody is asked.
/// What a model, an accelerator or a price is comes from the catalogue and from the overlays that whoever runs the
/// server handed in.
///
/// ```
/// use slipstick_api::World as _;
/// use slipstick_world::ClosedWorld;
/// let error = ClosedWorld::default().read_text("/etc/passwd", 1 << 20).unwrap_err();
/// assert_eq!(error.code, "world.closed");
/// ```
#[derive(Debug, Clone, Default)]
pub struct ClosedWorld {
    /// The catalogue files of whoever runs the server, in order.
    pub overlays: Vec<OverlayFile>,
    /// The date, if it is not the clock's.
    pub today: Option<Date>,
}

/// The refusal of whatever lies outside.
fn closed(what: &str) -> ApiError {
    let shown: String = what.chars().filter(|letter| !letter.is_control()).take(80).collect();
    ApiError::input(
        "world.closed",
        format!("{shown:?} is not in the catalogue, and no file or network is used here"),
    )
    .help("name a model and an accelerator of the catalogue; its lists of models and gpus show them")
}

impl World for ClosedWorld {
    fn local_model(&self, path: &str) -> Result<Option<ModelFiles>, ApiError> {
        if argument::looks_like_path(path.trim()) { Err(closed(path).at("MODEL")) } else { Ok(None) }
    }

    fn remote_model(&self, id: &str) -> Result<ModelFiles, ApiError> {
        Err(closed(id).at("MODEL"))
    }

    fn read_text(&self, path: &str, _limit: u64) -> Result<String, ApiError> {
        Err(closed(path))
    }

    fn write_text(&self, path: &str, _text: &str) -> Result<(), ApiError> {
        Err(closed(path))
    }

    fn overlays(&self) -> Result<Vec<OverlayFile>, ApiError> {
        Ok(self.overlays.clone())
    }

    fn local_accelerators(&self) -> Result<String, ApiError> {
        Err(closed("auto").at("--on"))
    }

    fn local_processor(&self) -> Result<String, ApiError> {
        Err(closed("cpu").at("--on"))
    }

    fn today(&self) -> Date {
        self.today.unwrap_or_else(local_world::clock)
    }

    fn elapsed(&self) -> Option<Duration> {
        Some(local_world::since_start())
    }
}
