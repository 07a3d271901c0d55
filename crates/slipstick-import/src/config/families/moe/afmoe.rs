//! AFMoE (Trinity): an output gate on every channel, four norms a layer, three of four layers with a window.

use slipstick_core::model::{
    Model,
    blocks::{FeedForward, NormKind},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Tie,
    gated_heads::GatedHeads,
    routed::{FeedForwards, experts, size},
    spans::spans,
};

pub(super) const FAMILY: Family = Family { model_types: &["afmoe"], read };

const NAMES: &[(&str, &str)] = &[("mlp.gate", "mlp.router.gate")];

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let every = size(c, &["global_attn_every_n_layers"])?;
    let window = c.optional_count("sliding_window")?;
    let spans = spans(c, dims.layers, window, |layer| !(layer + 1).is_multiple_of(every))?;
    let experts = experts(c, dims.hidden, &["moe_intermediate_size"])?;
    // The class builds the shared block even for none, with a width of zero.
    let shared = c.count_or("num_shared_experts", 0)?.saturating_mul(experts.intermediate);
    let dense = c.count_or("num_dense_layers", 1)?;
    let decoder = GatedHeads {
        dims,
        bias: c.flag_or("attention_bias", false)?,
        gate: "self_attn.gate_proj",
        gates_whole_heads: false,
        norms: &["input_layernorm", "post_attention_layernorm", "pre_mlp_layernorm", "post_mlp_layernorm"],
        balance: Some("mlp.expert_bias"),
        blocks: FeedForwards {
            dense: FeedForward::gated(dims.hidden, size(c, &["intermediate_size"])?),
            experts: if shared > 0 { experts.with_shared(shared, false) } else { experts },
            routed: (0..dims.layers).map(|layer| layer >= dense).collect(),
        },
        attention: spans.into_iter().map(|span| (dims.heads, span)).collect(),
    };
    let layers = decoder.layers(c)?.into_iter().map(|layer| layer.renamed(NAMES)).collect();
    Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?).model(c, layers)
}
