//! Runs as the rows of a table of measurements: what a file says, and flags where it does not.

use std::collections::{BTreeMap, BTreeSet};

use slipstick_catalog::Catalog;
use slipstick_import::benchmark::{Kind, Run};

use super::{CalibrateRequest, files::Measured};
use crate::ApiError;

/// A table of runs of one kind.
pub(super) struct Table {
    pub(super) csv: String,
    pub(super) runs: Vec<Run>,
    /// The tool that wrote each run, by its id.
    pub(super) tools: BTreeMap<String, &'static str>,
}

/// The runs of one kind.
pub(super) fn table(
    measured: &[Measured],
    kind: Kind,
    request: &CalibrateRequest,
    catalog: &Catalog,
) -> Result<Table, ApiError> {
    let (mut runs, mut tools) = (Vec::new(), BTreeMap::new());
    for file in measured.iter().filter(|file| file.found.kind == kind) {
        let own = completed(file, request, catalog);
        tools.extend(own.iter().filter_map(|run| Some((run.get("id")?.to_owned(), file.found.tool))));
        runs.extend(own);
    }
    let csv = written(&runs).map_err(|error| ApiError::internal("calibrate.table", error))?;
    Ok(Table { csv, runs, tools })
}

/// The runs of a file with what flags add.
fn completed(file: &Measured, request: &CalibrateRequest, catalog: &Catalog) -> Vec<Run> {
    let mut runs = file.found.runs.clone();
    let several = runs.len() > 1;
    for (place, run) in runs.iter_mut().enumerate() {
        let id = if several { format!("{}#{}", file.path, place + 1) } else { file.path.clone() };
        run.or_say("id", Some(id));
        run.or_say("source", Some(file.path.as_str()));
        say(run, request, catalog);
        whole_batch(run);
    }
    runs
}

/// Says what the file does not.
fn say(run: &mut Run, request: &CalibrateRequest, catalog: &Catalog) {
    let named = run.get("model_id").is_some_and(|id| catalog.model(id).is_ok());
    if !named {
        run.or_say("model_argument", request.model.as_deref());
    }
    if run.get("accelerator_id").is_none() {
        run.or_say("on", request.on.as_deref());
    }
    engine(run, request.engine.as_deref());
    run.or_say("precision", request.quant.as_deref());
    run.or_say("kv_dtype", request.kv_dtype.as_deref());
    let counts = [
        ("tp_ranks", request.tp),
        ("pp_ranks", request.pp),
        ("ep_ranks", request.ep),
        ("dp", request.dp),
        ("max_sequences", request.max_sequences),
        ("max_batched_tokens", request.max_batched_tokens),
        ("isl", request.input),
        ("osl", request.output),
    ];
    for (column, count) in counts {
        run.or_say(column, count.map(|count| count.0));
    }
    run.or_say("memory_fraction", request.memory_fraction);
    // Of requests that arrive at a rate nobody chose how many are in flight.
    let open = run.get("arrival") == Some("open");
    let slots = request.concurrency.map(|count| count.0).filter(|_| !open);
    run.or_say("concurrency_or_batch", slots);
    let requests = run.get("requests").and_then(|text| text.parse::<u64>().ok());
    if let (Some(slots), Some(requests)) = (slots, requests) {
        run.or_say("requests_per_slot", Some(requests as f64 / slots as f64));
    }
}

/// The engine, and its version where the file names the same engine or none.
fn engine(run: &mut Run, stated: Option<&str>) {
    let Some(stated) = stated else { return };
    let (name, version) =
        stated.split_once('@').map_or((stated, None), |(name, version)| (name, Some(version)));
    run.or_say("engine", Some(name));
    if run.get("engine") == Some(name) {
        run.or_say("engine_version", version);
    }
}

/// The rate of a static batch of which only the time is known.
fn whole_batch(run: &mut Run) {
    let number = |column: &str| run.get(column).and_then(|text| text.parse::<f64>().ok());
    let (seconds, batch, output) = (number("batch_seconds"), number("concurrency_or_batch"), number("osl"));
    if let (Some(seconds), Some(batch), Some(output)) = (seconds, batch, output) {
        run.or_say("throughput_tok_s", Some(batch * output / seconds));
    }
}

/// The runs as comma-separated text, with a column for whatever one of them says.
pub(super) fn written(runs: &[Run]) -> Result<String, String> {
    let columns: BTreeSet<&str> = runs.iter().flat_map(|run| run.cells().map(|(column, _)| column)).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let wrong = |error: &dyn core::fmt::Display| error.to_string();
    writer.write_record(&columns).map_err(|error| wrong(&error))?;
    for run in runs {
        let cells = columns.iter().map(|column| run.get(column).unwrap_or_default());
        writer.write_record(cells).map_err(|error| wrong(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| wrong(&error))?;
    String::from_utf8(bytes).map_err(|error| wrong(&error))
}
