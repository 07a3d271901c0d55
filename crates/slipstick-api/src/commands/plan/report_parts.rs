//! Parts of the report of a plan: what is started, what the router is told, and what the plan costs elsewhere.

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::units::{Usd, UsdPerHour};

use super::{Answer, offers::Elsewhere, report::replica_name};
use crate::{report::Plain, request::DeploymentRequest};

/// Replicas of one kind, as they are started and as a router is told of them.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PoolRow {
    /// What they do: serve reads prompts and writes answers.
    pub role: &'static str,
    /// The accelerators of one of them.
    pub on: String,
    /// How many there are, spare ones too.
    pub replicas: f64,
    /// The share of requests that a router sends to each of them.
    pub router_weight: f64,
    /// The command that starts one of them.
    pub launch: Option<String>,
}

/// The best plan at some cloud under some term.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct OfferedRow {
    /// The cloud.
    pub cloud: String,
    /// The term.
    pub term: &'static str,
    /// All of it for an hour.
    pub usd_per_hour: Plain<UsdPerHour>,
    /// A million tokens at the load's mix.
    pub usd_per_million_tokens: Plain<Usd>,
    /// Who offers it.
    pub price_source: String,
    /// The day the price is known for.
    pub price_as_of: Option<String>,
}

impl PoolRow {
    /// The pools of the best plan.
    pub(super) fn of(a: &Answer) -> Vec<Self> {
        let best = a.best.first().map(|best| Self {
            role: "serve",
            on: replica_name(&best.replica.memory.resolved),
            replicas: best.point.replicas,
            router_weight: 1.0 / best.point.replicas,
            launch: best.replica.launches.as_ref().map(|launches| launches.serves.clone()),
        });
        best.into_iter().collect()
    }
}

impl From<&Elsewhere> for OfferedRow {
    fn from(found: &Elsewhere) -> Self {
        Self {
            cloud: found.cloud.clone(),
            term: found.term,
            usd_per_hour: found.hourly.into(),
            usd_per_million_tokens: found.token.into(),
            price_source: found.priced.source.clone(),
            price_as_of: found.priced.as_of.clone(),
        }
    }
}

/// What the engine was told beside layout and formats, as it was asked for.
pub(super) fn options(asked: &DeploymentRequest) -> Option<String> {
    let drafts = asked.speculative.clone();
    let sequences = asked.max_sequences.map(|count| format!("max-sequences={}", count.0));
    let tokens = asked.max_batched_tokens.map(|count| format!("max-batched-tokens={}", count.0));
    let all: Vec<String> = [drafts, sequences, tokens].into_iter().flatten().collect();
    (!all.is_empty()).then(|| all.join(" "))
}
