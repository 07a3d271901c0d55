//! A round of an algorithm that needs more than its updates: samples are drawn, other models look at them, weights are
//! trained, and the engine gets the new ones.

mod asked;
mod drawing;
mod record;

use slipstick_catalog::training::{round_fit, round_rates};
use slipstick_core::{
    formulas::{
        parts::{largest, total},
        time::collective::transfer_time,
        training::sampling::{aside_time, beside_updates, forward_passes},
        training::step::repeated_time,
    },
    hardware::{LinkKind, Spread},
    training::{StageMemory, StepTime},
    units::{Bandwidth, Bytes, Seconds, Traffic},
};

use crate::{ApiError, commands::train::Trained, resolve::Resolver};

pub(super) use asked::{Context, plan};
pub(crate) use drawing::{Draw, Drawn};
pub(super) use record::recorded;

/// A model that looks at samples, or is trained beside the policy: its part, and its parameters against the policy's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Passing {
    /// The phase in which it does.
    pub(crate) phase: &'static str,
    /// Its parameters against those of the trained model.
    pub(crate) ratio: f64,
    /// Whether it is trained too.
    pub(crate) is_trained: bool,
}

/// What a round is made of.
pub(crate) struct Plan {
    /// How samples are drawn, if they are.
    pub(crate) draw: Option<Draw>,
    /// Models that look at them.
    pub(crate) passing: Vec<Passing>,
    /// Updates of a round.
    pub(crate) updates: f64,
    /// Whether other accelerators draw the samples of the next round meanwhile.
    pub(crate) apart: bool,
    /// What makes room for other phases.
    pub(crate) aside: Aside,
}

/// What lies in the host's memory while other phases need the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Aside {
    /// Weights and optimizer states, while samples are drawn.
    pub(crate) states: bool,
    /// A reference, which takes the place of the weights for its pass.
    pub(crate) reference: bool,
}

/// How the time of a phase comes about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Made {
    /// An engine draws samples.
    Samples,
    /// A model of so many times the parameters looks at them.
    Forward(f64),
    /// It is trained on them.
    Updates(f64),
    /// So many bytes leave for the host, and so many come back.
    Aside(f64, f64),
    /// So many bytes go to each rank of an engine, at this rate.
    Transfer(f64, Bandwidth),
}

/// A phase of a round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Phase {
    pub(crate) name: &'static str,
    pub(crate) time: Seconds,
    pub(crate) made: Made,
}

/// A round, in time.
pub(crate) struct Round {
    pub(crate) phases: Vec<Phase>,
    pub(crate) drawn: Option<Drawn>,
    pub(crate) updates: f64,
    /// An update alone.
    pub(crate) update: Seconds,
    pub(crate) apart: bool,
}

/// The round of a plan, where an update is already timed.
///
/// # Errors
/// If the engine cannot serve the model.
pub(crate) fn round(plan: Plan, trained: &Trained, resolver: &Resolver<'_>) -> Result<Round, ApiError> {
    let Plan { draw, passing, updates, apart, aside } = plan;
    let drawn = draw.map(|draw| drawing::drawn(draw, resolver)).transpose()?;
    let (update, pass) = (trained.step.total(), Forward::of(trained));
    let mut phases = Vec::new();
    if let Some(drawn) = &drawn {
        phases.push(Phase { name: "samples", time: drawn.time(round_fit().0), made: Made::Samples });
    }
    for model in &passing {
        let time = pass.time(model.ratio, updates);
        phases.push(Phase { name: model.phase, time, made: Made::Forward(model.ratio) });
    }
    phases.push(Phase { name: "training", time: repeated_time(updates, update), made: Made::Updates(1.0) });
    for model in passing.iter().filter(|model| model.is_trained) {
        let time = repeated_time(updates * model.ratio, update);
        phases.push(Phase { name: "training of the critic", time, made: Made::Updates(model.ratio) });
    }
    phases.extend(set_aside(aside, trained));
    if drawn.is_some() {
        let (bytes, rate) = sent(trained);
        let time = transfer_time(Seconds::ZERO, Traffic::bytes(bytes), rate);
        phases.push(Phase { name: "weights to the engine", time, made: Made::Transfer(bytes, rate) });
    }
    Ok(Round { phases, drawn, updates, update, apart })
}

/// The round of a plan, if there is one, which is before the update in a step.
///
/// # Errors
/// As [`round`].
pub(super) fn timed(
    plan: Option<Plan>,
    update: &mut Trained,
    resolver: &Resolver<'_>,
) -> Result<Option<Round>, ApiError> {
    let Some(plan) = plan else { return Ok(None) };
    let round = round(plan, update, resolver)?;
    update.step.before = round.before();
    if let Some(spread) = round.spread() {
        update.planned.efficiency.spread = Some(spread);
    }
    Ok(Some(round))
}

/// What a round copies to the host and back; none where all has its place.
fn set_aside(aside: Aside, trained: &Trained) -> Option<Phase> {
    let most =
        |of: fn(&StageMemory) -> Bytes| trained.stages.iter().map(of).max().unwrap_or_default().as_f64();
    let (weights, optimizer) = (most(|stage| stage.weights), most(|stage| stage.optimizer));
    let states = if aside.states { weights + optimizer } else { 0.0 };
    // The weights make room for the reference, which comes, and then they come back.
    let [gone, come] = if aside.reference { [weights, 2.0 * weights] } else { [0.0; 2] };
    let (out, back) = (states + gone, states + come);
    let rates = round_rates();
    let time = aside_time(out, rates.out, back, rates.back);
    (time > Seconds::ZERO).then_some(Phase {
        name: "states to the host and back",
        time,
        made: Made::Aside(out, back),
    })
}

/// 16-bit weights, of which each rank of an engine sees every tensor whole, and the rate at which they come: over the
/// slower of the links of a node and of the network of all of its accelerators.
fn sent(trained: &Trained) -> (f64, Bandwidth) {
    let planned = &trained.planned;
    let (cluster, links) = (&planned.cluster, &planned.efficiency.links);
    let own = cluster.link_for(u64::from(cluster.per_node).min(cluster.accelerators()));
    let mut rate = (own.bandwidth * links.of(own.kind).share).min(round_rates().weights);
    if cluster.nodes > 1 && cluster.link_for(cluster.accelerators()).kind == LinkKind::Network {
        let share = links.of(LinkKind::Network).share;
        rate = rate.min(cluster.network.bandwidth * (share * f64::from(cluster.per_node)));
    }
    (2.0 * planned.shape.parameters() as f64, rate)
}

/// Forward passes of the trained model over the samples of an update.
struct Forward {
    micro_batches: f64,
    stages: f64,
    one: Seconds,
}

impl Forward {
    fn of(trained: &Trained) -> Self {
        let job = trained.planned.job();
        let StepTime { turn, .. } = trained.step;
        Self { micro_batches: job.batch.accumulation as f64, stages: job.layout.pp as f64, one: turn.forward }
    }

    fn time(&self, ratio: f64, updates: f64) -> Seconds {
        forward_passes(ratio, updates, self.micro_batches, self.stages, self.one)
    }
}

impl Round {
    /// Whether a phase is of the accelerators that train, before the engine gets new weights.
    fn is_here(&self, phase: &Phase) -> bool {
        match phase.made {
            Made::Transfer(..) => false,
            Made::Samples => !self.apart,
            Made::Forward(_) | Made::Updates(_) | Made::Aside(..) => true,
        }
    }

    fn total_of(&self, counts: impl Fn(&Phase) -> bool) -> f64 {
        let own = self.phases.iter().filter(|phase| counts(phase));
        total(&own.map(|phase| phase.time.get()).collect::<Vec<_>>())
    }

    /// What the accelerators that train do, one after another.
    fn here(&self) -> f64 {
        self.total_of(|phase| self.is_here(phase))
    }

    /// Samples as they are drawn.
    fn drawing(&self) -> f64 {
        self.total_of(|phase| phase.made == Made::Samples)
    }

    /// The whole of it: the longer of what is done here and elsewhere, and then new weights.
    pub(crate) fn time(&self) -> Seconds {
        self.with(self.drawing())
    }

    /// It, if drawing took so many times as long as static batches.
    pub(crate) fn drawn_at(&self, factor: f64) -> Seconds {
        self.with(self.drawn.as_ref().map_or(0.0, |drawn| drawn.time(factor).get()))
    }

    fn with(&self, drawing: f64) -> Seconds {
        let sent = self.total_of(|phase| matches!(phase.made, Made::Transfer(..)));
        let rest = self.total_of(|phase| self.is_here(phase) && phase.made != Made::Samples);
        let longer = if self.apart { largest(&[rest, drawing]) } else { total(&[drawing, rest]) };
        Seconds::s(total(&[longer, sent]))
    }

    /// What an update's share of it takes beside the update.
    pub(crate) fn before(&self) -> Seconds {
        beside_updates(self.time(), self.updates, self.update)
    }

    /// How far measured rounds are from such times; none where an update's own spread holds.
    pub(crate) fn spread(&self) -> Option<Spread> {
        self.drawn.as_ref().map(|_| round_fit().1)
    }
}
