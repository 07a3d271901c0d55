//! The constants, the levels, the waits and the factors that some runs tell, and what they predict of others.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use nalgebra::DVector;
use slipstick_core::hardware::Calibration;

use super::{
    factors::{Bases, Factors},
    levels::Levels,
    parameters::{JOINT, SHARED, WAITS, put},
    runs::{Kind, Run, Times, weights},
    solve::{SPREAD, SPREAD_OF_WAITS, Task, minimum, residual},
};

/// What stays as it is while something is fitted.
pub(super) struct Given<'a> {
    /// Under the constants of all.
    pub(super) base: Calibration,
    /// Of every pair that was measured.
    pub(super) bases: Bases<'a>,
    /// Pairs of chip family and engine that closed loops were measured of: the constants of all are theirs.
    pub(super) joint: BTreeSet<(&'a str, &'a str)>,
}

/// What engines wait for each and all are solved for in turn so many times.
const ROUNDS: usize = 6;

/// What closed loops tell together.
#[derive(Debug, Clone)]
pub(super) struct Joint<'a> {
    /// With the waits of all engines together.
    pub(super) all: Calibration,
    /// With the waits of each engine.
    pub(super) engines: BTreeMap<&'a str, Calibration>,
    pub(super) levels: Levels,
}

impl<'a> Joint<'a> {
    /// The joint fit of some runs.
    pub(super) fn of(runs: &[&Run<'a>], base: &Calibration) -> Self {
        let closed: Vec<&Run<'a>> = runs.iter().copied().filter(|run| run.kind == Kind::Closed).collect();
        let tpot = |times: &Times| times.tpot;
        let mut constants =
            Task { parameters: JOINT, runs: &closed, base, levels: None, of: tpot, spread: SPREAD }.solve();
        let levels = Levels::fit(&closed, |_| Cow::Borrowed(&constants));
        put(SHARED, &mut constants, [0.0; SHARED.len()].iter());
        let mut joint = Self { all: constants.clone(), engines: BTreeMap::new(), levels };
        for _ in 0..ROUNDS {
            joint.engines = joint.waits_of_engines(&closed, &constants);
            put(SHARED, &mut constants, joint.shared(&closed).iter());
        }
        joint.engines = joint.waits_of_engines(&closed, &constants);
        joint.all = joint.waits(&closed, &constants);
        let Self { all, engines, levels } = &mut joint;
        levels.fit_waits(&closed, |run| engines.get(run.engine).unwrap_or(all));
        joint
    }

    /// What requests wait for in some runs, with constants that are known.
    fn waits(&self, runs: &[&Run<'a>], constants: &Calibration) -> Calibration {
        let ttft = |times: &Times| times.ttft;
        Task {
            parameters: WAITS,
            runs,
            base: constants,
            levels: Some(&self.levels),
            of: ttft,
            spread: SPREAD_OF_WAITS,
        }
        .solve()
    }

    /// The same of each engine.
    fn waits_of_engines(&self, runs: &[&Run<'a>], constants: &Calibration) -> BTreeMap<&'a str, Calibration> {
        let mut by_engine: BTreeMap<&str, Vec<&Run<'a>>> = BTreeMap::new();
        for run in runs {
            by_engine.entry(run.engine).or_default().push(run);
        }
        by_engine.into_iter().map(|(engine, own)| (engine, self.waits(&own, constants))).collect()
    }

    /// What requests wait for whatever the engine, in deviations of its priors, beside what each engine waits for.
    fn shared(&self, runs: &[&Run<'a>]) -> DVector<f64> {
        let weights = weights(runs);
        let off = |at: &DVector<f64>| {
            let rows = runs.iter().zip(&weights).map(|(run, weight)| {
                let mut calibration = self.engine(run.engine).clone();
                calibration.level = self.levels.of(run);
                put(SHARED, &mut calibration, at.iter());
                let ttft = run.under(&calibration).map_or(f64::NAN, |times| times.ttft);
                residual(run.measured.ttft, ttft, *weight, SPREAD_OF_WAITS)
            });
            DVector::from_iterator(runs.len() + at.len(), rows.chain(at.iter().copied()))
        };
        minimum(SHARED.len(), &off)
    }

    /// The calibration of an engine.
    pub(super) fn engine(&self, engine: &str) -> &Calibration {
        self.engines.get(engine).unwrap_or(&self.all)
    }
}

/// All of a fit.
pub(super) struct Fitted<'a> {
    pub(super) joint: Joint<'a>,
    pub(super) factors: Factors<'a>,
    /// Of joint and other runs.
    pub(super) levels: Levels,
}

impl<'a> Fitted<'a> {
    /// The fit of some runs; of a whole one that lacks only `out`, what those did not tell is taken.
    pub(super) fn of(
        runs: &[&Run<'a>],
        given: &Given<'a>,
        joint: Joint<'a>,
        whole: Option<(&Self, &[&Run<'a>])>,
    ) -> Self {
        let others: Vec<&Run<'a>> =
            runs.iter().copied().filter(|run| run.kind != Kind::Closed && run.is_fitted()).collect();
        let is_joint = |run: &Run<'_>| given.joint.iter().any(|(_, engine)| *engine == run.engine);
        let told: Vec<&Run<'a>> = others.iter().copied().filter(|run| !is_joint(run)).collect();
        let changed: BTreeSet<&str> =
            whole.iter().flat_map(|(_, out)| out.iter()).map(|run| run.engine).collect();
        let factors = Factors::of(&told, &given.bases, whole.map(|(whole, _)| (&whole.factors, &changed)));
        let mut fitted = Self { levels: joint.levels.clone(), joint, factors };
        let levels = Levels::fit(&others, |run| fitted.calibration(run, given));
        fitted.levels.extend(levels);
        fitted
    }

    /// The whole fit without some runs.
    pub(super) fn without(&self, out: &[&Run<'a>], inside: &[&Run<'a>], given: &Given<'a>) -> Self {
        let is_closed = out.iter().any(|run| run.kind == Kind::Closed);
        let joint = if is_closed { Joint::of(inside, &given.base) } else { self.joint.clone() };
        Self::of(inside, given, joint, Some((self, out)))
    }

    /// What is known of a run before its like is looked at.
    fn calibration<'b>(&'b self, run: &Run<'a>, given: &'b Given<'a>) -> Cow<'b, Calibration> {
        let joint = || Cow::Borrowed(self.joint.engine(run.engine));
        if given.joint.contains(&run.pair()) {
            return joint();
        }
        let own = self.factors.calibration(run.pair(), &given.bases).map(Cow::Owned);
        own.or_else(|| given.bases.get(&run.pair()).map(Cow::Borrowed)).unwrap_or_else(joint)
    }

    /// What is predicted of a run.
    pub(super) fn predict(&self, run: &Run<'a>, given: &Given<'a>) -> Option<Times> {
        run.under(&self.levels.added(&self.calibration(run, given), run))
    }

    /// What is predicted of a run whose engine was not measured with its architecture.
    pub(super) fn predict_unlike(&self, run: &Run<'a>, given: &Given<'a>) -> Option<Times> {
        run.under(&self.calibration(run, given))
    }
}

/// Every pair of chip family and engine alone, as the joint fit is held against.
pub(super) struct Pairs<'a> {
    pairs: BTreeMap<(&'a str, &'a str), Calibration>,
    base: &'a Calibration,
}

impl<'a> Pairs<'a> {
    pub(super) fn of(runs: &[&Run<'a>], base: &'a Calibration) -> Self {
        let mut by_pair: BTreeMap<(&str, &str), Vec<&Run<'a>>> = BTreeMap::new();
        for run in runs.iter().filter(|run| run.kind == Kind::Closed) {
            by_pair.entry(run.pair()).or_default().push(run);
        }
        let solved = |own: &[&Run<'a>]| {
            let tpot = Task {
                parameters: JOINT,
                runs: own,
                base,
                levels: None,
                of: |times| times.tpot,
                spread: SPREAD,
            };
            let base = &tpot.solve();
            Task { parameters: WAITS, base, of: |times| times.ttft, spread: SPREAD_OF_WAITS, ..tpot }.solve()
        };
        Self { pairs: by_pair.into_iter().map(|(pair, own)| (pair, solved(&own))).collect(), base }
    }

    pub(super) fn predict(&self, run: &Run<'_>) -> Option<Times> {
        run.under(self.pairs.get(&run.pair()).unwrap_or(self.base))
    }
}
