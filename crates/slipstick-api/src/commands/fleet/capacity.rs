//! What one deployment of a type answers of each class within its targets.

use slipstick_core::{
    estimate::{Prepared, Verdict, serving::Service},
    units::{Seconds, UsdPerHour},
    workload::Workload,
};

use super::spec::{Class, Kind, Spec};
use crate::{
    ApiError,
    commands::{estimate, supply},
    request::{DeploymentRequest, PriceRequest},
    resolve::{Resolved, Resolver},
};

/// A type with what is known of it.
pub(super) struct Known {
    pub(super) price: UsdPerHour,
    pub(super) price_source: String,
    /// Requests a second of each class; 0 where it cannot serve the class.
    pub(super) rates: Vec<f64>,
    /// The deployment, where its rates are estimated.
    pub(super) resolved: Option<Resolved>,
}

/// A shape of requests with its targets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Asked {
    pub(super) input: u64,
    pub(super) output: u64,
    pub(super) ttft: Option<Seconds>,
    pub(super) tpot: Option<Seconds>,
}

impl Asked {
    pub(super) fn of(class: &Class) -> Self {
        Self { input: class.input, output: class.output, ttft: class.ttft, tpot: class.tpot }
    }

    fn is_met(&self, service: &Service) -> bool {
        self.ttft.is_none_or(|most| service.ttft <= most) && self.tpot.is_none_or(|most| service.tpot <= most)
    }
}

/// A type of the file: its price, and its rates as stated or as estimated.
pub(super) fn known(spec: &Spec, kind: &Kind, resolver: &Resolver<'_>) -> Result<Known, ApiError> {
    let cluster = match (&kind.rates, kind.price) {
        (Some(rates), Some(price)) => {
            let source = "the file".to_owned();
            return Ok(Known { price: price.0, price_source: source, rates: rates.clone(), resolved: None });
        }
        _ => resolver.cluster(&kind.on)?,
    };
    let prices = PriceRequest { price: kind.price, ..PriceRequest::default() };
    let price = estimate::price(&prices, &cluster, resolver)?.ok_or_else(|| {
        ApiError::input("fleet.no_offer", format!("nobody in the catalogue offers {}", kind.on))
            .at("SPEC")
            .help("give its price, such as price = \"$2.50/h\"")
    })?;
    let (price, price_source) = (price.hourly, price.source);
    if let Some(rates) = &kind.rates {
        return Ok(Known { price, price_source, rates: rates.clone(), resolved: None });
    }
    let deployment = DeploymentRequest {
        model: spec.model.clone().unwrap_or_default(),
        on: kind.on.clone(),
        engine: spec.engine.clone(),
        quant: spec.quant.clone(),
        kv_dtype: spec.kv_dtype.clone(),
        ..DeploymentRequest::default()
    };
    let resolved = resolver.resolve(&deployment)?;
    let rates = spec.classes.iter().map(|class| most(&resolved, &Asked::of(class))).collect();
    Ok(Known { price, price_source, rates, resolved: Some(resolved) })
}

/// The most requests a second that a deployment answers within the targets; 0 if not a single one.
pub(super) fn most(resolved: &Resolved, asked: &Asked) -> f64 {
    let length = asked.input.saturating_add(asked.output);
    let is_longer = resolved.model.model.max_context.is_some_and(|most| most < length);
    let shape = Workload::new(asked.input, asked.output, 1).ok().filter(|_| !is_longer);
    shape.map_or(0.0, |shape| most_of(&resolved.prepared, &shape, asked))
}

fn most_of(prepared: &Prepared, shape: &Workload, asked: &Asked) -> f64 {
    let requests = prepared.requests(shape);
    let held = requests.reach().count(supply::MOST_IN_FLIGHT).max(1);
    let rate = |count: u64| {
        let service = requests.serve(count).filter(|_| requests.verdict(count) == Verdict::Holds)?;
        asked.is_met(&service).then_some(service.request_rate)
    };
    let (mut low, mut high, mut best) = (0, None, 0.0_f64);
    for count in supply::loads(held) {
        let Some(found) = rate(count) else {
            high = Some(count);
            break;
        };
        (low, best) = (count, best.max(found));
    }
    // Times grow with the requests in flight: the last that meets the targets lies between.
    while let Some(above) = high.filter(|above| above - low > 1) {
        let middle = low.midpoint(above);
        match rate(middle) {
            Some(found) => (low, best) = (middle, best.max(found)),
            None => high = Some(middle),
        }
    }
    best
}
