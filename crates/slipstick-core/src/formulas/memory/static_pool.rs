//! A pool that is a fixed share of the device.

use crate::{formula, units::Bytes};

formula! {
    /// Bytes left for the cache where an engine takes a share of the device for weights and cache together.
    ///
    /// `M_pool = f·M - W`
    ///
    /// $$ M_{pool} = f M - W $$
    ///
    /// where f the share, M memory of the device, W what already lies there. Nothing if it does not fit. Bytes.
    ///
    /// Source: SGLang, `--mem-fraction-static`; vLLM, `--gpu-memory-utilization`.
    ///
    /// No published number: an engine prints what is left after all that its log does not name; the tests of memory hold
    /// the whole.
    pub fn static_pool(share: f64, memory: Bytes, taken: Bytes) -> Bytes {
        memory.fraction(share).saturating_sub(taken)
    }

    /// Bytes left for the cache where an engine takes a share of what is free after loading.
    ///
    /// `M_pool = f·(M - W)`
    ///
    /// $$ M_{pool} = f (M - W) $$
    ///
    /// where f the share, M memory of the device, W what already lies there. Nothing if it does not fit. Bytes.
    ///
    /// Source: TensorRT-LLM, `KvCacheConfig.free_gpu_memory_fraction`.
    ///
    /// No published number: an engine prints what is left after all that its log does not name; the tests of memory hold
    /// the whole.
    pub fn share_of_free(share: f64, memory: Bytes, taken: Bytes) -> Bytes {
        memory.saturating_sub(taken).fraction(share)
    }

    /// Bytes that are left.
    ///
    /// `M_free = M - W`
    ///
    /// $$ M_{free} = M - W $$
    ///
    /// where M memory of the device, W what lies there. Nothing if it does not fit. Bytes.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: a difference.
    pub fn left_over(M: Bytes, W: Bytes) -> Bytes {
        M.saturating_sub(W)
    }
}
