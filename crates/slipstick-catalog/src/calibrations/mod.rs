//! How much of its peaks a chip reaches under an engine, and what the engine costs.
//!
//! A row fitted for the chip's family and the engine's version is used where there is one. A version that nothing was
//! fitted on takes the nearest row, says that it is assumed, and widens the spread. Otherwise the parts are put together:
//! the shares of the family (or of its class), and the overheads of the engine, which are then assumed to carry over.

mod adjustments;
mod kernels;
mod launches;
mod levels;
mod spreads;
mod table;

use slipstick_core::{
    basis::Basis,
    hardware::{
        Accelerator, AcceleratorClass, Calibration, ComputeShares, Distance, HeadKernels, MemoryUse,
        QuestionSpreads, Spread, Spreads,
    },
};

use crate::{
    accelerators::class_name,
    assumptions,
    rows::{Layered, Rows},
    tables::Shipped,
    version::Version,
};

pub(crate) use adjustments::AdjustmentEntry;
pub(crate) use adjustments::read as read_adjustments;
pub use adjustments::{AdjustedBand, AdjustedLevel, Adjustment, Factors, MemoryFactors, adjustments_toml};
pub(crate) use levels::LevelEntry;
pub use levels::Served;
pub(crate) use spreads::Spreading;
use table::{CARRY, FITTED, OVERHEADS, SHARES};
pub(crate) use table::{Carry, EngineCosts, Fitted, Shares};

/// The engine that has no engine: the roofline itself.
const IDEAL: &str = "ideal";

/// The family of a chip that reaches all it states.
const PERFECT: &str = "perfect";

/// Rows of overlays over the shipped ones.
#[derive(Debug, Clone, Default)]
pub(crate) struct Calibrations {
    pub(crate) fitted: Rows<Fitted>,
    pub(crate) shares: Rows<Shares>,
    pub(crate) overheads: Rows<EngineCosts>,
    pub(crate) carry: Rows<Carry>,
    pub(crate) levels: Rows<LevelEntry>,
    pub(crate) spreads: Rows<Spreading>,
    pub(crate) adjustments: Rows<AdjustmentEntry>,
}

impl Calibrations {
    /// The calibration of `accelerator` under a version of `engine`, or under its newest known one; every pair has one,
    /// and its basis says how well it is known.
    pub(crate) fn find(&self, accelerator: &Accelerator, engine: &str, version: Option<&str>) -> Calibration {
        self.spread(self.plain(accelerator, engine, version), accelerator.class, version)
    }

    /// The calibration of what is served: that of its pair, and what measurements of its like add.
    pub(crate) fn of(&self, served: &Served<'_>) -> Calibration {
        let mut calibration = self.plain(served.accelerator, served.engine, Some(served.version));
        let level = levels::find(&self.levels, served);
        // A row of one's own is the whole of what its owner says.
        if calibration.own.is_none() && served.engine != IDEAL {
            let plain = &mut calibration.plain;
            plain.distance = level.distance.unwrap_or(plain.distance);
            plain.level = level.factor;
            plain.level_of_bursts = level.of_bursts;
            plain.per_request = plain.per_request * level.waits;
            plain.waited_steps *= level.waits;
            plain.level_points = level.points;
        }
        let own = adjustments::find(&self.adjustments, served.engine, &served.accelerator.id);
        if let Some(own) = own {
            own.approach(served, &mut calibration);
        }
        let mut calibration = self.spread(calibration, served.accelerator.class, Some(served.version));
        if let Some(own) = own {
            own.apply(served, &mut calibration);
        }
        calibration.eager_above = launches::find(served.engine, Some(served.version));
        calibration.head_kernel = kernels::find(served.engine, &served.accelerator.family);
        calibration
    }

    /// What an engine takes of an accelerator's memory against its rules.
    pub(crate) fn memory_use(&self, engine: &str, accelerator: &str) -> MemoryUse {
        let own = adjustments::find(&self.adjustments, engine, accelerator);
        own.map_or(MemoryUse::RULES, AdjustmentEntry::memory_use)
    }

    /// The calibration before anything is said of its spread.
    fn plain(&self, accelerator: &Accelerator, engine: &str, version: Option<&str>) -> Found {
        if engine == IDEAL {
            // A bound is no estimate: it has no spread.
            let exact = Some(Spread::EXACT);
            let own = QuestionSpreads::all(Spreads { ttft: exact, tpot: exact, rate: exact });
            return Found { plain: self.ideal(accelerator), own: Some(own), carried: false };
        }
        let shares = self.shares(accelerator);
        let mut rows = self.fitted_on(&accelerator.family, engine);
        // The newest first; of rows for the same version, the highest layer's.
        rows.sort_by(|a, b| b.versions.to.cmp(&a.versions.to).then(b.pedigree.layer.cmp(&a.pedigree.layer)));
        let Some(newest) = rows.first() else {
            let class = class_key(accelerator.class);
            return match self.fitted_on(&class, engine).first() {
                Some(row) => Found::of_class(row, shares),
                None => Found::shipped(self.compose(accelerator, shares, engine)),
            };
        };
        let Some(asked) = version.and_then(Version::parse) else { return Found::row(newest, shares, false) };
        let holds = rows.iter().filter(|row| row.versions.hold(&asked)).max_by_key(|row| row.pedigree.layer);
        if let Some(row) = holds {
            return Found::row(row, shares, false);
        }
        let older = rows.iter().find(|row| row.versions.before(&asked));
        let nearest = older.or(rows.last()).unwrap_or(newest);
        Found::row(nearest, shares, true)
    }

    /// What was fitted on a family, or on a class, under an engine.
    fn fitted_on(&self, family: &str, engine: &str) -> Vec<&Fitted> {
        let of = |own: &str, of: &str| own == family && of == engine;
        self.fitted.matching(&FITTED, |row| of(row.family, row.engine), |row| of(&row.family, &row.engine))
    }

    /// The calibration with its spreads, which are wider where it is carried over to `version`.
    fn spread(&self, found: Found, class: AcceleratorClass, version: Option<&str>) -> Calibration {
        let Found { mut plain, own, carried } = found;
        plain.spreads = own.unwrap_or_else(|| {
            let class = class_key(class);
            spreads::find(&self.spreads, (&plain.family, &class), &plain.engine, plain.distance)
        });
        if carried { self.carried(plain, version.unwrap_or_default()) } else { plain }
    }

    /// How the pair would be answered if nothing had been fitted on it: what the spread of pairs that nobody measured is
    /// read from.
    pub(crate) fn unfitted(&self, accelerator: &Accelerator, engine: &str) -> Calibration {
        let composed = self.compose(accelerator, self.shares(accelerator), engine);
        self.spread(Found::shipped(composed), accelerator.class, None)
    }

    /// A calibration for a version it was not fitted on.
    fn carried(&self, mut calibration: Calibration, version: &str) -> Calibration {
        let carry = or_other(&self.carry, &CARRY, |row| row.engine, &calibration.engine, "any");
        let widen =
            |spread: Spread, by: f64| Spread { low: spread.low / by, high: spread.high * by, ..spread };
        let widened = |spreads: Spreads| Spreads {
            ttft: spreads.ttft.map(|spread| widen(spread, carry.ttft)),
            tpot: spreads.tpot.map(|spread| widen(spread, carry.tpot)),
            rate: spreads.rate.map(|spread| widen(spread, carry.tpot)),
        };
        let QuestionSpreads { steady, benchmark, burst, open, batch, alone, pools } = calibration.spreads;
        calibration.spreads = QuestionSpreads {
            steady: widened(steady),
            benchmark: widened(benchmark),
            burst: widened(burst),
            open: widened(open),
            batch: widened(batch),
            alone: widened(alone),
            pools: widened(pools),
        };
        calibration.version = format!("{}, carried over to {version}", calibration.version);
        calibration.source = both(&calibration.source, &carry.pedigree.describe());
        calibration.basis = Basis::Assumed;
        calibration
    }

    /// The shares of a family, or of its class.
    pub(crate) fn shares(&self, accelerator: &Accelerator) -> &Shares {
        let class = class_key(accelerator.class);
        or_other(&self.shares, &SHARES, |row| row.family, &accelerator.family, &class)
    }

    /// The costs of an engine, or those of engines that nobody knows.
    fn overheads(&self, engine: &str) -> &EngineCosts {
        or_other(&self.overheads, &OVERHEADS, |row| row.engine, engine, "other")
    }

    fn compose(&self, accelerator: &Accelerator, shares: &Shares, engine: &str) -> Calibration {
        let overheads = self.overheads(engine);
        Calibration {
            family: accelerator.family.clone(),
            engine: overheads.engine.clone(),
            version: overheads.version.clone(),
            compute: shares.compute,
            attention: shares.attention,
            memory: shares.memory,
            memory_packed: shares.memory_packed,
            memory_cache: shares.memory_cache,
            experts: overheads.experts,
            per_layer: overheads.costs.per_layer,
            per_expert_layer: overheads.costs.per_expert_layer,
            per_latent_layer: overheads.costs.per_latent_layer,
            per_recurrent_layer: overheads.costs.per_recurrent_layer,
            per_step: overheads.costs.per_step,
            per_sequence: overheads.costs.per_sequence,
            per_request: overheads.costs.per_request,
            waited_steps: overheads.waited_steps,
            links: shares.links,
            level: 1.0,
            level_of_bursts: None,
            level_points: 0,
            distance: Distance::Pair,
            assumed: assumptions().assumptions,
            spreads: QuestionSpreads::default(),
            // Shares of one stack and overheads of another: nobody measured the pair.
            basis: Basis::Assumed,
            source: both(&shares.pedigree.describe(), &overheads.pedigree.describe()),
            points: 0,
            eager_above: None,
            head_kernel: HeadKernels::default(),
            memory_use: MemoryUse::RULES,
            memory_source: String::new(),
        }
    }

    /// Peaks and bandwidths themselves, and no overhead: what no estimate may beat.
    fn ideal(&self, accelerator: &Accelerator) -> Calibration {
        let shares = or_other(&self.shares, &SHARES, |row| row.family, PERFECT, PERFECT);
        let mut calibration = self.compose(accelerator, shares, IDEAL);
        calibration.compute = ComputeShares { wide: 1.0, fp8: 1.0, fp4: 1.0, int: 1.0 };
        calibration.basis = Basis::Specified;
        calibration
    }
}

/// A calibration, and what is to be said of its spread.
struct Found {
    plain: Calibration,
    /// What its row states itself.
    own: Option<QuestionSpreads>,
    /// Whether it was fitted on other versions.
    carried: bool,
}

impl Found {
    const fn shipped(plain: Calibration) -> Self {
        Self { plain, own: None, carried: false }
    }

    /// What an engine made of other families of a class: nobody measured the pair.
    fn of_class(row: &Fitted, shares: &Shares) -> Self {
        let plain = row.calibration(shares);
        Self::shipped(Calibration { distance: Distance::Pair, basis: Basis::Assumed, ..plain })
    }

    fn row(row: &Fitted, shares: &Shares, carried: bool) -> Self {
        let plain = row.calibration(shares);
        let own = row.states_spreads().then_some(plain.spreads);
        Self { plain, own, carried }
    }
}

/// What stands in the place of a family for a whole class.
fn class_key(class: AcceleratorClass) -> String {
    format!("class:{}", class_name(class))
}

/// The row of a name, or the one that stands for all names that have none.
fn or_other<'a, R, T: Layered>(
    rows: &'a Rows<T>,
    shipped: &'static Shipped<R, T>,
    key: impl Fn(&R) -> &str + Copy,
    name: &str,
    other: &str,
) -> &'a T {
    let found = |name: &str| rows.or_shipped(shipped, key, name);
    found(name).or_else(|| found(other)).expect("the shipped table has a row for all others")
}

/// The fitted rows that are shipped, for reports on how well what is known.
pub fn fitted() -> impl Iterator<Item = (&'static str, &'static str, u32)> {
    FITTED.rows().iter().map(|row| (row.family, row.engine, row.points))
}

/// Two sources as one text; one that both share is named once.
fn both(a: &str, b: &str) -> String {
    if a == b { a.to_owned() } else { format!("{a}; {b}") }
}
