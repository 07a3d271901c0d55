//! What published checkpoints in a format weigh, against what is counted for the same model in that format.
//!
//! A band holds every file that was found: makers leave different layers alone, and each way of doing so is one that a
//! user may meet. A format of fewer than twenty takes the band of all formats that are like it, since its next maker may do what
//! others did.

use std::{collections::BTreeMap, collections::BTreeSet, fmt::Write as _, fs, io};

use slipstick_catalog::Catalog;
use slipstick_core::{
    model::{Checkpoint, FormattedModel, Model, Role, Weight, what_if::Quant},
    numeric::Format,
    units::Bytes,
};
use slipstick_import::{config, quantization};

/// Sizes of published checkpoints, with their sources.
const MEASURED: &str = "measured/file_sizes.csv";

/// Where the bands are written to.
const BANDS: &str = "crates/slipstick-catalog/data/format_sizes.csv";

/// Fewer files than this say little of what makers do.
const LEAST_FILES: usize = 20;

/// A published checkpoint in a format.
pub(super) struct File {
    pub(super) model: String,
    pub(super) format: String,
    /// Who published its size.
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests tell sources apart"))]
    pub(super) source: String,
    /// Its size against the count.
    pub(super) share: f64,
}

/// Writes the table of bands anew.
pub(super) fn write() -> io::Result<()> {
    fs::write(crate::root().join(BANDS), table(&files()?))
}

/// Every checkpoint of the table, held against the count.
pub(super) fn files() -> io::Result<Vec<File>> {
    let text = fs::read_to_string(crate::root().join(MEASURED))?;
    let catalog = Catalog::builtin();
    let mut files = Vec::new();
    for row in csv::Reader::from_reader(text.as_bytes()).into_records() {
        let row = row.map_err(io::Error::other)?;
        let cell = |place: usize| row.get(place).unwrap_or_default();
        let (id, bytes, why_not) = (cell(0), cell(2), cell(7));
        if !why_not.is_empty() {
            continue;
        }
        let found = |what: &str| io::Error::other(format!("{MEASURED}: {id}: {what}"));
        let entry = catalog.find_model(id).ok_or_else(|| found("no such model"))?;
        let model = config::import(entry.config.as_bytes()).map_err(|error| found(&error.to_string()))?.model;
        for format in cell(1).split_whitespace() {
            let quant = catalog.quant(format).map_err(|error| found(&error.to_string()))?;
            let size = match bytes.parse() {
                Ok(size) => size,
                Err(_) => of_its_scheme(&model, &entry.config).ok_or_else(|| found("it states no scheme"))?,
            };
            let share = size / counted(&model, quant).as_f64();
            let [model, format, source] = [id, catalog.quant_name(quant), cell(5)].map(str::to_owned);
            files.push(File { model, format, source, share });
        }
    }
    Ok(files)
}

/// The bytes of a checkpoint whose configuration states its scheme.
fn of_its_scheme(model: &Model, config: &str) -> Option<f64> {
    let value = config::parse_json(config.as_bytes()).ok()?;
    let scheme = quantization::parse(&value).ok()??;
    let rules = Checkpoint { scheme: &scheme, plain: Format::Plain(model.dtype) };
    Some(model.weight_bytes(&rules).as_f64())
}

/// What is counted: llama.cpp's files hold no tower.
fn counted(model: &Model, quant: Quant) -> Bytes {
    let held = |weight: &Weight| {
        !matches!(quant, Quant::Mix(_))
            || !matches!(weight.role, Role::Vision | Role::Audio | Role::Projector)
    };
    let formatted = FormattedModel::new(model, &quant.rules(model));
    let outer = formatted.outer().filter(|(weight, _)| held(weight));
    let outer: Bytes = outer.map(|(weight, format)| weight.bytes(format)).sum();
    let layers = formatted.groups().map(|group| {
        let one: Bytes = group.weights().map(|(weight, format)| weight.bytes(format)).sum();
        one.times(group.count)
    });
    outer + layers.sum()
}

/// The formats that makers treat alike; none for what leaves nothing to them.
fn kin(quant: Quant) -> Option<&'static str> {
    match quant {
        // A rate is what a file is made to.
        Quant::Plain(_) | Quant::Headed { .. } => None,
        Quant::Mix(_) => Some("mixtures of llama.cpp"),
        Quant::Linear(format) | Quant::Experts(format) | Quant::Matrices(format) => Some(match format {
            Format::Mlx { .. } => "formats of MLX",
            Format::IntGroup { .. } | Format::IntChannel { .. } | Format::Nf4 | Format::Nf4Double => {
                "integers of few bits"
            }
            Format::Nvfp4 | Format::Mxfp4 => "floats of four bits",
            Format::Plain(_)
            | Format::Ggml(_)
            | Format::Fp8Tensor
            | Format::Fp8Channel
            | Format::Fp8Block128
            | Format::Int8Channel
            | Format::Mxfp8
            | Format::Codebooks { .. }
            | Format::Average { .. } => "formats of eight bits",
        }),
    }
}

fn table(files: &[File]) -> String {
    let catalog = Catalog::builtin();
    let mut by_kin: BTreeMap<&str, Vec<&File>> = BTreeMap::new();
    for file in files {
        if let Some(kin) = catalog.quant(&file.format).ok().and_then(kin) {
            by_kin.entry(kin).or_default().push(file);
        }
    }
    let mut text = String::from("format,low,high,held,taken_from,files,models,mean,source,seen\n");
    for name in catalog.quant_names() {
        let Some(kin) = catalog.quant(name).ok().and_then(kin) else { continue };
        let all = by_kin.get(kin).map_or(&[][..], Vec::as_slice);
        let own: Vec<&File> = all.iter().copied().filter(|file| file.format == name).collect();
        let (held, from) =
            if own.len() < LEAST_FILES { (all, kin) } else { (own.as_slice(), "its own files") };
        let (low, high) = band(held);
        let models: BTreeSet<&str> = own.iter().map(|file| file.model.as_str()).collect();
        let mean = own.iter().map(|file| file.share).sum::<f64>() / own.len() as f64;
        let mean = if own.is_empty() { String::new() } else { format!("{mean:.4}") };
        let row = format!("{low:.3},{high:.3},{},{from},{},{},{mean}", held.len(), own.len(), models.len());
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{name},{row},file-sizes,2026-11");
    }
    text
}

/// The least and the greatest share, rounded outwards, with 1 between them.
fn band(files: &[&File]) -> (f64, f64) {
    let shares = || files.iter().map(|file| file.share);
    let (low, high) = (shares().fold(1.0, f64::min), shares().fold(1.0, f64::max));
    ((low * 1e3).floor() / 1e3, (high * 1e3).ceil() / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<File> {
        files().expect("the table is read")
    }

    #[test]
    fn the_bands_are_what_the_files_say() {
        let kept = fs::read_to_string(crate::root().join(BANDS)).expect("it is kept");
        assert_eq!(kept, table(&all()), "cargo xtask fit sizes writes it anew");
    }

    /// llama.cpp prints what its mixtures make of Llama-3.1-8B; nine in ten files of anybody are counted to 1 %.
    #[test]
    fn mixtures_weigh_what_is_counted() {
        let files = all();
        let is_mixture = |file: &&File| matches!(Catalog::builtin().quant(&file.format), Ok(Quant::Mix(_)));
        let mixtures: Vec<&File> = files.iter().filter(is_mixture).collect();
        let own = mixtures.iter().filter(|file| file.source.ends_with("tools/quantize/README.md"));
        for file in own {
            assert!((file.share - 1.0).abs() < 0.001, "{}: {}", file.format, file.share);
        }
        let near = mixtures.iter().filter(|file| (file.share - 1.0).abs() < 0.01).count();
        assert!(near * 10 >= mixtures.len() * 9, "{near} of {}", mixtures.len());
    }
}
