//! What a caching allocator of an eager framework holds without a use.

use slipstick_core::{training::Allocator, units::Bytes};

use crate::tables::TRAINING_ALLOCATOR;

/// The names of the table, in the order of its rows.
pub const ALLOCATOR_PARTS: [&str; 6] =
    ["whole", "logits", "layer", "shared_layer", "passes", "communicators"];

/// An allocator of so much of each part; bytes in GiB.
pub fn allocator_of(parts: [f64; 6]) -> Allocator {
    let [whole, logits, layer, shared_layer, passes, communicators] = parts;
    let [whole, communicators] = [Bytes::gib_f64(whole), Bytes::gib_f64(communicators)];
    Allocator { whole, logits, layer, shared_layer, passes, communicators }
}

/// The shipped one. The test below asks for every name.
pub(super) fn allocator() -> Allocator {
    let value = |name| TRAINING_ALLOCATOR.iter().find(|row| row.name == name).map_or(0.0, |row| row.value);
    allocator_of(ALLOCATOR_PARTS.map(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source;

    #[test]
    fn every_part_is_there_with_a_source() {
        assert_eq!(TRAINING_ALLOCATOR.iter().map(|row| row.name).collect::<Vec<_>>(), ALLOCATOR_PARTS);
        for row in &TRAINING_ALLOCATOR {
            assert!(source(row.source).is_some() && row.value >= 0.0 && row.points > 0, "{}", row.name);
            assert!(!row.unit.is_empty() && !row.meaning.is_empty() && !row.seen.is_empty(), "{}", row.name);
        }
        assert!(allocator().logits > 0.0);
    }
}
