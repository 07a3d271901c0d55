//! T5, mT5 and UMT5: encoder and decoder of RMSNorm without biases, and a table of relative positions; Switch (arXiv
//! 2101.03961): the same with one expert a token in some layers; Pop2Piano (arXiv 2211.00895): the same over sound.

use slipstick_core::model::{
    CacheUse, Component, ComponentKind, Layer, Model, Role, Weight,
    blocks::{AttentionNames, Experts, FeedForward, GroupedQuery, NormKind},
};

use super::{Config, ConfigError, Family, Frame, Head, Paths, Tie, head, layers, table};

pub(super) const FAMILY: Family =
    Family { model_types: &["t5", "mt5", "umt5", "longt5", "pop2piano", "switch_transformers"], read };

const PATHS: Paths =
    Paths { layers: "decoder.block", embedding: "shared", norm: "decoder.final_layer_norm", head: "lm_head" };
const SELF: AttentionNames = AttentionNames::split(
    "layer.0.SelfAttention.q",
    "layer.0.SelfAttention.k",
    "layer.0.SelfAttention.v",
    "layer.0.SelfAttention.o",
);
const CROSS: AttentionNames = AttentionNames::split(
    "layer.1.EncDecAttention.q",
    "layer.1.EncDecAttention.k",
    "layer.1.EncDecAttention.v",
    "layer.1.EncDecAttention.o",
);

/// What the layers of one model share.
struct Blocks {
    attention: GroupedQuery,
    /// Relative positions: buckets by heads.
    table: Weight,
    /// Whether each layer has its own table, and not the first only.
    in_each: bool,
    /// The experts of sparse layers, and every how many layers of the encoder and of the decoder is one.
    sparse: Option<(Experts, [u64; 2])>,
    gated: bool,
    intermediate: u64,
}

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let (hidden, vocab) = (c.count("d_model")?, c.count("vocab_size")?);
    if c.text("encoder_attention_type")?.is_some_and(|kind| kind != "local") {
        return Err(c.unsupported("encoder_attention_type is not \"local\""));
    }
    // Published files of mT5 say so and store a head; the library's class builds none.
    let heeds = matches!(c.model_type(), "t5" | "pop2piano" | "switch_transformers");
    if !heeds && !c.flag_or("tie_word_embeddings", true)? {
        return Err(c.unsupported("tie_word_embeddings is false, which the library's class does not heed"));
    }
    let blocks = Blocks::read(c, hidden)?;
    let depth = layers(c, &["num_layers"])?;
    let class = head::class(c)?.unwrap_or("ForConditionalGeneration");
    // Pop2Piano stores a head whatever the flag says.
    let tied = c.model_type() != "pop2piano" && Tie::UnlessStated.read(c)?;
    let mut frame = Frame::new(hidden, vocab, NormKind::Rms, tied).named(PATHS);
    if class.ends_with("EncoderModel") {
        if c.model_type() == "umt5" && c.flag_or("is_decoder", false)? {
            return Err(c.unsupported("is_decoder is set under the class of the encoder alone"));
        }
        (frame.head, frame.paths.norm) = (Head::Nothing, "encoder.final_layer_norm");
        frame.paths.layers = "encoder.block";
        let mut model = frame.model_as_is(c, blocks.stack(depth, false))?;
        model.components.push(aliased("encoder.embed_tokens", hidden, vocab));
        return Ok(model);
    }
    frame.head = if class.ends_with("Model") && !class.ends_with("LMHeadModel") {
        Head::Nothing
    } else if class.ends_with("ForConditionalGeneration") || class.ends_with("LMHeadModel") {
        Head::Vocabulary
    } else {
        return Err(c.unsupported(format!(
            "the head of {:?} is not known",
            class.chars().take(60).collect::<String>()
        )));
    };
    let decoder_depth = depth_of_decoder(c, depth)?;
    let mut model = frame.model_as_is(c, blocks.stack(decoder_depth, true))?;
    let weights = blocks.encoder(depth);
    model.components.push(Component { path: "encoder".into(), kind: ComponentKind::Encoder, weights });
    model.components.extend(tables(c, hidden, vocab, tied));
    if c.model_type() == "pop2piano" {
        // The composers in whose manner it plays.
        model = table(model, "mel_conditioner.embedding", c.count("composer_vocab_size")?, hidden);
    }
    Ok(model)
}

/// The embedding under the names of both sides. Switch's class parts all tables where it parts the head.
fn tables(c: &Config<'_>, hidden: u64, vocab: u64, tied: bool) -> [Component; 2] {
    let is_apart = c.model_type() == "switch_transformers" && !tied;
    ["encoder.embed_tokens", "decoder.embed_tokens"].map(|path| {
        let table = Weight::matrix("", Role::Table, vocab, hidden);
        if is_apart { Component::text(path, vec![table]) } else { aliased(path, hidden, vocab) }
    })
}

/// As many layers as stated, or as the encoder has.
fn depth_of_decoder(c: &Config<'_>, depth: u64) -> Result<u64, ConfigError> {
    if c.has("num_decoder_layers") { layers(c, &["num_decoder_layers"]) } else { Ok(depth) }
}

fn aliased(path: &'static str, hidden: u64, vocab: u64) -> Component {
    Component::text(path, vec![Weight::matrix("", Role::Embedding, vocab, hidden).alias()])
}

impl Blocks {
    fn read(c: &Config<'_>, hidden: u64) -> Result<Self, ConfigError> {
        let (heads, width) = (c.count("num_heads")?, c.count("d_kv")?);
        if heads > 1 << 16 || width > 1 << 16 {
            return Err(c.invalid("num_heads", "at most 65536 heads of at most 65536"));
        }
        let activation = c.text("feed_forward_proj")?.unwrap_or_else(|| {
            c.assume("feed_forward_proj", "relu");
            "relu"
        });
        let buckets = c.count_or("relative_attention_num_buckets", 32)?;
        Ok(Self {
            attention: GroupedQuery::new(hidden, heads, heads, width).named(SELF),
            table: Weight::matrix(
                "layer.0.SelfAttention.relative_attention_bias",
                Role::AttentionOther,
                buckets,
                heads,
            ),
            in_each: c.model_type() == "umt5",
            sparse: sparse(c, hidden)?,
            gated: is_gated(c, activation)?,
            intermediate: c.count("d_ff")?,
        })
    }

    /// All weights of the encoder.
    fn encoder(&self, depth: u64) -> Vec<Weight> {
        let layers = self.stack(depth, false).into_iter().flat_map(|layer| layer.weights);
        let norm = NormKind::Rms.weights("final_layer_norm", self.attention.hidden);
        let is_expert = |weight: &Weight| weight.role.is_expert();
        layers
            .chain(norm)
            .map(|weight| if is_expert(&weight) { weight } else { weight.with_role(Role::Encoder) })
            .collect()
    }

    fn stack(&self, depth: u64, is_decoder: bool) -> Vec<Layer> {
        (0..depth).map(|index| self.layer(index, is_decoder)).collect()
    }

    fn layer(&self, index: u64, is_decoder: bool) -> Layer {
        let hidden = self.attention.hidden;
        let mut attention = self.attention;
        attention.cache = if is_decoder { CacheUse::Own } else { CacheUse::None };
        let mut layer = Layer::default()
            .with(NormKind::Rms.weights("layer.0.layer_norm", hidden))
            .with(attention.weights())
            .mix(attention.mixer());
        if self.in_each || index == 0 {
            layer = layer.with([self.table.clone()]);
        }
        if is_decoder {
            let cross = attention.named(CROSS);
            layer = layer
                .with(NormKind::Rms.weights("layer.1.layer_norm", hidden))
                .with(cross.weights())
                .mix(cross.cross_mixer());
        }
        let (names, norm) = if is_decoder {
            (FEED_FORWARD_2, "layer.2.layer_norm")
        } else {
            (FEED_FORWARD_1, "layer.1.layer_norm")
        };
        let mut feed_forward = FeedForward::plain(hidden, self.intermediate, false);
        feed_forward.gated = self.gated;
        let block = self.experts_at(index, is_decoder).unwrap_or_else(|| feed_forward.named(names).weights());
        layer.with(NormKind::Rms.weights(norm, hidden)).with(block)
    }
}

impl Blocks {
    /// The experts of a layer, if it is sparse.
    fn experts_at(&self, index: u64, is_decoder: bool) -> Option<Vec<Weight>> {
        let (experts, every) = self.sparse?;
        let step = every[usize::from(is_decoder)];
        let is_sparse = step == 1 || step > 0 && index % step == 1;
        let names = if is_decoder { SPARSE_2 } else { SPARSE_1 };
        is_sparse.then(|| Layer::default().with(experts.weights()).renamed(names).weights)
    }
}

/// Whether a third projection gates the feed-forward: its activation says so, unless the file says it apart.
fn is_gated(c: &Config<'_>, activation: &str) -> Result<bool, ConfigError> {
    if c.has("is_gated_act") {
        c.flag_or("is_gated_act", false)
    } else {
        Ok(activation.starts_with("gated-"))
    }
}

/// The experts of Switch, one a token, and every how many layers they stand in encoder and decoder.
fn sparse(c: &Config<'_>, hidden: u64) -> Result<Option<(Experts, [u64; 2])>, ConfigError> {
    if c.model_type() != "switch_transformers" {
        return Ok(None);
    }
    if c.flag_or("router_bias", false)? {
        return Err(c.unsupported("router_bias is set"));
    }
    let mut experts = Experts::gated(hidden, c.count("d_ff")?, c.count("num_experts")?, 1);
    experts.gated = false;
    let depth = layers(c, &["num_layers"])?;
    // Where none is asked for, the class takes all layers for a step, and the second becomes sparse all the same.
    let step = |depth: u64, stated, key| match c.optional_count(stated)? {
        Some(step) => Ok::<_, ConfigError>(step),
        None => Ok(depth.checked_div(c.count_or(key, 3)?).unwrap_or(depth)),
    };
    let steps = [
        step(depth, "encoder_sparse_step", "num_sparse_encoder_layers")?,
        step(depth_of_decoder(c, depth)?, "decoder_sparse_step", "num_sparse_decoder_layers")?,
    ];
    Ok(Some((experts, steps)))
}

const SPARSE_1: &[(&str, &str)] = &[
    ("mlp.gate", "layer.1.mlp.router.classifier"),
    ("mlp.experts.*.up_proj", "layer.1.mlp.experts.expert_*.wi"),
    ("mlp.experts.*.down_proj", "layer.1.mlp.experts.expert_*.wo"),
];
const SPARSE_2: &[(&str, &str)] = &[
    ("mlp.gate", "layer.2.mlp.router.classifier"),
    ("mlp.experts.*.up_proj", "layer.2.mlp.experts.expert_*.wi"),
    ("mlp.experts.*.down_proj", "layer.2.mlp.experts.expert_*.wo"),
];

const FEED_FORWARD_1: [&str; 3] =
    ["layer.1.DenseReluDense.wi_0", "layer.1.DenseReluDense.wi_1", "layer.1.DenseReluDense.wo"];
const FEED_FORWARD_2: [&str; 3] =
    ["layer.2.DenseReluDense.wi_0", "layer.2.DenseReluDense.wi_1", "layer.2.DenseReluDense.wo"];
