//! OLMo 1 to 3, and with experts.

use super::{
    fields::Fields,
    row::{
        Arch,
        From::{Count, Value},
        layer_types,
    },
};

pub(super) const ARCHS: &[Arch] = &[
    Arch::new(&["olmo"], "olmo", &[]),
    // The third generation is the second with a window.
    Arch::new(
        &["olmo2"],
        "olmo3",
        &[("sliding_window", Count("attention.sliding_window")), ("layer_types", Value(layer_types))],
    )
    .when(slides),
    Arch::new(&["olmo2"], "olmo2", &[]),
    Arch::new(
        &["olmoe"],
        "olmoe",
        &[("num_experts", Count("expert_count")), ("num_experts_per_tok", Count("expert_used_count"))],
    ),
];

fn slides(fields: &Fields<'_>) -> bool {
    fields.optional("attention.sliding_window").is_ok_and(|window| window.is_some_and(|window| window > 0))
}
