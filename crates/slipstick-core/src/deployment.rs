//! The deployment: a model in the formats of its weights, laid out over accelerators, under an engine.
//!
//! Plain data whose parts are shared, so that a variant (another layout, another cache) costs a handful of counters.
//! [`crate::estimate::Prepared`] checks it once and answers every question about it.

use std::sync::Arc;

use crate::{
    engine::{Engine, EngineOptions, EngineProfile, Setting},
    hardware::{Calibration, Cluster},
    model::FormattedModel,
    numeric::CacheFormat,
    plan::Plan,
    speculation::Speculation,
};

/// What is deployed, and where.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// The model, and the formats of its weights.
    pub model: Arc<FormattedModel>,
    /// The layout.
    pub plan: Plan,
    /// The format of the cache.
    pub cache: CacheFormat,
    /// The accelerators.
    pub cluster: Arc<Cluster>,
    /// The engine's rules.
    pub engine: Arc<EngineProfile>,
    /// What is set differently from the engine's defaults.
    pub options: EngineOptions,
    /// What drafts tokens for it, if anything does.
    pub speculation: Option<Arc<Speculation>>,
    /// What the accelerators reach under the engine, and what the engine costs.
    pub calibration: Arc<Calibration>,
}

/// Why a deployment makes no sense. Each names the setting that is wrong.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DeploymentError {
    /// The layout was made for another number of accelerators.
    #[error("the layout uses {used} accelerators, but there are {available}")]
    Accelerators {
        /// Ranks of the layout.
        used: u64,
        /// Accelerators of the cluster.
        available: u64,
    },
    /// The share of the memory is no share.
    #[error("a memory fraction of {0} is out of range")]
    MemoryShare(f64),
    /// A limit of zero lets the engine do nothing.
    #[error("0 lets the engine do nothing")]
    Zero(Setting),
    /// More sequences at once than the engine starts with.
    #[error("{engine} starts with {most} sequences at once at most")]
    Sequences {
        /// What asks for more.
        setting: Setting,
        /// The engine.
        engine: Engine,
        /// The most it takes.
        most: u64,
    },
}

impl Deployment {
    /// Whether its parts go together.
    ///
    /// # Errors
    /// If the layout is for another number of accelerators, or a setting of the engine is out of range.
    pub fn check(&self) -> Result<(), DeploymentError> {
        let (used, available) = (self.plan.accelerators(), self.cluster.accelerators());
        if used != available {
            return Err(DeploymentError::Accelerators { used, available });
        }
        Self::check_settings(&self.options)?;
        let options = &self.options;
        let most = self.engine.most_sequences().unwrap_or(u64::MAX);
        let asked = [(Setting::MaxSequences, options.max_sequences), (Setting::Slots, options.slots)];
        asked
            .into_iter()
            .find(|(_, count)| count.is_some_and(|count| count > most))
            .map_or(Ok(()), |(setting, _)| {
                Err(DeploymentError::Sequences { setting, engine: self.engine.engine(), most })
            })
    }

    /// Whether settings are in range whatever they are set of.
    ///
    /// # Errors
    /// If a share is none, or a count is 0.
    pub fn check_settings(options: &EngineOptions) -> Result<(), DeploymentError> {
        if let Some(share) = options.memory_share.filter(|share| !(*share > 0.0 && *share <= 1.0)) {
            return Err(DeploymentError::MemoryShare(share));
        }
        let counts = [
            (Setting::MaxSequences, options.max_sequences),
            (Setting::MaxBatchedTokens, options.max_batched_tokens),
            (Setting::BlockTokens, options.block_tokens),
            (Setting::MicroBatch, options.micro_batch),
            (Setting::Slots, options.slots),
        ];
        let zero = counts.into_iter().find(|(_, count)| *count == Some(0));
        zero.map_or(Ok(()), |(setting, _)| Err(DeploymentError::Zero(setting)))
    }
}
