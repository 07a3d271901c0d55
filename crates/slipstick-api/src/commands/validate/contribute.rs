//! Runs as rows that may be published: every cell is made from what was understood, never copied, so that no name of a
//! host, a person, a path, an address or a key can be in it.

use std::{collections::BTreeMap, io::Read};

use slipstick_catalog::{Catalog, LayerName};

use super::ValidateRequest;
use crate::validate::Header;
use crate::{
    ApiError,
    report::Quantity,
    validate::{
        Cells, Models, count,
        inference::{MeasuredRun, Regime, each_run},
        number,
    },
    view::View,
};

/// The columns of the kept measurements, in their order.
pub(super) const COLUMNS: [&str; 32] = [
    "id",
    "source",
    "date",
    "regime",
    "engine",
    "engine_version",
    "accelerator_id",
    "gpus",
    "tp_ranks",
    "pp_ranks",
    "dp",
    "ep_ranks",
    "precision",
    "kv_dtype",
    "isl",
    "osl",
    "concurrency_or_batch",
    "arrival",
    "request_rate_per_s",
    "requests",
    "requests_per_slot",
    "max_sequences",
    "max_batched_tokens",
    "memory_fraction",
    "hold_steps",
    "frontend",
    "ttft_ms",
    "tpot_ms",
    "throughput_tok_s",
    "throughput_total_tok_s",
    "model_id",
    "config_file",
];

/// The source that such rows state until a maintainer names a better one.
const SOURCE: &str = "contributed";

/// The columns that may state a cache's format.
const CACHE_COLUMNS: [&str; 3] = ["kv_dtype", "precision_kv", "kv_type"];

/// What may be published of a table.
pub(super) struct Contribution {
    pub(super) csv: String,
    pub(super) rows: usize,
    /// Rows that are left out, by reason.
    pub(super) left_out: BTreeMap<String, usize>,
}

/// Refuses to contribute what is no table of measured inference.
pub(super) fn of_inference(request: &ValidateRequest, header: &Header) -> Result<(), ApiError> {
    if request.contribute.is_none() || (header.has("isl") && header.has("regime")) {
        return Ok(());
    }
    let message = "only tables of measured inference can be prepared for contribution";
    let help = "slipstick calibrate --rows FILE.csv makes one of result files";
    Err(ApiError::input("contribute.kind", message).at("--contribute").help(help))
}

/// Writes what may be published, if that was asked for, and says so.
pub(super) fn write(
    request: &ValidateRequest,
    table: impl Read,
    models: &Models<'_>,
    admits: impl Fn(&Cells<'_>) -> bool,
    view: &mut View,
) -> Result<(), ApiError> {
    let Some(path) = &request.contribute else { return Ok(()) };
    let world = models.resolver().world();
    let month = world.today().strftime("%Y-%m").to_string();
    let found = contribution(table, models, admits, &month)?;
    world.write_text(path, &found.csv).map_err(|error| error.at("--contribute"))?;
    super::view::contributed(view, path, &found);
    Ok(())
}

/// The rows of a table that are answered, with nothing private in them; those without a date are of `month`.
///
/// # Errors
/// If it is no table.
fn contribution(
    table: impl Read,
    models: &Models<'_>,
    admits: impl Fn(&Cells<'_>) -> bool,
    month: &str,
) -> Result<Contribution, ApiError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let wrong = |error: &dyn core::fmt::Display| ApiError::internal("contribute.table", error.to_string());
    writer.write_record(COLUMNS).map_err(|error| wrong(&error))?;
    let (mut rows, mut left_out) = (0, BTreeMap::new());
    each_run(table, models, |cells, run| {
        if !admits(cells) {
            return Ok(());
        }
        let catalog = models.resolver().catalog();
        match run.and_then(|run| Published { cells, run: &run, catalog, month }.cells(models, rows + 1)) {
            Ok(cells) => {
                rows += 1;
                let row = COLUMNS.iter().map(|column| cells.get(column).map_or("", String::as_str));
                writer.write_record(row).map_err(|error| wrong(&error))?;
            }
            // A reason may quote the row: it is shown to whoever asked, and not written.
            Err(reason) => *left_out.entry(reason).or_default() += 1,
        }
        Ok(())
    })?;
    let bytes = writer.into_inner().map_err(|error| wrong(&error))?;
    let csv = String::from_utf8(bytes).map_err(|error| wrong(&error))?;
    Ok(Contribution { csv, rows, left_out })
}

/// A run, and the row that it was read from.
struct Published<'a> {
    cells: &'a Cells<'a>,
    run: &'a MeasuredRun,
    catalog: &'a Catalog,
    month: &'a str,
}

impl Published<'_> {
    fn cells(&self, models: &Models<'_>, place: usize) -> Result<BTreeMap<&'static str, String>, String> {
        let (resolved, load) = (&self.run.resolved, &self.run.workload);
        let plan = resolved.plan();
        let argument = models.argument(self.cells)?;
        let model =
            self.catalog.model(&argument).ok().filter(|model| model.origin.layer == LayerName::Builtin);
        let model = model.ok_or("its model is none that the catalogue ships, and its name may be private")?;
        let config = model.origin.file.rsplit('/').next().unwrap_or_default();
        let mut cells = BTreeMap::from([
            ("id", format!("{SOURCE}-{place:04}")),
            ("source", SOURCE.to_owned()),
            ("date", self.month()),
            ("regime", self.regime()?),
            ("engine", resolved.engine_name().to_owned()),
            ("accelerator_id", self.accelerator()?),
            ("gpus", plan.accelerators().to_string()),
            ("tp_ranks", plan.tp().to_string()),
            ("pp_ranks", plan.pp().to_string()),
            ("dp", plan.dp().to_string()),
            ("ep_ranks", plan.ep().to_string()),
            ("isl", load.input().to_string()),
            ("osl", load.output().to_string()),
            ("model_id", model.hf_repo.clone().unwrap_or_else(|| model.id.clone())),
            ("config_file", config.to_owned()),
        ]);
        cells.extend(self.stated());
        cells.extend(self.figures());
        Ok(cells)
    }

    /// The month that a row states, or this one: a day would say more than anybody needs.
    fn month(&self) -> String {
        let stated = self.cells.get("date");
        let is_month = stated.len() >= 7
            && stated.is_char_boundary(7)
            && stated[..7]
                .bytes()
                .enumerate()
                .all(|(at, byte)| if at == 4 { byte == b'-' } else { byte.is_ascii_digit() });
        if is_month { stated[..7].to_owned() } else { self.month.to_owned() }
    }

    fn regime(&self) -> Result<String, String> {
        let known = Regime::named(&self.run.regime).map(|_| self.run.regime.clone());
        known.ok_or_else(|| "its regime is not known".to_owned())
    }

    fn accelerator(&self) -> Result<String, String> {
        let id = &self.run.resolved.cluster().accelerator.id;
        let shipped = self
            .catalog
            .accelerators()
            .into_iter()
            .any(|entry| entry.accelerator.id == *id && entry.origin.layer == LayerName::Builtin);
        if shipped {
            Ok(id.clone())
        } else {
            Err("its accelerator is none that the catalogue ships".to_owned())
        }
    }

    /// What a row may state beside: words of a list, versions, numbers.
    fn stated(&self) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        let arrival = self.cells.get("arrival");
        if ["closed", "burst", "open", "static"].contains(&arrival) {
            found.push(("arrival", arrival.to_owned()));
        }
        // Of requests that arrive at a rate nobody chose how many are in flight.
        found.push(if arrival == "open" {
            (
                "request_rate_per_s",
                number(self.cells.get("request_rate_per_s")).unwrap_or_default().to_string(),
            )
        } else {
            ("concurrency_or_batch", self.run.workload.concurrency().to_string())
        });
        if let Some(version) = self.run.version.as_deref().filter(|text| is_version(text)) {
            found.push(("engine_version", version.to_owned()));
        }
        // The row is answered, so these are names of formats.
        for (column, columns) in [("precision", &["precision", "quant"][..]), ("kv_dtype", &CACHE_COLUMNS)] {
            let stated = self.cells.first(columns).map(str::to_ascii_lowercase);
            found.extend(stated.map(|format| (column, format)));
        }
        for column in ["requests", "max_sequences", "max_batched_tokens"] {
            found.extend(count(self.cells.get(column)).map(|count| (column, count.to_string())));
        }
        for column in ["requests_per_slot", "memory_fraction", "hold_steps"] {
            found.extend(number(self.cells.get(column)).map(|number| (column, number.to_string())));
        }
        if self.run.resolved.prepared.deployment().options.frontend {
            found.push(("frontend", "yes".to_owned()));
        }
        found
    }

    fn figures(&self) -> Vec<(&'static str, String)> {
        let measured = &self.run.measured;
        let ms = |seconds: f64| (1e6 * seconds).round() / 1e3;
        let all = [
            ("ttft_ms", measured.ttft_s.map(|time| ms(time.0.number()))),
            ("tpot_ms", measured.tpot_s.map(|time| ms(time.0.number()))),
            ("throughput_tok_s", measured.output_tokens_per_s.map(|rate| rate.0.number())),
            ("throughput_total_tok_s", measured.total_tokens_per_s.map(|rate| rate.0.number())),
        ];
        all.into_iter().filter_map(|(column, value)| Some((column, value?.to_string()))).collect()
    }
}

/// Whether a text is a version: `0.11.0`, `0.11.0rc1`, `b6123`.
fn is_version(text: &str) -> bool {
    let numbered = text.strip_prefix(['b', 'v']).unwrap_or(text);
    text.len() <= 16
        && numbered.starts_with(|letter: char| letter.is_ascii_digit())
        && numbered.split(['.', '-']).all(|part| {
            let rest = part.trim_start_matches(|letter: char| letter.is_ascii_digit());
            ["", "rc", "post", "dev", "a"]
                .contains(&rest.trim_end_matches(|letter: char| letter.is_ascii_digit()))
        })
}

#[cfg(test)]
mod tests {
    use super::is_version;

    #[test]
    fn a_version_is_numbers_and_their_marks() {
        for text in ["0.11.0", "0.11", "b6123", "1.3.0rc1", "0.5.10.post1", "v0.6.3"] {
            assert!(is_version(text), "{text}");
        }
        for text in ["", "10.0.0.5:8000", "/home/me", "main-alice", "sk-123", "0.11.0+cu130", "0.11.alice"] {
            assert!(!is_version(text), "{text}");
        }
    }
}
