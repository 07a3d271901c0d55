//! How strongly each layer of a compressed cache compresses.

use super::{Config, ConfigError};

const PICKED: &str = "compressed_sparse_attention";
const POOLED: &str = "heavily_compressed_attention";

/// For each layer the tokens that one entry stands for (0 if it keeps a window only), and whether attention picks among
/// the entries: as `layer_types` says, else `compress_ratios`, else two pooled layers and then both kinds in turn.
///
/// # Errors
/// If a list is shorter than the layers, or has an unknown entry.
pub(super) fn rates(c: &Config<'_>, layers: u64) -> Result<Vec<(u64, bool)>, ConfigError> {
    let count = usize::try_from(layers).unwrap_or(usize::MAX);
    let (picked, pooled) =
        (rate(c, PICKED, "compress_rate_csa", 4)?, rate(c, POOLED, "compress_rate_hca", 128)?);
    let named = |name: &str| match name {
        "sliding_attention" => Some((0, false)),
        PICKED => Some((picked, true)),
        POOLED => Some((pooled, false)),
        _ => None,
    };
    // Lists may go on into the multi-token-prediction block.
    let (key, kinds): (_, Option<Vec<_>>) = if let Some(types) = c.texts("layer_types")? {
        ("layer_types", types.into_iter().take(count).map(named).collect())
    } else if let Some(ratios) = c.counts("compress_ratios")? {
        let kind = |ratio: u64| match ratio {
            0 => named("sliding_attention"),
            4 => named(PICKED),
            128 => named(POOLED),
            _ => None,
        };
        ("compress_ratios", ratios.into_iter().take(count).map(kind).collect())
    } else {
        c.assume("compress_ratios", "128, 128, then 128 and 4 in turn");
        let kind = |layer: u64| named(if layer >= 2 && !layer.is_multiple_of(2) { PICKED } else { POOLED });
        let pattern = (0..layers).map(kind);
        ("compress_ratios", pattern.collect())
    };
    match kinds {
        None => Err(c.invalid(key, "made of windows, rates of 4 and rates of 128")),
        Some(kinds) if kinds.len() == count => Ok(kinds),
        Some(_) => Err(c.invalid(key, format!("a list of at least {layers} entries, one a layer"))),
    }
}

fn rate(c: &Config<'_>, kind: &str, key: &str, default: u64) -> Result<u64, ConfigError> {
    // The older key has the last word in its class.
    let rate = match c.optional_section("compress_rates")?.filter(|_| !c.has(key)) {
        Some(rates) => rates.count_or(kind, default)?,
        None => c.count_or(key, default)?,
    };
    if rate == 0 { Err(c.invalid(key, "positive")) } else { Ok(rate) }
}
