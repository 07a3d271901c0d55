//! How the parts of a step make the whole of it.

use super::{Clock, Pass, Rates, StepTime, place};
use crate::{
    basis::Basis,
    formulas::{
        parts::total,
        training::step::{backward_time, repeated_time},
    },
    hardware::Cluster,
    quantity::{Detail as D, Quantity as Q},
    trace::{Hearing, Source, Trace, Unheard, at, layout as split},
    traced,
    training::{Efficiency, Job},
    units::Seconds,
};

/// The places of a pass in [`D::Turn`].
pub(in crate::training) const FORWARD: usize = 0;
pub(in crate::training) const BACKWARD: usize = 1;
pub(in crate::training) const WEIGHTS: usize = 2;

impl StepTime {
    /// Records a step and what each of its operators works on.
    pub fn record(&self, job: &Job<'_>, cluster: &Cluster, efficiency: &Efficiency, trace: Trace<'_>) {
        if !trace.is_on() {
            return;
        }
        let Some(rates) = Rates::of(job, cluster, efficiency, trace) else { return };
        let unheard = Clock { job, cluster, efficiency, rates, hearing: Unheard };
        let clock = Clock { job, cluster, efficiency, rates, hearing: trace };
        let pass = match unheard.slowest().0 {
            Some(stage) => clock.stage(stage),
            None => clock.mean_stage(),
        };
        clock.whole(&pass);
        job.recipe.schedule.bubble(&job.layout, self.turn, (trace, Q::StepPart(place::BUBBLE)));
        self.record_sums(trace);
    }

    fn record_sums(&self, trace: Trace<'_>) {
        let parts = self.parts();
        let named = |of: core::ops::Range<usize>| of.map(|part| (parts[part].0, Q::StepPart(part)));
        trace.gathered_of(Q::StepCompute, &total::FORMULA, self.compute(), named(place::COMPUTE));
        let communication = named(place::COMMUNICATION);
        trace.gathered_of(Q::StepCommunication, &total::FORMULA, self.communication(), communication);
        let sums = [("compute", Q::StepCompute), ("exposed_communication", Q::StepCommunication)];
        // What is done before weights are trained is recorded by who knows what it is.
        let all = sums.into_iter().chain(named(place::BUBBLE..place::BEFORE));
        trace.gathered_of(Q::TrainingStep, &total::FORMULA, self.total(), all);
    }
}

impl<H: Hearing> Clock<'_, H> {
    /// Where what takes no time is not recorded.
    pub(super) fn heard(&self, time: Seconds) -> Trace<'_> {
        if time > Seconds::ZERO { self.trace() } else { Trace::off() }
    }

    /// Records the forward time of layers of a kind, and the part of it that gradients of weights take again.
    pub(super) fn record_layer(&self, forward: &StepTime, count: f64, kind: usize) {
        let trace = self.trace();
        if !trace.is_on() {
            return;
        }
        let names = forward.parts();
        let one = |part: usize| (names[part].0, D::LayerTime(kind, part));
        let turns = [
            (FORWARD, forward.total(), (0..place::DATA).collect::<Vec<_>>()),
            (WEIGHTS, forward.dense + forward.experts, vec![place::DENSE, place::EXPERTS]),
        ];
        for (which, each, parts) in turns {
            let own = D::LayerForward(kind, which);
            trace.gathered_of(own, &total::FORMULA, each, parts.into_iter().map(one));
            traced!(trace, D::LayersForward(kind, which), repeated_time {
                n: count => split("layers"), t_1: each => at(own),
            });
        }
    }

    /// Records the parts of a micro-batch's pass and of all of them.
    pub(super) fn record_passes(&self, pass: &Pass, step: &StepTime) {
        let trace = self.trace();
        if !trace.is_on() {
            return;
        }
        let (once, all) = (pass.time.parts(), step.parts());
        for part in 0..place::DATA {
            let more: &[usize] = match part {
                place::ATTENTION => &[place::ATTENTION_BACKWARD],
                place::DENSE => &[place::ADAPTER_PRODUCTS],
                place::ELEMENTWISE => &[place::ADAPTER_FORWARD, place::ADAPTER_BACKWARD],
                _ => &[],
            };
            let own = (0..place::KINDS).flat_map(|kind| {
                let of = core::iter::once(part).chain(more.iter().copied());
                of.map(move |of| (format!("x_{}_{}", kind + 1, of), D::LayerPass(kind, of)))
            });
            if !matches!(part, place::HEAD | place::PIPELINE) {
                trace.gathered_of(D::PassPart(part), &total::FORMULA, once[part].1, own);
            } else if once[part].1 == Seconds::ZERO {
                trace.stated(D::PassPart(part), Seconds::ZERO, Source::Layout, Basis::Exact);
            }
            self.record_all(part, once[part].1, all[part].1);
        }
        let parts = (0..place::DATA).map(|part| (once[part].0, D::PassPart(part)));
        trace.gathered_of(D::PassTime, &total::FORMULA, pass.total(), parts);
        self.record_turn(pass);
        let compute = place::COMPUTE.map(|part| (all[part].0, Q::StepPart(part)));
        trace.gathered_of(Q::StepCompute, &total::FORMULA, step.compute(), compute);
    }

    /// One part in all micro-batches; kernels between products add gradients besides.
    fn record_all(&self, part: usize, once: Seconds, all: Seconds) {
        let own = if part == place::ELEMENTWISE { D::KernelsTime.into() } else { Q::StepPart(part) };
        traced!(self.trace(), own, repeated_time {
            n: self.job.batch.accumulation as f64 => split("micro-batches"), t_1: once => at(D::PassPart(part)),
        });
        if part == place::ELEMENTWISE {
            let parts = [("kernels", D::KernelsTime), ("gradients", D::AccumulationTime)];
            self.trace().gathered_of(Q::StepPart(part), &total::FORMULA, all, parts);
        }
    }

    /// Forward, backward, and the part of that which computes gradients of weights.
    fn record_turn(&self, pass: &Pass) {
        let trace = self.trace();
        for (which, time) in [(FORWARD, pass.forward), (WEIGHTS, pass.weights)] {
            let kinds =
                (0..place::KINDS).map(|kind| (format!("x_{}", kind + 1), D::LayersForward(kind, which)));
            let head = core::iter::once(("head".to_owned(), D::HeadForward));
            trace.gathered_of(D::Turn(which), &total::FORMULA, time, kinds.chain(head));
        }
        traced!(trace, D::Turn(BACKWARD), backward_time {
            T: pass.total() => at(D::PassTime), F: pass.forward => at(D::Turn(FORWARD)),
        });
    }

    /// Records what the host takes of a step.
    pub(super) fn record_host(&self, time: Seconds) {
        let trace = self.trace();
        trace.stated(D::HostStep, self.efficiency.per_step, Source::Calibration, Basis::Exact);
        let parts = [
            ("step", D::HostStep),
            ("launches", D::LaunchWait),
            ("link", D::StreamedWait),
            ("examples", D::UnevenWait),
            ("slowest", D::StragglerWait),
        ];
        trace.gathered_of(Q::StepPart(place::HOST), &total::FORMULA, time, parts);
    }
}
