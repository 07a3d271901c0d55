//! How much of its peaks a chip reaches under an engine, and what the engine costs.
//!
//! A row fitted for the chip's family and the engine's version is used where there is one. A version that nothing was
//! fitted on takes the nearest row, says that it is assumed, and widens the spread. Otherwise the parts are put together:
//! the shares of the family (or of its class), and the overheads of the engine, which are then assumed to carry over.

mod spreads;
mod table;

use slipstick_core::{
    basis::Basis,
    hardware::{Accelerator, Calibration, ComputeShares, QuestionSpreads, Spread, Spreads},
};

use crate::{
    accelerators::class_name,
    assumptions,
    rows::{Layered, Rows},
    tables::Shipped,
    version::Version,
};

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
    pub(crate) spreads: Rows<Spreading>,
}

impl Calibrations {
    /// The calibration of `accelerator` under a version of `engine`, or under its newest known one; every pair has one,
    /// and its basis says how well it is known.
    pub(crate) fn find(&self, accelerator: &Accelerator, engine: &str, version: Option<&str>) -> Calibration {
        if engine == IDEAL {
            return self.ideal(accelerator);
        }
        let shares = self.shares(accelerator);
        let of = |family: &str, of: &str| family == accelerator.family && of == engine;
        let mut rows = self.fitted.matching(
            &FITTED,
            |row| of(row.family, row.engine),
            |row| of(&row.family, &row.engine),
        );
        // The newest first; of rows for the same version, the highest layer's.
        rows.sort_by(|a, b| b.versions.to.cmp(&a.versions.to).then(b.pedigree.layer.cmp(&a.pedigree.layer)));
        let Some(newest) = rows.first() else { return self.compose(accelerator, shares, engine) };
        let Some(asked) = version.and_then(Version::parse) else { return self.of_row(newest, shares) };
        let holds = rows.iter().filter(|row| row.versions.hold(&asked)).max_by_key(|row| row.pedigree.layer);
        if let Some(row) = holds {
            return self.of_row(row, shares);
        }
        let older = rows.iter().find(|row| row.versions.before(&asked));
        let nearest = older.or(rows.last()).unwrap_or(newest);
        self.carried(self.of_row(nearest, shares), version.unwrap_or_default())
    }

    /// The calibration of a fitted row, with the spreads of its pair unless it states its own.
    fn of_row(&self, row: &Fitted, shares: &Shares) -> Calibration {
        let mut calibration = row.calibration(shares);
        if !row.states_spreads() {
            calibration.spreads = spreads::find(&self.spreads, &calibration.family, &calibration.engine);
        }
        calibration
    }

    /// How the pair would be answered if nothing had been fitted on it: what the spread of pairs that nobody measured is
    /// read from.
    pub(crate) fn unfitted(&self, accelerator: &Accelerator, engine: &str) -> Calibration {
        self.compose(accelerator, self.shares(accelerator), engine)
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
        let QuestionSpreads { steady, benchmark, burst, batch } = calibration.spreads;
        calibration.spreads = QuestionSpreads {
            steady: widened(steady),
            benchmark: widened(benchmark),
            burst: widened(burst),
            batch: widened(batch),
        };
        calibration.version = format!("{}, carried over to {version}", calibration.version);
        calibration.source = both(&calibration.source, &carry.pedigree.describe());
        calibration.basis = Basis::Assumed;
        calibration
    }

    /// The shares of a family, or of its class.
    pub(crate) fn shares(&self, accelerator: &Accelerator) -> &Shares {
        let class = format!("class:{}", class_name(accelerator.class));
        or_other(&self.shares, &SHARES, |row| row.family, &accelerator.family, &class)
    }

    fn compose(&self, accelerator: &Accelerator, shares: &Shares, engine: &str) -> Calibration {
        let overheads = or_other(&self.overheads, &OVERHEADS, |row| row.engine, engine, "other");
        Calibration {
            family: accelerator.family.clone(),
            engine: overheads.engine.clone(),
            version: overheads.version.clone(),
            compute: shares.compute,
            attention: shares.attention,
            memory: shares.memory,
            memory_packed: shares.memory_packed,
            memory_cache: shares.memory_cache,
            per_layer: overheads.costs.per_layer,
            per_expert_layer: overheads.costs.per_expert_layer,
            per_step: overheads.costs.per_step,
            per_sequence: overheads.costs.per_sequence,
            per_request: overheads.costs.per_request,
            links: shares.links,
            assumed: assumptions().assumptions,
            spreads: spreads::find(&self.spreads, &accelerator.family, engine),
            // Shares of one stack and overheads of another: nobody measured the pair.
            basis: Basis::Assumed,
            source: both(&shares.pedigree.describe(), &overheads.pedigree.describe()),
            points: 0,
        }
    }

    /// Peaks and bandwidths themselves, and no overhead: what no estimate may beat.
    fn ideal(&self, accelerator: &Accelerator) -> Calibration {
        let shares = or_other(&self.shares, &SHARES, |row| row.family, PERFECT, PERFECT);
        let mut calibration = self.compose(accelerator, shares, IDEAL);
        calibration.compute = ComputeShares { wide: 1.0, fp8: 1.0, fp4: 1.0, int: 1.0 };
        calibration.basis = Basis::Specified;
        calibration.spreads = QuestionSpreads::default();
        calibration
    }
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
