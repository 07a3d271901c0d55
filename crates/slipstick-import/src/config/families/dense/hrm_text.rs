//! HRM-Text: a slow and a fast stack of layers that take turns, with gated attention and no norm that has a parameter.

use slipstick_core::model::{
    Component, Layer, Model, Role, Weight,
    blocks::{FeedForward, NormKind},
};

use super::{Config, ConfigError, Dims, Family, Frame, Tie, looped};

pub(super) const FAMILY: Family = Family { model_types: &["hrm_text"], read };

/// Turns beyond this are a mistake.
const MAX_CYCLES: u64 = 64;

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut dims = Dims::read(c)?;
    // The class counts every run of a layer in `num_hidden_layers`, and keeps what a stack has apart.
    if let Some(layers) = c.optional_count("num_layers_per_stack")?.filter(|layers| *layers > 0) {
        dims.layers = layers;
    }
    let bias = c.flag_or("attention_bias", false)?;
    let attention = dims.attention().with_bias(bias, bias);
    let width = dims.heads * dims.head_dim;
    let gate =
        Weight::matrix("self_attn.gate_proj", Role::AttentionOther, width, dims.hidden).by_heads(dims.heads);
    let gate_bias =
        bias.then(|| Weight::vector("self_attn.gate_proj", Role::AttentionOther, width).by_heads(dims.heads));
    let feed_forward = FeedForward::gated(dims.hidden, c.count("intermediate_size")?);
    let layer = Layer::default()
        .with(attention.weights())
        .mix(attention.mixer())
        .with(core::iter::once(gate).chain(gate_bias))
        .with(feed_forward.with_bias(c.flag_or("mlp_bias", false)?).weights());
    let stack: Vec<Layer> = (0..dims.layers).map(|_| layer.clone()).collect();
    let mut frame = Frame::new(dims.hidden, dims.vocab, NormKind::Bare, Tie::OnlyIfStated.read(c)?);
    frame.final_norm = None;
    let mut model = frame.model(c, turns(c, &stack)?)?;
    model
        .components
        .push(Component::text("model.z_L_init", vec![Weight::vector("", Role::Other, dims.hidden)]));
    Ok(model)
}

/// Both stacks once, and the runs that follow: in each turn of the slow stack the fast one runs several times before it.
fn turns(c: &Config<'_>, stack: &[Layer]) -> Result<Vec<Layer>, ConfigError> {
    let (slow, fast) = (c.count("H_cycles")?, c.count("L_cycles")?);
    if slow > MAX_CYCLES || fast > MAX_CYCLES {
        return Err(c.invalid("H_cycles", format!("at most {MAX_CYCLES}, as L_cycles")));
    }
    let mut layers = [stack, stack].concat();
    for _ in 2..slow * (fast + 1) {
        layers.extend(looped::again(stack));
    }
    Ok(layers)
}
