//! Dory: scales in place of norms, gated attention, and a middle section that runs several times.

use slipstick_core::model::{
    CacheUse, Layer, Mixer, Model, Role, Span, Weight,
    blocks::{FeedForward, GroupedQuery, NormKind},
};

use super::{Config, ConfigError, Dims, Family, Frame, Tie, looped};

pub(super) const FAMILY: Family = Family { model_types: &["dory"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut dims = Dims::read(c)?;
    // Released files list attention and feed-forward blocks apart; each pair of them is one layer.
    let stated = c.texts("layer_types")?;
    let halves = if stated.as_ref().is_some_and(|types| types.contains(&"mlp")) { 2 } else { 1 };
    if let Some(types) = stated.as_ref().filter(|types| types.len() as u64 != dims.layers) {
        let (found, layers) = (types.len(), dims.layers);
        return Err(ConfigError::Contradiction(format!(
            "layer_types has {found} entries for {layers} layers"
        )));
    }
    dims.layers /= halves;
    let bias = c.flag_or("attention_bias", false)?;
    let attention = dims.attention().with_bias(bias, bias);
    let feed_forward = FeedForward::gated(dims.hidden, c.count("intermediate_size")?);
    let feed_forward = feed_forward.with_bias(c.flag_or("mlp_bias", false)?);
    let window = c.count("sliding_window")?;
    let slides = |layer: u64| match &stated {
        None => !(layer + 1).is_multiple_of(4),
        Some(types) => {
            usize::try_from(layer * halves).ok().and_then(|index| types.get(index))
                == Some(&"sliding_attention")
        }
    };
    let span = |index| if slides(index) { Span::Window(window) } else { Span::Full };
    let once = (0..dims.layers).map(|index| layer(&attention.with_span(span(index)), &feed_forward));
    let layers = unrolled(c, once.collect(), halves)?;
    let mut frame = Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?);
    frame.final_norm = None;
    let mut model = frame.model(c, layers)?;
    if let Some(head) = model.components.iter_mut().find(|component| component.path == "lm_head") {
        head.weights.push(Weight::vector("logit_scale", Role::Other, dims.vocab));
    }
    Ok(model)
}

fn layer(attention: &GroupedQuery, feed_forward: &FeedForward) -> Layer {
    let (heads, width) = (attention.q_heads, attention.q_heads * attention.head_dim);
    let gate = Weight::matrix("self_attn.gate_proj", Role::AttentionOther, width, attention.hidden);
    let scale = |name, role, len| Weight::vector(name, role, len);
    Layer::default()
        .with(attention.weights())
        .mix(attention.mixer())
        .with([gate.by_heads(heads)])
        .with(
            ["self_attn.sqk", "self_attn.s_gate"]
                .map(|name| scale(name, Role::AttentionOther, width).by_heads(heads)),
        )
        .with(feed_forward.weights())
        .with(["mlp.suv_gate", "mlp.suv_up"].map(|name| scale(name, Role::Other, feed_forward.intermediate)))
        .with(["lambda_1", "lambda_2"].map(|name| scale(name, Role::Norm, attention.hidden)))
}

/// The input layers, the middle ones as often as they run, and the output layers.
///
/// # Errors
/// If the three sections are not all layers, or the middle one never runs.
fn unrolled(c: &Config<'_>, once: Vec<Layer>, halves: u64) -> Result<Vec<Layer>, ConfigError> {
    let count = once.len() as u64;
    let (first, last) =
        (c.count_or("n_input_layers", 0)? / halves, c.count_or("n_output_layers", 0)? / halves);
    let middle = match c.optional_count("n_recurrent_layers")? {
        Some(layers) => layers / halves,
        None => count.saturating_sub(first.saturating_add(last)),
    };
    if first.saturating_add(middle).saturating_add(last) != count {
        return Err(ConfigError::Contradiction(format!(
            "{first} input, {middle} recurrent and {last} output layers are not the {count} layers"
        )));
    }
    let loops = c.count("n_recurrent_loops")?;
    if loops > MAX_LOOPS {
        return Err(c.invalid("n_recurrent_loops", format!("at most {MAX_LOOPS}")));
    }
    // The sections add up to the layers.
    let (start, end) = (usize::try_from(first).unwrap_or(0), usize::try_from(first + middle).unwrap_or(0));
    let mut layers: Vec<Layer> = once.get(..end).unwrap_or_default().to_vec();
    let keeps_last = c.text("recurrent_kv_cache_mode")? == Some("last_loop");
    for _ in 1..loops {
        layers.extend(
            looped::again(once.get(start..end).unwrap_or_default())
                .map(|layer| if keeps_last { reading_only(layer) } else { layer }),
        );
    }
    layers.extend(once.into_iter().skip(end));
    Ok(layers)
}

/// Runs beyond this are a mistake.
const MAX_LOOPS: u64 = 64;

/// A layer whose runs share one cache.
fn reading_only(mut layer: Layer) -> Layer {
    for mixer in &mut layer.mixers {
        if let Mixer::Attention(attention) = mixer {
            attention.cache = CacheUse::Shared;
        }
    }
    layer
}
