//! Files, the network and the date, for the command line.

mod accelerators;
mod files;
mod models;
mod overlays;
mod progress;

use std::{
    io::{IsTerminal as _, Write as _},
    path::PathBuf,
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use slipstick_api::{ApiError, ModelFiles, OverlayFile, World};

use crate::Global;
use progress::TerminalProgress;

/// The machine the program runs on.
#[derive(Debug)]
pub struct LocalWorld {
    catalogs: Vec<PathBuf>,
    offline: bool,
    quiet: bool,
    verbose: bool,
    today: Option<Date>,
}

impl LocalWorld {
    /// As the global arguments say.
    pub fn new(global: &Global) -> Self {
        Self {
            catalogs: global.catalog.clone(),
            offline: global.offline,
            quiet: global.quiet || global.json,
            verbose: global.verbose > 0,
            today: global.today,
        }
    }

    fn progress(&self) -> TerminalProgress {
        TerminalProgress::new(self.verbose, !self.quiet && std::io::stderr().is_terminal())
    }

    fn say(&self, text: &str) {
        if self.verbose {
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }
}

impl World for LocalWorld {
    fn local_model(&self, path: &str) -> Result<Option<ModelFiles>, ApiError> {
        models::local(path, &self.progress())
    }

    fn remote_model(&self, id: &str) -> Result<ModelFiles, ApiError> {
        models::remote(id, self.offline, &self.progress())
    }

    fn read_text(&self, path: &str, limit: u64) -> Result<String, ApiError> {
        self.say(&format!("reading {path}"));
        let bytes = files::read(path.as_ref(), limit)?;
        String::from_utf8(bytes).map_err(|_| {
            ApiError::input("file.not_text", format!("{path} is no UTF-8 text")).at(path.to_owned())
        })
    }

    fn overlays(&self) -> Result<Vec<OverlayFile>, ApiError> {
        let files = overlays::read(&self.catalogs)?;
        for file in &files {
            self.say(&format!("reading {}", file.path));
        }
        Ok(files)
    }

    fn local_accelerators(&self) -> Result<String, ApiError> {
        accelerators::detect(|text| self.say(text))
    }

    fn today(&self) -> Date {
        self.today.unwrap_or_else(|| Timestamp::now().to_zoned(TimeZone::UTC).date())
    }
}
