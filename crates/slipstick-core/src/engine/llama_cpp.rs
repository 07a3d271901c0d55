//! llama.cpp, and what is built on it: buffers allocated for a stated context.

use super::{
    Command, Launch, Overheads, StateBytes, StepLimits,
    launch::Words,
    rules::{Facts, Read, Rules, rules},
};
use crate::{basis::Known, units::Bytes};

/// The rows of logits a compute graph has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputRows {
    /// One for every token of a micro-batch.
    MicroBatch,
    /// One for every slot.
    Slots,
}

impl Read for OutputRows {
    fn read<F: Facts>(facts: &F, field: &str) -> Result<Self, F::Error> {
        facts.word(field, &[("micro-batch", Self::MicroBatch), ("slots", Self::Slots)])
    }
}

rules! {
    /// llama.cpp.
    LlamaCppRules as "llama.cpp" or "llamacpp" or "llama-cpp" or "llama_cpp" {
        /// Granularity of a cache.
        cache_padding: u64,
        /// Tokens of a micro-batch.
        micro_batch: u64,
        /// Whether attention is fused by default.
        flash_attention: bool,
        /// Whether slots share one stream of cells by default.
        unified_cache: bool,
        /// Rows of logits.
        output_rows: OutputRows,
        /// Margin of the graph allocator in the fused fit.
        allocator_margin: f64,
        /// Bytes of attention mask a cell for every token of a micro-batch, on one device.
        mask_bytes: u64,
        /// The same where layers are split over devices, which keep several copies.
        mask_bytes_split: u64,
        /// Bytes of dequantised cache a cell for every element of the hidden size.
        dequant_bytes: Known<f64>,
        /// The smallest fused compute buffer seen.
        smallest_buffer: Bytes,
        /// The fused compute buffer, against what the fit says.
        buffer_share: Known<f64>,
        /// What it keeps recurrent state in.
        state: StateBytes,
        /// The device context.
        context: Known<Bytes>,
        /// What each device costs once layers are split.
        split_device: Known<Bytes>,
        /// The graph of a draft layer.
        draft_graph: Known<Bytes>,
    }
}

impl Rules for LlamaCppRules {
    fn state(&self) -> StateBytes {
        self.state
    }

    fn limits(&self, _: Bytes, _: &str) -> StepLimits {
        StepLimits { sequences: None, tokens: Some(self.micro_batch) }
    }

    fn overheads(&self) -> Overheads {
        Overheads { alone: self.context, parallel: self.context, graphs: Known::ZERO }
    }

    fn splits_layers(&self) -> bool {
        true
    }

    fn launch(&self, with: &Launch<'_>) -> Option<Command> {
        let file = if is_file(with.model) { with.model.to_owned() } else { file_name(with) };
        // All slots share one context, so it is asked for once for each.
        let mut words = Words::new(&["llama-server", "--model", &file, "--n-gpu-layers", "999"]);
        words.flag("--ctx-size", with.context.saturating_mul(with.sequences));
        words.flag("--parallel", with.sequences);
        words.flag("--flash-attn", "on");
        let cache = with.kv_dtype.map(str::to_ascii_lowercase);
        let cache = cache.as_deref().map(|format| match format {
            "fp16" => "f16",
            "fp32" => "f32",
            other => other,
        });
        words.optional("--cache-type-k", cache);
        words.optional("--cache-type-v", cache);
        if with.pp > 1 {
            words.flag("--split-mode", "layer");
        } else if with.tp > 1 {
            words.flag("--split-mode", "row");
        }
        let quantised = with.quantisation.map(str::to_ascii_lowercase);
        let format = quantised.as_deref().unwrap_or("16 bit");
        let wants = format!("the command wants a .gguf file of the model in {format}");
        Some(Command { words: words.0, wants: (!is_file(with.model)).then_some(wants) })
    }
}

/// Whether the engine can load it as it is.
fn is_file(model: &str) -> bool {
    std::path::Path::new(model).extension().is_some_and(|e| e.eq_ignore_ascii_case("gguf"))
}

/// What such files are usually called: the model's name with the format behind it.
fn file_name(with: &Launch<'_>) -> String {
    let name = with.model.trim_end_matches('/').rsplit('/').next().unwrap_or(with.model);
    let name = name.strip_suffix(".safetensors").unwrap_or(name);
    format!("{name}-{}.gguf", with.quantisation.unwrap_or("BF16"))
}
