//! The prediction for one measured run.

use slipstick_catalog::Catalog;
use slipstick_core::{
    engine::EngineOptions,
    estimate::{
        compute,
        memory::{Deployment as MemoryDeployment, MemoryModel},
        serving::{Limits, Load, Serving, serve},
        step::{Rates, step_time},
    },
    ops::{LoweredModel, Lowering, Step, lower},
    units::Bytes,
    workload::Workload,
};

use super::{
    deployment::{self, Models},
    row::{MeasuredRun, Regime, count, number},
};

/// Requests that each slot of a serving benchmark answers: the first of them all arrive at once.
const REQUESTS_PER_SLOT: f64 = 10.0;

/// A decode rate that names no context was read at a short one.
const SHORT_CONTEXT: f64 = 64.0;

/// Tokens that serving benchmarks let a step carry.
const BATCHED_TOKENS: f64 = 8192.0;

/// Requests of an offline run: enough to fill every batch.
const MANY: u64 = 1 << 16;

/// What is predicted of a run.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Prediction {
    pub(super) ttft_s: Option<f64>,
    pub(super) tpot_s: Option<f64>,
    pub(super) output_tokens_per_s: Option<f64>,
    pub(super) total_tokens_per_s: Option<f64>,
    pub(super) basis: &'static str,
}

pub(super) fn predict(
    run: &MeasuredRun,
    catalog: &Catalog,
    models: &mut Models<'_>,
) -> Result<Prediction, String> {
    let kind = run.kind().ok_or_else(|| format!("the regime {:?} is not known", run.regime))?;
    if kind == Regime::Disaggregated {
        return Err("separate prefill and decode pools are not modelled yet".to_owned());
    }
    let model = models.of(run, catalog)?;
    let entry = catalog.accelerator_by_id(&run.accelerator_id);
    let accelerator =
        &entry.ok_or_else(|| format!("the accelerator {:?} is not known", run.accelerator_id))?.accelerator;
    let rules = deployment::formats(run, &model)?;
    let (plan, cluster) = deployment::plan(run, &model, accelerator)?;
    let cache = deployment::cache(run);
    let (profile, engine) = deployment::engine(run)?;
    let calibration = catalog.calibration(accelerator, engine, None);
    let weights = plan.stage_weights(&model, &rules);
    let fullest = weights.iter().map(slipstick_core::plan::StageWeights::total).max().unwrap_or(Bytes::ZERO);
    if fullest > accelerator.memory {
        return Err(format!(
            "weights of {fullest} on each accelerator do not fit into its {}",
            accelerator.memory
        ));
    }
    let lowered = lower(
        &model,
        &Lowering {
            rules: &rules,
            cache: cache.key,
            state_element_bytes: profile.profile.state().recurrent as f64,
            plan,
            compute: compute::compute_format,
            hardware: compute::hardware(accelerator),
        },
    );
    let rates = Rates::new(&cluster, &calibration, plan.tp(), plan.ep(), plan.pp())
        .ok_or_else(|| format!("{} states no rate to compute at", accelerator.id))?;
    let held = |workload: &Workload, options: &EngineOptions| {
        let memory = MemoryModel::new(MemoryDeployment {
            model: &model,
            weights: &weights,
            plan,
            cache,
            memory: accelerator.memory,
            device: &accelerator.name,
            profile: &profile.profile,
            options,
        });
        memory.max_concurrency(workload).count(MANY) / plan.dp()
    };
    let asked = Asked {
        run,
        lowered: &lowered,
        rates: &rates,
        replicas: plan.dp() as f64,
        per_request: calibration.per_request,
    };
    let mut prediction = match kind {
        Regime::Static => asked.batch(),
        Regime::Online | Regime::Offline | Regime::Disaggregated => asked.serving(kind, held)?,
    };
    prediction.basis = calibration.basis.name();
    Ok(prediction)
}

struct Asked<'a> {
    run: &'a MeasuredRun,
    lowered: &'a LoweredModel,
    rates: &'a Rates,
    replicas: f64,
    per_request: slipstick_core::units::Seconds,
}

impl Asked<'_> {
    /// Requests in a loop: as many as the run keeps in flight, or as many as fit.
    fn serving(
        &self,
        kind: Regime,
        held: impl Fn(&Workload, &EngineOptions) -> u64,
    ) -> Result<Prediction, String> {
        let input = number(&self.run.isl).ok_or("the prompt's length is not known")?;
        let output = number(&self.run.osl).ok_or("the output's length is not known")?;
        let stated = count(&self.run.concurrency_or_batch);
        let concurrency = match (kind, stated) {
            (Regime::Offline, stated) => stated.unwrap_or(MANY),
            (_, Some(stated)) => stated,
            (_, None) => return Err("the concurrency is not known".to_owned()),
        };
        // Caches grow block by block: a running sequence is half way through its output on average.
        let workload =
            Workload::full(whole(input + output / 2.0), concurrency).map_err(|error| error.to_string())?;
        let held = held(&workload, &deployment::options(concurrency)).max(1) as f64;
        let offline = kind == Regime::Offline;
        let limits = Limits {
            memory_sequences: held,
            max_sequences: if offline { 2048.0 } else { f64::INFINITY },
            max_batched_tokens: BATCHED_TOKENS,
            replicas: self.replicas,
            per_request: self.per_request,
        };
        let burst = if offline { 0.0 } else { 1.0 / REQUESTS_PER_SLOT };
        let concurrency = if offline {
            (concurrency as f64).min(held.min(2048.0) * self.replicas)
        } else {
            concurrency as f64
        };
        let load = Load { input, output, concurrency, start_burst: burst };
        let service = serve(&Serving { model: self.lowered, rates: self.rates, limits }, &load);
        Ok(Prediction {
            ttft_s: Some(service.ttft.get()),
            tpot_s: Some(service.tpot.get()),
            output_tokens_per_s: Some(service.output_rate),
            total_tokens_per_s: Some(service.total_rate),
            basis: "",
        })
    }

    /// One batch: prefilled together, then decoded together.
    fn batch(&self) -> Prediction {
        let batch = number(&self.run.concurrency_or_batch).unwrap_or(1.0);
        let (input, output) = (number(&self.run.isl), number(&self.run.osl));
        let on_rank = (batch / self.replicas).max(1.0);
        let prompt = input.unwrap_or(SHORT_CONTEXT);
        let prefill = Step {
            prefill_tokens: prompt * on_rank,
            prefill_length: prompt,
            prompts_completed: on_rank,
            ..Step::default()
        };
        let read = step_time(self.lowered, self.rates, &prefill, |_| ()).total();
        // A row without output measured the rate of reading a prompt.
        if self.run.osl.trim() == "0" {
            let rate = prompt * batch / read.get();
            return Prediction {
                ttft_s: Some(read.get()),
                total_tokens_per_s: Some(rate),
                ..Prediction::default()
            };
        }
        let produced = output.unwrap_or(128.0);
        let stages = self.lowered.plan.pp() as f64;
        let decode = Step::decode((on_rank / stages).max(1.0), prompt + produced / 2.0);
        let tpot = step_time(self.lowered, self.rates, &decode, |_| ()).total();
        let ttft = read + self.per_request;
        // A decode rate alone is read without the prompt's time.
        let whole = if input.is_some() { ttft + tpot * (produced - 1.0).max(0.0) } else { tpot * produced };
        Prediction {
            ttft_s: Some(ttft.get()),
            tpot_s: Some(tpot.get()),
            output_tokens_per_s: Some(batch * produced / whole.get()),
            total_tokens_per_s: Some(batch * (produced + input.unwrap_or(0.0)) / whole.get()),
            basis: "",
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive number of tokens; it saturates"
)]
fn whole(tokens: f64) -> u64 {
    tokens.round().max(1.0) as u64
}
