//! The rows behind calibrations.

use std::borrow::Cow;

use slipstick_core::{
    basis::Basis,
    hardware::{
        Calibration, ComputeShares, Distance, ExpertShares, HeadKernels, LinkShare, LinkShares, MemoryUse,
        QuestionSpreads, Spread, Spreads,
    },
    units::Seconds,
};

use crate::{
    LayerName, Place, assumptions,
    rows::Layered,
    tables::{
        CALIBRATION_CARRY, CALIBRATIONS, CHIP_SHARES, CarryRow, ENGINE_OVERHEADS, FittedRow, OverheadRow,
        ShareRow, shipped,
    },
    version::Versions,
};

/// Where a row of these tables comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pedigree {
    pub(crate) layer: LayerName,
    file: String,
    source: String,
}

impl Pedigree {
    pub(super) fn new(at: Place<'_>, source: &str) -> Self {
        Self { layer: at.layer, file: at.file.to_owned(), source: source.to_owned() }
    }

    /// The source; that of an overlay's row with its layer and file.
    pub(crate) fn describe(&self) -> String {
        match self.layer {
            LayerName::Builtin => self.source.clone(),
            layer => format!("{} ({layer} {})", self.source, self.file),
        }
    }
}

/// Shares of peaks and bandwidths that a chip family or a class reaches.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shares {
    family: String,
    pub(crate) compute: ComputeShares,
    pub(crate) attention: f64,
    pub(crate) memory: f64,
    pub(crate) memory_packed: f64,
    pub(crate) memory_cache: f64,
    pub(crate) links: LinkShares,
    pub(crate) pedigree: Pedigree,
}

/// What an engine costs on the host.
#[expect(clippy::struct_field_names, reason = "what each is a cost of is its whole name")]
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct HostCosts {
    pub(crate) per_layer: Seconds,
    pub(crate) per_expert_layer: Seconds,
    pub(crate) per_step: Seconds,
    pub(crate) per_sequence: Seconds,
    pub(crate) per_request: Seconds,
    pub(crate) per_latent_layer: Seconds,
    pub(crate) per_recurrent_layer: Seconds,
}

/// Steps that a request waits for where nobody measured how many: what is left of the running one.
const HALF_STEP: f64 = 0.5;

/// Host costs of an engine, and what its kernels for routed experts reach.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EngineCosts {
    pub(crate) engine: String,
    pub(crate) version: String,
    pub(crate) costs: HostCosts,
    pub(crate) waited_steps: f64,
    pub(crate) experts: ExpertShares,
    pub(crate) pedigree: Pedigree,
}

/// What was fitted for one chip family under some versions of one engine.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fitted {
    pub(crate) family: String,
    pub(crate) engine: String,
    version: String,
    pub(crate) versions: Versions,
    wide: f64,
    fp8: f64,
    fp4: f64,
    memory: f64,
    memory_packed: f64,
    /// As plain weights where a row says nothing.
    memory_cache: f64,
    costs: HostCosts,
    waited_steps: f64,
    experts: ExpertShares,
    scale_up: LinkShare,
    ttft: Option<Spread>,
    tpot: Option<Spread>,
    pub(crate) points: u32,
    pub(crate) pedigree: Pedigree,
}

/// How far a spread widens where a calibration is carried over to another version.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Carry {
    engine: String,
    pub(crate) tpot: f64,
    pub(crate) ttft: f64,
    pub(crate) pedigree: Pedigree,
}

/// A share of what the maker states: above nothing, at most all of it.
fn share(column: &str, value: f64) -> Result<f64, String> {
    if value > 0.0 && value <= 1.0 {
        Ok(value)
    } else {
        Err(format!("{column}: {value} is not a share above 0 and at most 1"))
    }
}

/// A time that is not negative, from units of so many microseconds.
fn time(column: &str, value: f64, microseconds: f64) -> Result<Seconds, String> {
    if value.is_finite() && value >= 0.0 {
        Ok(Seconds::us(value * microseconds))
    } else {
        Err(format!("{column}: {value} is not a time of 0 or more"))
    }
}

/// What layers of one kind add: nothing where a row does not say.
fn further(column: &str, value: Option<f64>) -> Result<Seconds, String> {
    time(column, value.unwrap_or(0.0), 1.0)
}

/// The columns of one kind of link.
fn link(kind: &str, reaches: f64, latency: f64, per_rank: f64) -> Result<LinkShare, String> {
    Ok(LinkShare {
        share: share(&format!("{kind}_share"), reaches)?,
        latency: time(&format!("{kind}_latency_us"), latency, 1.0)?,
        latency_per_rank: time(&format!("{kind}_latency_per_rank_us"), per_rank, 1.0)?,
    })
}

/// What products with experts reach of what dense ones do: all of it where a row says nothing.
fn experts([compute, memory, packed, widened, unevenness]: [Option<f64>; 5]) -> Result<ExpertShares, String> {
    let part = |column: &str, value: Option<f64>| match value.unwrap_or(1.0) {
        value if value > 0.0 && value.is_finite() => Ok(value),
        value => Err(format!("experts_{column}: {value} is not a factor above 0")),
    };
    let unevenness = unevenness.unwrap_or(0.0);
    if !(unevenness.is_finite() && unevenness >= 0.0) {
        return Err(format!("experts_unevenness: {unevenness} is not a number of 0 or more"));
    }
    let memory_packed = part("memory_packed", packed)?;
    Ok(ExpertShares {
        compute: part("compute", compute)?,
        memory: part("memory", memory)?,
        memory_packed,
        memory_widened: widened.map_or(Ok(memory_packed), |value| part("memory_widened", Some(value)))?,
        unevenness,
    })
}

/// Steps, none of them negative.
fn steps(value: Option<f64>) -> Result<f64, String> {
    match value.unwrap_or(HALF_STEP) {
        value if value.is_finite() && value >= 0.0 => Ok(value),
        value => Err(format!("waited_steps: {value} is not a number of steps")),
    }
}

/// Both ends of a spread, or none.
fn spread(name: &str, low: Option<f64>, high: Option<f64>, points: u32) -> Result<Option<Spread>, String> {
    match (low, high) {
        (None, None) => Ok(None),
        (Some(low), Some(high)) if low > 0.0 && low <= high && high.is_finite() => {
            Ok(Some(Spread { low, high, points }))
        }
        _ => Err(format!("{name}_low and {name}_high: they are not two factors in ascending order")),
    }
}

impl ShareRow<'_> {
    pub(crate) fn entry(&self, at: Place<'_>) -> Result<Shares, String> {
        Ok(Shares {
            family: self.family.to_owned(),
            compute: ComputeShares {
                wide: share("wide", self.wide)?,
                fp8: share("fp8", self.fp8)?,
                fp4: share("fp4", self.fp4)?,
                int: share("int", self.int)?,
            },
            attention: share("attention", self.attention)?,
            memory: share("memory", self.memory)?,
            memory_packed: share("memory_packed", self.memory_packed)?,
            memory_cache: share("memory_cache", self.memory_cache)?,
            links: LinkShares {
                scale_up: link(
                    "scale_up",
                    self.scale_up_share,
                    self.scale_up_latency_us,
                    self.scale_up_latency_per_rank_us,
                )?,
                pcie: link("pcie", self.pcie_share, self.pcie_latency_us, self.pcie_latency_per_rank_us)?,
                network: link(
                    "network",
                    self.network_share,
                    self.network_latency_us,
                    self.network_latency_per_rank_us,
                )?,
            },
            pedigree: Pedigree::new(at, self.source),
        })
    }
}

/// What an engine costs on the host, by the columns that rows of two tables have for it.
macro_rules! host_costs {
    ($row:expr) => {
        HostCosts {
            per_layer: time("per_layer_us", $row.per_layer_us, 1.0)?,
            per_expert_layer: time("per_expert_layer_us", $row.per_expert_layer_us, 1.0)?,
            per_step: time("per_step_us", $row.per_step_us, 1.0)?,
            per_sequence: time("per_sequence_us", $row.per_sequence_us, 1.0)?,
            per_request: time("per_request_ms", $row.per_request_ms, 1e3)?,
            per_latent_layer: further("per_latent_layer_us", $row.per_latent_layer_us)?,
            per_recurrent_layer: further("per_recurrent_layer_us", $row.per_recurrent_layer_us)?,
        }
    };
}

impl OverheadRow<'_> {
    pub(crate) fn entry(&self, at: Place<'_>) -> Result<EngineCosts, String> {
        Ok(EngineCosts {
            engine: self.engine.to_owned(),
            version: self.version.to_owned(),
            costs: host_costs!(self),
            waited_steps: steps(self.waited_steps)?,
            experts: experts([
                self.experts_compute,
                self.experts_memory,
                self.experts_memory_packed,
                self.experts_memory_widened,
                self.experts_unevenness,
            ])?,
            pedigree: Pedigree::new(at, self.source),
        })
    }
}

impl FittedRow<'_> {
    pub(crate) fn entry(&self, at: Place<'_>) -> Result<Fitted, String> {
        Ok(Fitted {
            family: self.family.to_owned(),
            engine: self.engine.to_owned(),
            version: self.version.to_owned(),
            versions: Versions::parse(self.from_version, self.to_version)?,
            wide: share("wide", self.wide)?,
            fp8: share("fp8", self.fp8)?,
            fp4: share("fp4", self.fp4)?,
            memory: share("memory", self.memory)?,
            memory_packed: share("memory_packed", self.memory_packed)?,
            memory_cache: share("memory_cache", self.memory_cache.unwrap_or(self.memory))?,
            costs: host_costs!(self),
            waited_steps: steps(self.waited_steps)?,
            experts: experts([
                self.experts_compute,
                self.experts_memory,
                self.experts_memory_packed,
                self.experts_memory_widened,
                self.experts_unevenness,
            ])?,
            scale_up: link(
                "scale_up",
                self.scale_up_share,
                self.scale_up_latency_us,
                self.scale_up_latency_per_rank_us,
            )?,
            ttft: spread("ttft", self.ttft_low, self.ttft_high, self.points)?,
            tpot: spread("tpot", self.tpot_low, self.tpot_high, self.points)?,
            points: self.points,
            pedigree: Pedigree::new(at, self.source),
        })
    }
}

impl CarryRow<'_> {
    pub(crate) fn entry(&self, at: Place<'_>) -> Result<Carry, String> {
        let factor = |column: &str, value: f64| {
            let wide = value.is_finite() && value >= 1.0;
            if wide { Ok(value) } else { Err(format!("{column}: {value} is not a factor of 1 or more")) }
        };
        Ok(Carry {
            engine: self.engine.to_owned(),
            tpot: factor("tpot_factor", self.tpot_factor)?,
            ttft: factor("ttft_factor", self.ttft_factor)?,
            pedigree: Pedigree::new(at, self.source),
        })
    }
}

pub(super) const TESTED: &str = "the tests read every shipped row";

shipped!(SHARES: ShareRow<'static> => Shares, CHIP_SHARES, |row| {
    row.entry(Place::shipped("chip_shares.csv")).expect(TESTED)
});
shipped!(OVERHEADS: OverheadRow<'static> => EngineCosts, ENGINE_OVERHEADS, |row| {
    row.entry(Place::shipped("engine_overheads.csv")).expect(TESTED)
});
shipped!(FITTED: FittedRow<'static> => Fitted, CALIBRATIONS, |row| {
    row.entry(Place::shipped("calibrations.csv")).expect(TESTED)
});
shipped!(CARRY: CarryRow<'static> => Carry, CALIBRATION_CARRY, |row| {
    row.entry(Place::shipped("calibration_carry.csv")).expect(TESTED)
});

impl Layered for Shares {
    fn layer(&self) -> LayerName {
        self.pedigree.layer
    }

    fn key(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.family)
    }
}

impl Layered for EngineCosts {
    fn layer(&self) -> LayerName {
        self.pedigree.layer
    }

    fn key(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.engine)
    }
}

impl Layered for Carry {
    fn layer(&self) -> LayerName {
        self.pedigree.layer
    }

    fn key(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.engine)
    }
}

impl Layered for Fitted {
    fn layer(&self) -> LayerName {
        self.pedigree.layer
    }

    fn key(&self) -> Cow<'_, str> {
        Cow::Owned(format!("{}\0{}\0{}", self.family, self.engine, self.version))
    }
}

impl Fitted {
    /// Whether the row states spreads of its own, as a user's may.
    pub(crate) const fn states_spreads(&self) -> bool {
        self.ttft.is_some() || self.tpot.is_some()
    }

    /// Its own spreads, of whatever question.
    fn stated_spreads(&self) -> QuestionSpreads {
        QuestionSpreads::all(Spreads { ttft: self.ttft, tpot: self.tpot, rate: None })
    }

    /// The calibration of this row; what it does not fit comes from the family's shares.
    pub(crate) fn calibration(&self, shares: &Shares) -> Calibration {
        Calibration {
            family: self.family.clone(),
            engine: self.engine.clone(),
            version: self.version.clone(),
            compute: ComputeShares { wide: self.wide, fp8: self.fp8, fp4: self.fp4, ..shares.compute },
            attention: shares.attention,
            memory: self.memory,
            memory_packed: self.memory_packed,
            memory_cache: self.memory_cache,
            experts: self.experts,
            per_layer: self.costs.per_layer,
            per_expert_layer: self.costs.per_expert_layer,
            per_latent_layer: self.costs.per_latent_layer,
            per_recurrent_layer: self.costs.per_recurrent_layer,
            per_step: self.costs.per_step,
            per_sequence: self.costs.per_sequence,
            per_request: self.costs.per_request,
            waited_steps: self.waited_steps,
            links: LinkShares { scale_up: self.scale_up, ..shares.links },
            level: 1.0,
            level_of_bursts: None,
            level_points: 0,
            distance: Distance::Model,
            assumed: assumptions().assumptions,
            spreads: self.stated_spreads(),
            basis: Basis::Fitted,
            source: self.pedigree.describe(),
            points: self.points,
            eager_above: None,
            head_kernel: HeadKernels::default(),
            memory_use: MemoryUse::RULES,
            memory_source: String::new(),
        }
    }
}
