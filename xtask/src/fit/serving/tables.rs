//! The fitted constants as cells of the shipped tables.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
};

use slipstick_api::Catalog;
use slipstick_catalog::LayerName;
use slipstick_core::{
    hardware::{Accelerator, AcceleratorClass, Calibration, LinkShare},
    units::Seconds,
};

use super::{
    fitted::{Fitted, Given, Joint},
    runs::{Kind, Run},
};

/// Where the shipped tables stand.
const DATA: &str = "crates/slipstick-catalog/data";

/// The source of what is fitted, and the month that the kept measurements are of.
const SOURCE: [(&str, &str); 2] = [("source", "measured-inference"), ("seen", "2026-11")];

/// The families whose shares the fit replaces, and what every other data-centre chip inherits.
const INHERITING: &str = "class:datacenter";

/// The costs of an engine that nobody knows.
const OTHER: &str = "other";

/// The version of runs that state none.
const UNSTATED: &str = "not stated";

/// A table as text, with its name.
struct Written {
    file: &'static str,
    text: String,
}

/// Cells by column.
type Cells = BTreeMap<&'static str, String>;

/// Tables that belong together.
pub(super) struct Tables(Vec<Written>);

impl Tables {
    /// Writes them, and gives the catalogue with them.
    pub(super) fn put(&self, catalog: &Catalog) -> io::Result<Catalog> {
        self.0.iter().try_fold(catalog.clone(), |catalog, table| {
            fs::write(path(table.file), &table.text)?;
            catalog.with_overlay(LayerName::User, table.file, &table.text).map_err(io::Error::other)
        })
    }
}

/// What all chips reach and what engines cost, in the places of what was there.
pub(super) fn joint<'a>(joint: &Joint<'a>, runs: &[Run<'a>]) -> io::Result<Tables> {
    let closed = runs.iter().filter(|run| run.kind == Kind::Closed);
    let families: BTreeSet<&str> = closed.map(|run| run.family).chain([INHERITING]).collect();
    let family = |family: &str| {
        let mut cells = shares(&joint.all);
        cells.insert("memory_cache", number(joint.all.memory_cache));
        ([family.to_owned()], cells)
    };
    let versions = versions(runs);
    let engine = |name: &str| {
        let mut cells = costs(joint.engine(name));
        cells.extend(versioned(&versions, name));
        ([name.to_owned()], cells)
    };
    let engines = joint.engines.keys().copied().chain([OTHER]);
    Ok(Tables(vec![
        table("chip_shares.csv", families.into_iter().map(family).collect())?,
        table("engine_overheads.csv", engines.map(engine).collect())?,
    ]))
}

/// The pairs and the levels, whole.
pub(super) fn others<'a>(
    fitted: &Fitted<'a>,
    given: &Given<'a>,
    runs: &[Run<'a>],
    catalog: &Catalog,
) -> io::Result<Tables> {
    let points = |pair: (&str, &str)| {
        let kind = if given.joint.contains(&pair) { Kind::Closed } else { Kind::Static };
        runs.iter().filter(|run| run.pair() == pair && run.kind == kind).count()
    };
    let row = |(family, engine): (&str, &str), calibration: &Calibration, points: usize| {
        let mut cells = shares(calibration);
        cells.extend(costs(calibration));
        cells.insert("memory_cache", number(calibration.memory_cache));
        cells.insert("points", points.to_string());
        ([family.to_owned(), engine.to_owned()], cells)
    };
    let versions = versions(runs);
    let joint = given.joint.iter().map(|pair| {
        let (key, mut cells) = row(*pair, fitted.joint.engine(pair.1), points(*pair));
        cells.extend(versioned(&versions, pair.1));
        (key, cells)
    });
    let unstated = |(key, mut cells): ([String; 2], Cells)| {
        cells.insert("version", UNSTATED.to_owned());
        (key, cells)
    };
    let own = fitted.factors.pairs().filter_map(|pair| {
        let calibration = fitted.factors.calibration(pair, &given.bases)?;
        Some(unstated(row(pair, &calibration, points(pair))))
    });
    let classes = classes(fitted, runs, catalog).into_iter();
    let classes = classes.map(|(key, calibration, points)| unstated(row(key, &calibration, points)));
    let mut rows: Vec<_> = joint.chain(own).chain(classes).collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Tables(vec![
        whole("calibrations.csv", rows)?,
        Written { file: "levels.csv", text: fitted.levels.table() },
    ]))
}

/// The engines that were measured on several families of data-centre chips: what they make of one that nobody measured.
fn classes<'a>(
    fitted: &Fitted<'a>,
    runs: &[Run<'a>],
    catalog: &Catalog,
) -> Vec<((&'static str, &'a str), Calibration, usize)> {
    let mut by_engine: BTreeMap<&'a str, Vec<&Run<'a>>> = BTreeMap::new();
    for run in runs.iter().filter(|run| run.kind == Kind::Static) {
        if run.of.resolved.cluster().accelerator.class == AcceleratorClass::DatacenterGpu {
            by_engine.entry(run.engine).or_default().push(run);
        }
    }
    let row = |(engine, own): (&'a str, Vec<&Run<'a>>)| {
        let families: BTreeSet<&str> = own.iter().map(|run| run.family).collect();
        let (true, Some(first)) = (families.len() > 1, own.first()) else { return None };
        let chip = &first.of.resolved.cluster().accelerator;
        let any = Accelerator { family: INHERITING.to_owned(), ..chip.clone() };
        let base = catalog.unfitted_calibration(&any, engine);
        Some(((INHERITING, engine), fitted.factors.of_engine(engine, &base)?, own.len()))
    };
    by_engine.into_iter().filter_map(row).collect()
}

fn path(file: &str) -> std::path::PathBuf {
    crate::root().join(DATA).join(file)
}

/// The oldest and the newest series of versions that each engine was measured at: `0.10` of 0.10.2.
fn versions<'a>(runs: &[Run<'a>]) -> BTreeMap<&'a str, [[u64; 2]; 2]> {
    let mut found: BTreeMap<&str, [[u64; 2]; 2]> = BTreeMap::new();
    for run in runs.iter().filter(|run| run.kind == Kind::Closed) {
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

/// The header of a table.
fn header(file: &str) -> io::Result<csv::StringRecord> {
    Ok(csv::Reader::from_path(path(file))?.headers()?.clone())
}

/// A table of these rows alone.
fn whole<const KEYS: usize>(file: &'static str, rows: Vec<([String; KEYS], Cells)>) -> io::Result<Written> {
    let header = header(file)?;
    let rows = rows.into_iter().map(|(key, mut cells)| {
        cells.extend(SOURCE.map(|(column, text)| (column, text.to_owned())));
        let cell = |(at, column): (usize, &str)| {
            key.get(at).cloned().or_else(|| cells.get(column).cloned()).unwrap_or_default()
        };
        header.iter().enumerate().map(cell).collect::<Vec<String>>()
    });
    written(file, &header, rows)
}

/// A table whose rows with some keys (its first columns) have new cells; rows that are new stand at the end of those that
/// share their first key.
fn table<const KEYS: usize>(file: &'static str, rows: Vec<([String; KEYS], Cells)>) -> io::Result<Written> {
    let header = header(file)?;
    let mut reader = csv::Reader::from_path(path(file))?;
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
    written(file, &header, all.into_iter())
}

fn written(
    file: &'static str,
    header: &csv::StringRecord,
    rows: impl Iterator<Item = Vec<String>>,
) -> io::Result<Written> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row)?;
    }
    let bytes = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    Ok(Written { file, text: String::from_utf8(bytes).map_err(io::Error::other)? })
}
