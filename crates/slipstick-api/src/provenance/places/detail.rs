//! Where numbers on the way to those of a training answer stand: below the numbers that they lead to.

use slipstick_core::quantity::Detail as D;

/// The places of parts of a step that stand elsewhere than among its operators.
const BUBBLE: usize = 10;
const OPTIMIZER: usize = 11;
const HOST: usize = 12;
/// Attention backward, a part of attention.
const ATTENTION_BACKWARD: usize = 13;
const ATTENTION: usize = 1;
/// Parts that adapters have of products and of the kernels between them.
const ADAPTER_PRODUCTS: usize = 14;
const ADAPTER_FORWARD: usize = 15;
const ADAPTER_BACKWARD: usize = 16;

/// Where a part of a step stands.
pub(super) fn step_part(part: usize) -> String {
    match part {
        BUBBLE => "/step/bubble_s".to_owned(),
        OPTIMIZER => "/step/optimizer_s".to_owned(),
        HOST => "/step/host_s".to_owned(),
        operator => format!("/step/operators/{operator}/time_s"),
    }
}

/// One layer of a kind, below an operator.
fn layer(kind: usize, part: usize) -> String {
    match part {
        ATTENTION_BACKWARD => format!("{}/layer/{kind}/backward", step_part(ATTENTION)),
        ADAPTER_PRODUCTS => format!("{}/layer/{kind}/adapters", step_part(0)),
        ADAPTER_FORWARD => format!("{}/layer/{kind}/adapters/forward", step_part(4)),
        ADAPTER_BACKWARD => format!("{}/layer/{kind}/adapters/backward", step_part(4)),
        operator => format!("{}/layer/{kind}", step_part(operator)),
    }
}

fn mixer(kind: usize, part: usize) -> String {
    let direction = if part.is_multiple_of(2) { "forward" } else { "backward" };
    format!("{}/layer/{kind}/mixer/{}/{direction}", step_part(ATTENTION), part / 2)
}

fn state(place: usize) -> String {
    let name = ["weights", "gradients", "groups"][place.min(2)];
    format!("/step/operators/9/time_s/{name}")
}

/// The JSON pointer of a number.
#[expect(clippy::too_many_lines, reason = "a table, one line a number")]
pub(super) fn pointer(detail: D) -> String {
    let fixed = |text: &str| text.to_owned();
    match detail {
        D::ProductRate => fixed("/step/operators/0/time_s/rate"),
        D::AttentionRate => fixed("/step/operators/1/time_s/rate"),
        D::HeadRate => fixed("/step/operators/3/time_s/rate"),
        D::KernelBandwidth => fixed("/step/operators/4/time_s/bandwidth"),
        D::LayerTime(kind, part) => layer(kind, part),
        D::LayerFlops(kind, part) => format!("{}/flops", layer(kind, part)),
        D::LayerBytes(kind, part) => format!("{}/bytes", layer(kind, part)),
        D::TokenBytes(kind) => format!("{}/bytes_per_token", layer(kind, 4)),
        D::RowsReach(kind, part) => format!("{}/reached_by_rows", layer(kind, part)),
        D::WidthReach(kind, part) => format!("{}/reached_by_width", layer(kind, part)),
        D::ExpertRows(kind) => format!("{}/tokens_per_expert", layer(kind, 2)),
        D::MixerTime(kind, part) => mixer(kind, part),
        D::MixerFlops(kind, part) => format!("{}/flops", mixer(kind, part)),
        D::MixerLength(kind, part) => format!("{}/reached_by_length", mixer(kind, part)),
        D::MixerHead(kind, part) => format!("{}/reached_by_heads", mixer(kind, part)),
        D::LayerCollective(kind, part) => format!("{}/collective", layer(kind, part)),
        D::LayerHop(kind) => format!("{}/hop", layer(kind, 6)),
        D::DispatchTime(kind, place) => format!("{}/{}", layer(kind, 7), ["inside", "between"][place.min(1)]),
        D::DispatchBytes(kind, place) => {
            format!("{}/{}/bytes", layer(kind, 7), ["inside", "between"][place.min(1)])
        }
        D::NodesReached(kind) => format!("{}/between/nodes", layer(kind, 7)),
        D::LayerPasses(kind, part) => format!("{}/passes", layer(kind, part)),
        D::LayerPass(kind, part) => format!("{}/of_micro_batch", layer(kind, part)),
        D::LayerForward(kind, which) => format!("/step/bubble_s/turn/{which}/layer/{kind}"),
        D::LayersForward(kind, which) => format!("/step/bubble_s/turn/{which}/layers/{kind}"),
        D::PassPart(part) => format!("{}/of_micro_batch", step_part(part)),
        D::PassTime => fixed("/step/time_s/of_micro_batch"),
        D::Turn(which) => format!("/step/bubble_s/{}", ["forward", "backward", "of_weights"][which.min(2)]),
        D::HeadFlops => fixed("/step/operators/3/time_s/flops"),
        D::HeadForward => fixed("/step/operators/3/time_s/forward"),
        D::TransferBytes => fixed("/step/operators/8/time_s/bytes"),
        D::TransferTime => fixed("/step/operators/8/time_s/transfer"),
        D::KernelsTime => fixed("/step/operators/4/time_s/kernels"),
        D::AccumulatedBytes => fixed("/step/operators/4/time_s/gradients/bytes"),
        D::AccumulationTime => fixed("/step/operators/4/time_s/gradients"),
        D::StateBytes(place) => format!("{}/bytes", state(place)),
        D::StateOuterBytes(place) => format!("{}/bytes_between_domains", state(place)),
        D::StateTime(place, part) => {
            format!("{}/{}", state(place), ["inside", "between_domains", "between_groups"][part.min(2)])
        }
        D::StateCollectives(2) => fixed("/step/operators/9/time_s/collectives"),
        D::StateCollectives(place) => state(place),
        D::StateBehind => fixed("/step/operators/9/time_s/computation_beside"),
        D::UpdatedBytes => fixed("/step/optimizer_s/bytes"),
        D::OffloadedBytes => fixed("/step/optimizer_s/offloaded_bytes"),
        D::StreamedBytes(place) => {
            format!("/step/host_s/link/{}", ["weights", "inputs", "bytes"][place.min(2)])
        }
        D::StreamedTime => fixed("/step/host_s/link/time"),
        D::StreamedWait => fixed("/step/host_s/link"),
        D::LaunchTime => fixed("/step/host_s/launches/time"),
        D::LaunchWait => fixed("/step/host_s/launches"),
        D::HostStep => fixed("/step/host_s/step"),
    }
}
