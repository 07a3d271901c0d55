//! Terms of memory that engines printed when they started, and what they tell of the engine's rules.
//!
//! Weights and caches are counted, so that nothing is fitted on them. The peak of a step, what lies outside the allocator
//! and captured graphs follow rules and constants of an engine's version, which an accelerator, a driver and a model move.

use std::collections::{BTreeMap, BTreeSet};

use slipstick_catalog::{
    Catalog,
    calibrations::{Adjustment, Factors, MemoryFactors},
};
use slipstick_import::benchmark::{Kind, Run};

use super::{
    CalibrateRequest,
    files::Measured,
    fit::{Chosen, Factor, Observation, choose},
    groups::{rounded, small},
    report::{FittedFactor, MeasuredTerm},
    rows::{self, Table},
};
use crate::{
    ApiError, World,
    resolve::Resolver,
    validate::{
        Models,
        memory::{MemoryRow, Pools, validate_memory},
    },
};

/// What the logarithm of a term is expected to be off by between starts that differ in nothing that is known.
const fn noise(factor: Factor) -> f64 {
    match factor {
        Factor::Activations => 0.1,
        _ => 0.3,
    }
}

/// What is fitted, and the terms that it is told by.
const FITTED: [(Factor, [&str; 2]); 3] = [
    (Factor::Activations, ["activation_peak", "compute_buffer"]),
    (Factor::Outside, ["non_torch", "context_overhead"]),
    (Factor::Graphs, ["cudagraph", "cudagraph_est"]),
];

/// A peak of a step that a log does not print is what the pool leaves of the rest.
const BESIDE_POOL: &str = "activation_peak";

/// Logs of starts, as a table of their terms.
pub(super) struct Starts {
    table: Table,
    before: Vec<MemoryRow>,
}

/// A term that is fitted on.
struct Term<'a> {
    row: &'a MemoryRow,
    measured: f64,
    predicted: f64,
}

/// What the logs of one engine on one accelerator tell.
pub(super) struct Told {
    engine: String,
    accelerator: String,
    tools: BTreeSet<&'static str>,
    fitted: Vec<(Factor, Chosen, Vec<String>)>,
}

/// Reads and predicts the terms of some files.
pub(super) fn starts(
    measured: &[Measured],
    request: &CalibrateRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Starts, ApiError> {
    let table = rows::table(measured, Kind::Memory, request, catalog)?;
    let before = predicted(&table.csv, catalog, world)?;
    Ok(Starts { table, before })
}

/// Each term with its prediction, in order.
fn predicted(csv: &str, catalog: &Catalog, world: &dyn World) -> Result<Vec<MemoryRow>, ApiError> {
    let resolver = Resolver::new(catalog, world);
    let models = Models::new(&resolver, &[]);
    let mut found = Vec::new();
    if csv.trim().is_empty() {
        return Ok(found);
    }
    let pools = Pools::read(csv.as_bytes(), |_| true)?;
    let take = |row| {
        found.push(row);
        Ok(())
    };
    validate_memory(csv.as_bytes(), &pools, &models, |_| true, take)?;
    Ok(found)
}

impl Starts {
    /// What they tell, by engine and accelerator.
    pub(super) fn fit(&self, catalog: &Catalog, world: &dyn World) -> Result<Vec<Told>, ApiError> {
        let resolver = Resolver::new(catalog, world);
        let peaks = self.peaks(catalog, world)?;
        let mut by_pair: BTreeMap<(String, String), Vec<(&Run, &MemoryRow)>> = BTreeMap::new();
        for (run, row) in self.table.runs.iter().zip(&self.before) {
            let on = run.get("on").or_else(|| run.get("accelerator_id"));
            let Some(cluster) = on.and_then(|on| resolver.cluster(on).ok()) else { continue };
            let pair = (row.engine.clone(), cluster.accelerator.id.clone());
            by_pair.entry(pair).or_default().push((run, row));
        }
        let told = by_pair.into_iter().map(|((engine, accelerator), rows)| {
            let fitted = FITTED.into_iter().map(|(factor, terms)| {
                let own: Vec<Term<'_>> =
                    rows.iter().filter_map(|(run, row)| term(run, row, &terms, &peaks)).collect();
                (factor, chosen(factor, &own), own.iter().map(|term| term.row.id.clone()).collect())
            });
            let tools = rows.iter().filter_map(|(_, row)| self.table.tools.get(&row.id).copied()).collect();
            Told { engine, accelerator, tools, fitted: fitted.collect() }
        });
        Ok(told.collect())
    }

    /// The peak of a step that is predicted of each log that prints what its pool has and no such peak, by source.
    fn peaks(&self, catalog: &Catalog, world: &dyn World) -> Result<BTreeMap<String, f64>, ApiError> {
        let prints = |source: Option<&str>| {
            let mut own = self.table.runs.iter().filter(|run| run.get("source") == source);
            own.any(|run| run.get("measured_what") == Some(BESIDE_POOL))
        };
        let asked =
            self.table.runs.iter().filter(|run| {
                run.get("measured_what") == Some("kv_cache_budget") && !prints(run.get("source"))
            });
        let runs: Vec<Run> = asked.map(|run| run.measuring(BESIDE_POOL)).collect();
        let csv = rows::written(&runs).map_err(|error| ApiError::internal("calibrate.table", error))?;
        let rows = predicted(&csv, catalog, world)?;
        let found = runs.iter().zip(&rows);
        Ok(found.filter_map(|(run, row)| Some((run.get("source")?.to_owned(), row.predicted?))).collect())
    }

    /// What is said of every term; `told` is what is fitted.
    pub(super) fn terms(
        &self,
        told: &[Told],
        catalog: &Catalog,
        world: &dyn World,
    ) -> Result<Vec<MeasuredTerm>, ApiError> {
        let after = predicted(&self.table.csv, catalog, world)?;
        let left_out: BTreeMap<&str, f64> = told.iter().flat_map(Told::left_out).collect();
        let term = |(row, after): (&MemoryRow, MemoryRow)| {
            // What the pool leaves is no size of the term itself.
            let own = FITTED.iter().any(|(_, terms)| terms.contains(&row.term.as_str()));
            MeasuredTerm {
                id: row.id.clone(),
                engine: row.engine.clone(),
                term: row.term.clone(),
                unit: row.unit.clone(),
                measured: row.measured,
                predicted: row.predicted,
                calibrated: after.predicted,
                left_out: left_out.get(row.id.as_str()).copied().filter(|_| own),
                given: row.given,
                refused: row.refused.clone(),
            }
        };
        Ok(self.before.iter().zip(after).map(term).collect())
    }
}

/// A row as a term that a factor is told by: a size that is printed, or what a pool shows of the peak beside it.
fn term<'a>(
    run: &Run,
    row: &'a MemoryRow,
    terms: &[&str; 2],
    peaks: &BTreeMap<String, f64>,
) -> Option<Term<'a>> {
    let predicted = row.predicted?;
    let (measured, predicted) = if terms.contains(&row.term.as_str()) {
        (row.measured, predicted)
    } else {
        let peak = peaks.get(run.get("source")?).filter(|_| row.term == "kv_cache_budget")?;
        (peak + predicted - row.measured, *peak)
    };
    // Differences of what a driver shows before and after may be negative, and then say nothing.
    let told = (measured > 0.0 && predicted > 0.0) && terms_of_pool(row, terms);
    told.then_some(Term { row, measured, predicted })
}

/// Whether a pool's row tells of these terms: of the peak alone.
fn terms_of_pool(row: &MemoryRow, terms: &[&str; 2]) -> bool {
    row.term != "kv_cache_budget" || terms.contains(&BESIDE_POOL)
}

fn chosen(factor: Factor, terms: &[Term<'_>]) -> Chosen {
    let of = |factors: &Factors| match factor {
        Factor::Activations => factors.memory.activations,
        Factor::Outside => factors.memory.outside,
        _ => factors.memory.graphs,
    };
    let observations: Vec<Observation<'_>> = terms
        .iter()
        .map(|term| Observation {
            predict: Box::new(move |factors| term.predicted * of(factors)),
            measured: term.measured,
            noise: noise(factor),
            deployment: 0,
        })
        .collect();
    if observations.is_empty() { Chosen::default() } else { choose(&observations, 0, &[factor]) }
}

impl Told {
    fn left_out(&self) -> impl Iterator<Item = (&str, f64)> {
        // Of one term alone there is no other to predict it.
        let several = self.fitted.iter().filter(|(_, _, ids)| ids.len() > 1);
        several
            .flat_map(|(_, chosen, ids)| ids.iter().map(String::as_str).zip(chosen.left_out.iter().copied()))
    }

    /// The factors that were taken.
    pub(super) fn factors(&self) -> impl Iterator<Item = FittedFactor> {
        self.fitted.iter().flat_map(|(factor, chosen, ids)| {
            chosen.solution.told.iter().map(|(_, value, spread)| FittedFactor {
                engine: self.engine.clone(),
                accelerator: self.accelerator.clone(),
                factor: factor.name(),
                deployment: None,
                value: *value,
                log_deviation: *spread,
                prior_log_deviation: factor.prior(),
                points: ids.len(),
            })
        })
    }

    /// Adds what to keep of it to the adjustment of the same accelerator and engine, or as one of its own.
    pub(super) fn add_to(&self, adjustments: &mut Vec<Adjustment>, seen: &str) {
        let taken = || self.fitted.iter().filter(|(_, chosen, _)| !chosen.solution.told.is_empty());
        let points = small(taken().map(|(.., ids)| ids.len()).sum());
        if points == 0 {
            return;
        }
        let mut memory = MemoryFactors::default();
        for (_, chosen, _) in taken() {
            let own = chosen.solution.factors(0).memory;
            memory.activations *= rounded(own.activations);
            memory.outside *= rounded(own.outside);
            memory.graphs *= rounded(own.graphs);
        }
        let tools = self.tools.iter().copied().collect::<Vec<&str>>().join(", ");
        let source = format!("fitted on your {points} terms of {tools}");
        let same =
            |known: &&mut Adjustment| known.engine == self.engine && known.accelerator == self.accelerator;
        if let Some(known) = adjustments.iter_mut().find(same) {
            known.factors.memory = memory;
            known.memory_points = points;
            known.memory_source = source;
            return;
        }
        adjustments.push(Adjustment {
            engine: self.engine.clone(),
            accelerator: self.accelerator.clone(),
            versions: Vec::new(),
            points: 0,
            source: source.clone(),
            memory_points: points,
            memory_source: source,
            seen: seen.to_owned(),
            factors: {
                let mut factors = Factors::default();
                factors.memory = memory;
                factors
            },
            level: Vec::new(),
        });
    }
}
