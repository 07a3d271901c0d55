//! The machine the program runs on.

use core::fmt;
use std::{
    fs::File,
    io::{self, BufWriter, Read, Write as _},
    path::PathBuf,
    sync::OnceLock,
    time::{Duration, Instant},
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use slipstick_api::{
    ApiError, ModelFiles, OverlayFile, World,
    table::{TableHead, TableWriter},
};

use crate::{
    Argument, Endpoint, Options, Progress, accelerators, file, overlays, processor, resolve_argument,
    table_file,
};

/// The machine the program runs on: its files, its network, its accelerators, its clock.
#[derive(Debug)]
pub struct LocalWorld {
    /// Directories of catalogue files beside the user's and the project's.
    pub catalogs: Vec<PathBuf>,
    /// Whether the network is never used.
    pub offline: bool,
    /// The date, if it is not the clock's.
    pub today: Option<Date>,
    /// Who is told what is read.
    pub progress: Box<dyn Progress>,
}

impl LocalWorld {
    fn found(&self, argument: &Argument, options: &Options) -> Result<ModelFiles, ApiError> {
        let found = resolve_argument(argument, options, &*self.progress);
        self.progress.finished();
        Ok(found?)
    }
}

impl World for LocalWorld {
    fn local_model(&self, path: &str) -> Result<Option<ModelFiles>, ApiError> {
        let options = Options::new(Endpoint::new(Endpoint::DEFAULT)?);
        // What is no path may be a name of the catalogue, so what is wrong with it is said later.
        match Argument::parse(path, &options.endpoint) {
            Ok(argument @ Argument::Path(_)) => self.found(&argument, &options).map(Some),
            Ok(Argument::Url(_) | Argument::Hub(_)) | Err(_) => Ok(None),
        }
    }

    fn remote_model(&self, id: &str) -> Result<ModelFiles, ApiError> {
        let mut options = Options::from_env()?;
        options.offline |= self.offline;
        self.found(&Argument::parse(id, &options.endpoint)?, &options)
    }

    fn read_text(&self, path: &str, limit: u64) -> Result<String, ApiError> {
        self.progress.reading(path);
        let bytes = file::read(path.as_ref(), limit).map_err(|error| error.refusal(path.as_ref()))?;
        String::from_utf8(bytes).map_err(|_| {
            ApiError::input("file.not_text", format!("{path} is no UTF-8 text"))
                .at(path.to_owned())
                .help("save it as UTF-8, or give another file")
        })
    }

    fn open(&self, path: &str, limit: u64) -> Result<Box<dyn Read>, ApiError> {
        self.progress.reading(path);
        let opened = file::open_within(path.as_ref(), limit);
        Ok(Box::new(opened.map_err(|error| error.refusal(path.as_ref()))?))
    }

    fn files(&self, path: &str) -> Result<Vec<String>, ApiError> {
        file::listed(path.as_ref()).map_err(|error| error.refusal(path.as_ref()))
    }

    fn write_text(&self, path: &str, text: &dyn fmt::Display) -> Result<(), ApiError> {
        let written = File::create(path).and_then(|file| {
            let mut out = BufWriter::new(file);
            write!(out, "{text}")?;
            out.flush()
        });
        written.map_err(|error| not_written(path, &error))
    }

    fn overlays(&self) -> Result<Vec<OverlayFile>, ApiError> {
        let files = overlays::read(&self.catalogs)?;
        for file in &files {
            self.progress.reading(&file.path);
        }
        Ok(files)
    }

    fn local_accelerators(&self) -> Result<String, ApiError> {
        accelerators::detect(|program| self.progress.asking(program))
    }

    fn local_processor(&self) -> Result<String, ApiError> {
        processor::detect(|path| self.progress.reading(path))
    }

    fn exists(&self, path: &str) -> bool {
        std::fs::metadata(path).is_ok()
    }

    fn make_directory(&self, path: &str) -> Result<(), ApiError> {
        std::fs::create_dir_all(path).map_err(|error| not_written(path, &error))
    }

    fn table(&self, path: &str, head: &TableHead) -> Result<Box<dyn TableWriter>, ApiError> {
        table_file::begin(path, head)
    }

    fn progress(&self, what: &str, per_cent: u64) {
        self.progress.advanced(what, per_cent);
    }

    fn go_on(&self) -> Result<(), ApiError> {
        self.progress.go_on()
    }

    fn today(&self) -> Date {
        self.today.unwrap_or_else(clock)
    }

    fn elapsed(&self) -> Option<Duration> {
        Some(since_start())
    }
}

/// The refusal of a place that cannot be written to.
pub(crate) fn not_written(path: &str, error: &io::Error) -> ApiError {
    ApiError::input("file.not_written", format!("{path} cannot be written: {error}"))
        .at(path.to_owned())
        .help("choose a place that you may write to")
}

/// The time since it was first asked for.
pub(crate) fn since_start() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// The clock's date, in UTC.
pub(crate) fn clock() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}
