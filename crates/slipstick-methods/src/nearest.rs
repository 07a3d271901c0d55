//! The names nearest to a mistyped one.

use slipstick_core::names::nearest;

/// "did you mean .." with the nearest names, or all of them when none is near.
pub(crate) fn hint<'a>(typed: &str, names: impl Iterator<Item = &'a str> + Clone) -> String {
    let near = nearest(typed, names.clone(), 3);
    if near.is_empty() {
        let mut all: Vec<&str> = names.collect();
        all.sort_unstable();
        format!("known are {}", all.join(", "))
    } else {
        format!("did you mean {}", near.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_come_first_and_all_names_when_none_is_near() {
        let names = ["kv_cache", "model_weights", "training_memory"];
        assert_eq!(hint("kvcache", names.into_iter()), "did you mean kv_cache");
        assert_eq!(hint("zzz", names.into_iter()), "known are kv_cache, model_weights, training_memory");
    }
}
