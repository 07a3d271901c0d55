//! llama.cpp, and what is built on it: buffers allocated for a stated context.

use super::{
    Chunking, Command, Launch, Overheads, PrefixCaching, Setting, StateBytes, StepLimits, UsualFormats,
    demand::{Demand, HostMemory, RankLoad, Stage},
    launch::{Words, replicated},
    rules::{Facts, Read, Rules, rules},
};
use crate::{
    basis::Known,
    formulas::memory::{
        activations::share_of_count,
        cache_cells::{padded_context, window_cells},
        compute_buffer::{compute_buffer_flash, compute_buffer_flash_full, compute_buffer_plain},
        encoder_buffer::encoder_stream,
        host_buffer::host_buffer,
        output_buffer::output_buffer,
    },
    formulas::parts::{largest, total},
    hardware::Accelerator,
    quantity::Quantity as Q,
    speculation::Method,
    trace::{Input, Source, Trace, asked, at, fact, layout, model, rules},
    traced,
    units::Bytes,
};

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
        /// More slots than this it refuses to start with.
        most_slots: u64,
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
        /// Bytes of a parameter of encoders, whose file has a format of its own.
        tower_bytes: Known<f64>,
        /// Patches of the image that the encoder is tried with at start.
        tower_patches: u64,
        /// Widths of the encoder's stream that each patch takes in fp32 while it passes.
        tower_copies: Known<f64>,
        /// The process itself where the device is the host.
        host_context: Known<Bytes>,
        /// What each device costs once layers are split.
        split_device: Known<Bytes>,
        /// The graph of a draft layer.
        draft_graph: Known<Bytes>,
        /// Whether the caches of earlier prompts are kept.
        prefix_caching: PrefixCaching,
        /// Whether prompts that do not fit into a step are divided.
        chunked_prefill: Chunking,
        /// The ways of drafting that it knows.
        speculation: String,
        /// How far the vocabulary of a drafting model may be from that of the model.
        draft_vocabulary: u64,
    }
}

impl Rules for LlamaCppRules {
    fn state(&self) -> StateBytes {
        self.state
    }

    fn formats(&self) -> UsualFormats {
        UsualFormats {
            smaller_weights: &["q8_0", "q6_k", "q5_k_m", "q4_k_m", "q3_k_m", "q2_k"],
            smaller_caches: &["q8_0", "q5_1", "q4_0"],
            weights: &["q8_0", "q6_k", "q4_k_m"],
        }
    }

    fn limits(&self, _: &Accelerator) -> StepLimits {
        StepLimits { sequences: Some(self.most_slots), tokens: Some(self.micro_batch) }
    }

    fn reserves_context(&self) -> bool {
        true
    }

    fn most_sequences(&self) -> Option<u64> {
        Some(self.most_slots)
    }

    fn settings(&self, _: &Accelerator) -> &'static [Setting] {
        &[
            Setting::VisibleMemory,
            Setting::Towers,
            Setting::MaxSequences,
            Setting::MicroBatch,
            Setting::FlashAttention,
            Setting::Slots,
            Setting::UnifiedCache,
            Setting::WholeWindows,
            Setting::Drafts,
        ]
    }

    fn prefix_caching(&self, _: bool) -> PrefixCaching {
        self.prefix_caching
    }

    fn chunking(&self) -> Chunking {
        self.chunked_prefill
    }

    fn speculation(&self) -> &str {
        &self.speculation
    }

    fn draft_vocabulary(&self) -> u64 {
        self.draft_vocabulary
    }

    fn overheads(&self) -> Overheads {
        Overheads { alone: self.context, parallel: self.context, graphs: Known::ZERO }
    }

    fn splits_layers(&self) -> bool {
        true
    }

    fn loads_towers_apart(&self) -> bool {
        true
    }

    fn demand(&self, stage: &Stage, load: RankLoad, trace: Trace<'_>) -> Demand {
        let cells = cells(stage, self, load, trace);
        let micro = stage.options.micro_batch.unwrap_or(self.micro_batch).min(cells.full.max(1));
        let whole = stage.options.whole_windows == Some(true);
        let all = (cells.full, at(Q::PaddedContext));
        let bounded = |kind, window: Option<u64>| match window {
            Some(window) if !whole => {
                let cells = traced!(trace, Q::WindowCells(kind), window_cells {
                    s: cells.full => at(Q::PaddedContext),
                    w: window => model("tokens"),
                    m: cells.sharing => layout("sequences"),
                    u: micro => rules("tokens"),
                    pad: self.cache_padding => rules("tokens"),
                });
                (cells, at(Q::WindowCells(kind)))
            }
            Some(_) | None => all,
        };
        let one = stage.cache(bounded, all, trace);
        let apart = stage.first && stage.plan.tp() == 1 && !stage.on_host;
        let on_host = if apart { host_embedding(stage) } else { Bytes::ZERO };
        let fused = stage.options.flash_attention.unwrap_or(self.flash_attention);
        let mut activations = compute_buffer(stage, self, &cells, micro, fused, trace);
        if stage.options.drafts.layers > 0 && stage.last {
            let buffer = activations.value;
            activations = activations + self.draft_graph;
            trace.gathered(Q::Activations, &total::FORMULA, activations.value, || {
                let draft = fact("B", Source::Engine, self.draft_graph.basis);
                vec![
                    Input::new("compute buffer", buffer, rules("B")),
                    Input::new("draft graph", self.draft_graph.value, draft),
                ]
            });
        }
        let towers = tower_weights(stage, self);
        activations = stage.peak_of_starts(with_towers(stage, self, activations, trace), trace);
        let split = if stage.plan.pp() > 1 { self.split_device } else { Known::ZERO };
        let state = stage.state(self.state, 0, false, trace);
        let mut demand = Demand {
            weights: stage.held(stage.weights.saturating_sub(on_host)) + towers,
            towers,
            kv_cache: Known::exact(Stage::caches(one, Bytes::ZERO, cells.streams, trace)),
            kv_cache_worst: Stage::worst(one, cells.streams, trace),
            state: Known::exact(Stage::states(state, slots(stage, load), trace)),
            // Slots that share one stream may fit into its padding.
            each: Bytes::ZERO,
            activations,
            context: if stage.on_host { self.host_context } else { stage.outside(self.context + split) },
            graphs: Known::ZERO,
            tables: Known::ZERO,
            room: Known::ZERO,
            block: Bytes::ZERO,
            host: if stage.on_host {
                HostMemory::default()
            } else {
                beside(stage, &cells, micro, fused, load, trace)
            },
        };
        demand.room = stage.rest(&demand, trace);
        demand
    }

    fn launch(&self, with: &Launch<'_>) -> Option<Command> {
        let file = if is_file(with.model) { with.model.to_owned() } else { file_name(with) };
        let options = with.options;
        let mut words = Words::new(&["llama-server", "--model", &file]);
        if !with.on_host {
            words.flag("--n-gpu-layers", 999);
        }
        // All slots share one context, so it is asked for once for each sequence.
        words.flag("--ctx-size", with.context.saturating_mul(with.sequences));
        words.flag("--parallel", options.slots.map_or(with.sequences, |slots| slots.max(with.sequences)));
        words.flag("--flash-attn", if options.flash_attention == Some(false) { "off" } else { "on" });
        words.optional("--ubatch-size", options.micro_batch);
        words.switch("--kv-unified", options.slots.is_some() || options.unified_cache == Some(true));
        words.switch("--swa-full", options.whole_windows == Some(true));
        words.switch("--no-mmproj", options.towers == Some(false));
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
        let wants = replicated(with, (!is_file(with.model)).then_some(wants));
        drafts(with, &mut words);
        Some(Command { words: words.0, wants })
    }
}

/// What drafts, in its words.
fn drafts(with: &Launch<'_>, words: &mut Words) {
    let Some(drafts) = with.drafts else { return };
    let kind = match drafts.method {
        Method::OwnLayers => Some("draft-mtp"),
        Method::Eagle3 | Method::ParallelEagle => Some("draft-eagle3"),
        Method::Dflash => Some("dflash"),
        Method::Draft => None,
        Method::Lookup => Some("ngram-simple"),
    };
    words.optional("--spec-type", kind);
    words.optional("--model-draft", drafts.model);
    words.flag("--draft-max", drafts.tokens);
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

/// The cells of a cache, and the streams that each have so many.
struct Cells {
    full: u64,
    streams: u64,
    sharing: u64,
}

/// Slots, each of which keeps a state and an output row: one a sequence, or more.
fn slots(stage: &Stage, load: RankLoad) -> u64 {
    stage.options.slots.map_or(load.sequences, |slots| slots.max(load.sequences))
}

fn cells(stage: &Stage, engine: &LlamaCppRules, load: RankLoad, trace: Trace<'_>) -> Cells {
    let full = |tokens| {
        traced!(trace, Q::PaddedContext, padded_context {
            n_ctx: tokens => asked("tokens"),
            pad: engine.cache_padding => rules("tokens"),
        })
    };
    if stage.options.slots.is_some() || stage.options.unified_cache.unwrap_or(engine.unified_cache) {
        let all = load.limit.saturating_mul(load.sequences);
        Cells { full: full(all), streams: 1, sharing: slots(stage, load) }
    } else {
        Cells { full: full(load.limit), streams: load.sequences, sharing: 1 }
    }
}

/// Encoders of images and sound.
fn tower_weights(stage: &Stage, rules: &LlamaCppRules) -> Known<Bytes> {
    stage.towers.map_or(Known::ZERO, |towers| rules.tower_bytes.of_bytes(Bytes::new(towers.parameters)))
}

/// The peak with the graph of the image encoder, which has a buffer of its own.
fn with_towers(stage: &Stage, with: &LlamaCppRules, buffer: Known<Bytes>, trace: Trace<'_>) -> Known<Bytes> {
    let width = stage.towers.map_or(0, |towers| towers.width);
    if width == 0 {
        return buffer;
    }
    let stream = traced!(trace, Q::EncoderStream, encoder_stream {
        n: with.tower_patches => rules("patches"),
        h: width => model(""),
    });
    let encoder = with.tower_copies.of_bytes(stream);
    let all = buffer + encoder;
    trace.gathered(Q::Activations, &total::FORMULA, all.value, || {
        vec![
            Input::new("compute buffer", buffer.value, rules("B")),
            Input::new("encoder graph", encoder.value, fact("B", Source::Engine, encoder.basis)),
        ]
    });
    all
}

/// What lies in the host's memory beside a device: the embedding, inputs and outputs of a step.
fn beside(
    stage: &Stage,
    cells: &Cells,
    micro: u64,
    fused: bool,
    load: RankLoad,
    trace: Trace<'_>,
) -> HostMemory {
    HostMemory {
        weights: if stage.first { stage.embedding } else { Bytes::ZERO },
        compute: traced!(trace, Q::HostInputs, host_buffer {
            u: micro => rules("tokens"),
            h: stage.widths.hidden => model("elements"),
            s: cells.full => at(Q::PaddedContext),
            b_mask: if fused { 2 } else { 4 } => rules("B"),
        }),
        output: traced!(trace, Q::HostOutputs, output_buffer {
            n: slots(stage, load) => layout("slots"),
            vocab: stage.widths.vocab => model("tokens"),
        }),
    }
}

/// The token embedding stays in host memory; a tied head has its own copy on the device.
fn host_embedding(stage: &Stage) -> Bytes {
    if stage.tied { Bytes::ZERO } else { stage.embedding }
}

fn compute_buffer(
    stage: &Stage,
    engine: &LlamaCppRules,
    cells: &Cells,
    micro: u64,
    fused: bool,
    trace: Trace<'_>,
) -> Known<Bytes> {
    let w = &stage.widths;
    if !fused {
        return Known::exact(traced!(trace, Q::Activations, compute_buffer_plain {
            u: micro => rules("tokens"),
            h: w.hidden => model("elements"),
            s: cells.full => at(Q::PaddedContext),
            a: w.heads => model("heads"),
            vocab: w.vocab => model("tokens"),
        }));
    }
    let mask = if stage.plan.pp() > 1 { engine.mask_bytes_split } else { engine.mask_bytes } * micro;
    let scratch = |each: f64| if stage.cache.is_quantised() { each * w.hidden as f64 } else { 0.0 };
    let c = engine.dequant_bytes;
    let peak = |each: f64, trace: Trace<'_>| {
        let each_cell = mask as f64 + scratch(each);
        let of_cell = fact("B", Source::Engine, c.basis);
        match engine.output_rows {
            OutputRows::MicroBatch => traced!(trace, Q::ComputeBuffer, compute_buffer_flash_full {
                u: micro => rules("tokens"),
                h: w.hidden => model("elements"),
                s: cells.full => at(Q::PaddedContext),
                vocab: w.vocab => model("tokens"),
                c: each_cell => of_cell,
            }),
            OutputRows::Slots => traced!(trace, Q::ComputeBuffer, compute_buffer_flash {
                u: micro => rules("tokens"),
                h: w.hidden => model("elements"),
                s: cells.full => at(Q::PaddedContext),
                vocab: w.vocab => model("tokens"),
                n: cells.streams.max(cells.sharing).min(micro) => layout("slots"),
                f: engine.allocator_margin => rules(""),
                c: each_cell => of_cell,
            }),
        }
    };
    // The upper end is the graph that keeps the logits of a whole micro-batch.
    let logits = compute_buffer_flash_full(micro, w.hidden, cells.full, w.vocab, mask as f64);
    let share = engine.buffer_share;
    let middle = traced!(trace, Q::ComputeBufferShare, share_of_count {
        f: share.value => fact("", Source::Engine, share.basis),
        M_c: peak(c.value, trace) => at(Q::ComputeBuffer),
    });
    let least = engine.smallest_buffer;
    trace.gathered(Q::Activations, &largest::FORMULA, middle.max(least), || {
        vec![
            Input::new("compute buffer", middle, at(Q::ComputeBufferShare)),
            Input::new("smallest buffer", least, rules("B")),
        ]
    });
    let off = Trace::off();
    Known {
        value: middle.max(least),
        low: peak(c.low, off).fraction(share.low).max(least),
        high: peak(c.high, off).fraction(share.high).max(logits).max(least),
        basis: share.basis,
    }
}
