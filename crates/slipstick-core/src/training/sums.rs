//! How the parts of a step make the whole of it.

use super::{Job, StepTime};
use crate::{
    basis::Basis,
    formulas::parts::total,
    quantity::Quantity as Q,
    trace::{Input, Source, Trace, at},
    units::Seconds,
};

/// Operators of computation; communication follows, then what stands alone.
const COMPUTE: usize = 5;
const COMMUNICATION: usize = 5;

impl StepTime {
    /// Records the sums of its parts.
    pub fn record(&self, job: &Job<'_>, trace: Trace<'_>) {
        let parts = self.parts();
        for (place, (_, time)) in parts.iter().enumerate() {
            trace.stated(Q::StepPart(place), *time, Source::Calibration, Basis::Exact);
        }
        let bubble = (trace, Q::StepPart(COMPUTE + COMMUNICATION));
        job.recipe.schedule.bubble(&job.layout, self.turn, bubble);
        let sum = |quantity: Q, value: Seconds, first: usize, count: usize| {
            trace.gathered(quantity, &total::FORMULA, value, || {
                let own = parts.iter().enumerate().skip(first).take(count);
                own.map(|(place, (name, time))| Input::new(*name, *time, at(Q::StepPart(place)))).collect()
            });
        };
        sum(Q::StepCompute, self.compute(), 0, COMPUTE);
        sum(Q::StepCommunication, self.communication(), COMPUTE, COMMUNICATION);
        let rest = COMPUTE + COMMUNICATION;
        trace.gathered(Q::TrainingStep, &total::FORMULA, self.total(), || {
            let mut inputs = vec![
                Input::new("compute", self.compute(), at(Q::StepCompute)),
                Input::new("exposed_communication", self.communication(), at(Q::StepCommunication)),
            ];
            let alone = parts.iter().enumerate().skip(rest);
            inputs
                .extend(alone.map(|(place, (name, time))| Input::new(*name, *time, at(Q::StepPart(place)))));
            inputs
        });
    }
}
