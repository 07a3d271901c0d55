//! What a training software keeps, and how: rules that its versions decide.

use super::allocator::Allocator;
use crate::units::Bytes;

/// How tensor-parallel communication is hidden behind computation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TensorOverlap {
    /// The share that is hidden where collectives run beside products.
    pub share: f64,
    /// Whether they do where nobody says otherwise.
    pub usual: bool,
}

/// Copies of each logit where the loss is worked out in the format of the logits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UncastLogits {
    /// Of a full loss, at the peak of the forward pass.
    pub forward: f64,
    /// The same when the loss's own backward pass runs.
    pub full: f64,
    /// Of a loss that is one kernel over whole logits.
    pub fused: f64,
}

/// The rules of one software, as a table of data states them.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own")]
pub struct Stack {
    /// Its name.
    pub name: String,
    /// Its version, in words.
    pub version: String,
    /// Whether its modules are single operators of an eager framework; else kernels are fused.
    pub eager: bool,
    /// Whether 16-bit weights lie beside the fp32 copy; else the weights are that copy, and products take 16-bit casts.
    pub master_apart: bool,
    /// Whether 16-bit gradients stay beside the fp32 ones that they are added to.
    pub both_gradients: bool,
    /// Whether 16-bit gradients are copied to fp32 for the optimizer's step, and freed.
    pub step_gradients: bool,
    /// Whether shared gradients are whole while a step's micro-batches add to them.
    pub whole_accumulation: bool,
    /// Whether shared units flatten frozen and trained weights into one parameter, whose gradient covers both.
    pub flat_gradients: bool,
    /// Bytes of each logit that its full loss holds at the peak of the forward pass.
    pub forward_logit_bytes: f64,
    /// The same when the loss's own backward pass runs.
    pub logit_bytes: f64,
    /// The same where tensor-parallel ranks share the vocabulary.
    pub parallel_logit_bytes: f64,
    /// The same where the loss is one kernel over whole logits.
    pub fused_logit_bytes: f64,
    /// The same where the loss is worked out in parts.
    pub chunked_logit_bytes: f64,
    /// What its full and its fused loss hold of models whose own code leaves logits in their format, where that differs.
    pub uncast_logits: Option<UncastLogits>,
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
    pub context: Bytes,
    /// Reserved over allocated memory.
    pub reserved: f64,
    /// What an eager framework's allocator holds beside that.
    pub allocator: Option<Allocator>,
    /// Multiple of the vocabulary's rows, for each tensor-parallel rank.
    pub vocabulary_multiple: u64,
    /// How tensor-parallel communication is hidden behind computation.
    pub tensor_overlap: TensorOverlap,
    /// The same of data-parallel communication.
    pub data_overlap: f64,
    /// The same of context-parallel communication.
    pub context_overlap: f64,
    /// The same of expert-parallel communication.
    pub expert_overlap: f64,
    /// The same of transfers between stages.
    pub pipeline_overlap: f64,
    /// Whether kernels of experts' products write their outputs in the narrow format of the next one, so that nothing is cast.
    pub fused_casts: bool,
    /// Whether weights of products in 8 bit are gathered in 8 bit.
    pub narrow_gather: bool,
    /// Whether inputs of products narrower than 16 bit are kept in that format for the backward pass.
    pub narrow_inputs: bool,
    /// Where it comes from.
    pub source: String,
}
