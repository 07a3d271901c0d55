//! The combinations of a comparison and their answers.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use slipstick_catalog::Catalog;
use slipstick_core::estimate::Verdict;

use crate::{
    ApiError,
    commands::estimate::{EstimateAnswer, answer},
    request::{CompareRequest, EstimateRequest, format_name},
    resolve::Resolver,
};

/// What a row of a comparison says.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// What was asked.
    pub(crate) request: EstimateRequest,
    /// The answer in brief, or why there is none.
    pub(crate) answer: Result<Brief, ApiError>,
}

/// An estimate in brief.
#[derive(Debug, Clone)]
pub(crate) struct Brief {
    pub(crate) model: String,
    pub(crate) accelerator: String,
    pub(crate) count: u64,
    pub(crate) engine: String,
    pub(crate) weights_format: String,
    pub(crate) kv_dtype: String,
    pub(crate) layout: String,
    pub(crate) verdict: Verdict,
    pub(crate) free_bytes: u64,
    pub(crate) max_concurrency: u64,
    pub(crate) ttft_s: Option<f64>,
    pub(crate) tpot_s: Option<f64>,
    pub(crate) e2e_s: Option<f64>,
    pub(crate) output_tokens_per_s: Option<f64>,
    pub(crate) total_tokens_per_s: Option<f64>,
    pub(crate) bound: Option<&'static str>,
    pub(crate) usd_per_hour: Option<f64>,
    pub(crate) usd_per_million_input_tokens: Option<f64>,
    pub(crate) usd_per_million_output_tokens: Option<f64>,
    pub(crate) usd_per_million_tokens: Option<f64>,
    pub(crate) joules_per_output_token: Option<f64>,
    pub(crate) price_source: Option<String>,
    pub(crate) price_as_of: Option<String>,
    pub(crate) cloud: String,
    pub(crate) basis: &'static str,
}

/// Every combination of a request's lists, in their order.
pub(super) fn combinations(request: &CompareRequest, most: usize) -> Result<Vec<EstimateRequest>, ApiError> {
    let lists =
        [&request.model, &request.on, &request.engines, &request.quant, &request.kv_dtype, &request.clouds];
    let count = lists.iter().fold(1_usize, |product, list| product.saturating_mul(list.len().max(1)));
    if count > most {
        return Err(ApiError::input(
            "compare.too_many",
            format!("{count} combinations are more than {most}"),
        )
        .help("compare fewer accelerators, formats, engines or clouds at once"));
    }
    let mut all = vec![request.base()];
    vary(&mut all, &request.model, |row, value| row.deployment.model = value);
    vary(&mut all, &request.on, |row, value| row.deployment.on = value);
    vary(&mut all, &request.engines, |row, value| row.deployment.engine = Some(value));
    vary(&mut all, &request.quant, |row, value| row.deployment.quant = Some(value));
    vary(&mut all, &request.kv_dtype, |row, value| row.deployment.kv_dtype = Some(value));
    vary(&mut all, &request.clouds, |row, value| row.prices.cloud = Some(value));
    Ok(all)
}

/// The request with every cloud that offers any of its accelerators, if it asks for all of them.
pub(super) fn every_cloud(
    request: &CompareRequest,
    catalog: &Catalog,
) -> Result<Option<CompareRequest>, ApiError> {
    if !matches!(request.clouds.as_slice(), [only] if only.eq_ignore_ascii_case("all")) {
        return Ok(None);
    }
    let mut accelerators = Vec::new();
    for on in &request.on {
        let spec = catalog.accelerator_spec(on).map_err(|error| {
            ApiError::input("gpu.unknown", error.to_string()).at("--on").help("`slipstick gpus` lists them")
        })?;
        accelerators.push(spec.entry.accelerator.id.clone());
    }
    let offers = catalog.offers();
    let offering = offers.iter().filter(|offer| accelerators.iter().any(|id| offer.accelerator == *id));
    let clouds: BTreeSet<String> = offering.map(|offer| offer.cloud.to_string()).collect();
    Ok(Some(CompareRequest { clouds: clouds.into_iter().collect(), ..request.clone() }))
}

fn vary(all: &mut Vec<EstimateRequest>, values: &[String], set: impl Fn(&mut EstimateRequest, String)) {
    if values.is_empty() {
        return;
    }
    let varied = all.iter().flat_map(|row| {
        values.iter().map(|value| {
            let mut row = row.clone();
            set(&mut row, value.clone());
            row
        })
    });
    *all = varied.collect();
}

/// Asks one combination.
pub(crate) fn estimate_row(request: &EstimateRequest, resolver: &Resolver<'_>) -> Row {
    let answer = answer(request, resolver, false)
        .map(|answer| Brief { cloud: request.prices.cloud.clone().unwrap_or_default(), ..brief(&answer) });
    Row { request: request.clone(), answer }
}

fn brief(a: &EstimateAnswer) -> Brief {
    let resolved = &a.memory.resolved;
    let estimate = a.estimate.as_ref();
    let service = estimate.map(|estimate| &estimate.service);
    let cost = estimate.and_then(|estimate| estimate.cost.as_ref());
    let plan = resolved.plan();
    Brief {
        model: resolved.model.name.clone(),
        accelerator: resolved.cluster().accelerator.id.clone(),
        count: resolved.cluster().accelerators(),
        engine: format!("{} {}", resolved.engine_name(), resolved.engine().version),
        weights_format: resolved.formats_name.clone(),
        kv_dtype: format_name(resolved.cache().key),
        layout: format!("tp{} pp{} dp{} ep{}", plan.tp(), plan.pp(), plan.dp(), plan.ep()),
        verdict: a.memory.verdict,
        free_bytes: a.memory.estimate.rank().free().get(),
        max_concurrency: a.memory.estimate.max_concurrency.count(1 << 32),
        ttft_s: service.map(|s| s.ttft.get()),
        tpot_s: service.map(|s| s.tpot.get()),
        e2e_s: service.map(|s| s.e2e.get()),
        output_tokens_per_s: service.map(|s| s.output_rate),
        total_tokens_per_s: service.map(|s| s.total_rate),
        bound: service.map(|s| s.bound.name()),
        usd_per_hour: cost.and(a.price.as_ref()).map(|price| price.hourly.get()),
        usd_per_million_input_tokens: cost.map(|cost| cost.input.get()),
        usd_per_million_output_tokens: cost.map(|cost| cost.output.get()),
        usd_per_million_tokens: cost.map(|cost| cost.blended.get()),
        joules_per_output_token: estimate
            .and_then(|e| e.energy_per_output_token)
            .map(slipstick_core::units::Energy::get),
        price_source: a.price.as_ref().map(|price| price.source.clone()),
        price_as_of: a.price.as_ref().and_then(|price| price.as_of.clone()),
        cloud: String::new(),
        basis: resolved.calibration().basis.name(),
    }
}

impl Row {
    /// Whether it is no choice: such rows stand last.
    pub(super) fn does_not_start(&self) -> bool {
        self.answer.as_ref().is_ok_and(|brief| brief.verdict == Verdict::DoesNotStart)
    }

    /// The row as the document holds it.
    pub(crate) fn to_json(&self) -> Value {
        let b = match &self.answer {
            Ok(brief) => brief,
            Err(error) => {
                let deployment = &self.request.deployment;
                let mut row = error.to_json();
                row["model"] = deployment.model.clone().into();
                row["on"] = deployment.on.clone().into();
                row["quant"] = deployment.quant.clone().into();
                row["engine"] = deployment.engine.clone().into();
                return row;
            }
        };
        json!({
            "model": b.model,
            "on": self.request.deployment.on,
            "accelerator": {"id": b.accelerator, "count": b.count},
            "engine": b.engine,
            "weights_format": b.weights_format,
            "kv_dtype": b.kv_dtype,
            "layout": b.layout,
            "verdict": b.verdict.name(),
            "fits": b.verdict.starts(),
            "free_bytes": b.free_bytes,
            "max_concurrency": b.max_concurrency,
            "ttft_s": b.ttft_s,
            "tpot_s": b.tpot_s,
            "e2e_s": b.e2e_s,
            "output_tokens_per_s": b.output_tokens_per_s,
            "total_tokens_per_s": b.total_tokens_per_s,
            "bound": b.bound,
            "cloud": self.request.prices.cloud,
            "usd_per_hour": b.usd_per_hour,
            "usd_per_1k_input_tokens": b.usd_per_million_input_tokens.map(|usd| usd / 1e3),
            "usd_per_1k_output_tokens": b.usd_per_million_output_tokens.map(|usd| usd / 1e3),
            "usd_per_million_input_tokens": b.usd_per_million_input_tokens,
            "usd_per_million_output_tokens": b.usd_per_million_output_tokens,
            "usd_per_million_tokens": b.usd_per_million_tokens,
            "joules_per_output_token": b.joules_per_output_token,
            "price_source": b.price_source,
            "price_as_of": b.price_as_of,
            "basis": b.basis,
        })
    }
}
