//! `slipstick compare a.toml b.toml`: scenarios side by side, and plotted over the requests in flight.

mod curve;
mod view;

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_catalog::Catalog;
use slipstick_core::estimate::Verdict;

use super::{AnsweredRow, estimate_row};
use crate::{
    Answered, ApiError, World,
    commands::{
        estimate,
        memory::{self, DeploymentMemory, MemoryAnswer},
        run::scenario,
    },
    report::Report,
    request::{EstimateRequest, MemoryRequest, Request},
    resolve::Resolver,
    view::Plot,
};

/// More scenarios than this are told apart by no plot.
const MOST: usize = 12;

/// `slipstick compare a.toml b.toml`: scenarios side by side, and plotted over the requests in flight.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "command", rename_all = "lowercase")]
#[non_exhaustive]
pub enum ScenariosReport {
    /// Scenarios of `slipstick estimate`.
    Estimate {
        /// Their estimates in brief.
        scenarios: Vec<NamedRow<AnsweredRow>>,
        /// Speed for one reader against all.
        plot: PlotReport,
    },
    /// Scenarios of `slipstick memory`.
    Memory {
        /// Their memory.
        scenarios: Vec<NamedRow<DeploymentMemory>>,
        /// Memory over the sequences at once.
        plot: PlotReport,
    },
}

impl Report for ScenariosReport {
    const COMMAND: &'static str = "compare.scenarios";
    const ROWS: Option<&'static str> = Some("scenarios");
}

/// The answer to a scenario.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct NamedRow<T> {
    /// The answer.
    #[serde(flatten)]
    pub answer: T,
    /// The name of its file.
    pub name: String,
}

/// A plot.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PlotReport {
    /// What is shown from left to right.
    pub x: String,
    /// What is shown from bottom to top.
    pub y: String,
    /// Its lines.
    pub series: Vec<PlotSeries>,
}

/// A line of a plot.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PlotSeries {
    /// What it shows.
    pub name: String,
    /// Its points.
    pub points: Vec<(f64, f64)>,
}

impl From<&Plot> for PlotReport {
    fn from(plot: &Plot) -> Self {
        let series =
            plot.series.iter().map(|one| PlotSeries { name: one.label.clone(), points: one.points.clone() });
        Self { x: plot.x.label.clone(), y: plot.y.label.clone(), series: series.collect() }
    }
}

/// A scenario and the name of its file.
struct Named {
    name: String,
    request: Request,
}

/// The scenarios of some files side by side.
///
/// # Errors
/// If they are no scenario files, or cannot be compared, or one of them makes no sense.
pub fn compare_files(
    paths: &[String],
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<ScenariosReport>, ApiError> {
    let stem = |path: &str| Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let is_file = |path: &String| Path::new(path).extension().is_some_and(|ending| ending == "toml");
    if paths.is_empty() || !paths.iter().all(is_file) {
        return Err(ApiError::input("usage.missing_argument", "no hardware is given")
            .at("--on")
            .help("say where, such as --on h100,l40s; or give scenario files, as --save writes them"));
    }
    let named = |path: &String| {
        let name = stem(path).unwrap_or_else(|| path.clone());
        Ok(Named { name, request: scenario(path, world)? })
    };
    let all: Vec<Named> = paths.iter().map(named).collect::<Result<_, ApiError>>()?;
    compare_scenarios(&all, catalog, world)
}

/// Scenarios of one command side by side, with a plot.
///
/// # Errors
/// If they ask different commands, or such as cannot be compared, or one of them makes no sense.
fn compare_scenarios(
    all: &[Named],
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<ScenariosReport>, ApiError> {
    if all.len() > MOST {
        let message = format!("{} scenarios are more than a plot can tell apart", all.len());
        return Err(ApiError::input("scenario.too_many", message)
            .at("FILE")
            .help(format!("give {MOST} at most")));
    }
    let estimates: Vec<(&str, &EstimateRequest)> = all
        .iter()
        .filter_map(|one| match &one.request {
            Request::Estimate(request) => Some((one.name.as_str(), &**request)),
            _ => None,
        })
        .collect();
    let memories: Vec<(&str, &MemoryRequest)> = all
        .iter()
        .filter_map(|one| match &one.request {
            Request::Memory(request) => Some((one.name.as_str(), &**request)),
            _ => None,
        })
        .collect();
    if estimates.len() == all.len() && !all.is_empty() {
        return of_estimates(&estimates, catalog, world);
    }
    if memories.len() == all.len() && !all.is_empty() {
        return of_memories(&memories, catalog, world);
    }
    let commands: Vec<String> =
        all.iter().map(|one| format!("{} ({})", one.request.command().name, one.name)).collect();
    Err(ApiError::input("scenario.unlike", format!("these cannot be compared: {}", commands.join(", ")))
        .at("FILE")
        .help("give scenarios that are all of estimate, or all of memory"))
}

fn named_error(name: &str, error: ApiError) -> ApiError {
    let at = error.at.clone().map_or_else(|| name.to_owned(), |at| format!("{name}: {at}"));
    error.at(at)
}

fn of_estimates(
    all: &[(&str, &EstimateRequest)],
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<ScenariosReport>, ApiError> {
    let resolver = Resolver::new(catalog, world);
    let mut plot = curve::empty_throughput();
    let mut answers = Vec::with_capacity(all.len());
    for (name, request) in all {
        let answer = estimate_row(request, &resolver).map_err(|error| named_error(name, error))?;
        let line = curve::throughput(name, request, &resolver)?;
        answers.push((NamedRow { answer, name: (*name).to_owned() }, line));
    }
    answers.sort_by_key(|(row, _)| !row.answer.fits);
    let (scenarios, lines): (Vec<_>, Vec<_>) = answers.into_iter().unzip();
    plot.series = lines;
    let yes = scenarios.iter().any(|row| row.answer.holds());
    let drawn = PlotReport::from(&plot);
    let view = view::estimates(&scenarios, plot);
    Ok(Answered::new(ScenariosReport::Estimate { scenarios, plot: drawn }, view).answered(yes))
}

fn of_memories(
    all: &[(&str, &MemoryRequest)],
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<ScenariosReport>, ApiError> {
    let mut answers: Vec<(&str, MemoryAnswer)> = Vec::with_capacity(all.len());
    let mut plot = memory::empty_plot();
    for (name, request) in all {
        let answer = memory::resolved(request, catalog, world).map_err(|error| named_error(name, error))?;
        answers.push((name, answer));
    }
    answers.sort_by_key(|(_, answer)| !answer.verdict.starts());
    for (name, answer) in &answers {
        plot.series.push(memory::memory_line(name, answer)?);
    }
    let yes = answers.iter().any(|(_, answer)| answer.verdict == Verdict::Holds);
    let named = |(name, answer): &(&str, MemoryAnswer)| NamedRow {
        answer: DeploymentMemory::of(answer),
        name: (*name).to_owned(),
    };
    let scenarios = answers.iter().map(named).collect();
    let report = ScenariosReport::Memory { scenarios, plot: (&plot).into() };
    Ok(Answered::new(report, view::memories(&answers, plot)).answered(yes))
}
