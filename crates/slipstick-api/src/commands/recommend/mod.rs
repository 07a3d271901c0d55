//! `slipstick recommend`: which models of the catalogue fit and serve well on some hardware.

mod candidate;
mod front;
mod listed;
mod place;
mod plot;
mod ranking;
mod report;
mod request;
mod tried;
mod view;

pub use report::{
    ModelsTried, NearlyFits, RecommendReport, RecommendRow, RecommendedOn, RecommendedWorkload, RefusedModel,
    SpeedTarget,
};
pub use request::RecommendRequest;

use slipstick_catalog::{Catalog, ModelEntry};
use slipstick_core::{
    basis::Basis, formulas::capability::dense_equivalent, units::Bytes, workload::Workload,
};

use crate::{
    Answered, ApiError, Provenance, World,
    commands::{
        estimate::{self, Usual},
        supply,
    },
    provenance::Entry,
    request::cache_format,
    resolve::{Assumption, Resolver},
    steps::Steps,
};
use candidate::{Candidate, Tried, Trying};
use listed::Listed;
use place::Place;
use ranking::Ranking;
use tried::Use;

/// A question with a document, an answer of a page: what people ask of a model of their own.
const USUAL: Usual = Usual { input: 3072, output: 512 };

/// Ten tokens a second: faster than people read.
const USUAL_TPOT_S: f64 = 0.1;

/// Rows if nobody says how many.
const USUAL_ROWS: u64 = 20;

/// Everything an answer shows.
struct Recommendation {
    place: Place,
    /// Whether that is this machine.
    is_here: bool,
    ranking: Ranking,
    workload: Workload,
    tpot_s: f64,
    formats: Vec<String>,
    /// The best way of each shape of models that fits, best first.
    fitting: Vec<Candidate>,
    /// Models that fit in no format, the nearest first, with what is missing.
    too_large: Vec<(String, String, Bytes)>,
    /// Models that cannot be deployed here, and why.
    refused: Vec<(String, String)>,
    models: usize,
    /// What they are made for.
    made_for: Use,
    /// Models for other uses.
    left_out: usize,
    limit: usize,
    defaults: Vec<Assumption>,
}

impl Recommendation {
    /// Models that fit, with those of their shapes.
    fn fits(&self) -> usize {
        self.fitting.iter().map(|candidate| 1 + candidate.others.len()).sum()
    }
}

/// Which models fit and serve well, ranked, with reasons.
///
/// # Errors
/// If anything the request names is unknown, or no model is left to try.
pub fn recommend(
    request: &RecommendRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<RecommendReport>, ApiError> {
    let resolver = Resolver::new(catalog, world);
    let mut defaults = Vec::new();
    let ranking = Ranking::named(request.ranking.as_deref(), &mut defaults)?;
    let place = Place::of(request, &resolver)?;
    check(request, catalog)?;
    let workload = estimate::of_any_model(&request.load, USUAL, catalog, &mut defaults)?;
    let tpot_s = tpot(request, catalog, &mut defaults)?;
    let formats = place.formats(request, catalog, &mut defaults)?;
    let made_for = Use::named(request.r#use.as_deref(), &mut defaults)?;
    let (entries, left_out) = tried::models(request, made_for, catalog)?;
    let mut found = Recommendation {
        ranking,
        workload,
        tpot_s,
        fitting: Vec::new(),
        too_large: Vec::new(),
        refused: Vec::new(),
        models: entries.len(),
        made_for,
        left_out,
        limit: supply::rows(request.limit, USUAL_ROWS)?,
        defaults,
        formats,
        is_here: request.on.as_deref().is_some_and(|on| matches!(on.trim(), "auto" | "cpu")),
        place,
    };
    try_all(&entries, &mut found, request, &resolver)?;
    found.too_large.sort_by(|a, b| a.2.cmp(&b.2).then_with(|| a.0.cmp(&b.0)));
    ranking::rank(&mut found);
    let yes = !found.fitting.is_empty();
    let report = RecommendReport::of(&found);
    let provenance = sizes(&report);
    Ok(Answered::new(report, view::view(&found)).explained(provenance).answered(yes))
}

/// Tries each shape of models, and sorts what comes of it.
fn try_all(
    entries: &[&ModelEntry],
    found: &mut Recommendation,
    request: &RecommendRequest,
    resolver: &Resolver<'_>,
) -> Result<(), ApiError> {
    let mut listed = Vec::with_capacity(entries.len());
    for entry in entries {
        match Listed::of(entry, resolver.catalog()) {
            Ok(model) => listed.push(model),
            Err(error) => found.refused.push((entry.name.clone(), error.message)),
        }
    }
    let on = request.on.as_deref().unwrap_or_default();
    let money = found.place.money(&request.prices.of(on, resolver.catalog()), resolver)?;
    let trying = Trying { request, resolver, money };
    let shapes = listed::shapes(listed);
    let mut steps = Steps::new(resolver.world(), "models", shapes.len() as u64);
    for shape in shapes {
        steps.advance(1)?;
        let names = shape.members.iter().map(|member| member.entry.name.clone());
        match candidate::of_shape(&shape, found, &trying) {
            Tried::Fits(candidate) => found.fitting.push(*candidate),
            Tried::TooLarge { format, missing } => {
                found.too_large.extend(names.map(|name| (name, format.clone(), missing)));
            }
            Tried::Refused(why) => found.refused.extend(names.map(|name| (name, why.clone()))),
            Tried::NoGenerator => found.models -= shape.members.len(),
        }
    }
    Ok(())
}

/// Where the size that models are ranked by comes from.
fn sizes(report: &RecommendReport) -> Provenance {
    let mut provenance = Provenance::default();
    for (index, row) in report.rows.iter().enumerate() {
        let at = |field: &str| format!("/rows/{index}/{field}");
        let counts = [("parameters", "all parameters"), ("active_parameters", "those that a token passes")];
        for (field, what) in counts {
            let source = format!("configuration of {}", row.model);
            provenance.record(at(field), Entry::fact(what, "parameters", Basis::Exact, source));
        }
        let size = Entry::of(&dense_equivalent::FORMULA, "parameters", Basis::Assumed)
            .from_pointer("N", row.parameters, "parameters", at("parameters"))
            .from_pointer("N_a", row.active_parameters, "parameters", at("active_parameters"));
        provenance.record(at("dense_equivalent_parameters"), size);
        if let (Some(source), Some(rated)) = (&row.rating_source, &row.rating) {
            let mut entry = Entry::fact("the rating", "", Basis::Measured, source.clone());
            entry.value = Some(rated.value.into());
            provenance.record(at("rating"), entry);
        }
    }
    provenance
}

/// Refuses what models are not ranked by, and a format of the cache that nobody knows.
fn check(request: &RecommendRequest, catalog: &Catalog) -> Result<(), ApiError> {
    if let Some(name) = &request.kv_dtype {
        cache_format(name, catalog)?;
    }
    if request.load.arrival.is_open() {
        return Err(ApiError::input(
            "recommend.rate",
            "models are ranked by requests in flight, not by a rate",
        )
        .at("--rate")
        .help("give --concurrency, or ask slipstick plan MODEL --rate about one of them"));
    }
    Ok(())
}

/// The slowest acceptable time per output token: what is stated, that of the use that is named, or a usual one.
fn tpot(
    request: &RecommendRequest,
    catalog: &Catalog,
    defaults: &mut Vec<Assumption>,
) -> Result<f64, ApiError> {
    let used = estimate::use_case(request.load.use_case.as_deref(), catalog)?;
    let used = used.map(|used| (used, used.tpot));
    match supply::target("--tpot", request.tpot.map(|time| time.0), used, defaults) {
        Some(time) if time.get() > 0.0 => Ok(time.get()),
        Some(_) => Err(ApiError::input("tpot.range", "a time of 0 cannot be met")
            .at("--tpot")
            .help("give the slowest that is acceptable, such as 50ms")),
        None => {
            let why = "ten tokens a second, faster than people read".to_owned();
            defaults.push(Assumption { flag: "--tpot", value: "100ms".to_owned(), why });
            Ok(USUAL_TPOT_S)
        }
    }
}
