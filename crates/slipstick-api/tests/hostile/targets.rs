//! What is done with hostile text: each reader of files that are no models, and what follows from what it accepts.
//!
//! The fuzz targets under `fuzz/` call the same functions.

use core::fmt;

use jiff::civil::{Date, date};
use slipstick_api::{
    ApiError, Catalog, ModelFiles, OverlayFile, World,
    history::Kept,
    registry::Question,
    request::{PlanRequest, Request, ValidateRequest},
};
use slipstick_import::{benchmark, launch};

/// A scenario: what is read is written, and read again as the same.
pub(crate) fn scenario(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(request) = Request::from_toml(&text, "a.toml")
        && let Ok(written) = request.to_toml()
    {
        let again = Request::from_toml(&written, "a.toml").map(|again| again.to_toml());
        assert_eq!(again.ok().and_then(Result::ok).as_deref(), Some(written.as_str()), "{text}");
    }
}

/// A line of past answers.
pub(crate) fn history(data: &[u8]) {
    if let Some(kept) = Kept::read(data) {
        assert!(kept.entry.line().is_ok());
    }
}

/// A table of measurements of any kind, whose rows are predicted.
pub(crate) fn validate(data: &[u8]) {
    let table = Table(String::from_utf8_lossy(data).into_owned());
    if let Ok(output) = ValidateRequest::new("table.csv").answer(&Catalog::builtin(), &table) {
        drop(output.document(false));
    }
}

/// A trace of requests, and the load that it makes; no accelerator is known, so that no deployment is searched.
pub(crate) fn trace(data: &[u8]) {
    let mut request = PlanRequest::new("qwen3-0.6b");
    request.trace = Some("trace.csv".to_owned());
    request.on = vec!["none".to_owned()];
    let table = Table(String::from_utf8_lossy(data).into_owned());
    assert!(request.answer(&Catalog::builtin(), &table).is_err());
}

/// What a benchmark or an engine printed.
pub(crate) fn benchmark(data: &[u8]) {
    drop(benchmark::read(&String::from_utf8_lossy(data)));
}

/// What a training is started with, under each name that tells its kind.
pub(crate) fn launch(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for name in ["a.json", "a.yaml", "a.toml", "a.sh"] {
        drop(launch::read(name, &text));
    }
}

/// A world in which every path is one table, and nothing else is known.
struct Table(String);

impl World for Table {
    fn local_model(&self, _: &str) -> Result<Option<ModelFiles>, ApiError> {
        Ok(None)
    }

    fn remote_model(&self, id: &str) -> Result<ModelFiles, ApiError> {
        Err(ApiError::input("model.unknown", format!("{id} is not in the catalogue")))
    }

    fn read_text(&self, _: &str, _: u64) -> Result<String, ApiError> {
        Ok(self.0.clone())
    }

    fn write_text(&self, path: &str, _: &dyn fmt::Display) -> Result<(), ApiError> {
        Err(ApiError::input("file.not_written", path.to_owned()))
    }

    fn overlays(&self) -> Result<Vec<OverlayFile>, ApiError> {
        Ok(Vec::new())
    }

    fn local_accelerators(&self) -> Result<String, ApiError> {
        Err(ApiError::input("gpu.none", "this machine has none".to_owned()))
    }

    fn local_processor(&self) -> Result<String, ApiError> {
        Err(ApiError::input("gpu.none", "this machine has none".to_owned()))
    }

    fn today(&self) -> Date {
        date(2026, 11, 22)
    }
}
