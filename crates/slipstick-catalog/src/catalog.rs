//! The catalogue: shipped facts with overlays on top.

use jiff::civil::Date;
use slipstick_core::{
    hardware::{Accelerator, Calibration},
    units::Bytes,
};

use crate::{
    LayerName, ModelEntry, NodeShape, Offer, OverlayError, TokenPrice, UnknownModel,
    accelerators::{self, AcceleratorEntry, AcceleratorSpec, LookupError, SpecError},
    calibrations, models, nodes,
    offers::{self, Deployment, Need, OfferFilter, OfferOrder, Quote},
    overlay::{self, Addition, Overlay},
    price_files::{self, PriceFile, PriceFileError, PriceText, Reject},
    token_prices,
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

    /// With the rows of `text` on top. `file_name` is for messages, and its ending tells the kind of table: accelerators
    /// as `.toml`, prices as `.csv` or `.json`, a model as its `config.json` under its own name. Rows of prices that were not taken are kept in [`Catalog::rejects`].
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
    /// If it is of no known kind, or does not say its date or cloud and neither does `input`.
    pub fn read_prices(&self, input: &PriceText<'_>) -> Result<PriceFile, PriceFileError> {
        price_files::read(self, input)
    }

    /// With the rows of a price file on top.
    #[must_use]
    pub fn with_prices(mut self, prices: PriceFile, file_name: &str) -> Self {
        self.overlay.add(Addition::Prices(prices), file_name);
        self
    }

    /// Rows of overlays that were not taken, each with its file.
    pub fn rejects(&self) -> &[(String, Reject)] {
        &self.overlay.rejects
    }

    /// All accelerators, an overlay's row in the place of the shipped one it overrides, new ones at the end.
    pub fn accelerators(&self) -> Vec<&AcceleratorEntry> {
        self.overlay.accelerators.merged(&accelerators::BUILTIN)
    }

    /// How much of its peaks `accelerator` reaches under `engine`, and what the engine costs. Every pair has an answer;
    /// its basis says whether it was fitted or only assumed to carry over.
    pub fn calibration(&self, accelerator: &Accelerator, engine: &str) -> Calibration {
        calibrations::find(accelerator, engine)
    }

    /// The usual node of an accelerator: the network between nodes, and the host.
    pub fn node(&self, accelerator: &Accelerator) -> &NodeShape {
        nodes::node(accelerator)
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
    /// };
    /// let found = catalog.cheapest(&need, jiff::civil::date(2026, 11, 22)).unwrap();
    /// assert_eq!((found.quote.offer.instance.as_str(), found.units), ("p5.48xlarge", 2));
    /// ```
    pub fn cheapest(&self, need: &Need, today: Date) -> Option<Deployment<'_>> {
        offers::cheapest(&self.overlay.offers.of(&need.accelerator), need, today)
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

    /// All token prices, with the rows of higher layers in the place of those they override.
    pub fn token_prices(&self) -> Vec<&TokenPrice> {
        self.overlay.token_prices.merged(&token_prices::BUILTIN)
    }

    /// The accelerator with exactly this id.
    pub fn accelerator_by_id(&self, id: &str) -> Option<&AcceleratorEntry> {
        self.overlay.accelerators.get(id).or_else(|| accelerators::shipped(id))
    }

    /// The accelerator that a name means: an id, a short name, or what a driver or a cloud calls it.
    ///
    /// # Errors
    /// If no accelerator or more than one goes by that name.
    ///
    /// ```
    /// # use slipstick_catalog::Catalog;
    /// let catalog = Catalog::builtin();
    /// let h100 = catalog.accelerator("H100 SXM").unwrap();
    /// assert_eq!(h100.accelerator.id, "nvidia-h100-sxm-80gb");
    /// let error = catalog.accelerator("a100").unwrap_err().to_string();
    /// assert!(error.contains("nvidia-a100-sxm-40gb (40.0 GiB)"), "{error}");
    /// ```
    pub fn accelerator(&self, name: &str) -> Result<&AcceleratorEntry, LookupError> {
        accelerators::resolve(&self.overlay.accelerators, name, None)
    }

    /// The accelerator that a name means, where a name of none or of several is no error. Nearest names are not sought.
    pub fn find_accelerator(&self, name: &str) -> Option<&AcceleratorEntry> {
        accelerators::find(&self.overlay.accelerators, name, None).one()
    }

    /// The accelerator that a driver reports by name and memory.
    ///
    /// # Errors
    /// If no accelerator or more than one fits.
    pub fn accelerator_with_memory(
        &self,
        name: &str,
        memory: Bytes,
    ) -> Result<&AcceleratorEntry, LookupError> {
        accelerators::resolve(&self.overlay.accelerators, name, Some(memory))
    }

    /// Reads a hardware argument: `h100`, `h100:8`, `8xh100`, `2x8xh200`.
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
