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

/// The fewest accelerators of this kind on which any layout fits: halves of a node, then doublings of nodes.
fn minimum(planned: &Planned) -> Option<u64> {
    const MOST: u32 = 1 << 14;
    let node = planned.cluster.accelerator.node_size.max(1);
    let mut count = 1;
    while count <= MOST {
        let (per_node, nodes) = (count.min(node), count.div_ceil(node));
        let cluster = Cluster { per_node, nodes, ..(*planned.cluster).clone() };
        let all = cluster.accelerators();
        let space = Space {
            cluster: &cluster,
            global_batch: planned.global_batch.next_multiple_of(all),
            fixed: Fixed { micro: Some(1), vpp: Some(1), ..Fixed::default() },
            ..planned.space()
        };
        if search(&space, Objective::Memory).fit > 0 {
            return Some(all);
        }
        count *= 2;
    }
    None
}
