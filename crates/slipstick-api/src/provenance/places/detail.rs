//! Where numbers on the way to those of a training answer stand: below the numbers that they lead to.

use slipstick_core::quantity::Detail as D;

use super::Part;

/// The places of parts of a step that stand elsewhere than among its operators.
const BUBBLE: usize = 10;
const OPTIMIZER: usize = 11;
const HOST: usize = 12;
const BEFORE: usize = 13;
/// Attention backward, a part of attention.
const ATTENTION_BACKWARD: usize = 14;
const ATTENTION: usize = 1;
/// Parts that adapters have of products and of the kernels between them.
const ADAPTER_PRODUCTS: usize = 15;
const ADAPTER_FORWARD: usize = 16;
const ADAPTER_BACKWARD: usize = 17;

/// Where a part of a step stands.
pub(super) fn step_part(part: usize) -> String {
    match part {
        BUBBLE => "/step/bubble_s".to_owned(),
        OPTIMIZER => "/step/optimizer_s".to_owned(),
        HOST => "/step/host_s".to_owned(),
        BEFORE => "/step/before_training_s".to_owned(),
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

/// The document and the JSON pointer of a number.
pub(super) fn place(detail: D) -> (Part, String) {
    let hours = |field: &str| (Part::Other, format!("/hours/{field}"));
    match detail {
        D::StartTime => hours("start_s"),
        D::Starts => hours("starts_per_hour"),
        D::MeanReplicas => hours("mean_replicas"),
        D::Committed => hours("committed_replicas"),
        D::BeyondCommitted => hours("beyond_committed_replicas"),
        D::CommittedShare => hours("commitment_pays_from"),
        D::CommittedPrice => hours("committed_usd_per_hour"),
        D::OwnInputAtRatio(row) => (Part::Hosted, format!("/api/{row}/own_usd_per_million_input_tokens")),
        D::OwnOutputAtRatio(row) => (Part::Hosted, format!("/api/{row}/own_usd_per_million_output_tokens")),
        D::CrossingRequests(row) => (Part::Hosted, format!("/api/{row}/crossing_requests_per_day")),
        other => (Part::Other, pointer(other)),
    }
}

/// The pointer of what stands beside no hosted price.
fn pointer(detail: D) -> String {
    let fixed = |text: &str| text.to_owned();
    match detail {
        D::PoolBusy(pool) => format!("/energy/power_w/pool/{pool}/busy"),
        D::PoolLoad(pool) => format!("/energy/power_w/pool/{pool}/load"),
        D::PoolPowerEach(pool) => format!("/energy/power_w/pool/{pool}/each"),
        D::PoolPower(pool) => format!("/energy/power_w/pool/{pool}"),
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
        step => of_step(step),
    }
}

/// Where numbers of whole passes and of a step's ends stand.
fn of_step(detail: D) -> String {
    let fixed = |text: &str| text.to_owned();
    match detail {
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
        D::OffloadedTime => fixed("/step/optimizer_s/link"),
        D::HostUpdate => fixed("/step/optimizer_s/host"),
        D::StreamedBytes(place) => {
            format!("/step/host_s/link/{}", ["weights", "inputs", "bytes"][place.min(2)])
        }
        D::StreamedTime => fixed("/step/host_s/link/time"),
        D::StreamedWait => fixed("/step/host_s/link"),
        D::LaunchTime => fixed("/step/host_s/launches/time"),
        D::LaunchWait => fixed("/step/host_s/launches"),
        D::StragglerWait => fixed("/step/host_s/slowest"),
        D::UnevenWait => fixed("/step/host_s/examples"),
        D::HostStep => fixed("/step/host_s/step"),
        kept => memory(kept),
    }
}

/// One layer of a kind, below the memory that tensors live in.
fn kept(kind: usize) -> String {
    format!("/memory/allocated_bytes/layer/{kind}")
}

fn part(row: usize, name: &str) -> String {
    format!("/memory/stages/{row}/{name}_bytes")
}

/// Where numbers of memory stand.
fn memory(detail: D) -> String {
    const PORTIONS: [&str; 5] = ["stream", "between_projections", "experts", "eager", "eager_with_casts"];
    let portion = |of: usize| PORTIONS[of.min(4)];
    let which = |of: usize| ["as_kept", "whole"][of.min(1)];
    match detail {
        D::KeptPart(kind, part) => format!("{}/per_token/part/{part}", kept(kind)),
        D::Kept(kind, of) => format!("{}/per_token/{}", kept(kind), portion(of)),
        D::KeptLeft(kind, of) => format!("{}/per_token/{}/not_recomputed", kept(kind), portion(of)),
        D::KeptNarrow(kind, of) => {
            format!("{}/per_token/{}/narrow/{}", kept(kind), portion(of % 3), which(of / 3))
        }
        D::ExpertKept(kind) => format!("{}/per_token/expert", kept(kind)),
        D::ScoresKept(kind) => format!("{}/per_token/scores", kept(kind)),
        D::LayerPart(kind, of) => {
            let name = ["stream", "between_projections", "scores"][of % 3];
            format!("{}/{}/{name}", kept(kind), which(of / 3))
        }
        D::RoutedKept(kind, of) => format!("{}/{}/experts", kept(kind), which(of)),
        D::LayerKept(kind, of) => format!("{}/{}", kept(kind), which(of)),
        D::LayerInput => "/memory/allocated_bytes/layer_input".to_owned(),
        D::StageLayers(row, kind) => format!("{}/layers/{kind}", part(row, "activations")),
        D::StageMicro(row) => format!("{}/of_micro_batch", part(row, "activations")),
        D::StageKept(row) => format!("{}/of_layers", part(row, "activations")),
        D::HeadInputs => "/memory/allocated_bytes/head_inputs".to_owned(),
        D::WidestGradients(row) => format!("{}/gradients", part(row, "transient")),
        D::LiveLayer(row) => format!("{}/layer", part(row, "transient")),
        D::LiveOf(row, kind) => format!("{}/layer/{kind}", part(row, "transient")),
        D::LiveGradients(kind) => format!("{}/gradients", kept(kind)),
        D::WholeWeights(row) => format!("{}/gathered", part(row, "transient")),
        D::Copy(row, 4) => format!("{}/projections", part(row, "optimizer")),
        D::Copy(row, place) => format!("{}/copy/{place}", part(row, "transient")),
        D::MomentBytes => "/memory/allocated_bytes/moment".to_owned(),
        D::OptimizerWidth(place) => {
            format!("/memory/allocated_bytes/optimizer/{}", ["matrices", "others"][place.min(1)])
        }
        D::Projected(row) => format!("{}/projections/all", part(row, "optimizer")),
        D::HostGradients(row) => format!("{}/gradients", part(row, "host")),
        beside => beside_frozen(beside),
    }
}

/// Where numbers of memory beside frozen weights stand.
fn beside_frozen(detail: D) -> String {
    const TRAINED: &str = "/trainable_parameters";
    const BESIDE: [&str; 3] = ["forward", "backward", "norms"];
    let weights = |row: usize, name: &str| format!("{}/{name}", part(row, "weights"));
    match detail {
        D::FrozenMatrix(kind, of) => format!("{}/frozen/matrix/{of}", kept(kind)),
        D::FrozenCopies(kind, of) => format!("{}/frozen/matrices/{of}", kept(kind)),
        D::FrozenRest(kind) => format!("{}/frozen/rest", kept(kind)),
        D::FrozenLayer(kind) => format!("{}/frozen", kept(kind)),
        D::FrozenKind(row, kind) => weights(row, &format!("frozen/layers/{kind}")),
        D::BesideMatrix(kind, of) => {
            format!("{}/beside/{}/matrix/{}", layer(kind, 4), BESIDE[of % 3], of / 3)
        }
        D::BesideLayer(kind, of) => format!("{}/beside/{}", layer(kind, 4), BESIDE[of.min(2)]),
        D::OwnWeights(row) => weights(row, "own"),
        D::FrozenSum(row) => weights(row, "frozen/with_trained"),
        D::FrozenLayers(row) => weights(row, "frozen"),
        D::FrozenBase(row) => weights(row, "frozen_share"),
        D::FrozenOuter(row) => weights(row, "embeddings_and_head"),
        D::OuterShare(row) => weights(row, "embeddings_and_head_share"),
        D::AdapterMatrix(kind, of) => format!("{TRAINED}/layer/{kind}/matrix/{of}"),
        D::AdapterCopies(kind, of) => format!("{TRAINED}/layer/{kind}/matrices/{of}"),
        D::AdapterLayer(kind) => format!("{TRAINED}/layer/{kind}"),
        D::AdapterKind(kind) => format!("{TRAINED}/layers/{kind}"),
        D::AdapterHead => format!("{TRAINED}/head"),
        D::AllTrained => TRAINED.to_owned(),
        D::TrainedKind(row, kind) => weights(row, &format!("trained_parameters/{kind}")),
        D::TrainedHead(row) => weights(row, "trained_parameters/head"),
        D::Trained(row) => weights(row, "trained_parameters"),
        D::TrainedWeights(row) => weights(row, "trained"),
        D::RolloutEngine => "/memory/allocated_bytes/rollout_engine".to_owned(),
        D::UnusedBlocks => "/memory/reserved_bytes/unused".to_owned(),
        D::Uncapped(0) => "/memory/allocated_bytes/uncapped".to_owned(),
        D::Uncapped(1) => "/memory/reserved_bytes/uncapped".to_owned(),
        D::Uncapped(_) => "/memory/device_bytes/uncapped".to_owned(),
        D::OtherModels => "/memory/allocated_bytes/other_models".to_owned(),
        kept => beside_kept(kept),
    }
}

/// Where what layers beside frozen weights keep stands, and what lives while they are worked on.
fn beside_kept(detail: D) -> String {
    let transient = |row: usize, name: &str| format!("{}/{name}", part(row, "transient"));
    match detail {
        D::ProductKept(kind, of) => format!("{}/per_token/products/{of}", kept(kind)),
        D::ProductsKept(kind) => format!("{}/per_token/products", kept(kind)),
        D::SharedKept(kind) => format!("{}/per_token/beside_adapters", kept(kind)),
        D::AdaptedKept(kind) => format!("{}/per_token/with_adapters", kept(kind)),
        D::Merged(kind) => format!("{}/as_kept/merged_weights", kept(kind)),
        D::HeldAnyway(kind) => format!("{}/held_in_any_case", kept(kind)),
        D::LayerHeld(kind, of) => format!("{}/held/{}", kept(kind), ["recomputed", "whole"][of.min(1)]),
        D::StreamShare => "/memory/allocated_bytes/input_gradient".to_owned(),
        D::Unfreed(row) => format!("{}/gradients_of_inputs", part(row, "activations")),
        D::RootUnit(row) => transient(row, "gathered_root"),
        D::LayerUnit(row) => transient(row, "gathered_layer"),
        D::Units(row) => transient(row, "gathered_units"),
        D::HeadCopy(row) => transient(row, "head_copy"),
        D::AgainLayer(row) => transient(row, "layer_again"),
        D::InnerGradients(row) => transient(row, "inner_gradients"),
        D::Dequantized(row) => transient(row, "copies"),
        D::CopyPart(kind, of) => {
            format!("{}/copies/{}", kept(kind), ["quantized", "with_adapters"][of.min(1)])
        }
        D::CopyAll(kind) => format!("{}/copies", kept(kind)),
        place => in_roofline(place),
    }
}

/// Where operators stand in the roofline, and how high it is.
fn in_roofline(detail: D) -> String {
    match detail {
        D::OperatorIntensity(row) => format!("/roofline/{row}/flops_per_byte"),
        D::OperatorRate(row) => format!("/roofline/{row}/flops_per_s"),
        D::RoofPeak => "/intensity/peak_flops_per_s".to_owned(),
        D::RoofBandwidth => "/intensity/memory_bytes_per_s".to_owned(),
        step => pointer(step),
    }
}
