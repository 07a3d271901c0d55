//! The report of `slipstick summarize`.

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::{
    estimate::summary::Work,
    units::{Bandwidth, FlopRate, Flops, Frequency, Seconds, Traffic},
};

use super::Measured;
use crate::{
    report::{DefaultTaken, Plain, Report},
    request::scalar_name,
};

/// `slipstick summarize`: what a measured run amounts to.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SummarizeReport {
    /// What ran.
    pub model: SummarizedModel,
    /// Where it ran, if that was said.
    pub accelerator: Option<SummarizedAccelerator>,
    /// What was measured.
    pub run: SummarizedRun,
    /// Times of a token.
    pub latency: SummarizedLatency,
    /// Tokens a second.
    pub throughput: SummarizedThroughput,
    /// Work by each way of counting FLOPs.
    pub compute: Vec<SummarizedWork>,
    /// What each step reads.
    pub bandwidth: SummarizedBandwidth,
    /// What was not said, and what was taken for it.
    pub defaults: Vec<DefaultTaken>,
}

impl Report for SummarizeReport {
    const COMMAND: &'static str = "summarize";
}

/// A model that ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SummarizedModel {
    /// Its name.
    pub name: String,
    /// Its architecture.
    pub model_type: String,
    /// The format of its weights.
    pub weights_format: String,
}

/// Accelerators that a model ran on.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SummarizedAccelerator {
    /// Its id.
    pub id: String,
    /// How many.
    pub count: u64,
    /// The format that most of the model is computed in.
    pub compute_format: &'static str,
    /// The dense peak of one in that format.
    pub peak_flops_per_s: Plain<FlopRate>,
    /// The memory bandwidth of one.
    pub bandwidth_bytes_per_s: Plain<Bandwidth>,
}

/// A measured run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SummarizedRun {
    /// How long it took.
    pub elapsed_s: Plain<Seconds>,
    /// Tokens generated, of all sequences together.
    pub output_tokens: f64,
    /// Tokens read, of all sequences together.
    pub input_tokens: f64,
    /// Sequences that ran together.
    pub batch: f64,
    /// The mean context of a generated token.
    pub mean_context_tokens: f64,
}

/// Times of a token.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SummarizedLatency {
    /// The run's time over all generated tokens.
    pub per_token_s: Plain<Seconds>,
    /// Between two tokens of one sequence.
    pub tpot_s: Plain<Seconds>,
}

/// Tokens a second.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SummarizedThroughput {
    /// Tokens generated.
    pub output_tokens_per_s: Plain<Frequency>,
    /// Tokens read and generated.
    pub total_tokens_per_s: Plain<Frequency>,
}

/// The work of a run by one way of counting FLOPs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SummarizedWork {
    /// The way of counting.
    pub convention: &'static str,
    /// What it counts.
    pub meaning: &'static str,
    /// FLOPs of all tokens.
    pub flops: Plain<Flops>,
    /// Their rate.
    pub achieved_flops_per_s: Plain<FlopRate>,
    /// The share of the peak, where the hardware is known.
    pub mfu: Option<f64>,
}

/// What each step reads.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SummarizedBandwidth {
    /// Weights.
    pub weights_bytes_per_step: Plain<Traffic>,
    /// Cache and state.
    pub cache_bytes_per_step: Plain<Traffic>,
    /// Both over the time of a step.
    pub achieved_bytes_per_s: Plain<Bandwidth>,
    /// The share of the memory bandwidth, where the hardware is known.
    pub mbu: Option<f64>,
    /// What is counted.
    pub convention: &'static str,
}

impl SummarizeReport {
    pub(super) fn of(m: &Measured) -> Self {
        let s = &m.summary;
        Self {
            model: SummarizedModel {
                name: m.model.name.clone(),
                model_type: m.model.model.model_type.clone(),
                weights_format: m.formats_name.clone(),
            },
            accelerator: accelerator(m),
            run: SummarizedRun {
                elapsed_s: m.run.elapsed.into(),
                output_tokens: m.run.output,
                input_tokens: m.run.input,
                batch: m.run.batch,
                mean_context_tokens: s.context,
            },
            latency: SummarizedLatency { per_token_s: s.per_token.into(), tpot_s: s.step.into() },
            throughput: SummarizedThroughput {
                output_tokens_per_s: Frequency::per_s(s.output_rate).into(),
                total_tokens_per_s: Frequency::per_s(s.total_rate).into(),
            },
            compute: s.work.iter().map(SummarizedWork::from).collect(),
            bandwidth: SummarizedBandwidth {
                weights_bytes_per_step: s.weights.into(),
                cache_bytes_per_step: s.cache.into(),
                achieved_bytes_per_s: s.bandwidth.into(),
                mbu: s.mbu,
                convention: "weights and cache that one step reads, over its time",
            },
            defaults: m.defaults.iter().map(DefaultTaken::from).collect(),
        }
    }
}

fn accelerator(m: &Measured) -> Option<SummarizedAccelerator> {
    let (cluster, format, peak) = m.hardware.as_ref()?;
    Some(SummarizedAccelerator {
        id: cluster.accelerator.id.clone(),
        count: cluster.accelerators(),
        compute_format: scalar_name(*format),
        peak_flops_per_s: (*peak).into(),
        bandwidth_bytes_per_s: cluster.accelerator.memory_bandwidth.into(),
    })
}

impl From<&Work> for SummarizedWork {
    fn from(work: &Work) -> Self {
        Self {
            convention: work.convention.name(),
            meaning: work.convention.meaning(),
            flops: work.flops.into(),
            achieved_flops_per_s: work.rate.into(),
            mfu: work.mfu,
        }
    }
}
