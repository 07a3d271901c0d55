//! One case through every method: the question in neutral terms, and each method's figures in base units.

use crate::{Evaluated, Fault, METHODS, Method, MethodError};
use slipstick_core::units::{Bandwidth, Bytes, FlopRate, UsdPerHour};

/// A model, a machine and a workload, as far as any of the methods asks.
///
/// Methods that know only one accelerator see all of them as one: memory, peak and bandwidth are sums.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Parameters held in memory.
    pub parameters: u64,
    /// Parameters that one token passes through.
    pub active_parameters: u64,
    /// Layers.
    pub layers: u64,
    /// Width of the residual stream.
    pub hidden: u64,
    /// Width of the feed-forward block.
    pub ffn: u64,
    /// Matrices in the feed-forward block: 2, or 3 when gated.
    pub ffn_matrices: u64,
    /// Query heads.
    pub heads: u64,
    /// Key and value heads.
    pub kv_heads: u64,
    /// Width of a head.
    pub head_dim: u64,
    /// Vocabulary.
    pub vocab: u64,
    /// Bytes that one weight takes.
    pub bytes_per_weight: f64,
    /// Bytes that one element of the cache takes.
    pub bytes_per_kv: f64,
    /// Tokens held for each sequence.
    pub context: u64,
    /// Sequences at a time.
    pub concurrency: u64,
    /// Tokens of a prompt.
    pub input_tokens: u64,
    /// Tokens of an answer.
    pub output_tokens: u64,
    /// Accelerators.
    pub accelerators: u64,
    /// Dense peak of one accelerator.
    pub peak: FlopRate,
    /// Memory bandwidth of one accelerator.
    pub bandwidth: Bandwidth,
    /// Memory of one accelerator.
    pub memory: Bytes,
    /// Price of all accelerators together, where known.
    pub price: Option<UsdPerHour>,
}

impl Case {
    /// Accelerators, as a factor.
    pub const fn n(&self) -> f64 {
        self.accelerators as f64
    }

    /// Parameters, in billions.
    pub const fn billions(&self) -> f64 {
        self.parameters as f64 / 1e9
    }

    /// Peak of all accelerators together, in TFLOP/s.
    pub const fn total_tflops(&self) -> f64 {
        self.peak.as_tflops_per_s() * self.n()
    }

    /// Bandwidth of all accelerators together, in GB/s.
    pub const fn total_gb_per_s(&self) -> f64 {
        self.bandwidth.as_gb_per_s() * self.n()
    }

    /// Memory of all accelerators together, in GB (10^9 bytes).
    pub const fn total_memory_gb(&self) -> f64 {
        self.memory.as_gb() * self.n()
    }
}

/// A question that several methods answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Common {
    /// How many parameters.
    Parameters,
    /// Bytes of the weights.
    WeightsBytes,
    /// Bytes of the cache of keys and values.
    KvCacheBytes,
    /// Bytes of activations while serving.
    ActivationBytes,
    /// Bytes of everything while serving.
    TotalMemoryBytes,
    /// Time to read one prompt.
    PrefillSeconds,
    /// Time of one decoding step.
    DecodeSecondsPerToken,
    /// Tokens generated per second.
    TokensPerSecond,
    /// Work of one generated token.
    FlopsPerToken,
    /// Sequences that fit.
    MaxConcurrency,
    /// Bytes of activations kept for the backward pass.
    TrainingActivationBytes,
    /// Bytes of everything while training.
    TrainingMemoryBytes,
    /// Work of training on one token.
    TrainingFlopsPerToken,
    /// US dollars per million tokens read.
    UsdPerMillionInput,
    /// US dollars per million tokens generated.
    UsdPerMillionOutput,
}

impl Common {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 15] = [
        Self::Parameters,
        Self::WeightsBytes,
        Self::KvCacheBytes,
        Self::ActivationBytes,
        Self::TotalMemoryBytes,
        Self::MaxConcurrency,
        Self::FlopsPerToken,
        Self::PrefillSeconds,
        Self::DecodeSecondsPerToken,
        Self::TokensPerSecond,
        Self::UsdPerMillionInput,
        Self::UsdPerMillionOutput,
        Self::TrainingActivationBytes,
        Self::TrainingMemoryBytes,
        Self::TrainingFlopsPerToken,
    ];

    /// Its name in output, with the base unit where it has one.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Parameters => "parameters",
            Self::WeightsBytes => "weights_bytes",
            Self::KvCacheBytes => "kv_cache_bytes",
            Self::ActivationBytes => "activations_bytes",
            Self::TotalMemoryBytes => "total_bytes",
            Self::PrefillSeconds => "prefill_s",
            Self::DecodeSecondsPerToken => "tpot_s",
            Self::TokensPerSecond => "output_tokens_per_s",
            Self::FlopsPerToken => "flops_per_token",
            Self::MaxConcurrency => "max_concurrency",
            Self::TrainingActivationBytes => "training_activations_bytes",
            Self::TrainingMemoryBytes => "training_memory_bytes",
            Self::TrainingFlopsPerToken => "training_flops_per_token",
            Self::UsdPerMillionInput => "usd_per_million_input_tokens",
            Self::UsdPerMillionOutput => "usd_per_million_output_tokens",
        }
    }
}

/// A quantity of a method that answers a common question.
#[derive(Debug)]
pub struct CommonRow {
    /// The question.
    pub common: Common,
    /// The quantity.
    pub quantity: &'static str,
    /// From the quantity's unit to the base unit.
    pub convert: Convert,
}

impl CommonRow {
    /// A row.
    pub const fn new(common: Common, quantity: &'static str, convert: Convert) -> Self {
        Self { common, quantity, convert }
    }
}

/// From a method's unit to the base unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Convert {
    /// Times a factor.
    Times(f64),
    /// One over it: a rate to a time.
    Inverse,
    /// Times the tokens held by all sequences: a figure for one token of the cache to the whole cache.
    PerContext,
    /// Over the tokens held for a sequence, rounded down: room for tokens to room for sequences.
    OverContext,
}

/// Bytes in a GB.
pub(crate) const GB: Convert = Convert::Times(1e9);
/// Bytes in a GiB.
pub(crate) const GIB: Convert = Convert::Times(1_073_741_824.0);
/// Already in the base unit.
pub(crate) const SAME: Convert = Convert::Times(1.0);

impl Convert {
    fn apply(self, value: f64, case: &Case) -> f64 {
        match self {
            Self::Times(factor) => value * factor,
            Self::Inverse => 1.0 / value,
            Self::OverContext => libm::floor(value / case.context as f64),
            Self::PerContext => value * case.concurrency as f64 * case.context as f64,
        }
    }
}

/// One method's answer to one common question.
#[derive(Debug)]
pub struct Figure {
    /// The method.
    pub method: &'static str,
    /// Its quantity.
    pub quantity: &'static str,
    /// The question.
    pub common: Common,
    /// The answer in the base unit of the question, and as the method gives it.
    pub answer: Result<(f64, Evaluated), MethodError>,
    /// The known faults that distort it in this case.
    pub faults: Vec<&'static Fault>,
}

impl Method {
    /// The method's figures for a case, in base units, with the faults that bear on each.
    pub fn figures(&self, case: &Case) -> Vec<Figure> {
        self.common
            .iter()
            .map(|row| {
                let convert = |answer: Evaluated| {
                    let value = row.convert.apply(answer.value, case);
                    if value.is_finite() {
                        Ok((value, answer))
                    } else {
                        Err(MethodError::NotFinite { quantity: row.quantity })
                    }
                };
                let inputs = (self.inputs_of)(case, row.common);
                let faults = self.faults_of(row.quantity);
                Figure {
                    method: self.id,
                    quantity: row.quantity,
                    common: row.common,
                    answer: self.eval(row.quantity, &inputs).and_then(convert),
                    faults: faults.into_iter().filter(|fault| fault.when.holds(case)).collect(),
                }
            })
            .collect()
    }
}

/// Every method's figures for a case.
pub fn figures(case: &Case) -> Vec<Figure> {
    METHODS.iter().flat_map(|method| method.figures(case)).collect()
}
