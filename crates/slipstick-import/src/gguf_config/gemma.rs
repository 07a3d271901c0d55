//! Gemma 1 to 3, text.

use super::row::{
    Arch,
    From::{Count, Value},
    layer_types,
};

pub(super) const ARCHS: &[Arch] = &[
    Arch::new(&["gemma"], "gemma", &[]),
    Arch::new(&["gemma2"], "gemma2", &[("sliding_window", Count("attention.sliding_window"))]),
    Arch::new(
        &["gemma3"],
        "gemma3_text",
        &[("sliding_window", Count("attention.sliding_window")), ("layer_types", Value(layer_types))],
    ),
];
