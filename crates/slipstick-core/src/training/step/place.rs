//! The places of a step's operators among its parts.

/// Products with weights of layers.
pub(super) const DENSE: usize = 0;
/// Mixing tokens.
pub(super) const ATTENTION: usize = 1;
/// Products of routed experts.
pub(super) const EXPERTS: usize = 2;
/// The output head.
pub(super) const HEAD: usize = 3;
/// Kernels between products.
pub(super) const ELEMENTWISE: usize = 4;
/// Tensor-parallel collectives.
pub(super) const TENSOR: usize = 5;
/// Exchange of keys and values.
pub(super) const CONTEXT: usize = 6;
/// Dispatch to experts and back.
pub(super) const EXPERT: usize = 7;
/// Transfers between stages.
pub(super) const PIPELINE: usize = 8;
/// Collectives over gradients and weights.
pub(super) const DATA: usize = 9;
/// Waiting of stages.
pub(super) const BUBBLE: usize = 10;
/// The optimizer.
pub(super) const OPTIMIZER: usize = 11;
/// The host.
pub(super) const HOST: usize = 12;
/// What is done before weights are trained.
pub(super) const BEFORE: usize = 13;
/// Attention backward, which is a part of attention.
pub(super) const ATTENTION_BACKWARD: usize = 14;
/// Low-rank products, which are a part of products with weights.
pub(super) const ADAPTER_PRODUCTS: usize = 15;
/// What moves beside products with adapters forward, which is a part of the kernels between products.
pub(super) const ADAPTER_FORWARD: usize = 16;
/// The same backward.
pub(super) const ADAPTER_BACKWARD: usize = 17;

/// The kind of extra prediction layers, after all kinds of layers.
pub(super) const EXTRA: usize = KINDS - 1;
/// More kinds of layers than any stage has.
pub(super) const KINDS: usize = 32;

/// Operators of computation, whose parts come first.
pub(super) const COMPUTE: core::ops::Range<usize> = DENSE..TENSOR;
/// Communication.
pub(super) const COMMUNICATION: core::ops::Range<usize> = TENSOR..BUBBLE;
