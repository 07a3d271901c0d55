//! Tensor names taken apart: layer, module and part.

/// The layer a name belongs to: the number after `layers`, `h`, `blocks`, `block`, `blk` or `layer`.
pub(super) fn layer(name: &str) -> Option<u32> {
    let mut segments = name.split('.');
    while let Some(segment) = segments.next() {
        if matches!(segment, "layers" | "h" | "blocks" | "block" | "blk" | "layer") {
            return segments.next().and_then(|index| index.parse().ok());
        }
    }
    None
}

/// A name as module and part: `model.layers.0.mlp.up_proj` and `weight_scale`.
///
/// A fused expert tensor carries its part in the last word (`gate_up_proj_blocks`), bitsandbytes after `weight`
/// (`weight.absmax`).
pub(super) fn module_and_part(name: &str) -> (&str, &str) {
    if let Some(at) = name.find(".weight.") {
        return (&name[..at], &name[at + 1..]);
    }
    for suffix in ["_blocks", "_scales"] {
        if let Some(module) = name.strip_suffix(suffix) {
            return (module, &suffix[1..]);
        }
    }
    name.rsplit_once('.').unwrap_or(("", name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_of_both_namings() {
        assert_eq!(layer("model.layers.61.mlp.experts.7.up_proj.weight"), Some(61));
        assert_eq!(layer("blk.3.attn_q.weight"), Some(3));
        assert_eq!(layer("transformer.h.11.attn.c_attn.bias"), Some(11));
        assert_eq!(layer("model.embed_tokens.weight"), None);
        assert_eq!(layer("model.layers.99999999999.x"), None);
    }

    #[test]
    fn parts_of_every_packing() {
        assert_eq!(module_and_part("a.q_proj.qweight"), ("a.q_proj", "qweight"));
        assert_eq!(module_and_part("a.q_proj.weight.absmax"), ("a.q_proj", "weight.absmax"));
        assert_eq!(
            module_and_part("l.0.mlp.experts.gate_up_proj_blocks"),
            ("l.0.mlp.experts.gate_up_proj", "blocks")
        );
        assert_eq!(module_and_part("weight"), ("", "weight"));
    }
}
