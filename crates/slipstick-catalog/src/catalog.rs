//! The catalogue: shipped facts with overlays on top.

use std::{io, sync::OnceLock};

use jiff::civil::Date;
use slipstick_core::{
    basis::Known,
    engine::Engine,
    hardware::{Accelerator, Calibration, MemoryUse},
    model::what_if::Quant,
    names::normalise,
    numeric::CacheFormat,
    training::{Efficiency, MeterFits},
};

use crate::{
    LayerName, LoadProfile, ModelEntry, NodeShape, Offer, OverlayError, Rating, TokenPrice, UnknownModel,
    UseCase,
    accelerators::{self, AcceleratorEntry, AcceleratorSpec, LookupError, SpecError},
    calibrations::Served,
    engines::{self, EngineEntry, EngineError, ProfileEntry},
    formats::{self, FormatError},
    load_profiles,
    machines::{self, Machines},
    models, nodes,
    offers::{self, Need, OfferFilter, OfferOrder, PassedOver, Quote, Rental},
    overlay::{self, Addition, Overlay},
    price_files::{self, PriceFile, PriceFileError, PriceSource, Reject},
    ratings,
    rows::Rows,
    token_prices,
    training::{self, Precision, StackEntry, Work},
    use_cases,
};

/// All facts the program knows, in layers. Shipped tables are parsed when they are first asked for.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    overlay: Overlay,
}

impl Catalog {
    /// The shipped facts alone.
    pub fn builtin() -> Self {
        Self::default()
    }

    /// The shipped facts alone, for as long as the program runs.
    pub fn shipped() -> &'static Self {
        static SHIPPED: OnceLock<Catalog> = OnceLock::new();
        SHIPPED.get_or_init(Self::builtin)
    }

    /// With the rows of `text` on top. `file_name` is for messages, and its ending tells the kind of table: accelerators
    /// and the memory rules of engines as `.toml`, prices as `.csv` or `.json`, a model as its `config.json` under its own
    /// name, and as `.csv` whatever has the columns of a shipped table of calibrations, engines, nodes, formats or ratings. Rows of prices that were not taken are kept in [`Catalog::rejects`].
    ///
    /// # Errors
    /// If the text is no table the catalogue knows, or a description in it is wrong.
    pub fn with_overlay(
        mut self,
        layer: LayerName,
        file_name: &str,
        text: &str,
    ) -> Result<Self, OverlayError> {
        let addition = overlay::read(&self, layer, file_name, text)?;
        self.overlay.add(addition, file_name);
        Ok(self)
    }

    /// Reads a price file of any known kind without adding it.
    ///
    /// # Errors
    /// If it is of no known kind, or does not say its date or cloud and neither does `source`.
    pub fn read_prices(
        &self,
        source: &PriceSource<'_>,
        text: impl io::Read,
    ) -> Result<PriceFile, PriceFileError> {
        price_files::read(self, source, text)
    }

    /// With the rows of a price file on top.
    #[must_use]
    pub fn with_prices(mut self, prices: PriceFile, file_name: &str) -> Self {
        self.overlay.add(Addition::Prices(prices), file_name);
        self
    }

    /// Rows of overlays that were not taken, each with its file; the first 10,000 of each file.
    pub fn rejects(&self) -> &[(String, Reject)] {
        &self.overlay.rejects
    }

    /// How many rows of overlays were not taken.
    pub const fn rejected(&self) -> usize {
        self.overlay.rejected
    }

    /// All accelerators, an overlay's row in the place of the shipped one it overrides, new ones at the end.
    pub fn accelerators(&self) -> Vec<&AcceleratorEntry> {
        self.overlay.accelerators.merged(&accelerators::BUILTIN)
    }

    /// How much of its peaks `accelerator` reaches under a version of `engine`, and what the engine costs; without a
    /// version under the newest that something was fitted on. Every question has an answer; its basis says whether it was
    /// fitted or only assumed to carry over.
    ///
    /// ```
    /// # use slipstick_catalog::Catalog;
    /// # use slipstick_core::basis::Basis;
    /// let catalog = Catalog::builtin();
    /// let h100 = &catalog.accelerator("h100").unwrap().accelerator;
    /// assert_eq!(catalog.calibration(h100, "vllm", Some("0.12")).basis, Basis::Fitted);
    /// let carried = catalog.calibration(h100, "vllm", Some("0.33"));
    /// assert_eq!(carried.basis, Basis::Assumed);
    /// assert_eq!(carried.version, "0.10 to 0.19, carried over to 0.33");
    /// ```
    pub fn calibration(&self, accelerator: &Accelerator, engine: &str, version: Option<&str>) -> Calibration {
        self.overlay.calibrations.find(accelerator, engine, version)
    }

    /// The same without what own runs told: what they are fitted against.
    #[must_use]
    pub fn without_adjustments(mut self) -> Self {
        self.overlay.calibrations.adjustments = Rows::default();
        self
    }

    /// What starts of an engine showed of its memory on an accelerator, by id, against the engine's rules.
    pub fn memory_use(&self, engine: &str, accelerator: &str) -> MemoryUse {
        self.overlay.calibrations.memory_use(engine, accelerator)
    }

    /// The calibration of what is served: that of its pair, and what measurements of its like add.
    pub fn calibration_of(&self, served: &Served<'_>) -> Calibration {
        self.overlay.calibrations.of(served)
    }

    /// The same pair as if nothing had been fitted on it.
    pub fn unfitted_calibration(&self, accelerator: &Accelerator, engine: &str) -> Calibration {
        self.overlay.calibrations.unfitted(accelerator, engine)
    }

    /// All engines, modelled or not, the modelled ones first.
    pub fn engines(&self) -> Vec<&EngineEntry> {
        self.overlay.engines.merged(&engines::BUILTIN)
    }

    /// The engine with this id, without regard to case.
    pub fn engine(&self, id: &str) -> Option<&EngineEntry> {
        self.overlay.engines.named(&normalise(id)).or_else(|| {
            let place = engines::BUILTIN.rows().iter().position(|row| row.id.eq_ignore_ascii_case(id))?;
            Some(engines::BUILTIN.get(place))
        })
    }

    /// The memory rules of an engine by version, oldest first.
    pub fn profiles(&self, engine: Engine) -> Vec<&ProfileEntry> {
        engines::profiles(&self.overlay.profiles, engine)
    }

    /// The memory rules of the newest version of an engine that is known.
    pub fn latest_profile(&self, engine: Engine) -> &ProfileEntry {
        engines::latest(&self.overlay.profiles, engine)
    }

    /// The memory rules that hold for a version of an engine: the newest that are not newer.
    ///
    /// # Errors
    /// If the version is no number, or older than every profile.
    ///
    /// ```
    /// # use slipstick_catalog::Catalog;
    /// # use slipstick_core::engine::Engine;
    /// let catalog = Catalog::builtin();
    /// assert_eq!(catalog.profile(Engine::Vllm, "0.14.1").unwrap().profile.version, "0.11");
    /// assert_eq!(catalog.profile(Engine::LlamaCpp, "b8818").unwrap().profile.version, "b6500");
    /// ```
    pub fn profile(&self, engine: Engine, version: &str) -> Result<&ProfileEntry, EngineError> {
        engines::holding(&self.overlay.profiles, engine, version)
    }

    /// A way to store weights, by name.
    ///
    /// # Errors
    /// If there is none of that name; the nearest are named.
    ///
    /// ```
    /// # use slipstick_catalog::Catalog;
    /// # use slipstick_core::model::what_if::{Mix, Quant};
    /// let catalog = Catalog::builtin();
    /// assert_eq!(catalog.quant("q4_k_m").unwrap(), Quant::Mix(Mix::Q4KM));
    /// assert_eq!(catalog.quant("AWQ").unwrap(), catalog.quant("gptq-int4-g128").unwrap());
    /// assert_eq!(
    ///     catalog.quant("q4_k_n").unwrap_err().to_string(),
    ///     "\"q4_k_n\" is not a known weight format; did you mean Q4_K_M, Q4_K_S or Q2_K?"
    /// );
    /// ```
    pub fn quant(&self, name: &str) -> Result<Quant, FormatError> {
        formats::quant(&self.overlay.formats, name)
    }

    /// What checkpoints that makers publish in a format weigh, against what a model counts in it: makers leave different
    /// layers alone.
    ///
    /// ```
    /// # use slipstick_catalog::Catalog;
    /// let catalog = Catalog::builtin();
    /// let share = |name| catalog.quant_share(catalog.quant(name).unwrap());
    /// assert_eq!((share("bf16").low, share("bf16").high), (1.0, 1.0));
    /// assert!(share("nvfp4").high > share("q4_k_m").high && share("q4_k_m").high > 1.02);
    /// // Formats of few published files take the band of their kin.
    /// assert_eq!((share("gptq-int3").high, share("q6_k").high), (share("nf4").high, share("q5_k_m").high));
    /// ```
    pub fn quant_share(&self, quant: Quant) -> Known<f64> {
        formats::quant_share(&self.overlay.formats, quant)
    }

    /// The shown name of a way to store weights.
    pub fn quant_name(&self, quant: Quant) -> &str {
        formats::quant_name(&self.overlay.formats, quant)
    }

    /// The names of the ways to store weights, one each.
    pub fn quant_names(&self) -> Vec<&str> {
        formats::quant_names(&self.overlay.formats)
    }

    /// A format of the cache, by name.
    ///
    /// # Errors
    /// If there is none of that name; the nearest are named.
    ///
    /// ```
    /// # use slipstick_catalog::Catalog;
    /// let catalog = Catalog::builtin();
    /// assert_eq!(catalog.cache_format("fp8_e5m2").unwrap().key.layout().bytes, 1);
    /// assert!(catalog.cache_format("fp9").is_err());
    /// ```
    pub fn cache_format(&self, name: &str) -> Result<CacheFormat, FormatError> {
        formats::cache(&self.overlay.formats, name)
    }

    /// The names of the formats of the cache, one each.
    pub fn cache_format_names(&self) -> Vec<&str> {
        formats::cache_names(&self.overlay.formats)
    }

    /// What models are used for, with the rows of higher layers in the place of those they override.
    pub fn use_cases(&self) -> Vec<&UseCase> {
        self.overlay.use_cases.merged(&use_cases::BUILTIN)
    }

    /// How loads change with the hours, likewise.
    pub fn load_profiles(&self) -> Vec<&LoadProfile> {
        self.overlay.load_profiles.merged(&load_profiles::BUILTIN)
    }

    /// The usual node of an accelerator: the network between nodes, and the host.
    pub fn node(&self, accelerator: &Accelerator) -> &NodeShape {
        nodes::node(&self.overlay.nodes, accelerator)
    }

    /// All offers, with the rows of higher layers in the place of those they override.
    pub fn offers(&self) -> Vec<&Offer> {
        self.overlay.offers.all()
    }

    /// The offers that a filter admits, each under its terms, in order.
    pub fn quotes(&self, filter: &OfferFilter, order: OfferOrder) -> Vec<Quote<'_>> {
        let offers = match &filter.accelerator {
            Some(id) => self.overlay.offers.of(id),
            None => self.overlay.offers.all(),
        };
        offers::select(offers, filter, order)
    }

    /// The cheapest way to rent what is needed, if anybody offers it. Prices that are very stale on `today` stand in
    /// only where there is no newer one.
    ///
    /// ```
    /// # use slipstick_catalog::{Catalog, offers::{Need, Term}};
    /// let catalog = Catalog::builtin();
    /// let need = Need {
    ///     accelerator: "nvidia-h100-sxm-80gb".into(),
    ///     per_node: 8,
    ///     nodes: 2,
    ///     term: Term::OnDemand,
    ///     cloud: Some("aws".into()),
    ///     region: Some("us-east-1".into()),
    ///     instance: None,
    /// };
    /// let found = catalog.cheapest(&need, jiff::civil::date(2026, 11, 22)).unwrap();
    /// assert_eq!((found.quote.offer.instance.as_str(), found.units), ("p5.48xlarge", 2));
    /// ```
    pub fn cheapest(&self, need: &Need, today: Date) -> Option<Rental<'_>> {
        offers::cheapest(&self.overlay.offers.of(&need.accelerator), need, today)
    }

    /// The machines that a name such as `p5.48xlarge` or `2xp5.48xlarge` means, if one instance type has that name.
    pub fn instances(&self, text: &str) -> Option<Machines<'_>> {
        offers::instances(&self.overlay.offers, text)
    }

    /// The machines that a maker's name (`dgx-h100`, `2xgb200-nvl72`) or a cloud's (`p5.48xlarge`) means.
    pub fn machines(&self, text: &str) -> Option<Machines<'_>> {
        machines::made(text).or_else(|| self.instances(text))
    }

    /// What costs less than [`Catalog::cheapest`] and is passed over, the lowest price first.
    pub fn passed_over(&self, need: &Need, today: Date) -> Vec<PassedOver<'_>> {
        offers::passed_over(&self.overlay.offers.of(&need.accelerator), need, today)
    }

    /// All models, with the rows of higher layers in the place of those they override.
    pub fn models(&self) -> Vec<&ModelEntry> {
        self.overlay.models.merged(&models::BUILTIN)
    }

    /// The model that a name means: a short name, a published one, or its repository.
    ///
    /// # Errors
    /// If no model goes by that name.
    ///
    /// ```
    /// # use slipstick_catalog::Catalog;
    /// let catalog = Catalog::builtin();
    /// let model = catalog.model("llama-3.1-8b").unwrap();
    /// assert_eq!(model.parameters, Some(8_030_261_248));
    /// assert_eq!(catalog.model("meta-llama/Llama-3.1-8B-Instruct").unwrap().id, model.id);
    /// ```
    pub fn model(&self, name: &str) -> Result<&ModelEntry, UnknownModel> {
        self.find_model(name).ok_or_else(|| models::unknown(&self.models(), name))
    }

    /// The model that a name means, where an unknown name is no error. Nearest names are not sought.
    pub fn find_model(&self, name: &str) -> Option<&ModelEntry> {
        models::find(&self.overlay.models, name)
    }

    /// All training softwares that are known.
    pub fn training_stacks(&self) -> Vec<&StackEntry> {
        self.overlay.stacks.merged(&training::STACKS)
    }

    /// The training software of a name, without regard to case: its newest version.
    pub fn training_stack(&self, name: &str) -> Option<&StackEntry> {
        training::newest(&self.training_stacks(), name)
    }

    /// The same at a version, and whether its rules are known to hold for it: else they are those of the nearest one. None
    /// too if the text is no version.
    ///
    /// ```
    /// # use slipstick_catalog::Catalog;
    /// let catalog = Catalog::builtin();
    /// assert!(catalog.training_stack_at("megatron-core", "0.14").unwrap().1);
    /// assert!(!catalog.training_stack_at("megatron-core", "0.99").unwrap().1);
    /// ```
    pub fn training_stack_at(&self, name: &str, version: &str) -> Option<(&StackEntry, bool)> {
        training::holding(&self.training_stacks(), name, version)
    }

    /// What meters of memory read more than a training software's rules say, where adapters are trained or all weights; the
    /// last is of readings whose meter nobody states, if there are any.
    ///
    /// ```
    /// # use slipstick_catalog::Catalog;
    /// let (fits, _) = Catalog::builtin().memory_fits("torchtitan", false);
    /// assert!(fits.reserved.low < 1.0 && fits.reserved.high > 1.0);
    /// ```
    pub fn memory_fits(&self, stack: &str, adapters: bool) -> (MeterFits, Option<Known<f64>>) {
        training::memory_fits(&self.overlay.memory_fits, stack, adapters)
    }

    /// How much of its peaks `accelerator` reaches under a training software (with its version after an `@`, where that is
    /// known) in a format at a kind of work, compiled or as its modules stand.
    ///
    /// ```
    /// # use slipstick_catalog::{Catalog, training::{Precision, Work}};
    /// let catalog = Catalog::builtin();
    /// let h100 = &catalog.accelerator("h100").unwrap().accelerator;
    /// let found = catalog.training_efficiency(h100, "megatron-core", Precision::Wide, Work::Dense, false);
    /// assert!(found.factor > 0.0 && found.spread.is_some());
    /// ```
    pub fn training_efficiency(
        &self,
        accelerator: &Accelerator,
        release: &str,
        precision: Precision,
        work: Work,
        compiled: bool,
    ) -> Efficiency {
        let shares = self.overlay.calibrations.shares(accelerator);
        let fits = &self.overlay.training_fits;
        training::efficiency(fits, shares, accelerator, release, precision, work, compiled)
    }

    /// All token prices, with the rows of higher layers in the place of those they override.
    pub fn token_prices(&self) -> Vec<&TokenPrice> {
        self.overlay.token_prices.merged(&token_prices::BUILTIN)
    }

    /// How the weights of a repository were rated; none where nobody rated exactly those.
    ///
    /// ```
    /// # use slipstick_catalog::Catalog;
    /// let catalog = Catalog::builtin();
    /// let rated = catalog.rating("openai/gpt-oss-120b").unwrap();
    /// assert!(rated.low < rated.rating && rated.rating < rated.high);
    /// assert!(catalog.rating("nobody/rated-this").is_none());
    /// ```
    pub fn rating(&self, repository: &str) -> Option<&Rating> {
        self.overlay.ratings.or_shipped(&ratings::BUILTIN, |row| row.model, repository)
    }

    /// All ratings, with the rows of higher layers in the place of those they override.
    pub fn ratings(&self) -> Vec<&Rating> {
        self.overlay.ratings.merged(&ratings::BUILTIN)
    }

    /// The accelerator with exactly this id.
    pub fn accelerator_by_id(&self, id: &str) -> Option<&AcceleratorEntry> {
        self.overlay.accelerators.get(id).or_else(|| accelerators::shipped(id))
    }

    /// The accelerator that a name means: an id, a short name, or what a driver or a cloud calls it, with the memory size
    /// after a colon where it is sold with several.
    ///
    /// # Errors
    /// If no accelerator or more than one goes by that name, or none of them has that much memory.
    ///
    /// ```
    /// # use slipstick_catalog::Catalog;
    /// let catalog = Catalog::builtin();
    /// let h100 = catalog.accelerator("H100 SXM").unwrap();
    /// assert_eq!(h100.accelerator.id, "nvidia-h100-sxm-80gb");
    /// let error = catalog.accelerator("a100").unwrap_err().to_string();
    /// assert!(error.contains("nvidia-a100-sxm-40gb (40.0 GiB)"), "{error}");
    /// assert_eq!(catalog.accelerator("m3-max:64GB").unwrap().accelerator.id, "apple-m3-max-64gb");
    /// ```
    pub fn accelerator(&self, name: &str) -> Result<&AcceleratorEntry, LookupError> {
        accelerators::resolve(&self.overlay.accelerators, name)
    }

    /// The accelerator that a name means, where a name of none or of several is no error. Nearest names are not sought.
    pub fn find_accelerator(&self, name: &str) -> Option<&AcceleratorEntry> {
        accelerators::find(&self.overlay.accelerators, name).one()
    }

    /// Reads a hardware argument: `h100`, `h100:8`, `8xh100`, `2x8xh200`, `m3-max:64GiB`.
    ///
    /// # Errors
    /// If the name or a count in it is wrong, or the count does not fill whole nodes.
    ///
    /// ```
    /// # use slipstick_catalog::Catalog;
    /// let catalog = Catalog::builtin();
    /// let two_nodes = catalog.accelerator_spec("2x8xh200").unwrap();
    /// assert_eq!((two_nodes.nodes, two_nodes.per_node), (2, 8));
    /// ```
    pub fn accelerator_spec(&self, text: &str) -> Result<AcceleratorSpec<'_>, SpecError> {
        accelerators::parse_spec(text, |name| self.find_accelerator(name), |name| self.accelerator(name))
    }
}
