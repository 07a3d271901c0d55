//! `slipstick compare a.toml b.toml`: scenarios side by side, and plotted over the requests in flight.

mod curve;
mod view;

use std::path::Path;

use serde_json::{Value, json};
use slipstick_catalog::Catalog;
use slipstick_core::estimate::Verdict;

use super::{Row, estimate_row};
use crate::{
    ApiError, Output, World,
    commands::{
        estimate,
        memory::{self, MemoryAnswer},
        run::scenario,
    },
    request::{EstimateRequest, MemoryRequest, Request},
    resolve::Resolver,
    view::Plot,
};

/// More scenarios than this are told apart by no plot.
const MOST: usize = 12;

/// A scenario and the name of its file.
struct Named {
    name: String,
    request: Request,
}

/// The scenarios of some files side by side.
///
/// # Errors
/// If they are no scenario files, or cannot be compared, or one of them makes no sense.
pub(super) fn compare_files(
    paths: &[String],
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Output, ApiError> {
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
fn compare_scenarios(all: &[Named], catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
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
) -> Result<Output, ApiError> {
    let mut rows: Vec<(&str, Row)> = Vec::with_capacity(all.len());
    let resolver = Resolver::new(catalog, world);
    let mut plot = curve::empty_throughput();
    for (name, request) in all {
        let row = estimate_row(request, &resolver);
        if let Err(error) = row.answer {
            return Err(named_error(name, error));
        }
        plot.series.push(curve::throughput(name, request, &resolver)?);
        rows.push((name, row));
    }
    let yes =
        rows.iter().any(|(_, row)| row.answer.as_ref().is_ok_and(|answer| answer.verdict == Verdict::Holds));
    let scenarios: Vec<Value> = rows
        .iter()
        .map(|(name, row)| {
            let mut value = row.to_json();
            value["name"] = (*name).into();
            value
        })
        .collect();
    let document = json!({"command": "estimate", "scenarios": scenarios, "plot": plotted(&plot)});
    Ok(Output::new("compare.scenarios", document, view::estimates(&rows, plot)).answered(yes))
}

fn of_memories(
    all: &[(&str, &MemoryRequest)],
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Output, ApiError> {
    let mut answers: Vec<(&str, MemoryAnswer)> = Vec::with_capacity(all.len());
    let mut plot = curve::empty_memory();
    for (name, request) in all {
        let answer = memory::resolved(request, catalog, world).map_err(|error| named_error(name, error))?;
        plot.series.push(curve::memory(name, &answer)?);
        answers.push((name, answer));
    }
    let yes = answers.iter().any(|(_, answer)| answer.verdict == Verdict::Holds);
    let scenarios: Vec<Value> = answers
        .iter()
        .map(|(name, answer)| {
            let mut fields = memory::document(answer);
            fields.insert("name".to_owned(), (*name).into());
            Value::Object(fields)
        })
        .collect();
    let document = json!({"command": "memory", "scenarios": scenarios, "plot": plotted(&plot)});
    Ok(Output::new("compare.scenarios", document, view::memories(&answers, plot)).answered(yes))
}

fn plotted(plot: &Plot) -> Value {
    let series: Vec<Value> =
        plot.series.iter().map(|one| json!({"name": one.label, "points": one.points})).collect();
    json!({"x": plot.x.label, "y": plot.y.label, "series": series})
}
