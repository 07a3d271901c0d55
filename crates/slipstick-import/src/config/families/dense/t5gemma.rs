//! T5Gemma (arXiv 2504.06225): Gemma 2's layers as encoder and decoder, each with an embedding of its own.

use slipstick_core::model::{
    CacheUse, Component, ComponentKind, Layer, Model, Role, Span, Weight,
    blocks::{AttentionNames, FeedForward, GroupedQuery, NormKind},
};

use super::{Config, ConfigError, Dims, Family, Frame, Head, Paths, head, spans::spans};

pub(super) const FAMILY: Family = Family { model_types: &["t5gemma"], read };

const PATHS: Paths = Paths {
    layers: "model.decoder.layers",
    embedding: "model.encoder.embed_tokens",
    norm: "model.decoder.norm",
    head: "lm_head.out_proj",
};
const CROSS: AttentionNames =
    AttentionNames::split("cross_attn.q_proj", "cross_attn.k_proj", "cross_attn.v_proj", "cross_attn.o_proj");

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    if head::class(c)?.is_some_and(|class| !class.ends_with("ForConditionalGeneration")) {
        return Err(c.unsupported("only the class with a vocabulary's head is known"));
    }
    let encoder = c.part("encoder", "t5_gemma_module")?;
    let decoder = c.part("decoder", "t5_gemma_module")?;
    let (reads, writes) = (Stack::read(&encoder)?, Stack::read(&decoder)?);
    if reads.dims.hidden != writes.dims.hidden {
        return Err(c.unsupported("encoder and decoder differ in width"));
    }
    let Dims { hidden, vocab, .. } = writes.dims;
    let mut frame = Frame::new(hidden, vocab, NormKind::Rms, false).named(PATHS);
    frame.head = Head::Vocabulary;
    let mut model = frame.model_as_is(&decoder, writes.layers(&decoder, true)?)?;
    c.model_type().clone_into(&mut model.model_type);
    separate_tables(&mut model, reads.dims.vocab);
    let layers = reads.layers(&encoder, false)?.into_iter().flat_map(|layer| layer.weights);
    let norm = NormKind::Rms.weights("norm", hidden);
    let weights = layers.chain(norm).map(|weight| weight.with_role(Role::Encoder)).collect();
    model.components.push(Component { path: "model.encoder".into(), kind: ComponentKind::Encoder, weights });
    // The head is the decoder's embedding, unless the file parts them.
    let table = Weight::matrix("", Role::Embedding, vocab, hidden);
    let table =
        if c.flag_or("tie_word_embeddings", true)? { table.alias() } else { table.with_role(Role::Table) };
    model.components.push(Component::text("model.decoder.embed_tokens", vec![table]));
    c.adopt(encoder);
    c.adopt(decoder);
    Ok(model)
}

/// The encoder's embedding has as many rows as the encoder's vocabulary.
fn separate_tables(model: &mut Model, rows: u64) {
    let weights = model.components.iter_mut().flat_map(|component| &mut component.weights);
    for table in weights.filter(|weight| weight.role == Role::Embedding) {
        table.rows = rows;
    }
}

/// The layers of one side.
struct Stack {
    dims: Dims,
    attention: GroupedQuery,
    feed_forward: FeedForward,
}

impl Stack {
    fn read(c: &Config<'_>) -> Result<Self, ConfigError> {
        let dims = Dims::read(c)?;
        let bias = c.flag_or("attention_bias", false)?;
        let feed_forward = FeedForward::gated(dims.hidden, c.count("intermediate_size")?);
        Ok(Self { dims, attention: dims.attention().with_bias(bias, bias), feed_forward })
    }

    fn layers(&self, c: &Config<'_>, is_decoder: bool) -> Result<Vec<Layer>, ConfigError> {
        let window = c.optional_count("sliding_window")?;
        let spans = spans(c, self.dims.layers, window, |layer| layer.is_multiple_of(2))?;
        Ok(spans.into_iter().map(|span| self.layer(span, is_decoder)).collect())
    }

    fn layer(&self, span: Span, is_decoder: bool) -> Layer {
        const NORMS: [&str; 6] = [
            "pre_self_attn_layernorm",
            "post_self_attn_layernorm",
            "pre_feedforward_layernorm",
            "post_feedforward_layernorm",
            "pre_cross_attn_layernorm",
            "post_cross_attn_layernorm",
        ];
        let mut attention = self.attention.with_span(span);
        attention.cache = if is_decoder { CacheUse::Own } else { CacheUse::None };
        let norms = if is_decoder { &NORMS[..] } else { &NORMS[..4] };
        let layer = Layer::default()
            .with(norms.iter().flat_map(|name| NormKind::Rms.weights(*name, self.dims.hidden)))
            .with(attention.weights())
            .mix(attention.mixer())
            .with(self.feed_forward.weights());
        if !is_decoder {
            return layer;
        }
        let cross = self.attention.named(CROSS);
        layer.with(cross.weights()).mix(cross.cross_mixer())
    }
}
