//! Zaya (arXiv 2510.04476): attention in a compressed space with convolutions over queries and keys and half of the values
//! a token late; one expert a token, chosen by a small network.

use slipstick_core::model::{
    Component, Layer, Mixer, Model, Recurrent, Role, Span, Weight,
    blocks::{AttentionNames, NormKind, PRE_NORM},
};

use super::{super::experts_of, Config, ConfigError, Dims, Family, Frame, Tie};

pub(super) const FAMILY: Family = Family { model_types: &["zaya"], read };

const NAMES: AttentionNames = AttentionNames::split(
    "self_attn.qkv_proj.q_proj",
    "self_attn.qkv_proj.k_proj",
    "self_attn.qkv_proj.v_proj_current",
    "self_attn.o_proj",
);

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let hidden = dims.hidden;
    let bias = c.flag_or("attention_bias", false)?;
    let attention = dims.attention().with_bias(bias, bias).named(NAMES);
    let (convolutions, state) = convolutions(c, &dims)?;
    let router = c.count("router_hidden_size")?;
    let experts = experts(c, hidden, router)?;
    let layers = spans(c, dims.layers)?.into_iter().zip(0_u64..).map(|(span, index)| {
        // The first layer's router has no earlier one to add to.
        let carried =
            (index > 0).then(|| Weight::vector("mlp.gate.router_states_scale", Role::Router, router));
        Layer::default()
            .with(PRE_NORM.iter().flat_map(|name| NormKind::Rms.weights(*name, hidden)))
            .with(RESIDUALS.map(|name| Weight::vector(name, Role::Norm, hidden)))
            .with(attention.weights())
            .mix(attention.with_span(span).mixer())
            .with(convolutions.iter().cloned())
            .mix(state)
            .with(experts.iter().cloned())
            .with(carried)
    });
    let layers = layers.collect();
    let mut frame = Frame::new(hidden, dims.vocab, NormKind::Rms, Tie::UnlessStated.read(c)?);
    frame.head_bias = c.flag_or("lm_head_bias", false)?;
    let mut model = frame.model(c, layers)?;
    for path in ["model.input_hidden_states_scale", "model.input_hidden_states_bias"] {
        model.components.push(Component::text(path, vec![Weight::vector("", Role::Norm, hidden)]));
    }
    Ok(model)
}

const RESIDUALS: [&str; 8] = [
    "post_attention_residual_scale.hidden_states_scale",
    "post_attention_residual_scale.hidden_states_bias",
    "post_attention_residual_scale.residual_scale",
    "post_attention_residual_scale.residual_bias",
    "post_mlp_residual_scale.hidden_states_scale",
    "post_mlp_residual_scale.hidden_states_bias",
    "post_mlp_residual_scale.residual_scale",
    "post_mlp_residual_scale.residual_bias",
];

/// The span of each layer: full, unless the file says that it slides.
fn spans(c: &Config<'_>, layers: u64) -> Result<Vec<Span>, ConfigError> {
    let Some(types) = super::spans::layer_types(c, layers)? else {
        return Ok((0..layers).map(|_| Span::Full).collect());
    };
    let span = |name: &str| match name {
        "hybrid" => Ok(Span::Full),
        "hybrid_sliding" => Ok(Span::Window(c.count("sliding_window")?)),
        _ => Err(c.invalid("layer_types", "made of \"hybrid\" and \"hybrid_sliding\"")),
    };
    types.into_iter().map(span).collect()
}

/// The convolutions over queries and keys, one a channel and one a head, the scales of the keys; and what they remember.
fn convolutions(c: &Config<'_>, dims: &Dims) -> Result<(Vec<Weight>, Mixer), ConfigError> {
    let channels = (dims.heads + dims.kv_heads) * dims.head_dim;
    let (first, second) = (c.count("cca_time0")?, c.count("cca_time1")?);
    let late = dims.kv_heads * dims.head_dim / 2;
    let matrix = |name, rows, cols| Weight::matrix(name, Role::StateOther, rows, cols);
    let vector = |name, len| Weight::vector(name, Role::StateOther, len);
    let weights = vec![
        matrix("self_attn.qkv_proj.conv_qk_depthwise", channels, first),
        vector("self_attn.qkv_proj.conv_qk_depthwise", channels),
        matrix("self_attn.qkv_proj.conv_qk_grouped", channels, dims.head_dim * second),
        vector("self_attn.qkv_proj.conv_qk_grouped", channels),
        vector("self_attn.qk_norm.temp", dims.kv_heads),
    ];
    let tokens = first + second - 2;
    let state = Recurrent {
        conv_elements: channels * tokens,
        conv_kernel: tokens.max(1),
        state_elements: late,
        heads: dims.kv_heads,
        flops_per_token: 2 * channels * (first + dims.head_dim * second),
    };
    Ok((weights, Mixer::Recurrent(state)))
}

/// The experts, and the network that chooses among them and doing nothing.
fn experts(c: &Config<'_>, hidden: u64, router: u64) -> Result<Vec<Weight>, ConfigError> {
    let (count, active) = (c.count("num_experts")?, c.count("num_experts_per_tok")?);
    let experts = experts_of(c, hidden, c.count("moe_intermediate_size")?, count, active)?;
    let mut weights = experts.weights();
    weights.retain(|weight| weight.role != Role::Router);
    let matrix = |name, rows, cols| Weight::matrix(name, Role::Router, rows, cols);
    let vector = |name| Weight::vector(name, Role::Router, router);
    weights.push(matrix("mlp.gate.down_proj", router, hidden));
    weights.push(matrix("mlp.gate.router_mlp.fc1", router, router));
    weights.push(matrix("mlp.gate.router_mlp.fc2", router, router));
    weights.push(matrix("mlp.gate.router_mlp.out_proj", count + 1, router));
    weights.extend(
        [
            "mlp.gate.down_proj",
            "mlp.gate.router_mlp.fc1",
            "mlp.gate.router_mlp.fc2",
            "mlp.gate.router_mlp.norm",
        ]
        .map(vector),
    );
    Ok(weights)
}
