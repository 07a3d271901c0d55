//! Where models are to run: some hardware, or only so much memory.

use std::sync::Arc;

use slipstick_catalog::Catalog;
use slipstick_core::{engine::EngineProfile, estimate::Money, hardware::Cluster, units::Bytes};

use super::{RecommendedOn, candidate::OWN};
use crate::{
    ApiError,
    commands::estimate,
    request::{PriceRequest, RecommendRequest},
    resolve::{self, Assumption, Resolver},
};

/// Where models are to run.
pub(super) struct Place {
    pub(super) cluster: Arc<Cluster>,
    /// Whether the hardware is known, so that speed and cost can be told.
    pub(super) is_known: bool,
    /// The engine, unless the format of the weights implies another.
    pub(super) engine: String,
    profile: Arc<EngineProfile>,
}

impl Place {
    pub(super) fn of(request: &RecommendRequest, resolver: &Resolver<'_>) -> Result<Self, ApiError> {
        let (cluster, is_known) = match (&request.on, request.memory) {
            (Some(on), None) => (resolver.cluster(on)?, true),
            (None, Some(memory)) => {
                if memory.0 < Bytes::mib(64) || memory.0 > Bytes::gib(1 << 20) {
                    let message = format!("a memory of {} is out of range", memory.0);
                    return Err(ApiError::input("memory.range", message)
                        .at("--memory")
                        .help("such as 24GiB"));
                }
                (Arc::new(resolve::memory_alone(memory.0)), false)
            }
            (Some(_), Some(_)) => {
                return Err(ApiError::input("usage.conflict", "hardware and a memory cannot both be given")
                    .at("--memory")
                    .help("give --on alone; --memory is for hardware that is not known"));
            }
            (None, None) => {
                return Err(ApiError::input("usage.missing_argument", "no hardware is given")
                    .at("--on")
                    .help("say where models are to run, such as --on rtx-4090 or --memory 24GiB"));
            }
        };
        let engine =
            resolve::engine(request.engine.as_deref(), None, &cluster, resolver.catalog(), &mut Vec::new())?;
        Ok(Self { cluster, is_known, engine: engine.name, profile: engine.profile })
    }

    /// The formats to try: those asked for, or the checkpoint's own and those that people use under the engine.
    pub(super) fn formats(
        &self,
        request: &RecommendRequest,
        catalog: &Catalog,
        defaults: &mut Vec<Assumption>,
    ) -> Result<Vec<String>, ApiError> {
        if request.quant.is_empty() {
            let usual = self.profile.formats().weights.iter().copied().filter(|name| *name != OWN);
            let usual: Vec<String> = [OWN].into_iter().chain(usual).map(str::to_owned).collect();
            let why = format!("as published, and what is usual under {}", self.engine);
            defaults.push(Assumption { flag: "--quant", value: usual.join(","), why });
            return Ok(usual);
        }
        for name in &request.quant {
            if name != OWN {
                catalog.quant(name).map_err(|error| {
                    ApiError::input("quant.unknown", error.to_string())
                        .at("--quant")
                        .help("checkpoint, fp8, awq, nvfp4, q8_0 and q4_k_m are usual")
                })?;
            }
        }
        Ok(request.quant.clone())
    }

    /// What an hour of it costs, however many models are tried on it.
    pub(super) fn money(&self, prices: &PriceRequest, resolver: &Resolver<'_>) -> Result<Money, ApiError> {
        if !self.is_known {
            return Ok(Money::UNKNOWN);
        }
        let price = estimate::price(prices, &self.cluster, resolver)?;
        let utilisation = estimate::utilisation(prices)?;
        Ok(Money { price: price.map(|price| price.hourly), utilisation })
    }

    /// The hardware in words: memory and bandwidth of each accelerator.
    pub(super) fn described(&self) -> String {
        let accelerator = &self.cluster.accelerator;
        format!("{}, {} and {} each", self.name(), accelerator.memory, accelerator.memory_bandwidth)
    }

    pub(super) fn name(&self) -> String {
        let count = self.cluster.accelerators();
        let name = &self.cluster.accelerator.name;
        if count == 1 { name.clone() } else { format!("{count} x {name}") }
    }

    pub(super) fn report(&self) -> RecommendedOn {
        let accelerator = &self.cluster.accelerator;
        RecommendedOn {
            id: self.is_known.then(|| accelerator.id.clone()),
            count: self.cluster.accelerators(),
            capacity_bytes: accelerator.memory.into(),
        }
    }
}
