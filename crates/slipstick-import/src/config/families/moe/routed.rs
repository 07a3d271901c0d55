//! Reading the feed-forward blocks of a mixture of experts: how many experts, how wide, in which layers.

use slipstick_core::model::{
    Weight,
    blocks::{Experts, FeedForward},
};

use super::{Config, ConfigError};

/// A positive count under the first of several names that is written, else what the class assumes for one of them.
///
/// # Errors
/// If none is written and the class has no default, or the value is zero or no count.
pub(super) fn size(c: &Config<'_>, keys: &[&str]) -> Result<u64, ConfigError> {
    if keys.iter().any(|key| c.has(key)) {
        return c.first_count(keys);
    }
    for key in keys {
        if let Some(count) = c.optional_count(key)? {
            return Ok(count);
        }
    }
    c.first_count(keys)
}

/// The routed experts, each as wide as the first of `widths` says.
///
/// # Errors
/// If a size is missing, or a token uses more experts than there are.
pub(super) fn experts(c: &Config<'_>, hidden: u64, widths: &[&str]) -> Result<Experts, ConfigError> {
    const COUNT: &[&str] = &["num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts"];
    const ACTIVE: &[&str] = &[
        "num_experts_per_tok",
        "moe_topk",
        "moe_top_k",
        "moe_k",
        "num_experts_per_token",
        "experts_per_token",
    ];
    let count = size(c, COUNT)?;
    let active = match size(c, ACTIVE) {
        // The class knows the key and has no default for it: nothing is chosen.
        Err(ConfigError::Missing { .. }) if ACTIVE.first().is_some_and(|key| c.owns(key)) => {
            c.assume("num_experts_per_tok", count);
            count
        }
        active => active?,
    };
    for key in COUNT.iter().filter(|key| c.has(key)) {
        if c.optional_count(key)? != Some(count) {
            return Err(ConfigError::Contradiction(format!(
                "{key:?} is not {count}, the other count of experts"
            )));
        }
    }
    experts_of(c, hidden, size(c, widths)?, count, active)
}

/// The names of the shared expert where there is one by name, as Qwen's classes call it.
pub(in crate::config) const ONE_SHARED: &[(&str, &str)] = &[
    ("mlp.shared_experts.gate_proj", "mlp.shared_expert.gate_proj"),
    ("mlp.shared_experts.up_proj", "mlp.shared_expert.up_proj"),
    ("mlp.shared_experts.down_proj", "mlp.shared_expert.down_proj"),
];

/// The routed experts of stated sizes.
///
/// # Errors
/// If a token uses more experts than there are.
pub(in crate::config) fn experts_of(
    c: &Config<'_>,
    hidden: u64,
    width: u64,
    count: u64,
    active: u64,
) -> Result<Experts, ConfigError> {
    if active > count {
        let model_type = c.model_type();
        return Err(ConfigError::Contradiction(format!(
            "{model_type}: a token uses {active} experts, but there are {count}"
        )));
    }
    Ok(Experts::gated(hidden, width, count, active))
}

/// The feed-forward blocks of all layers: dense in some, routed in the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FeedForwards {
    pub dense: FeedForward,
    pub experts: Experts,
    /// For each layer, whether it is routed.
    pub routed: Vec<bool>,
}

impl FeedForwards {
    /// The weights of each layer's block, in order.
    pub(super) fn each(&self) -> impl Iterator<Item = Vec<Weight>> {
        self.routed.iter().map(|routed| if *routed { self.experts.weights() } else { self.dense.weights() })
    }
}

/// For each layer, whether it is routed: as `mlp_layer_types` says where it is written, else if `routed(i)`.
///
/// # Errors
/// If the list has another length than the layers, or names an unknown type.
pub(in crate::config) fn routed_layers(
    c: &Config<'_>,
    layers: u64,
    routed: impl Fn(u64) -> bool,
) -> Result<Vec<bool>, ConfigError> {
    let Some(types) = c.texts("mlp_layer_types")? else {
        return Ok((0..layers).map(routed).collect());
    };
    if types.len() as u64 != layers {
        return Err(c.invalid("mlp_layer_types", format!("a list of {layers} entries, one a layer")));
    }
    let is_routed = |name: &&str| match *name {
        "sparse" => Ok(true),
        "dense" => Ok(false),
        _ => Err(c.invalid("mlp_layer_types", "a list of \"dense\" and \"sparse\"")),
    };
    types.iter().map(is_routed).collect()
}

/// The usual rule: the first `first_k_dense_replace` layers are dense, after them every `moe_layer_freq`th is routed.
///
/// # Errors
/// If a key is no count, or the frequency is zero.
pub(super) fn after_dense(c: &Config<'_>, layers: u64, dense: u64) -> Result<Vec<bool>, ConfigError> {
    let dense = c.count_or("first_k_dense_replace", dense)?;
    let every = c.count_or("moe_layer_freq", 1)?;
    if every == 0 {
        return Err(c.invalid("moe_layer_freq", "positive"));
    }
    if every != 1 && !matches!(c.model_type(), "axk1" | "axk2") {
        let reason = format!(
            "moe_layer_freq is {every}, which its authors' code heeds and the library's class does not"
        );
        return Err(c.unsupported(reason));
    }
    routed_layers(c, layers, |layer| layer >= dense && layer.is_multiple_of(every))
}
