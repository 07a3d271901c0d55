//! BART and its relatives: encoder and decoder of LayerNorm with biases everywhere. They differ in positions (learned,
//! with two rows more; learned; computed but stored; computed) and in the norms around the stacks.

use slipstick_core::model::{
    CacheUse, Component, ComponentKind, Layer, Model, Role, Weight,
    blocks::{AttentionNames, FeedForward, GroupedQuery, NormKind, residual},
};

use super::{
    Config, ConfigError, Family, Frame, Head, Paths, Tie, encoder::project, head, head::labels, layers,
    share_out,
};

pub(super) const FAMILY: Family = Family {
    model_types: &[
        "bart",
        "plbart",
        "mbart",
        "blenderbot",
        "blenderbot-small",
        "pegasus",
        "marian",
        "m2m_100",
        "mvp",
        "trocr",
    ],
    read,
};

const PATHS: Paths = Paths {
    layers: "model.decoder.layers",
    embedding: "model.shared",
    norm: "model.decoder.layer_norm",
    head: "lm_head",
};

/// What differs between the types.
struct Variant {
    /// Rows of each position table beyond the positions; `None` if positions are computed and not stored.
    position_offset: Option<u64>,
    embedding_norm: bool,
    final_norm: bool,
}

fn variant(c: &Config<'_>) -> Result<Variant, ConfigError> {
    let (position_offset, embedding_norm, final_norm) = match c.model_type() {
        "trocr" => {
            let is_learned = c.flag_or("use_learned_position_embeddings", true)?;
            (is_learned.then_some(2), c.flag_or("layernorm_embedding", true)?, false)
        }
        "mbart" => (Some(2), true, true),
        "blenderbot-small" => (Some(0), true, false),
        "blenderbot" | "pegasus" => (Some(0), false, true),
        "marian" => (Some(0), false, false),
        "m2m_100" => (None, false, true),
        _ => (Some(2), true, false),
    };
    Ok(Variant { position_offset, embedding_norm, final_norm })
}

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let (hidden, vocab) = (c.count("d_model")?, c.count("vocab_size")?);
    check_variant(c)?;
    let variant = variant(c)?;
    if !c.flag_or("share_encoder_decoder_embeddings", true)? {
        return Err(c.unsupported("encoder and decoder have embeddings of their own"));
    }
    let mut frame = Frame::new(hidden, vocab, NormKind::Layer, Tie::UnlessStated.read(c)?).named(PATHS);
    if !variant.final_norm {
        frame.final_norm = None;
    }
    frame.head = match head::class(c)? {
        Some(class) if class.ends_with("ForSequenceClassification") => Head::Nothing,
        _ => Head::read(c)?,
    };
    if matches!(frame.head, Head::Labels { .. }) {
        return Err(c.unsupported("a classifier of tokens on encoder and decoder is not known"));
    }
    let decoder = block(c, hidden, "decoder")?;
    let depth = layers(c, &["decoder_layers"])?;
    let mut model = frame.model_as_is(c, (0..depth).map(|_| decoder.clone()).collect())?;
    if c.model_type() == "trocr" || head::class(c)?.is_some_and(|class| class.ends_with("ForCausalLM")) {
        model.components.extend(side(c, &variant, &frame, DECODER_ALONE)?);
        return Ok(model);
    }
    model.components.extend(encoder(c, &variant, &frame)?);
    model.components.extend(side(c, &variant, &frame, ENCODER)?);
    model.components.extend(side(c, &variant, &frame, DECODER)?);
    if head::class(c)?.is_some_and(|class| class.ends_with("ForSequenceClassification")) {
        project(&mut model, "classification_head.dense", hidden, hidden);
        let is_stated = c.model_type() != "bart" || c.has("id2label");
        let labels = if is_stated { labels(c)? } else { c.count_or("num_labels", 3)? };
        project(&mut model, "classification_head.out_proj", labels, hidden);
    }
    Ok(model)
}

/// Refuses what the shared block does not have: prompts of MVP, TrOCR as anything but a decoder.
fn check_variant(c: &Config<'_>) -> Result<(), ConfigError> {
    match c.model_type() {
        "marian"
            if c.optional_count("decoder_vocab_size")?
                .is_some_and(|rows| Ok(rows) != c.count("vocab_size")) =>
        {
            Err(c.unsupported("decoder_vocab_size is not vocab_size"))
        }
        "mvp" if c.flag_or("use_prompt", false)? => Err(c.unsupported("use_prompt is set")),
        "trocr" => {
            let class = head::class(c)?;
            let is_usual = class.is_none_or(|class| class.ends_with("ForCausalLM"));
            if is_usual { Ok(()) } else { Err(c.unsupported("only its decoder is known")) }
        }
        _ => Ok(()),
    }
}

/// One layer of a side: its attention, the attention to the encoder if it decodes, its feed-forward.
fn block(c: &Config<'_>, hidden: u64, side: &str) -> Result<Layer, ConfigError> {
    let heads =
        c.count(if side == "decoder" { "decoder_attention_heads" } else { "encoder_attention_heads" })?;
    let width = c.count(if side == "decoder" { "decoder_ffn_dim" } else { "encoder_ffn_dim" })?;
    if heads > 1 << 16 {
        return Err(c.invalid("decoder_attention_heads", "at most 65536"));
    }
    let names = AttentionNames { out: "self_attn.out_proj", ..AttentionNames::SEPARATE };
    let mut attention = GroupedQuery::new(hidden, heads, heads, share_out(c, hidden, heads)?)
        .named(names)
        .with_bias(true, true);
    let feed_forward = FeedForward::plain(hidden, width, true).named(["", "fc1", "fc2"]);
    let norms = ["self_attn_layer_norm", "final_layer_norm"];
    if side == "encoder" {
        attention.cache = CacheUse::None;
        return Ok(residual(NormKind::Layer, &norms, &attention, &feed_forward));
    }
    let cross = attention.named(AttentionNames::split(
        "encoder_attn.q_proj",
        "encoder_attn.k_proj",
        "encoder_attn.v_proj",
        "encoder_attn.out_proj",
    ));
    let mut crossing = cross.weights();
    let read = c.optional_count("cross_attention_hidden_size")?.filter(|_| c.model_type() == "trocr");
    // What an encoder of another width put out is read as it is.
    let reads = |weight: &&mut Weight| matches!(weight.role, Role::Key | Role::Value) && !weight.is_vector();
    crossing.iter_mut().filter(reads).for_each(|weight| weight.cols = read.unwrap_or(hidden));
    Ok(residual(NormKind::Layer, &norms, &attention, &feed_forward)
        .with(crossing)
        .with(NormKind::Layer.weights("encoder_attn_layer_norm", hidden))
        .mix(cross.cross_mixer()))
}

/// One side's position table, its norms, and its name for the embedding.
fn side(
    c: &Config<'_>,
    variant: &Variant,
    frame: &Frame,
    paths: [&'static str; 3],
) -> Result<Vec<Component>, ConfigError> {
    let hidden = frame.hidden;
    let [positions, norm, embedding] = paths;
    let mut components = Vec::new();
    let mut add = |path, weights: Vec<Weight>| components.push(Component::text(path, weights));
    if let Some(offset) = variant.position_offset {
        let rows = c.count("max_position_embeddings")? + offset;
        add(positions, vec![Weight::matrix("", Role::Table, rows, hidden)]);
    }
    if variant.embedding_norm {
        add(norm, NormKind::Layer.weights("", hidden));
    }
    if !embedding.is_empty() {
        // Untied, each side keeps a copy of its own beside the shared one.
        let own = Weight::matrix("", Role::Table, frame.vocab, hidden);
        add(embedding, vec![if frame.tied { own.with_role(Role::Embedding).alias() } else { own }]);
    }
    Ok(components)
}

/// The layers of the encoder and the norm behind them.
fn encoder(c: &Config<'_>, variant: &Variant, frame: &Frame) -> Result<Vec<Component>, ConfigError> {
    let layer = block(c, frame.hidden, "encoder")?;
    let depth = layers(c, &["encoder_layers"])?;
    let kind = ComponentKind::Encoder;
    let mut components = vec![Component::stack("model.encoder.layers", kind, Role::Encoder, &layer, depth)];
    if variant.final_norm {
        components
            .push(Component::text("model.encoder.layer_norm", NormKind::Layer.weights("", frame.hidden)));
    }
    Ok(components)
}

const ENCODER: [&str; 3] =
    ["model.encoder.embed_positions", "model.encoder.layernorm_embedding", "model.encoder.embed_tokens"];
const DECODER: [&str; 3] =
    ["model.decoder.embed_positions", "model.decoder.layernorm_embedding", "model.decoder.embed_tokens"];
/// A decoder alone has no further name for its embedding.
const DECODER_ALONE: [&str; 3] = [DECODER[0], DECODER[1], ""];
