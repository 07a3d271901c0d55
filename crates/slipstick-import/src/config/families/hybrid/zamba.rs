//! Zamba and Zamba2: Mamba layers, some of them behind an attention block that several depths share.

use slipstick_core::model::{
    Layer, Mixer, Model, Role, Weight,
    blocks::{AttentionNames, FeedForward, GroupedQuery, MixerPath, NormKind, SelectiveScan, StateSpace},
};

use super::{
    Config, ConfigError, FINAL_LAYERNORM, Family, Frame, Tie,
    kinds::{Kind, count_or_auto, kinds, misplaced, positive_or},
    layers,
    state_spaces::{check_heads, selective_scan},
};

pub(super) const FAMILY: Family = Family { model_types: &["zamba", "zamba2"], read };

const ATTENTION: AttentionNames = AttentionNames::split(
    "shared_transformer.self_attn.q_proj",
    "shared_transformer.self_attn.k_proj",
    "shared_transformer.self_attn.v_proj",
    "shared_transformer.self_attn.o_proj",
);
const FEED_FORWARD: [&str; 3] = [
    "shared_transformer.feed_forward.gate_up_proj",
    "shared_transformer.feed_forward.gate_up_proj",
    "shared_transformer.feed_forward.down_proj",
];

/// The block that several depths share: its weights, those of its adapters (one set a depth), and its mixer.
struct Shared {
    weights: Vec<Weight>,
    adapters: Vec<Weight>,
    mixer: Mixer,
    /// How many such blocks take turns.
    blocks: u64,
}

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let hidden = c.count("hidden_size")?;
    let second = c.model_type() == "zamba2";
    let mamba = |path| if second { second_mamba(c, hidden, path) } else { first_mamba(c, hidden, path) };
    let (plain, mixer) = mamba(MixerPath::Mamba)?;
    let (joined, _) = mamba(MixerPath::MambaDecoder)?;
    let shared = shared(c, hidden, second)?;
    let count = layers(c, &["num_hidden_layers"])?;
    let default = default_kinds(c, second)?;
    let kinds = kinds(c, count, default)?;
    let depths: Vec<u64> =
        kinds.iter().zip(0..).filter(|(kind, _)| **kind == Kind::Shared).map(|(_, index)| index).collect();
    if c.counts("hybrid_layer_ids")?.is_some_and(|stated| stated != depths) {
        return Err(ConfigError::Contradiction(format!(
            "hybrid_layer_ids differs from the hybrid layers {depths:?} of layers_block_type"
        )));
    }
    let mut depth = 0;
    let layers = kinds.into_iter().map(|kind| match kind {
        Kind::Recurrent => {
            let norm = NormKind::Rms.weights("input_layernorm", hidden);
            Ok(Layer::default().with(plain.clone()).with(norm).mix(mixer))
        }
        Kind::Shared => {
            depth += 1;
            Ok(Layer::default()
                .with(joined.clone())
                .with(NormKind::Rms.weights("mamba_decoder.input_layernorm", hidden))
                .mix(mixer)
                .with([Weight::matrix("linear", Role::Other, hidden, hidden)])
                .with(shared.at(depth - 1, depths.len() as u64))
                .mix(shared.mixer))
        }
        other => Err(misplaced(c, other)),
    });
    let layers = layers.collect::<Result<_, _>>()?;
    let tied = Tie::UnlessStated.read(c)?;
    if !tied {
        return Err(c.unsupported("tie_word_embeddings is false, which parts the shared blocks as well"));
    }
    let frame = Frame::new(hidden, c.count("vocab_size")?, NormKind::Rms, tied).named(FINAL_LAYERNORM);
    frame.model(c, layers)
}

impl Shared {
    /// The weights at one of `depths`: stored where a block occurs first, with the adapters of all its depths.
    fn at(&self, depth: u64, depths: u64) -> Vec<Weight> {
        let is_first = depth < self.blocks;
        let sets = (depths - depth % self.blocks).div_ceil(self.blocks);
        let adapters = self
            .adapters
            .iter()
            .cloned()
            .map(|weight| if is_first { weight.repeated(sets) } else { weight.routed(sets, 1) });
        let all = self.weights.iter().cloned().chain(adapters);
        all.map(|weight| if is_first { weight } else { weight.alias() }).collect()
    }
}

fn shared(c: &Config<'_>, hidden: u64, second: bool) -> Result<Shared, ConfigError> {
    // The block reads the stream beside the embedding, so its input is twice as wide.
    let wide = positive_or(c, "attention_hidden_size", 2 * hidden)?;
    let heads = positive_or(c, "num_attention_heads", if second { 32 } else { 16 })?;
    let kv_heads = positive_or(c, "num_key_value_heads", heads)?;
    let head_dim = c.count_or("attention_head_dim", 2 * hidden / heads)?;
    if head_dim == 0 || !heads.is_multiple_of(kv_heads) {
        return Err(ConfigError::Contradiction(format!(
            "{heads} attention heads share neither a stream of {hidden} nor {kv_heads} key heads equally"
        )));
    }
    let attention = GroupedQuery::new(wide, heads, kv_heads, head_dim).named(ATTENTION);
    let feed_forward = FeedForward::gated(hidden, positive_or(c, "intermediate_size", 4 * hidden)?)
        .named(FEED_FORWARD)
        .with_bias(second && c.flag_or("add_bias_linear", false)?);
    let mut weights: Vec<Weight> = attention.weights();
    if let Some(out) = weights.iter_mut().find(|weight| weight.role == Role::AttentionOut) {
        out.rows = hidden;
    }
    weights.extend(feed_forward.weights());
    weights.extend(NormKind::Rms.weights("shared_transformer.input_layernorm", wide));
    weights.extend(NormKind::Rms.weights("shared_transformer.pre_ff_layernorm", hidden));
    let adapters = if second { adapters(c, hidden, wide, feed_forward.intermediate)? } else { Vec::new() };
    let blocks = if second { positive_or(c, "num_mem_blocks", 1)? } else { 1 };
    Ok(Shared { weights, adapters, mixer: attention.mixer(), blocks })
}

/// Low-rank adapters of one depth: on gate and up-projection, and on query, key and value where asked for.
fn adapters(c: &Config<'_>, hidden: u64, wide: u64, intermediate: u64) -> Result<Vec<Weight>, ConfigError> {
    let rank = positive_or(c, "adapter_rank", 128)?;
    let pair = |name, role, input, output| {
        [Weight::matrix(name, role, rank, input), Weight::matrix(name, role, output, rank)]
    };
    let mut weights = pair("gate_up_proj_adapter_list", Role::Other, hidden, 2 * intermediate).to_vec();
    if c.flag_or("use_shared_attention_adapter", false)? {
        for name in ["linear_q_adapter_list", "linear_k_adapter_list", "linear_v_adapter_list"] {
            weights.extend(pair(name, Role::Other, wide, wide));
        }
    }
    Ok(weights)
}

fn first_mamba(c: &Config<'_>, hidden: u64, path: MixerPath) -> Result<(Vec<Weight>, Mixer), ConfigError> {
    let heads = positive_or(c, "n_mamba_heads", 2)?;
    let scan = SelectiveScan { path, heads, ..selective_scan(c, hidden)? };
    if !scan.inner.is_multiple_of(heads) {
        return Err(c.invalid("n_mamba_heads", "a divisor of mamba_expand times hidden_size"));
    }
    Ok((scan.weights(), scan.mixer()))
}

fn second_mamba(c: &Config<'_>, hidden: u64, path: MixerPath) -> Result<(Vec<Weight>, Mixer), ConfigError> {
    let bias = c.flag_or("add_bias_linear", false)?;
    let heads = positive_or(c, "n_mamba_heads", 8)?;
    let inner = positive_or(c, "mamba_expand", 2)?.saturating_mul(hidden);
    let space = StateSpace {
        path,
        hidden,
        heads,
        head_dim: count_or_auto(c, "mamba_headdim", inner / heads)?,
        groups: positive_or(c, "mamba_ngroups", 1)?,
        state: positive_or(c, "mamba_d_state", 64)?,
        kernel: positive_or(c, "mamba_d_conv", 4)?,
        conv_bias: true,
        in_bias: bias,
        out_bias: bias,
        norm: true,
    };
    check_heads(&space, inner)?;
    Ok((space.weights(), space.mixer()))
}

/// The kind of each layer when the configuration does not list them.
fn default_kinds(c: &Config<'_>, second: bool) -> Result<impl Fn(u64) -> Kind + use<>, ConfigError> {
    let period = positive_or(c, "attn_layer_period", 6)?;
    let offset = c.count_or("attn_layer_offset", 4)?;
    Ok(move |index: u64| {
        let joins = if second {
            // The 54 layers of the first release: every sixth, then two closer to the end.
            (index > 0 && index < 43 && index.is_multiple_of(6)) || index == 47 || index == 51
        } else {
            index == 2 || (index >= 3 && (index - 3) % period == offset)
        };
        if joins { Kind::Shared } else { Kind::Recurrent }
    })
}
