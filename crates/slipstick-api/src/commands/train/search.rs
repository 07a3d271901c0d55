//! What a search adds to an answer: the fewest accelerators, and why neighbours lose.

use slipstick_core::{
    hardware::Cluster,
    training::search::{Fixed, Objective, Space, Why, neighbours, search},
    units::Seconds,
};

use super::{
    plan::Planned,
    report::{LayoutUsed, NeighbourReport},
};

/// What was looked at beyond the best layout.
#[derive(Debug, Clone)]
pub(super) struct Looked {
    /// How long the search took.
    pub(super) seconds: Option<f64>,
    /// The fewest accelerators that hold the model at all.
    pub(super) minimum: Option<u64>,
}

impl Looked {
    pub(super) fn of(planned: &Planned, seconds: Option<f64>) -> Self {
        Self { seconds, minimum: minimum(planned) }
    }

    pub(super) fn neighbours(planned: &Planned) -> Vec<NeighbourReport> {
        let Some(best) = planned.found.best.first() else { return Vec::new() };
        let recipe = &planned.recipes[best.recipe];
        let one = |neighbour: slipstick_core::training::search::Neighbour| NeighbourReport {
            layout: LayoutUsed::new(
                neighbour.layout,
                recipe,
                neighbour.batch.micro,
                neighbour.batch.accumulation,
            ),
            time_s: neighbour.time.map(Into::into),
            why: why(neighbour.why),
        };
        neighbours(&planned.space(), best).into_iter().map(one).collect()
    }
}

fn why(why: Why) -> String {
    match why {
        Why::Invalid(error) => error.to_string(),
        Why::Memory(bytes) => format!("it needs {bytes} more memory than an accelerator has"),
        Why::Slower(part, by) if by > Seconds::ZERO => {
            format!("{} takes {by} longer", part.replace('_', " "))
        }
        Why::Slower(..) => "it is slower".to_owned(),
    }
}

/// The fewest accelerators of this kind on which any layout fits: halves of a node, then whole nodes. What the software
/// cannot split stays whole.
fn minimum(planned: &Planned) -> Option<u64> {
    const MOST: u32 = 1 << 14;
    let node = planned.cluster.accelerator.node_size.max(1);
    let doublings =
        core::iter::successors(Some(1), |count| Some(count * 2)).take_while(|count| *count <= MOST);
    let enough = doublings
        .map(|count: u32| (count.min(node), count.div_ceil(node)))
        .find(|cluster| holds(planned, *cluster))?;
    let (per_node, mut most) = enough;
    let mut least = most / 2;
    // Between two doublings of nodes, whole nodes are tried.
    while per_node == node && most - least > 1 {
        let between = least + (most - least) / 2;
        if holds(planned, (node, between)) {
            most = between;
        } else {
            least = between;
        }
    }
    Some(u64::from(per_node) * u64::from(most))
}

/// Whether any layout fits on so many accelerators a node and nodes.
fn holds(planned: &Planned, (per_node, nodes): (u32, u32)) -> bool {
    let cluster = Cluster { per_node, nodes, ..(*planned.cluster).clone() };
    let whole = |degree: Option<u64>| degree.filter(|degree| *degree == 1);
    let Fixed { tp, pp, cp, ep, .. } = planned.fixed;
    let fixed = Fixed {
        tp: whole(tp),
        pp: whole(pp),
        cp: whole(cp),
        ep: whole(ep),
        micro: Some(1),
        vpp: Some(1),
        ..Fixed::default()
    };
    let global_batch = planned.global_batch.next_multiple_of(cluster.accelerators());
    let space = Space { cluster: &cluster, global_batch, fixed, ..planned.space() };
    search(&space, Objective::Memory).fit > 0
}
