//! A world without files and, unless it is allowed, without a network: for servers.

use core::fmt;
use std::{sync::Arc, time::Duration};

use jiff::civil::Date;
use slipstick_api::{
    ApiError, Bounds, ModelFiles, OverlayFile, World,
    resolve::Remembered,
    table::{TableHead, TableWriter},
};

use crate::{Argument, HubId, Options, Progress, Silent, argument, local_world, resolve_argument};

/// A world for questions of strangers: whatever path or address a request holds, nothing is opened and nobody is asked.
/// What a model, an accelerator or a price is comes from the request itself, from the catalogue and from the overlays that
/// whoever runs the server handed in.
///
/// ```
/// use slipstick_api::World as _;
/// use slipstick_world::ClosedWorld;
/// let error = ClosedWorld::default().read_text("/etc/passwd", 1 << 20).unwrap_err();
/// assert_eq!(error.code, "world.closed");
/// ```
#[derive(Debug, Clone)]
pub struct ClosedWorld {
    /// The catalogue files of whoever runs the server, in order.
    pub overlays: Vec<OverlayFile>,
    /// The date, if it is not the clock's.
    pub today: Option<Date>,
    /// Whether a model may be looked up by its id at the hub, with the hub's address and token of whoever runs the server.
    /// Other addresses stay closed.
    pub hub: bool,
    /// How much is worked out for one question.
    pub bounds: Bounds,
    /// Who is told how far an answer is, and says whether it goes on.
    pub progress: Arc<dyn Progress>,
    /// What is kept from one question to the next.
    pub remembered: Arc<Remembered>,
    /// Whether whoever asks wants to know where the numbers come from.
    pub explains: bool,
}

impl Default for ClosedWorld {
    fn default() -> Self {
        Self {
            overlays: Vec::new(),
            today: None,
            hub: false,
            bounds: Bounds::default(),
            progress: Arc::new(Silent),
            remembered: Arc::default(),
            explains: true,
        }
    }
}

/// As much of a name as a message shows.
fn shown(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control()).take(80).collect()
}

/// The refusal of a path whose text could have been sent.
fn unread(path: &str) -> ApiError {
    let message = format!("{:?} is a path, and no file is read here", shown(path));
    ApiError::input("world.closed", message).help("give the text of the file in place of its path")
}

/// The refusal of whatever lies outside.
fn closed(what: &str) -> ApiError {
    let message = format!("{:?} is not in the catalogue, and no file or network is used here", shown(what));
    ApiError::input("world.closed", message)
        .help("name a model and an accelerator of the catalogue; its lists of models and gpus show them")
}

impl World for ClosedWorld {
    fn remembered(&self) -> Option<&Remembered> {
        Some(&self.remembered)
    }

    fn explains(&self) -> bool {
        self.explains
    }

    fn local_model(&self, path: &str) -> Result<Option<ModelFiles>, ApiError> {
        if argument::looks_like_path(path.trim()) { Err(closed(path).at("MODEL")) } else { Ok(None) }
    }

    fn remote_model(&self, id: &str) -> Result<ModelFiles, ApiError> {
        // What a path or an address could be is none: an id is `org/name` and nothing else.
        let Some(id) = HubId::parse(id.trim()).ok().filter(|_| self.hub) else {
            return Err(closed(id).at("MODEL"));
        };
        Ok(resolve_argument(&Argument::Hub(id), &Options::from_env()?, &*self.progress)?)
    }

    fn read_text(&self, path: &str, _limit: u64) -> Result<String, ApiError> {
        Err(unread(path))
    }

    fn write_text(&self, path: &str, _text: &dyn fmt::Display) -> Result<(), ApiError> {
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

    fn files(&self, path: &str) -> Result<Vec<String>, ApiError> {
        Err(unread(path))
    }

    fn make_directory(&self, path: &str) -> Result<(), ApiError> {
        Err(closed(path))
    }

    fn table(&self, path: &str, _head: &TableHead) -> Result<Box<dyn TableWriter>, ApiError> {
        Err(closed(path))
    }

    fn today(&self) -> Date {
        self.today.unwrap_or_else(local_world::clock)
    }

    fn progress(&self, what: &str, per_cent: u64) {
        self.progress.advanced(what, per_cent);
    }

    fn go_on(&self) -> Result<(), ApiError> {
        self.progress.go_on()
    }

    fn bounds(&self) -> Bounds {
        self.bounds
    }

    fn elapsed(&self) -> Option<Duration> {
        Some(local_world::since_start())
    }
}
