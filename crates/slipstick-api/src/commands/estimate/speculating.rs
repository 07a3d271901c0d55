//! What drafted tokens gain, in documents and in words.

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::{
    engine::PrefixCaching,
    estimate::{answer::Speculated, serving::Service},
    hardware::{Spread, Spreads},
    speculation::Speculation,
    units::{Bytes, Seconds, show::counted},
};

use super::EstimateAnswer;
use crate::{report::Plain, resolve::Resolved};

/// Tokens that are drafted and verified.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Speculating {
    /// The way of drafting.
    pub method: &'static str,
    /// The model that drafts, where it is one of its own.
    pub draft_model: Option<String>,
    /// Tokens drafted in a step.
    pub draft_tokens: u64,
    /// Chance of each to be accepted if all before it were, by its place.
    pub acceptance: Vec<f64>,
    /// Whether that is assumed: nobody said it.
    pub acceptance_assumed: bool,
    /// Weights on one accelerator of what drafts.
    pub draft_weights_bytes: Plain<Bytes>,
    /// Tokens that a step emits for a sequence.
    pub tokens_per_step: f64,
    /// Of a step that decodes only, the time of drafting.
    pub draft_s: Plain<Seconds>,
    /// Of it, the time of verifying.
    pub verify_s: Plain<Seconds>,
    /// Time per output token without drafts.
    pub plain_tpot_s: Plain<Seconds>,
    /// How many times faster tokens come than without.
    pub gain: f64,
    /// The most requests in flight at which tokens come faster than without; 0 where they never do.
    pub pays_up_to_requests: u64,
    /// Whether that is as many as run at once.
    pub always_pays: bool,
}

impl Speculating {
    pub(super) fn of(a: &EstimateAnswer, service: &Service, found: &Speculated) -> Option<Self> {
        let resolved = &a.memory.resolved;
        let deployment = resolved.deployment();
        let speculation = deployment.speculation.as_deref()?;
        Some(Self {
            method: speculation.method.name(),
            draft_model: resolved.draft_model.clone(),
            draft_tokens: speculation.tokens,
            acceptance: speculation.acceptance.clone(),
            acceptance_assumed: speculation.assumed.is_some(),
            draft_weights_bytes: speculation.weights_on_rank(&deployment.model, deployment.plan).into(),
            tokens_per_step: service.expected,
            draft_s: service.draft.into(),
            verify_s: service.verify.into(),
            plain_tpot_s: found.plain_tpot.into(),
            gain: found.gain,
            pays_up_to_requests: found.pays_up_to,
            always_pays: found.always_pays,
        })
    }
}

/// Spreads where a step may emit `fewest` to `most` times the tokens that are expected of it.
pub(super) fn widened(spreads: Spreads, [fewest, most]: [f64; 2]) -> Spreads {
    let slower = |spread: Spread| Spread { low: spread.low / most, high: spread.high / fewest, ..spread };
    let rate = |spread: Spread| Spread { low: spread.low * fewest, high: spread.high * most, ..spread };
    Spreads { ttft: spreads.ttft, tpot: spreads.tpot.map(slower), rate: spreads.rate.map(rate) }
}

/// What drafts gain.
pub(super) fn shown(speculation: &Speculation, service: &Service, found: &Speculated) -> String {
    let assumed = if speculation.assumed.is_some() { ", assumed" } else { "" };
    let accepted: Vec<String> = match speculation.even() {
        Some(even) => vec![even.to_string()],
        None => speculation.acceptance.iter().map(f64::to_string).collect(),
    };
    let pays = match (found.pays_up_to, found.always_pays) {
        (0, _) => "never pays".to_owned(),
        (_, true) => "pays at any load that runs at once".to_owned(),
        (most, false) => format!("pays up to {}", counted(most, "request")),
    };
    format!(
        "{}={}, {} accepted{assumed}: {:.2} tokens a step of {} drafting and {} verifying; {:.2} times as fast as without ({}), {pays}",
        speculation.method.name(),
        speculation.tokens,
        accepted.join(", "),
        service.expected,
        service.draft,
        service.verify,
        found.gain,
        found.plain_tpot,
    )
}

/// Whether the caches of earlier prompts are kept, in a word.
pub(super) fn prefix_caching(resolved: &Resolved) -> &'static str {
    match resolved.memory_model().prefix_caching() {
        PrefixCaching::On => "on",
        PrefixCaching::Off => "off",
        PrefixCaching::Slots => "slots",
        PrefixCaching::Never => "never",
    }
}
