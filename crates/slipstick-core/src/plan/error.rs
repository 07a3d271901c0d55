//! Why a layout does not work.

/// Why a layout does not work for a model. Every message names the degrees that would.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A degree is zero.
    #[error("{0} is 0; a degree of parallelism is at least 1")]
    Zero(&'static str),
    /// The degrees do not multiply to the accelerators at hand.
    #[error(
        "tp {tp} × pp {pp} × dp {dp} uses {} accelerators, but there are {accelerators}",
        tp.saturating_mul(*pp).saturating_mul(*dp)
    )]
    Accelerators {
        /// Tensor-parallel degree.
        tp: u64,
        /// Pipeline stages.
        pp: u64,
        /// Data-parallel ranks.
        dp: u64,
        /// Accelerators at hand.
        accelerators: u64,
    },
    /// Heads cannot be shared out.
    #[error("tp {tp} does not divide the model's {heads} {kind} heads; try tp {}", list(.works))]
    Heads {
        /// Tensor-parallel degree.
        tp: u64,
        /// `query`, `key-value` or `recurrent`.
        kind: &'static str,
        /// How many there are.
        heads: u64,
        /// Degrees that would work.
        works: Vec<u64>,
    },
    /// More stages than layers.
    #[error("pp {pp} is more than the model's {layers} layers; try pp {layers} or fewer")]
    Stages {
        /// Pipeline stages.
        pp: u64,
        /// Decoder layers.
        layers: u64,
    },
    /// Expert parallelism for a model without experts.
    #[error("ep {ep} needs a mixture of experts, and this model has none; leave ep at 1")]
    NoExperts {
        /// Expert-parallel degree.
        ep: u64,
    },
    /// Experts cannot be shared out.
    #[error("ep {ep} does not divide the model's {experts} experts; try ep {}", list(.works))]
    Experts {
        /// Expert-parallel degree.
        ep: u64,
        /// Routed experts of a layer.
        experts: u64,
        /// Degrees that would work.
        works: Vec<u64>,
    },
    /// Expert groups do not fit the ranks that hold them.
    #[error("ep {ep} does not fit tp {tp} × dp {dp}: experts spread over whole ranks of one stage; try ep {}", list(.works))]
    ExpertRanks {
        /// Expert-parallel degree.
        ep: u64,
        /// Tensor-parallel degree.
        tp: u64,
        /// Data-parallel ranks.
        dp: u64,
        /// Degrees that would work.
        works: Vec<u64>,
    },
}

fn list(works: &[u64]) -> String {
    let names: Vec<String> = works.iter().map(u64::to_string).collect();
    names.join(", ")
}
