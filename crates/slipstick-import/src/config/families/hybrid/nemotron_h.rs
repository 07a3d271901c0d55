//! Nemotron-H and Nemotron 3: one block a layer, which is Mamba-2, attention, a feed-forward block or experts.

use slipstick_core::model::{
    Component, ComponentKind, Layer, Model, Role, Weight,
    blocks::{AttentionNames, Experts, FeedForward, GroupedQuery, MixerPath, NormKind, StateSpace},
};

use super::{
    Config, ConfigError, Family, Frame, PATHS, Tie,
    kinds::{Kind, misplaced, positive_or, stated},
};

pub(super) const FAMILY: Family = Family { model_types: &["nemotron_h"], read };

const ATTENTION: AttentionNames =
    AttentionNames::split("mixer.q_proj", "mixer.k_proj", "mixer.v_proj", "mixer.o_proj");
const MLP: [&str; 3] = ["mixer.gate_proj", "mixer.up_proj", "mixer.down_proj"];

const EXPERTS: &[(&str, &str)] = &[
    ("mlp.experts.*.up_proj", "mixer.experts.*.up_proj"),
    ("mlp.experts.*.down_proj", "mixer.experts.*.down_proj"),
];

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let hidden = c.count("hidden_size")?;
    let pattern = pattern(c, "hybrid_override_pattern", &["layers_block_type", "layer_types"])?
        .unwrap_or_else(|| {
            c.assume("hybrid_override_pattern", "ME*-");
            vec![Kind::Recurrent, Kind::Experts, Kind::Attention, Kind::FeedForward]
        });
    let layers: Vec<Layer> =
        pattern.into_iter().map(|kind| layer(c, hidden, kind)).collect::<Result<_, _>>()?;
    if Tie::OnlyIfStated.read(c)? {
        return Err(c.unsupported("tie_word_embeddings is set, which the library's class does not heed"));
    }
    let frame = Frame::new(hidden, c.count("vocab_size")?, NormKind::Rms, false).named(PATHS);
    let mut model = frame.model(c, layers)?;
    model.components.extend(multi_token(c, hidden)?);
    Ok(model)
}

/// The kinds that a pattern such as `MEM*E` spells, or that a list names.
fn pattern(c: &Config<'_>, key: &str, lists: &[&str]) -> Result<Option<Vec<Kind>>, ConfigError> {
    if let Some(kinds) = stated(c, lists)? {
        return Ok(Some(kinds));
    }
    let Some(text) = c.text(key)? else { return Ok(None) };
    if text.is_empty() || text.len() > 10_000 {
        return Err(c.invalid(key, "a letter for each of up to 10000 layers"));
    }
    let kinds = text.chars().map(|letter| match letter {
        'M' => Ok(Kind::Recurrent),
        '*' => Ok(Kind::Attention),
        '-' => Ok(Kind::FeedForward),
        'E' => Ok(Kind::Experts),
        _ => Err(c.invalid(key, "made of M, *, - and E")),
    });
    kinds.collect::<Result<_, _>>().map(Some)
}

fn layer(c: &Config<'_>, hidden: u64, kind: Kind) -> Result<Layer, ConfigError> {
    let layer = Layer::default().with(NormKind::Rms.weights("norm", hidden));
    Ok(match kind {
        Kind::Recurrent => {
            let space = state_space(c, hidden)?;
            layer.with(space.weights()).mix(space.mixer())
        }
        Kind::Attention => {
            let attention = attention(c, hidden)?;
            layer.with(attention.weights()).mix(attention.mixer())
        }
        Kind::FeedForward => layer.with(feed_forward(c, hidden)?.weights()),
        Kind::Experts => layer.with(experts(c, hidden)?).renamed(EXPERTS),
        other => return Err(misplaced(c, other)),
    })
}

fn state_space(c: &Config<'_>, hidden: u64) -> Result<StateSpace, ConfigError> {
    let either = |first: &'static str, second: &'static str| if c.has(first) { first } else { second };
    let bias = c.flag_or("use_bias", false)?;
    Ok(StateSpace {
        path: MixerPath::Mixer,
        hidden,
        heads: positive_or(c, "mamba_num_heads", 128)?,
        head_dim: positive_or(c, "mamba_head_dim", 64)?,
        groups: positive_or(c, either("mamba_n_groups", "n_groups"), 8)?,
        state: positive_or(c, "ssm_state_size", 128)?,
        kernel: positive_or(c, either("mamba_d_conv", "conv_kernel"), 4)?,
        conv_bias: c.flag_or(either("mamba_conv_bias", "use_conv_bias"), true)?,
        in_bias: bias,
        out_bias: bias,
        norm: true,
    })
}

fn attention(c: &Config<'_>, hidden: u64) -> Result<GroupedQuery, ConfigError> {
    let heads = positive_or(c, "num_attention_heads", 32)?;
    let kv_heads =
        if c.is_null("num_key_value_heads") { heads } else { positive_or(c, "num_key_value_heads", 8)? };
    if !heads.is_multiple_of(kv_heads) {
        return Err(ConfigError::Contradiction(format!(
            "num_attention_heads is {heads}, which is no multiple of num_key_value_heads {kv_heads}"
        )));
    }
    let head_dim = positive_or(c, "head_dim", 128)?;
    Ok(GroupedQuery::new(hidden, heads, kv_heads, head_dim).named(ATTENTION))
}

fn feed_forward(c: &Config<'_>, hidden: u64) -> Result<FeedForward, ConfigError> {
    let width = positive_or(c, "intermediate_size", 21_504)?;
    Ok(FeedForward::plain(hidden, width, c.flag_or("mlp_bias", false)?).named(MLP))
}

/// Experts of two matrices, in a narrower stream where `moe_latent_size` says so, and one that every token uses.
fn experts(c: &Config<'_>, hidden: u64) -> Result<Vec<Weight>, ConfigError> {
    let latent = c.optional_count("moe_latent_size")?;
    let key = if c.has("num_local_experts") { "num_local_experts" } else { "n_routed_experts" };
    let count = positive_or(c, key, 8)?;
    let chosen = c.count_or("num_experts_per_tok", 2)?;
    let width = positive_or(c, "moe_intermediate_size", 7688)?;
    let mut experts = Experts::gated(latent.unwrap_or(hidden), width, count, chosen);
    experts.gated = false;
    // The router and the shared expert read the full stream.
    let mut weights: Vec<Weight> =
        experts.weights().into_iter().filter(|weight| weight.role.is_expert()).collect();
    weights.push(Weight::matrix("mixer.gate", Role::Router, count, hidden));
    let bias = c.flag_or("mlp_bias", false)?;
    let shared = positive_or(c, "moe_shared_expert_intermediate_size", 7688)?;
    let shared = FeedForward::plain(hidden, shared, bias);
    let names = ["", "mixer.shared_experts.up_proj", "mixer.shared_experts.down_proj"];
    weights.extend(shared.named(names).weights().into_iter().map(|weight| {
        let role = if weight.role == Role::Up { Role::SharedUp } else { Role::SharedDown };
        weight.with_role(role)
    }));
    for (name, rows, cols) in latent
        .map(|latent| [("mixer.fc1_latent_proj", latent, hidden), ("mixer.fc2_latent_proj", hidden, latent)])
        .into_iter()
        .flatten()
    {
        weights.push(Weight::matrix(name, Role::Other, rows, cols));
        if bias {
            weights.push(Weight::vector(name, Role::Other, rows));
        }
    }
    Ok(weights)
}

/// The blocks that predict further tokens: the layers of their own pattern, a joining projection and three norms.
fn multi_token(c: &Config<'_>, hidden: u64) -> Result<Option<Component>, ConfigError> {
    let blocks = c.count_or("num_nextn_predict_layers", 0)?;
    if blocks == 0 {
        return Ok(None);
    }
    let kinds = pattern(c, "mtp_hybrid_override_pattern", &["mtp_layers_block_type"])?
        .unwrap_or_else(|| vec![Kind::Attention, Kind::Experts]);
    let mut weights = vec![Weight::matrix("eh_proj", Role::MultiToken, hidden, 2 * hidden)];
    weights.extend(
        ["enorm", "hnorm", "final_layernorm"].iter().flat_map(|name| NormKind::Rms.weights(*name, hidden)),
    );
    for kind in kinds {
        weights.extend(layer(c, hidden, kind)?.weights);
    }
    let weights = weights.into_iter().map(|weight| weight.with_role(Role::MultiToken).repeated(blocks));
    Ok(Some(Component {
        path: "mtp.layers".into(),
        kind: ComponentKind::MultiToken,
        weights: weights.collect(),
    }))
}
