//! Fields to rules.

use std::borrow::Cow;

use serde::Deserialize;
use slipstick_core::engine::{
    BatchDefault, Engine, EngineRules, LlamaCppRules, MixedPages, OutputRows, PrintedTokens, SgLangRules,
    TensorRtLlmRules, TransformersRules, VllmRules,
};

use super::fields::{FieldError, Fields, Value, bytes};

/// A row of batch limits as it is written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchRow {
    pub(crate) from_memory: Value,
    #[serde(default)]
    pub(crate) except: Cow<'static, [Cow<'static, str>]>,
    pub(crate) max_batched_tokens: u64,
    pub(crate) max_sequences: u64,
    pub(crate) source: Cow<'static, str>,
    pub(crate) seen: Cow<'static, str>,
}

pub(super) fn rules(engine: Engine, f: &Fields<'_>, batch: &[BatchRow]) -> Result<EngineRules, FieldError> {
    Ok(match engine {
        Engine::Vllm => EngineRules::Vllm(vllm(f, batch)?),
        Engine::SgLang => EngineRules::SgLang(sglang(f)?),
        Engine::TensorRtLlm => EngineRules::TensorRtLlm(tensorrt_llm(f)?),
        Engine::LlamaCpp => EngineRules::LlamaCpp(llama_cpp(f)?),
        Engine::Transformers => EngineRules::Transformers(transformers(f)?),
        Engine::Ideal => EngineRules::Ideal,
    })
}

fn vllm(f: &Fields<'_>, batch: &[BatchRow]) -> Result<VllmRules, FieldError> {
    let pages = [("as-full", MixedPages::AsFull), ("scale", MixedPages::Scale)];
    let printed = [("per-group", PrintedTokens::PerGroup), ("per-request", PrintedTokens::PerRequest)];
    let batch = batch.iter().map(|row| {
        Ok(BatchDefault {
            from_memory: bytes("batch.from_memory", &row.from_memory)?,
            except: row.except.iter().map(|word| word.clone().into_owned()).collect(),
            max_batched_tokens: row.max_batched_tokens,
            max_sequences: row.max_sequences,
        })
    });
    Ok(VllmRules {
        driver_reserve: f.bytes("driver_reserve")?,
        expert_padding: f.count("expert_padding")?,
        expert_padding_share: f.known_number("expert_padding_share")?,
        state: f.state()?,
        memory_share: f.number("memory_share")?,
        block_tokens: f.count("block_tokens")?,
        batch: batch.collect::<Result<_, FieldError>>()?,
        bytes_per_logit: f.known_number("bytes_per_logit")?,
        hidden_copies: f.number("hidden_copies")?,
        non_torch: f.known_bytes("non_torch")?,
        non_torch_parallel: f.known_bytes("non_torch_parallel")?,
        graphs: f.known_bytes("graphs")?,
        graphs_in_budget: f.flag("graphs_in_budget")?,
        group_ratio: f.number("group_ratio")?,
        mixed_pages: f.word("mixed_pages", &pages)?,
        printed: f.word("printed", &printed)?,
        prefix_state_blocks: f.count("prefix_state_blocks")?,
        sparse_latent_scales: f.flag("sparse_latent_scales")?,
    })
}

fn sglang(f: &Fields<'_>) -> Result<SgLangRules, FieldError> {
    Ok(SgLangRules {
        driver_reserve: f.bytes("driver_reserve")?,
        static_share: f.number("static_share")?,
        page_tokens: f.count("page_tokens")?,
        chunk_tokens: f.count("chunk_tokens")?,
        window_ratio: f.number("window_ratio")?,
        non_torch: f.known_bytes("non_torch")?,
        non_torch_parallel: f.known_bytes("non_torch_parallel")?,
        graphs: f.known_bytes("graphs")?,
        logit_bytes: f.count("logit_bytes")?,
        activation_share: f.known_number("activation_share")?,
        state: f.state()?,
    })
}

fn tensorrt_llm(f: &Fields<'_>) -> Result<TensorRtLlmRules, FieldError> {
    Ok(TensorRtLlmRules {
        driver_reserve: f.bytes("driver_reserve")?,
        free_share: f.number("free_share")?,
        block_tokens: f.count("block_tokens")?,
        max_batched_tokens: f.count("max_batched_tokens")?,
        non_torch: f.known_bytes("non_torch")?,
        non_torch_parallel: f.known_bytes("non_torch_parallel")?,
        graphs: f.known_bytes("graphs")?,
        logit_bytes: f.count("logit_bytes")?,
        activation_share: f.known_number("activation_share")?,
        state: f.state()?,
    })
}

fn llama_cpp(f: &Fields<'_>) -> Result<LlamaCppRules, FieldError> {
    let rows = [("micro-batch", OutputRows::MicroBatch), ("slots", OutputRows::Slots)];
    Ok(LlamaCppRules {
        cache_padding: f.count("cache_padding")?,
        micro_batch: f.count("micro_batch")?,
        flash_attention: f.flag("flash_attention")?,
        unified_cache: f.flag("unified_cache")?,
        output_rows: f.word("output_rows", &rows)?,
        allocator_margin: f.number("allocator_margin")?,
        mask_bytes: f.count("mask_bytes")?,
        mask_bytes_split: f.count("mask_bytes_split")?,
        dequant_bytes: f.known_number("dequant_bytes")?,
        smallest_buffer: f.bytes("smallest_buffer")?,
        buffer_share: f.known_number("buffer_share")?,
        state: f.state()?,
        context: f.known_bytes("context")?,
        split_device: f.known_bytes("split_device")?,
        draft_graph: f.known_bytes("draft_graph")?,
    })
}

fn transformers(f: &Fields<'_>) -> Result<TransformersRules, FieldError> {
    Ok(TransformersRules {
        full_logits: f.flag("full_logits")?,
        flash_attention: f.flag("flash_attention")?,
        activation_share: f.known_number("activation_share")?,
        state: f.state()?,
        context: f.known_bytes("context")?,
    })
}
