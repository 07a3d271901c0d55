//! `slipstick calibrate`: measurements of one's own beside predictions, and what they tell of the catalogue.

mod files;
mod fit;
mod groups;
mod memory;
mod report;
mod request;
mod rows;
mod view;

pub use report::{
    CalibrateReport, FileRead, FitErrors, FittedFactor, MeasuredPoint, MeasuredTerm, RefusedRun,
};
pub use request::CalibrateRequest;

use std::collections::BTreeMap;

use slipstick_catalog::{Catalog, LayerName, calibrations::adjustments_toml};
use slipstick_import::benchmark::Kind;

use self::{groups::Group, memory::Told, rows::Table};
use crate::{
    Answered, ApiError, World,
    report::Quantity,
    resolve::Resolver,
    validate::{
        Errors, Models,
        inference::{InferenceRow, MeasuredRun, each_run, validate_inference},
    },
};

/// Reads measurements, sets them beside predictions, and fits what they tell.
///
/// # Errors
/// If nothing in the files can be predicted, or a file cannot be written.
pub fn calibrate(
    request: &CalibrateRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<CalibrateReport>, ApiError> {
    writable(request)?;
    let files = files::read(&request.from, world)?;
    let catalog = &catalog.clone().without_adjustments();
    let serving = rows::table(&files.measured, Kind::Serving, request, catalog)?;
    let before = predicted(&serving, catalog, world)?;
    let runs = runs(&serving, catalog, world)?;
    let groups = groups::fit(&runs);
    let starts = memory::starts(&files.measured, request, catalog, world)?;
    let told = starts.fit(catalog, world)?;
    let today = world.today().to_string();
    let overlay = overlay(&groups, &told, &serving, &today)?;
    let fitted = match &overlay {
        Some(text) => &with(catalog, text)?,
        None => catalog,
    };
    let points = points(&before, &predicted(&serving, fitted, world)?, &groups);
    let memory = starts.terms(&told, fitted, world)?;
    let errors = errors(&points, &memory);
    let report = CalibrateReport {
        overlay_toml: overlay.map(|text| format!("{}{text}", head(&errors, &today))),
        errors,
        factors: groups.iter().flat_map(Group::factors).chain(told.iter().flat_map(Told::factors)).collect(),
        files: files.read,
        points,
        refused: refused(&before),
        memory,
    };
    something(&report)?;
    write(request, &report, &serving, world)?;
    let view = view::view(request, &report);
    Ok(Answered::new(report, view))
}

/// What to keep, if anything.
fn overlay(
    groups: &[Group<'_>],
    told: &[Told],
    serving: &Table,
    today: &str,
) -> Result<Option<String>, ApiError> {
    let mut adjustments: Vec<_> =
        groups.iter().filter_map(|group| group.adjustment(&serving.tools, today)).collect();
    for one in told {
        one.add_to(&mut adjustments, today);
    }
    let text = (!adjustments.is_empty()).then(|| adjustments_toml(&adjustments)).transpose();
    text.map_err(|error| ApiError::internal("calibrate.overlay", error.to_string()))
}

/// An overlay is read by its ending.
fn writable(request: &CalibrateRequest) -> Result<(), ApiError> {
    let ends = |path: &Option<String>, ending| path.as_ref().is_none_or(|path| path.ends_with(ending));
    for (flag, path, ending) in [("--out", &request.out, ".toml"), ("--rows", &request.rows, ".csv")] {
        if !ends(path, ending) {
            return Err(ApiError::input(
                "calibrate.ending",
                format!("{flag} writes a file ending in {ending}"),
            )
            .at(flag)
            .help(format!("give {flag} a name such as mine{ending}")));
        }
    }
    Ok(())
}

/// The catalogue with what was fitted.
fn with(catalog: &Catalog, overlay: &str) -> Result<Catalog, ApiError> {
    let added = catalog.clone().with_overlay(LayerName::Request, "fitted.toml", overlay);
    added.map_err(|error| ApiError::internal("calibrate.overlay", error.to_string()))
}

/// Each run with its prediction, in order.
fn predicted(table: &Table, catalog: &Catalog, world: &dyn World) -> Result<Vec<InferenceRow>, ApiError> {
    let resolver = Resolver::new(catalog, world);
    let models = Models::new(&resolver, &[]);
    let mut found = Vec::with_capacity(table.runs.len());
    validate_inference(
        table.csv.as_bytes(),
        &models,
        |_| true,
        |row| {
            found.push(row);
            Ok(())
        },
    )?;
    Ok(found)
}

/// The runs that are answered.
fn runs(table: &Table, catalog: &Catalog, world: &dyn World) -> Result<Vec<MeasuredRun>, ApiError> {
    let resolver = Resolver::new(catalog, world);
    let models = Models::new(&resolver, &[]);
    let mut found = Vec::new();
    each_run(table.csv.as_bytes(), &models, |_, run| {
        found.extend(run);
        Ok(())
    })?;
    Ok(found)
}

/// A measured and a predicted value.
type Pair = (Option<f64>, Option<f64>);

/// What was measured of a run and what is predicted, by quantity.
fn quantities(row: &InferenceRow) -> [(&'static str, Pair); 4] {
    let measured = &row.measured;
    [
        ("ttft_s", (measured.ttft_s.map(|x| x.0.number()), row.ttft_s.map(|x| x.value.number()))),
        ("tpot_s", (measured.tpot_s.map(|x| x.0.number()), row.tpot_s.map(|x| x.value.number()))),
        (
            "output_tokens_per_s",
            (
                measured.output_tokens_per_s.map(|x| x.0.number()),
                row.output_tokens_per_s.map(|x| x.value.number()),
            ),
        ),
        (
            "total_tokens_per_s",
            (
                measured.total_tokens_per_s.map(|x| x.0.number()),
                row.total_tokens_per_s.map(|x| x.value.number()),
            ),
        ),
    ]
}

fn points(before: &[InferenceRow], after: &[InferenceRow], groups: &[Group<'_>]) -> Vec<MeasuredPoint> {
    let left_out: BTreeMap<(&str, &str), f64> = groups
        .iter()
        .flat_map(Group::left_out)
        .map(|(id, quantity, predicted)| ((id, quantity), predicted))
        .collect();
    let mut found = Vec::new();
    for (before, after) in before.iter().zip(after) {
        for ((quantity, (measured, predicted)), (_, (_, calibrated))) in
            quantities(before).into_iter().zip(quantities(after))
        {
            if let (Some(measured), Some(predicted), Some(calibrated)) = (measured, predicted, calibrated) {
                found.push(MeasuredPoint {
                    id: before.id.clone(),
                    engine: before.engine.clone(),
                    quantity,
                    measured,
                    predicted,
                    calibrated,
                    left_out: left_out.get(&(before.id.as_str(), quantity)).copied(),
                });
            }
        }
    }
    found
}

/// A measured value, and the same as the catalogue, the fit, and a fit without it predict it.
type Fitted = (f64, Option<f64>, Option<f64>, Option<f64>);

/// How far off each quantity of speed and each term of memory is.
fn errors(points: &[MeasuredPoint], memory: &[MeasuredTerm]) -> Vec<FitErrors> {
    let mut by_name: Vec<(&str, Vec<Fitted>)> = Vec::new();
    let speed = points.iter().map(|point| {
        (point.quantity, (point.measured, Some(point.predicted), Some(point.calibrated), point.left_out))
    });
    let terms = memory
        .iter()
        .map(|term| (term.term.as_str(), (term.measured, term.predicted, term.calibrated, term.left_out)));
    for (name, one) in speed.chain(terms) {
        match by_name.iter_mut().find(|(known, _)| *known == name) {
            Some((_, all)) => all.push(one),
            None => by_name.push((name, vec![one])),
        }
    }
    let one = |(quantity, all): (&str, Vec<Fitted>)| {
        let of = |read: fn(&Fitted) -> Option<f64>| {
            let ratios = all.iter().filter_map(|one| Some(read(one)? / one.0)).collect();
            Errors::of(all.len(), ratios)
        };
        let quantity = quantity.to_owned();
        FitErrors { quantity, before: of(|one| one.1), after: of(|one| one.2), left_out: of(|one| one.3) }
    };
    by_name.into_iter().map(one).collect()
}

fn refused(rows: &[InferenceRow]) -> Vec<RefusedRun> {
    let all = rows.iter().filter_map(|row| {
        let reason = row.refused.clone()?;
        Some(RefusedRun { id: row.id.clone(), cure: cure(&reason), reason })
    });
    all.collect()
}

/// What to do about a run that is not predicted.
fn cure(reason: &str) -> &'static str {
    let cures = [
        ("the model is not known", "name it with --model"),
        ("there is no configuration", "name it with --model"),
        ("the accelerator is not known", "name the hardware with --on"),
        ("the engine is not known", "name it with --engine"),
        ("the concurrency is not known", "say it with --concurrency"),
        ("the prompt's length", "say it with --input"),
        ("the output's length", "say it with --output"),
        ("it does not start", "say what it ran on with --on, and in which format with --quant"),
    ];
    let found = cures.iter().find(|(start, _)| reason.starts_with(start));
    found.map_or("say what the file leaves out with flags, or leave the file out", |(_, cure)| cure)
}

/// Refuses what holds nothing that can be predicted, with the first reason.
fn something(report: &CalibrateReport) -> Result<(), ApiError> {
    let predicted = report.memory.iter().any(|row| row.predicted.is_some());
    if !report.points.is_empty() || predicted {
        return Ok(());
    }
    let refused = |message: String, help: &str| {
        Err(ApiError::input("calibrate.nothing", message).at("--from").help(help.to_owned()))
    };
    if let Some(run) = report.refused.first() {
        return refused(format!("{}: {}", run.id, run.reason), run.cure);
    }
    if let Some(row) = report.memory.first() {
        let reason = row.refused.as_deref().unwrap_or_default();
        return refused(format!("{}: {reason}", row.id), cure(reason));
    }
    match report.files.first() {
        Some(FileRead { path, refused: Some(why), cure, .. }) => {
            refused(format!("{path}: {why}"), cure.as_deref().unwrap_or("give another file"))
        }
        _ => refused("there is no file to read".to_owned(), "give result files, or a directory of them"),
    }
}

/// The first lines of what is kept.
fn head(errors: &[FitErrors], today: &str) -> String {
    let mut text = format!(
        "# Written by slipstick calibrate on {today}: factors on what the catalogue says, fitted on own runs and starts.\n# Use it with --catalog FILE, or put it into ~/.config/slipstick/catalog/.\n"
    );
    for errors in errors {
        let percent =
            |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1} %"));
        let line = format!(
            "# {}: {} points, median error {} before, {} after, {} of runs left out\n",
            errors.quantity,
            errors.before.predicted,
            percent(errors.before.median),
            percent(errors.after.median),
            percent(errors.left_out.median),
        );
        text.push_str(&line);
    }
    text
}

fn write(
    request: &CalibrateRequest,
    report: &CalibrateReport,
    serving: &Table,
    world: &dyn World,
) -> Result<(), ApiError> {
    if let (Some(path), Some(text)) = (&request.out, &report.overlay_toml) {
        world.write_text(path, &text).map_err(|error| error.at("--out"))?;
    }
    if let Some(path) = &request.rows {
        world.write_text(path, &serving.csv).map_err(|error| error.at("--rows"))?;
    }
    Ok(())
}
