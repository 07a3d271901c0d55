//! What a person's own runs tell of an accelerator under an engine: factors on what the catalogue says of the pair, and of
//! single deployments. `slipstick calibrate` fits and writes them; an overlay holds them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use slipstick_core::{
    basis::Basis,
    hardware::{Calibration, Distance, MemoryUse, QuestionSpreads, Spread, Spreads},
};

use super::{Found, both, levels::Served, table::Pedigree};
use crate::{
    LayerName, Place, TableError,
    rows::{Layered, Rows},
    table::line_of,
    version::Version,
};

/// Factors on a calibration; 1 changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Factors {
    /// On the share of the memory bandwidth that is reached.
    pub bandwidth: f64,
    /// On the share of the peaks that products and attention reach.
    pub compute: f64,
    /// On times of a layer, a step and a sequence.
    pub overheads: f64,
    /// On what a request waits for before its prompt is read.
    pub waits: f64,
    /// On the time of a step.
    pub level: f64,
    /// On what the engine takes of memory.
    #[serde(skip_serializing_if = "MemoryFactors::is_none")]
    pub memory: MemoryFactors,
}

impl Default for Factors {
    fn default() -> Self {
        let memory = MemoryFactors::default();
        Self { bandwidth: 1.0, compute: 1.0, overheads: 1.0, waits: 1.0, level: 1.0, memory }
    }
}

/// Factors on what the rules of an engine say of its memory; 1 changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct MemoryFactors {
    /// On the peak of a step.
    pub activations: f64,
    /// On what lies outside the allocator: device context, communication, libraries.
    pub outside: f64,
    /// On captured graphs.
    pub graphs: f64,
}

impl Default for MemoryFactors {
    fn default() -> Self {
        let MemoryUse { activations, outside, graphs } = MemoryUse::RULES;
        Self { activations, outside, graphs }
    }
}

impl MemoryFactors {
    /// Whether it changes nothing.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    const fn as_use(self) -> MemoryUse {
        MemoryUse { activations: self.activations, outside: self.outside, graphs: self.graphs }
    }
}

impl Factors {
    /// Multiplies what a calibration says; no share exceeds all of it.
    pub fn apply(&self, calibration: &mut Calibration) {
        let c = calibration;
        for share in [&mut c.memory, &mut c.memory_packed, &mut c.memory_cache] {
            *share = (*share * self.bandwidth).min(1.0);
        }
        let peaks = &mut c.compute;
        for share in [&mut peaks.wide, &mut peaks.fp8, &mut peaks.fp4, &mut peaks.int, &mut c.attention] {
            *share = (*share * self.compute).min(1.0);
        }
        for time in [
            &mut c.per_layer,
            &mut c.per_expert_layer,
            &mut c.per_latent_layer,
            &mut c.per_recurrent_layer,
            &mut c.per_step,
            &mut c.per_sequence,
        ] {
            *time = *time * self.overheads;
        }
        c.per_request = c.per_request * self.waits;
        c.waited_steps *= self.waits;
        c.slow(self.level);
    }

    fn checked(&self) -> Result<(), String> {
        let all = [
            ("bandwidth", self.bandwidth),
            ("compute", self.compute),
            ("overheads", self.overheads),
            ("waits", self.waits),
            ("level", self.level),
            ("activations", self.memory.activations),
            ("outside", self.memory.outside),
            ("graphs", self.memory.graphs),
        ];
        let wrong = all.into_iter().find(|(_, factor)| !(factor.is_finite() && *factor > 0.0));
        wrong.map_or(Ok(()), |(name, factor)| Err(format!("{name}: {factor} is not a factor above 0")))
    }
}

/// How far measured lie from predicted values of one question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdjustedBand {
    /// The question: `steady`, `benchmark`, `burst`, `static` or `alone`.
    pub question: String,
    /// The quantity: `ttft`, `tpot` or `rate`.
    pub quantity: String,
    /// The 10th percentile of measured over predicted.
    pub low: f64,
    /// The 90th.
    pub high: f64,
    /// Points behind it.
    pub points: u32,
}

/// What runs of one deployment tell of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdjustedLevel {
    /// The model's fingerprint.
    pub architecture: String,
    /// The name of its weights' format.
    pub format: String,
    /// Tensor-parallel ranks.
    pub tp: u64,
    /// Ranks that experts are spread over.
    pub ep: u64,
    /// On the time of a step.
    pub factor: f64,
    /// Points behind it.
    pub points: u32,
    /// How far its runs lie from what is answered, where there are enough of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bands: Vec<AdjustedBand>,
}

/// What own runs tell of an accelerator under an engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjustment {
    /// The engine.
    pub engine: String,
    /// The accelerator, by its id.
    pub accelerator: String,
    /// The versions of the engine that were measured, where runs say them.
    #[serde(default)]
    pub versions: Vec<String>,
    /// Points of speed behind it.
    pub points: u32,
    /// What it was fitted on, in words.
    pub source: String,
    /// Terms of memory behind it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub memory_points: u32,
    /// What those were fitted on, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub memory_source: String,
    /// When, as a month or a day.
    pub seen: String,
    /// Factors for every model.
    #[serde(default)]
    pub factors: Factors,
    /// Deployments that were measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub level: Vec<AdjustedLevel>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields over by reference")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// The file that holds adjustments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AdjustmentFile {
    adjustment: Vec<Adjustment>,
}

/// The text of an overlay that holds `adjustments`.
///
/// # Errors
/// If a count is larger than TOML can hold.
pub fn adjustments_toml(adjustments: &[Adjustment]) -> Result<String, toml::ser::Error> {
    let file = AdjustmentFile { adjustment: adjustments.to_vec() };
    toml::to_string(&file)
}

/// An adjustment and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AdjustmentEntry {
    adjustment: Adjustment,
    pedigree: Pedigree,
    /// Of what it says of memory.
    of_memory: Pedigree,
}

impl Layered for AdjustmentEntry {
    fn layer(&self) -> LayerName {
        self.pedigree.layer
    }

    fn key(&self) -> Cow<'_, str> {
        Cow::Owned(key(&self.adjustment.engine, &self.adjustment.accelerator))
    }
}

fn key(engine: &str, accelerator: &str) -> String {
    format!("{engine}\0{accelerator}")
}

/// Reads an overlay's adjustments.
pub(crate) fn read(at: Place<'_>, text: &str) -> Result<Vec<AdjustmentEntry>, TableError> {
    let file: AdjustmentFile = toml::from_str(text).map_err(|error| {
        let line = line_of(text, error.span()) as u64;
        TableError::new(at.file, line, error.message().to_owned())
    })?;
    let entries = file.adjustment.into_iter().map(|adjustment| {
        let checked = adjustment.checked().map(|()| AdjustmentEntry {
            pedigree: Pedigree::new(at, &adjustment.source),
            of_memory: Pedigree::new(at, &adjustment.memory_source),
            adjustment,
        });
        checked.map_err(|what| TableError::new(at.file, 1, what))
    });
    entries.collect()
}

impl Adjustment {
    fn checked(&self) -> Result<(), String> {
        let name = format!("{} under {}", self.accelerator, self.engine);
        self.factors.checked().map_err(|what| format!("{name}: {what}"))?;
        for level in &self.level {
            if !(level.factor.is_finite() && level.factor > 0.0) {
                return Err(format!("{name}: factor: {} is not a factor above 0", level.factor));
            }
            for band in &level.bands {
                let known = ["steady", "benchmark", "burst", "static"].contains(&band.question.as_str())
                    && ["ttft", "tpot", "rate"].contains(&band.quantity.as_str());
                if !(known && band.low > 0.0 && band.low <= band.high && band.high.is_finite()) {
                    return Err(format!(
                        "{name}: a band is of steady, benchmark, burst or static, of ttft, tpot or rate, and has two factors in ascending order"
                    ));
                }
            }
        }
        Ok(())
    }

    fn level(&self, served: &Served<'_>) -> Option<&AdjustedLevel> {
        self.level.iter().find(|level| {
            level.architecture == served.architecture
                && level.format == served.format
                && (level.tp, level.ep) == (served.tp, served.ep)
        })
    }

    fn measured(&self, version: &str) -> bool {
        let asked = Version::parse(version);
        asked.is_some() && self.versions.iter().any(|own| Version::parse(own) == asked)
    }
}

/// The adjustment of an accelerator under an engine, if an overlay has one.
pub(super) fn find<'a>(
    rows: &'a Rows<AdjustmentEntry>,
    engine: &str,
    accelerator: &str,
) -> Option<&'a AdjustmentEntry> {
    rows.get(&key(engine, accelerator))
}

impl AdjustmentEntry {
    /// What the engine takes of memory against its rules.
    pub(super) const fn memory_use(&self) -> MemoryUse {
        self.adjustment.factors.memory.as_use()
    }

    /// What is known before bands are looked up: whoever measured a pair, a deployment or a version is near it.
    pub(super) fn approach(&self, served: &Served<'_>, found: &mut Found) {
        if self.adjustment.points == 0 {
            return;
        }
        let distance = if self.adjustment.level(served).is_some() { Distance::Near } else { Distance::Model };
        found.plain.distance = found.plain.distance.min(distance);
        found.carried &= !self.adjustment.measured(served.version);
    }

    /// Puts the factors in, and bands where runs of the very deployment have some.
    pub(super) fn apply(&self, served: &Served<'_>, calibration: &mut Calibration) {
        self.adjustment.factors.apply(calibration);
        if !self.adjustment.factors.memory.is_none() {
            calibration.memory_use = self.memory_use();
            calibration.memory_source = self.of_memory.describe();
        }
        if self.adjustment.points == 0 {
            return;
        }
        calibration.source = both(&calibration.source, &self.pedigree.describe());
        let Some(level) = self.adjustment.level(served) else { return };
        calibration.slow(level.factor);
        calibration.level_points = calibration.level_points.max(level.points);
        calibration.basis = Basis::Fitted;
        for band in &level.bands {
            let spread = Spread { low: band.low, high: band.high, points: band.points };
            if let Some(place) = place(&mut calibration.spreads, &band.question, &band.quantity) {
                *place = Some(spread);
            }
        }
    }
}

/// Where the spread of a question's quantity stands.
fn place<'a>(
    spreads: &'a mut QuestionSpreads,
    question: &str,
    quantity: &str,
) -> Option<&'a mut Option<Spread>> {
    let Spreads { ttft, tpot, rate } = match question {
        "steady" => &mut spreads.steady,
        "benchmark" => &mut spreads.benchmark,
        "burst" => &mut spreads.burst,
        "open" => &mut spreads.open,
        "static" => &mut spreads.batch,
        "alone" => &mut spreads.alone,
        _ => return None,
    };
    match quantity {
        "ttft" => Some(ttft),
        "tpot" => Some(tpot),
        "rate" => Some(rate),
        _ => None,
    }
}
