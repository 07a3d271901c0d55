//! What a training software keeps, and how: rules that its versions decide.

use crate::{basis::Known, units::Bytes};

/// The rules of one software, as a table of data states them.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    /// Its name.
    pub name: String,
    /// Its version, in words.
    pub version: String,
    /// Whether its modules are single operators of an eager framework; else kernels are fused.
    pub eager: bool,
    /// Bytes of each logit that its full loss holds at the peak.
    pub logit_bytes: f64,
    /// The same where the loss is one kernel over whole logits.
    pub fused_logit_bytes: f64,
    /// The same where the loss is worked out in parts.
    pub chunked_logit_bytes: f64,
    /// Whether inputs of frozen products and of frozen scales are kept too.
    pub frozen_inputs: bool,
    /// Working copies of one layer's activations while its backward pass runs after recomputation.
    pub live_layers: f64,
    /// Whether fused gradient accumulation keeps a 16-bit placeholder of each distinct weight.
    pub weight_placeholders: bool,
    /// Copies of the residual stream that gathers and scatters of sequence parallelism hold.
    pub gathered_streams: f64,
    /// Elements of buckets that gradients or weights are gathered in, on top of the states.
    pub bucket: Bytes,
    /// Units of weights that are whole at once when weights are sharded.
    pub live_units: f64,
    /// Memory of the device that its allocator does not see: context, libraries, communicators.
    pub context: Known<Bytes>,
    /// Reserved over allocated memory.
    pub reserved: Known<f64>,
    /// Multiple of the vocabulary's rows, for each tensor-parallel rank.
    pub vocabulary_multiple: u64,
    /// Share of tensor-parallel communication that is hidden behind computation.
    pub tensor_overlap: f64,
    /// The same of data-parallel communication.
    pub data_overlap: f64,
    /// The same of context-parallel communication.
    pub context_overlap: f64,
    /// The same of expert-parallel communication.
    pub expert_overlap: f64,
    /// The same of transfers between stages.
    pub pipeline_overlap: f64,
    /// Where it comes from.
    pub source: String,
}
