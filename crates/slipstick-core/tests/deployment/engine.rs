//! An engine to test with.

use slipstick_core::{
    basis::{Basis, Known},
    engine::{
        BatchDefault, Chunking, EngineProfile, EngineRules, MixedPages, Packing, PrefixCaching,
        PrintedTokens, StateBytes, VllmRules,
    },
    units::Bytes,
};

/// The rules of vLLM 0.33, in round numbers.
pub(crate) fn vllm() -> EngineProfile {
    let batch = |gib, max_batched_tokens, max_sequences| BatchDefault {
        from_memory: Bytes::gib(gib),
        except: Vec::new(),
        max_batched_tokens,
        max_sequences,
    };
    let bytes = |value| Known::of(value, Basis::Measured);
    let rules = VllmRules {
        driver_reserve: Known::exact(Bytes::mib(480)),
        host_pool: Bytes::gib(4),
        host_pool_share: 0.5,
        host_block_tokens: 128,
        host_batched_tokens: 2048,
        host_sequences: 128,
        compressed_block_tokens: 256,
        compressed_window_tokens: 64,
        compressor_block: Bytes::kib(32),
        compressed_page_unit: 576,
        compressed_packing: Packing::Dense,
        steps_in_flight: 2,
        graphs_need_states: true,
        expert_padding: 256,
        expert_tile: 128,
        expert_padding_share: Known::of(1.0, Basis::Fitted),
        memory_share: 0.92,
        block_tokens: 16,
        batch: vec![batch(160, 16_384, 1024), batch(70, 8192, 1024), batch(0, 2048, 256)],
        bytes_per_logit: Known::of(16.0, Basis::Assumed),
        hidden_copies: 1.28,
        non_torch: bytes(Bytes::mib(133)),
        non_torch_parallel: bytes(Bytes::mib(550)),
        graphs: bytes(Bytes::mib(370)),
        graphs_in_budget: true,
        group_ratio: 1.5,
        mixed_pages: MixedPages::Scale,
        printed: PrintedTokens::PerRequest,
        state: StateBytes { conv: 2, recurrent: 4 },
        prefix_state_blocks: 1,
        sparse_latent_scales: true,
        prefix_caching: PrefixCaching::On,
        prefix_caching_states: PrefixCaching::Off,
        chunked_prefill: Chunking::On,
        eight_bit_compressed: String::new(),
        speculation: "mtp eagle3 draft ngram".to_owned(),
    };
    EngineProfile { version: "0.33".into(), rules: EngineRules::Vllm(rules) }
}
