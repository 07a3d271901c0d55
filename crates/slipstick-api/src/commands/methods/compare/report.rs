//! The report of `slipstick methods compare`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::units::{Bandwidth, Bytes, FlopRate, Frequency, Seconds, UsdPerHour};
use slipstick_methods::{Case, Common, METHODS};

use super::{Comparison, measured::Measured, ours::Ours, verdict::Disagreement};
use crate::report::{Estimated, Plain, Report};

/// `slipstick methods compare`: one case through every method and through the estimate, with what was measured.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MethodsCompareReport {
    /// The model.
    pub model: String,
    /// The hardware.
    pub accelerator: MeasuredOn,
    /// The engine.
    pub engine: String,
    /// The format of the weights.
    pub weights_format: String,
    /// The load.
    pub workload: MethodsWorkload,
    /// The question in the terms that the methods share.
    pub scenario: MethodsCase,
    /// Every quantity, as each computes it.
    pub quantities: Vec<QuantityComparison>,
    /// Where a method and the estimate differ by more than a tenth.
    pub disagreements: Vec<DisagreementReport>,
    /// The nearest run that was measured.
    pub measured: Option<MeasuredReport>,
}

impl Report for MethodsCompareReport {
    const COMMAND: &'static str = "methods.compare";
    const ROWS: Option<&'static str> = Some("quantities");
}

/// Hardware.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MeasuredOn {
    /// The accelerator's id.
    pub id: String,
    /// How many.
    pub count: u64,
}

/// A load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MethodsWorkload {
    /// Prompt tokens of a request.
    pub input_tokens: u64,
    /// Output tokens of a request.
    pub output_tokens: u64,
    /// Requests in flight.
    pub concurrency: u64,
    /// Tokens of a request at its end.
    pub context_tokens: u64,
}

/// A question in the terms that the methods share.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MethodsCase {
    /// Parameters.
    pub parameters: u64,
    /// Those that one token meets.
    pub active_parameters: u64,
    /// Layers.
    pub layers: u64,
    /// The width of a token inside.
    pub hidden: u64,
    /// The width of the feed-forward branch.
    pub ffn: u64,
    /// Its matrices.
    pub ffn_matrices: u64,
    /// Query heads.
    pub heads: u64,
    /// Key and value heads.
    pub kv_heads: u64,
    /// The width of a head.
    pub head_dim: u64,
    /// Tokens the model knows.
    pub vocabulary: u64,
    /// Bytes of a weight.
    pub bytes_per_weight: f64,
    /// Bytes of a value of the cache.
    pub bytes_per_kv: f64,
    /// Dense peak of one accelerator.
    pub peak_flops_per_s: Plain<FlopRate>,
    /// Its memory bandwidth.
    pub bandwidth_bytes_per_s: Plain<Bandwidth>,
    /// Its memory.
    pub memory_bytes: Plain<Bytes>,
    /// The price of all for an hour.
    pub usd_per_hour: Option<Plain<UsdPerHour>>,
}

/// A quantity, as each computes it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct QuantityComparison {
    /// The quantity.
    pub quantity: &'static str,
    /// By the estimate.
    pub ours: Option<OursReport>,
    /// As measured, if the case itself was.
    pub measured: Option<f64>,
    /// By each method that answers it.
    pub methods: BTreeMap<&'static str, TheirsReport>,
}

/// What the estimate says of a quantity.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
#[non_exhaustive]
pub enum OursReport {
    /// A value with its band, where there is one.
    Value(Estimated<f64>),
    /// No value.
    None {
        /// Null.
        value: (),
        /// Why there is none.
        why_not: &'static str,
    },
}

/// What a method says of a quantity.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
#[non_exhaustive]
pub enum TheirsReport {
    /// A value.
    Value {
        /// The value.
        value: f64,
        /// What the method calls it.
        quantity: &'static str,
        /// It over ours.
        ratio_to_ours: Option<f64>,
        /// The names of the faults that reach it.
        faults: Vec<&'static str>,
    },
    /// No value.
    None {
        /// Null.
        value: (),
        /// What the method calls it.
        quantity: &'static str,
        /// Why there is none.
        why_not: String,
    },
}

/// A figure that differs from ours.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct DisagreementReport {
    /// The quantity.
    pub quantity: &'static str,
    /// The method.
    pub method: &'static str,
    /// Its figure over ours.
    pub ratio_to_ours: f64,
    /// The faults that move it this way, the likeliest first.
    pub faults: Vec<CauseReport>,
}

/// A fault that causes a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct CauseReport {
    /// Its name.
    pub id: &'static str,
    /// What is wrong.
    pub text: &'static str,
    /// When it matters.
    pub when: &'static str,
}

/// A run that was measured.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MeasuredReport {
    /// Whether it is the case itself.
    pub same_scenario: bool,
    /// The model.
    pub model: String,
    /// The hardware.
    pub accelerator: MeasuredOn,
    /// The engine.
    pub engine: String,
    /// Its version.
    pub version: String,
    /// The format of the weights.
    pub weights_format: String,
    /// Prompt tokens of a request.
    pub input_tokens: u64,
    /// Output tokens of a request.
    pub output_tokens: u64,
    /// Requests in flight.
    pub concurrency: u64,
    /// Time to the first token.
    pub ttft_s: Plain<Seconds>,
    /// Time between two tokens.
    pub tpot_s: Plain<Seconds>,
    /// Tokens generated.
    pub output_tokens_per_s: Option<Plain<Frequency>>,
    /// The key of the source.
    pub source: String,
    /// The day it was published.
    pub as_of: String,
    /// Its row there.
    pub row: String,
}

impl MethodsCompareReport {
    pub(super) fn of(c: &Comparison) -> Self {
        let resolved = &c.answer.memory.resolved;
        let s = &c.case;
        Self {
            model: resolved.model.name.clone(),
            accelerator: MeasuredOn { id: resolved.cluster().accelerator.id.clone(), count: s.accelerators },
            engine: resolved.engine_name().to_owned(),
            weights_format: resolved.formats_name.clone(),
            workload: MethodsWorkload {
                input_tokens: s.input_tokens,
                output_tokens: s.output_tokens,
                concurrency: s.concurrency,
                context_tokens: s.context,
            },
            scenario: s.into(),
            quantities: Common::ALL.iter().map(|common| quantity(c, *common)).collect(),
            disagreements: c.disagreements.iter().map(DisagreementReport::from).collect(),
            measured: MeasuredReport::of(&c.measured),
        }
    }
}

impl From<&Case> for MethodsCase {
    fn from(s: &Case) -> Self {
        Self {
            parameters: s.parameters,
            active_parameters: s.active_parameters,
            layers: s.layers,
            hidden: s.hidden,
            ffn: s.ffn,
            ffn_matrices: s.ffn_matrices,
            heads: s.heads,
            kv_heads: s.kv_heads,
            head_dim: s.head_dim,
            vocabulary: s.vocab,
            bytes_per_weight: s.bytes_per_weight,
            bytes_per_kv: s.bytes_per_kv,
            peak_flops_per_s: s.peak.into(),
            bandwidth_bytes_per_s: s.bandwidth.into(),
            memory_bytes: s.memory.into(),
            usd_per_hour: s.price.map(Plain),
        }
    }
}

fn quantity(c: &Comparison, common: Common) -> QuantityComparison {
    let ours = c.ours.iter().find(|(known, _)| *known == common).map(|(_, ours)| ours);
    let methods = METHODS.iter().filter_map(|method| {
        let figure = c.figure(common, method.id)?;
        let report = match &figure.answer {
            Ok((value, _)) => TheirsReport::Value {
                value: *value,
                quantity: figure.quantity,
                ratio_to_ours: ours.and_then(Ours::value).map(|ours| value / ours),
                faults: figure.faults.iter().map(|fault| fault.id).collect(),
            },
            Err(error) => {
                TheirsReport::None { value: (), quantity: figure.quantity, why_not: error.to_string() }
            }
        };
        Some((method.id, report))
    });
    QuantityComparison {
        quantity: common.id(),
        ours: ours.map(OursReport::from),
        measured: c.measured.value(common),
        methods: methods.collect(),
    }
}

impl From<&Ours> for OursReport {
    fn from(ours: &Ours) -> Self {
        match ours {
            Ours::Value(value) => Self::Value(*value),
            Ours::None(why_not) => Self::None { value: (), why_not },
        }
    }
}

impl From<&Disagreement> for DisagreementReport {
    fn from(found: &Disagreement) -> Self {
        let cause = |fault: &&'static slipstick_methods::Fault| CauseReport {
            id: fault.id,
            text: fault.text,
            when: fault.when.text(),
        };
        Self {
            quantity: found.common.id(),
            method: found.method,
            ratio_to_ours: found.ratio,
            faults: found.causes.iter().map(cause).collect(),
        }
    }
}

impl MeasuredReport {
    fn of(measured: &Measured) -> Option<Self> {
        let run = measured.run?;
        Some(Self {
            same_scenario: measured.is_same,
            model: run.model.clone(),
            accelerator: MeasuredOn { id: run.accelerator.clone(), count: run.count },
            engine: run.engine.clone(),
            version: run.version.clone(),
            weights_format: run.weights.clone(),
            input_tokens: run.input,
            output_tokens: run.output,
            concurrency: run.concurrency,
            ttft_s: run.ttft.into(),
            tpot_s: run.tpot.into(),
            output_tokens_per_s: run.output_rate.map(|rate| Frequency::per_s(rate).into()),
            source: run.source.clone(),
            as_of: run.as_of.as_str().to_owned(),
            row: run.row.clone(),
        })
    }
}
