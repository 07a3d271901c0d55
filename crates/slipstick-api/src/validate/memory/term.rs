//! What a row of measured memory measures.

/// What a row measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryTerm {
    /// Weights on one accelerator.
    Weights,
    /// Weights that stay on the host.
    HostWeights,
    /// The whole file of weights.
    File,
    /// The cache; without windowed layers where the engine prints those apart.
    Cache,
    /// The cache of windowed layers.
    WindowCache,
    /// Recurrent state.
    State,
    /// Cache and state.
    CacheAndState,
    /// What the engine has for its cache.
    CacheBudget,
    /// What one request of the context needs.
    CacheNeeded,
    /// Tokens that the engine says its cache holds.
    Tokens,
    /// Blocks of the cache.
    Blocks,
    /// Requests of the context that fit.
    Concurrency,
    /// The peak of one step.
    Activations,
    /// Weights and that peak.
    WeightsAndActivations,
    /// Memory outside the allocator.
    NonTorch,
    /// Captured graphs.
    Graphs,
    /// A step's inputs on the host.
    HostBuffer,
    /// Outputs on the host.
    OutputBuffer,
    /// The device context.
    Context,
    /// Everything the engine accounts for itself.
    Accounted,
    /// Everything the allocator held.
    Allocated,
    /// Everything.
    Process,
}

impl MemoryTerm {
    /// The term of a row.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "weights" | "load_total" => Self::Weights,
            "host_weights" => Self::HostWeights,
            "file_size" => Self::File,
            "kv_buffer" => Self::Cache,
            "swa_kv_buffer" => Self::WindowCache,
            "recurrent_state" => Self::State,
            "kv_plus_state" => Self::CacheAndState,
            "kv_cache_budget" => Self::CacheBudget,
            "kv_cache_needed" => Self::CacheNeeded,
            "kv_tokens" => Self::Tokens,
            "kv_blocks" => Self::Blocks,
            "max_concurrency" => Self::Concurrency,
            "activation_peak" | "compute_buffer" => Self::Activations,
            "torch_peak_total" => Self::WeightsAndActivations,
            "non_torch" => Self::NonTorch,
            "cudagraph" | "cudagraph_est" => Self::Graphs,
            "host_buffer" => Self::HostBuffer,
            "output_buffer" => Self::OutputBuffer,
            "context_overhead" => Self::Context,
            "self_total" => Self::Accounted,
            "peak_allocated" | "allocated_total" => Self::Allocated,
            "process_total" => Self::Process,
            _ => return None,
        })
    }
}
