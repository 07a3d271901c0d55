//! A round of an algorithm that needs more than its updates: samples are drawn, other models look at them, weights are
//! trained, and the engine gets the new ones.

mod asked;
mod drawing;
mod record;

use slipstick_catalog::training::round_fit;
use slipstick_core::{
    formulas::{
        parts::{largest, total},
        time::collective::transfer_time,
        training::sampling::{beside_updates, between_phases, forward_passes},
        training::step::repeated_time,
    },
    hardware::Spread,
    training::StepTime,
    units::{Bandwidth, Seconds, Traffic},
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
    /// So many bytes go to each rank of an engine, at this rate.
    Transfer(f64, Bandwidth),
    /// What whole rounds were measured to take more than their phases.
    Between,
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
    let Plan { draw, passing, updates, apart } = plan;
    let drawn = draw.map(|draw| drawing::drawn(draw, resolver)).transpose()?;
    let (update, pass) = (trained.step.total(), Forward::of(trained));
    let mut phases = Vec::new();
    if let Some(drawn) = &drawn {
        phases.push(Phase { name: "samples", time: drawn.time(), made: Made::Samples });
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
    if let Some(drawn) = &drawn {
        let (bytes, rate) = sent(drawn, trained);
        let time = transfer_time(Seconds::ZERO, Traffic::bytes(bytes), rate);
        phases.push(Phase { name: "weights to the engine", time, made: Made::Transfer(bytes, rate) });
    }
    let mut round = Round { phases, drawn, updates, update, apart };
    if round.drawn.is_some() {
        let time = between_phases(round_fit().0, round.phased());
        round.phases.push(Phase { name: "between the phases", time, made: Made::Between });
    }
    Ok(round)
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

/// 16-bit weights of an engine's rank, and the rate at which they come.
fn sent(drawn: &Drawn, trained: &Trained) -> (f64, Bandwidth) {
    let planned = &trained.planned;
    let link = planned.cluster.link_for(planned.cluster.accelerators());
    let share = planned.efficiency.links.of(link.kind);
    (2.0 * planned.shape.parameters() as f64 / drawn.draw.tp as f64, link.bandwidth * share.share)
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
    /// Whether a phase is of the accelerators that train.
    fn is_here(&self, phase: &Phase) -> bool {
        phase.made != Made::Between && !(self.apart && phase.made == Made::Samples)
    }

    /// What the accelerators that train do, one after another.
    fn here(&self) -> f64 {
        let own = self.phases.iter().filter(|phase| self.is_here(phase));
        total(&own.map(|phase| phase.time.get()).collect::<Vec<_>>())
    }

    /// All phases: where others draw samples meanwhile, the longer of the two.
    fn phased(&self) -> Seconds {
        let drawing = self.drawn.as_ref().map_or(0.0, |drawn| drawn.time().get());
        Seconds::s(if self.apart { largest(&[self.here(), drawing]) } else { self.here() })
    }

    /// The whole of it.
    pub(crate) fn time(&self) -> Seconds {
        let between = self.phases.iter().filter(|phase| phase.made == Made::Between);
        between.fold(self.phased(), |all, phase| all + phase.time)
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
