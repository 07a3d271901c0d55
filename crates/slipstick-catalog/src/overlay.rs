//! Rows of the user, the project or the request on top of the shipped ones.

use crate::{
    AsOf, Catalog, LayerName, LoadProfile, ModelEntry, NodeShape, Place, Rating, TableError, TokenPrice,
    UseCase,
    accelerators::{self, AcceleratorEntry},
    calibrations::{
        self, AdjustmentEntry, Calibrations, Carry, EngineCosts, Fitted, LevelEntry, Shares, Spreading,
    },
    engines::{self, EngineEntry, EngineError, ProfileEntry},
    formats::FormatEntry,
    offers::OfferRows,
    price_files::{self, PriceFile, PriceFileError, PriceSource, Reject},
    rows::Rows,
    table::{self, Columns},
    tables::{
        CarryRow, EngineRow, FittedRow, FormatRow, LevelRow, LoadProfileRow, NodeRow, OverheadRow, RatingRow,
        ShareRow, SpreadRow, StackRow, TrainingFitRow, TrainingMemoryRow, UseCaseRow,
    },
    training::{MemoryFit, StackEntry, TrainingFit},
};

/// Rows of all overlays.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overlay {
    pub(crate) accelerators: Rows<AcceleratorEntry>,
    pub(crate) offers: OfferRows,
    pub(crate) token_prices: Rows<TokenPrice>,
    pub(crate) models: Rows<ModelEntry>,
    pub(crate) ratings: Rows<Rating>,
    pub(crate) rejects: Vec<(String, Reject)>,
    /// How many rows of prices were not taken, listed or not.
    pub(crate) rejected: usize,
    pub(crate) calibrations: Calibrations,
    pub(crate) engines: Rows<EngineEntry>,
    pub(crate) profiles: Rows<ProfileEntry>,
    pub(crate) nodes: Rows<NodeShape>,
    pub(crate) use_cases: Rows<UseCase>,
    pub(crate) load_profiles: Rows<LoadProfile>,
    pub(crate) formats: Rows<FormatEntry>,
    pub(crate) stacks: Rows<StackEntry>,
    pub(crate) training_fits: Rows<TrainingFit>,
    pub(crate) memory_fits: Rows<MemoryFit>,
}

/// What one file of an overlay holds.
pub(crate) enum Addition {
    /// Accelerators.
    Accelerators(Vec<AcceleratorEntry>),
    /// A model.
    Model(Box<ModelEntry>),
    /// Ratings of models.
    Ratings(Vec<Rating>),
    /// Prices.
    Prices(PriceFile),
    /// What engines reach on chips.
    Calibrations(Vec<Fitted>),
    /// What chips reach of their peaks.
    Shares(Vec<Shares>),
    /// What engines cost on the host.
    EngineCosts(Vec<EngineCosts>),
    /// How far calibrations are carried over.
    Carry(Vec<Carry>),
    /// How much longer steps took than is estimated.
    Levels(Vec<LevelEntry>),
    /// How far measurements lie from answers.
    Spreads(Vec<Spreading>),
    /// What own runs tell.
    Adjustments(Vec<AdjustmentEntry>),
    /// Engines and what they support.
    Engines(Vec<EngineEntry>),
    /// Memory rules of engines.
    Profiles(Vec<ProfileEntry>),
    /// Usual nodes.
    Nodes(Vec<NodeShape>),
    /// What models are used for.
    UseCases(Vec<UseCase>),
    /// Loads over the hours.
    LoadProfiles(Vec<LoadProfile>),
    /// Formats by name.
    Formats(Vec<FormatEntry>),
    /// Training softwares.
    Stacks(Vec<StackEntry>),
    /// What training reaches on chips.
    TrainingFits(Vec<TrainingFit>),
    /// What meters of training memory read more.
    MemoryFits(Vec<MemoryFit>),
}

/// Why an overlay could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OverlayError {
    /// A description of accelerators is wrong.
    #[error(transparent)]
    Accelerators(#[from] accelerators::UserFileError),
    /// A table with the columns of a shipped one is wrong.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The memory rules of an engine are wrong.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A price table is wrong.
    #[error(transparent)]
    Prices(#[from] PriceFileError),
    /// It is no kind of table that is known.
    #[error(
        "{file}: not a table of the catalogue; give accelerators as .toml, prices as .csv or .json and models as config .json"
    )]
    Unrecognised {
        /// The file.
        file: String,
    },
}

impl Overlay {
    pub(crate) fn add(&mut self, addition: Addition, file: &str) {
        match addition {
            Addition::Accelerators(entries) => self.accelerators.extend(entries),
            Addition::Model(entry) => self.models.extend([*entry]),
            Addition::Ratings(rows) => self.ratings.extend(rows),
            Addition::Calibrations(rows) => self.calibrations.fitted.extend(rows),
            Addition::Shares(rows) => self.calibrations.shares.extend(rows),
            Addition::EngineCosts(rows) => self.calibrations.overheads.extend(rows),
            Addition::Carry(rows) => self.calibrations.carry.extend(rows),
            Addition::Levels(rows) => self.calibrations.levels.extend(rows),
            Addition::Spreads(rows) => self.calibrations.spreads.extend(rows),
            Addition::Adjustments(rows) => self.calibrations.adjustments.extend(rows),
            Addition::Engines(rows) => self.engines.extend(rows),
            Addition::Profiles(rows) => self.profiles.extend(rows),
            Addition::Nodes(rows) => self.nodes.extend(rows),
            Addition::UseCases(rows) => self.use_cases.extend(rows),
            Addition::LoadProfiles(rows) => self.load_profiles.extend(rows),
            Addition::Formats(rows) => self.formats.extend(rows),
            Addition::Stacks(rows) => self.stacks.extend(rows),
            Addition::TrainingFits(rows) => self.training_fits.extend(rows),
            Addition::MemoryFits(rows) => self.memory_fits.extend(rows),
            Addition::Prices(prices) => {
                self.offers.extend(prices.offers);
                self.token_prices.extend(prices.token_prices);
                self.rejected += prices.rejects.count();
                self.rejects
                    .extend(prices.rejects.into_listed().into_iter().map(|reject| (file.to_owned(), reject)));
            }
        }
    }
}

/// Reads one file over the facts of `below`.
pub(crate) fn read(
    below: &Catalog,
    layer: LayerName,
    file: &str,
    text: &str,
) -> Result<Addition, OverlayError> {
    let ending = file.rsplit('.').next().unwrap_or("").to_ascii_lowercase();
    let at = Place { layer, file };
    Ok(match ending.as_str() {
        "toml" if text.contains("[[profile]]") => Addition::Profiles(engines::read(below, at, text)?),
        "toml" if text.contains("[[adjustment]]") => {
            Addition::Adjustments(calibrations::read_adjustments(at, text)?)
        }
        "toml" => {
            let find = |name: &str| below.accelerator(name).cloned().map_err(|e| e.to_string());
            Addition::Accelerators(accelerators::parse_user_file(layer, file, text, find)?)
        }
        "json" if !text.contains("\"input_cost_per_token\"") && is_config(text) => {
            Addition::Model(Box::new(ModelEntry::of_file(layer, file, text, undated())))
        }
        "csv" | "json" => {
            if let Some(rows) = table(at, text)? {
                return Ok(rows);
            }
            let source = PriceSource { file, cloud: None, as_of: None, layer };
            Addition::Prices(price_files::read(below, &source, text.as_bytes())?)
        }
        _ => return Err(OverlayError::Unrecognised { file: file.to_owned() }),
    })
}

/// Reads a table with the columns of a shipped one that holds no prices; none if it is of another kind.
fn table(at: Place<'_>, text: &str) -> Result<Option<Addition>, TableError> {
    let header = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
    let columns: Vec<&str> = header.split(',').map(|column| column.trim().trim_matches('"')).collect();
    let has = |names: &[&str]| names.iter().all(|name| columns.contains(name));
    Ok(Some(if has(&["family", "engine", "version", "wide"]) {
        Addition::Calibrations(entries::<FittedRow<'static>, _>(at, text, |row| row.entry(at))?)
    } else if has(&["family", "wide", "attention"]) {
        Addition::Shares(entries::<ShareRow<'static>, _>(at, text, |row| row.entry(at))?)
    } else if has(&["engine", "version", "per_step_us"]) {
        Addition::EngineCosts(entries::<OverheadRow<'static>, _>(at, text, |row| row.entry(at))?)
    } else if has(&["engine", "architecture", "factor"]) {
        Addition::Levels(entries::<LevelRow<'static>, _>(at, text, |row| row.entry(at))?)
    } else if has(&["family", "engine", "arrival", "quantity"]) {
        Addition::Spreads(entries::<SpreadRow<'static>, _>(at, text, |row| row.entry(at))?)
    } else if has(&["engine", "tpot_factor", "ttft_factor"]) {
        Addition::Carry(entries::<CarryRow<'static>, _>(at, text, |row| row.entry(at))?)
    } else if has(&["id", "maker", "modelled", "weight_formats"]) {
        Addition::Engines(entries::<EngineRow<'static>, _>(at, text, |row| row.entry(at))?)
    } else if has(&["model", "rated_as", "rating"]) {
        Addition::Ratings(entries::<RatingRow<'static>, _>(at, text, |row| row.entry(at))?)
    } else if has(&["holds_for", "node"]) {
        Addition::Nodes(entries::<NodeRow<'static>, _>(at, text, |row| row.shape(at))?)
    } else if has(&["name", "lengths_source", "targets_source"]) {
        Addition::UseCases(entries::<UseCaseRow<'static>, _>(at, text, |row| row.entry(at))?)
    } else if has(&["name", "meaning", "hours", "source"]) {
        Addition::LoadProfiles(entries::<LoadProfileRow<'static>, _>(at, text, |row| row.entry(at))?)
    } else if has(&["what", "name", "applies_to", "format"]) {
        Addition::Formats(entries::<FormatRow<'static>, _>(at, text, |row| row.entry(at))?)
    } else if has(&["stack", "family", "work", "factor"]) {
        Addition::TrainingFits(entries::<TrainingFitRow<'static>, _>(at, text, |row| row.entry(at))?)
    } else if has(&["stack", "meter", "trained", "factor"]) {
        Addition::MemoryFits(entries::<TrainingMemoryRow<'static>, _>(at, text, |row| row.entry(at))?)
    } else if has(&["name", "eager", "logit_bytes"]) {
        Addition::Stacks(entries::<StackRow<'static>, _>(at, text, |row| row.entry(at))?)
    } else {
        return Ok(None);
    }))
}

/// The entries of a table, or the first row that is wrong.
fn entries<C: Columns, T>(
    at: Place<'_>,
    text: &str,
    entry: impl Fn(&C::Row<'_>) -> Result<T, String>,
) -> Result<Vec<T>, TableError> {
    let mut entries = Vec::new();
    let mut wrong = None;
    table::each::<C>(at.file, text.trim_start_matches('\u{feff}').as_bytes(), |line, row| {
        match entry(&row) {
            Ok(entry) => entries.push(entry),
            Err(what) if wrong.is_none() => wrong = Some(TableError::new(at.file, line, what)),
            Err(_) => {}
        }
    })?;
    wrong.map_or(Ok(entries), Err)
}

/// Whether a JSON text is a model's configuration.
fn is_config(text: &str) -> bool {
    ["\"model_type\"", "\"architectures\""].iter().any(|key| text.contains(key))
}

/// The date of a file that carries none.
fn undated() -> AsOf {
    AsOf::parse("1970").expect("a year")
}
