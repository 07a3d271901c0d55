//! The fitted constants as cells of the shipped tables.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
};

use slipstick_core::{
    hardware::{Calibration, LinkShare},
    units::Seconds,
};

use super::{fitted::Fitted, runs::Run};

/// Where the shipped tables stand.
const DATA: &str = "crates/slipstick-catalog/data";

/// The source of what is fitted, and the month that the kept measurements are of.
const SOURCE: [(&str, &str); 2] = [("source", "measured-inference"), ("seen", "2026-11")];

/// The families whose shares the fit replaces, and what every other data-centre chip inherits.
const INHERITING: &str = "class:datacenter";

/// The costs of an engine that nobody knows.
const OTHER: &str = "other";

/// A table as text, with its name.
pub(super) struct Written {
    pub(super) file: &'static str,
    pub(super) text: String,
}

/// Cells by column.
type Cells = BTreeMap<&'static str, String>;

/// Fitted constants as rows.
struct Rows<'a> {
    fitted: &'a Fitted<'a>,
    versions: BTreeMap<&'a str, [[u64; 2]; 2]>,
}

/// The tables with what was fitted in the places of what was there.
pub(super) fn renewed<'a>(fitted: &'a Fitted<'a>, runs: &[Run<'a>]) -> io::Result<Vec<Written>> {
    let rows = Rows { fitted, versions: versions(runs) };
    let mut pairs: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for run in runs {
        *pairs.entry(run.pair()).or_default() += 1;
    }
    let families: BTreeSet<&str> = runs.iter().map(|run| run.family).chain([INHERITING]).collect();
    let engines = fitted.engines.keys().copied().chain([OTHER]);
    Ok(vec![
        table("calibrations.csv", pairs.into_iter().map(|(pair, points)| rows.pair(pair, points)).collect())?,
        table("chip_shares.csv", families.into_iter().map(|family| rows.family(family)).collect())?,
        table("engine_overheads.csv", engines.map(|engine| rows.engine(engine)).collect())?,
        Written { file: "levels.csv", text: fitted.levels.table() },
    ])
}

impl Rows<'_> {
    fn of_engine(&self, name: &str) -> Cells {
        let mut cells = costs(self.fitted.engines.get(name).unwrap_or(&self.fitted.all));
        cells.extend(versioned(&self.versions, name));
        cells
    }

    fn pair(&self, (family, engine): (&str, &str), points: usize) -> ([String; 2], Cells) {
        let mut cells = shares(&self.fitted.all);
        cells.extend(self.of_engine(engine));
        cells.insert("points", points.to_string());
        ([family.to_owned(), engine.to_owned()], cells)
    }

    fn family(&self, family: &str) -> ([String; 1], Cells) {
        let mut cells = shares(&self.fitted.all);
        cells.insert("memory_cache", number(self.fitted.all.memory_cache));
        ([family.to_owned()], cells)
    }

    fn engine(&self, name: &str) -> ([String; 1], Cells) {
        ([name.to_owned()], self.of_engine(name))
    }
}

/// Writes a table.
pub(super) fn write(table: &Written) -> io::Result<()> {
    fs::write(path(table.file), &table.text)
}

fn path(file: &str) -> std::path::PathBuf {
    crate::root().join(DATA).join(file)
}

/// The oldest and the newest series of versions that each engine was measured at: `0.10` of 0.10.2.
fn versions<'a>(runs: &[Run<'a>]) -> BTreeMap<&'a str, [[u64; 2]; 2]> {
    let mut found: BTreeMap<&str, [[u64; 2]; 2]> = BTreeMap::new();
    for run in runs {
        let numbers = run
            .version
            .map(|text| text.split('.').filter_map(|part| part.parse().ok()).collect::<Vec<u64>>());
        let Some([major, minor, ..]) = numbers.as_deref() else { continue };
        let series = [*major, *minor];
        let ends = found.entry(run.engine).or_insert([series; 2]);
        *ends = [ends[0].min(series), ends[1].max(series)];
    }
    found
}

fn versioned(versions: &BTreeMap<&str, [[u64; 2]; 2]>, engine: &str) -> Cells {
    let Some([from, to]) =
        versions.get(engine).map(|ends| ends.map(|[major, minor]| format!("{major}.{minor}")))
    else {
        return Cells::new();
    };
    let version = if from == to { from.clone() } else { format!("{from} to {to}") };
    Cells::from([("version", version), ("from_version", from), ("to_version", to)])
}

/// What a chip reaches.
fn shares(fitted: &Calibration) -> Cells {
    let LinkShare { share, latency, latency_per_rank } = fitted.links.scale_up;
    Cells::from([
        ("wide", number(fitted.compute.wide)),
        ("fp8", number(fitted.compute.fp8)),
        ("fp4", number(fitted.compute.fp4)),
        ("attention", number(fitted.attention)),
        ("memory", number(fitted.memory)),
        ("memory_packed", number(fitted.memory_packed)),
        ("scale_up_share", number(share)),
        ("scale_up_latency_us", us(latency)),
        ("scale_up_latency_per_rank_us", us(latency_per_rank)),
    ])
}

/// What an engine costs, and what its kernels for experts reach.
fn costs(fitted: &Calibration) -> Cells {
    Cells::from([
        ("per_layer_us", us(fitted.per_layer)),
        ("per_expert_layer_us", us(fitted.per_expert_layer)),
        ("per_latent_layer_us", us(fitted.per_latent_layer)),
        ("per_recurrent_layer_us", us(fitted.per_recurrent_layer)),
        ("per_step_us", us(fitted.per_step)),
        ("per_sequence_us", us(fitted.per_sequence)),
        ("per_request_ms", number(fitted.per_request.get() * 1e3)),
        ("waited_steps", number(fitted.waited_steps)),
        ("experts_compute", number(fitted.experts.compute)),
        ("experts_memory", number(fitted.experts.memory)),
        ("experts_memory_packed", number(fitted.experts.memory_packed)),
        ("experts_memory_widened", number(fitted.experts.memory_widened)),
        ("experts_unevenness", number(fitted.experts.unevenness)),
    ])
}

fn us(time: Seconds) -> String {
    number(time.get() * 1e6)
}

/// Four digits behind the point, without zeros at the end.
fn number(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A table whose rows with some keys (its first columns) have new cells; rows that are new stand at the end of those that
/// share their first key.
fn table<const KEYS: usize>(file: &'static str, rows: Vec<([String; KEYS], Cells)>) -> io::Result<Written> {
    let mut reader = csv::Reader::from_path(path(file))?;
    let header = reader.headers()?.clone();
    let mut all: Vec<Vec<String>> = Vec::new();
    for record in reader.records() {
        all.push(record?.iter().map(str::to_owned).collect());
    }
    let sourced = SOURCE.map(|(column, text)| (column, text.to_owned()));
    for (key, mut cells) in rows {
        cells.extend(sourced.clone());
        // Of one pair at several ages the newest is fitted: rows stand by version.
        let known = all.iter().rposition(|row| row[..KEYS] == key);
        let place = known.unwrap_or_else(|| {
            let place = all.iter().rposition(|row| row[0] == key[0]).map_or(all.len(), |last| last + 1);
            let mut row = vec![String::new(); header.len()];
            row[..KEYS].clone_from_slice(&key);
            all.insert(place, row);
            place
        });
        for (at, column) in header.iter().enumerate() {
            if let Some(cell) = cells.get(column) {
                all[place][at].clone_from(cell);
            }
        }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header)?;
    for row in &all {
        writer.write_record(row)?;
    }
    let bytes = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    Ok(Written { file, text: String::from_utf8(bytes).map_err(io::Error::other)? })
}
