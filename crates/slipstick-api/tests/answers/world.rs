//! Surroundings with nothing in them, and requests as they are typed.

use jiff::civil::{Date, date};
use serde_json::Value;
use slipstick_api::{
    ApiError, Catalog, ModelFiles, OverlayFile, World, commands,
    request::{Count, DeploymentRequest, EstimateRequest, MemoryRequest, ModelRequest},
};

/// No files and no network: models are the catalogue's.
pub(crate) struct Nowhere;

impl World for Nowhere {
    fn local_model(&self, _: &str) -> Result<Option<ModelFiles>, ApiError> {
        Ok(None)
    }

    fn remote_model(&self, id: &str) -> Result<ModelFiles, ApiError> {
        Err(ApiError::input("model.unknown", format!("{id} is not in the catalogue")))
    }

    fn read_text(&self, path: &str, _: u64) -> Result<String, ApiError> {
        Err(ApiError::input("file.missing", path.to_owned()))
    }

    fn overlays(&self) -> Result<Vec<OverlayFile>, ApiError> {
        Ok(Vec::new())
    }

    fn local_accelerators(&self) -> Result<String, ApiError> {
        Err(ApiError::input("gpu.none", "this machine has none".to_owned()))
    }

    fn today(&self) -> Date {
        date(2026, 11, 22)
    }
}

/// A question in words: the model, then flags and their values. A later flag replaces an earlier one.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) deployment: DeploymentRequest,
    pub(crate) context: Option<Count>,
    pub(crate) concurrency: Option<Count>,
    pub(crate) input: Option<Count>,
    pub(crate) output: Option<Count>,
    pub(crate) utilisation: Option<f64>,
}

impl Asked {
    pub(crate) fn new(text: &str) -> Self {
        let (model, flags) = text.split_once(' ').expect("a model and flags");
        let deployment = DeploymentRequest { model: model.to_owned(), ..DeploymentRequest::default() };
        let nothing = Self {
            deployment,
            context: None,
            concurrency: None,
            input: None,
            output: None,
            utilisation: None,
        };
        nothing.with(flags)
    }

    pub(crate) fn with(mut self, flags: &str) -> Self {
        let words: Vec<&str> = flags.split_whitespace().collect();
        for pair in words.chunks(2) {
            let [flag, value] = pair else { panic!("{flags:?} are no pairs") };
            let text = Some((*value).to_owned());
            let count = || Some(Count(value.parse().unwrap_or_else(|_| panic!("{flag} {value}"))));
            match *flag {
                "--on" => (*value).clone_into(&mut self.deployment.on),
                "--engine" => self.deployment.engine = text,
                "--quant" => self.deployment.quant = text,
                "--kv-dtype" => self.deployment.kv_dtype = text,
                "--tp" => self.deployment.tp = count(),
                "--pp" => self.deployment.pp = count(),
                "--dp" => self.deployment.dp = count(),
                "--ep" => self.deployment.ep = count(),
                "--context" => self.context = count(),
                "--concurrency" => self.concurrency = count(),
                "--input" => self.input = count(),
                "--output" => self.output = count(),
                "--utilisation" => self.utilisation = value.parse().ok(),
                other => panic!("{other} is no flag of these tests"),
            }
        }
        self
    }

    /// The document of `slipstick model`.
    pub(crate) fn model(&self) -> Value {
        let request = ModelRequest {
            model: self.deployment.model.clone(),
            kv_dtype: self.deployment.kv_dtype.clone(),
            context: self.context,
            allow_unknown: false,
        };
        let output = commands::model(&request, &Catalog::builtin(), &Nowhere);
        output.unwrap_or_else(|error| panic!("{self:?}: {error}")).document(true)
    }

    /// The document of `slipstick memory`.
    pub(crate) fn memory(&self) -> Value {
        let request = MemoryRequest {
            deployment: self.deployment.clone(),
            context: self.context,
            concurrency: self.concurrency,
        };
        let output = commands::memory(&request, &Catalog::builtin(), &Nowhere);
        output.unwrap_or_else(|error| panic!("{self:?}: {error}")).document(true)
    }

    /// The document of `slipstick estimate`.
    pub(crate) fn estimate(&self) -> Value {
        let mut request = EstimateRequest {
            deployment: self.deployment.clone(),
            input: self.input,
            output: self.output,
            concurrency: self.concurrency,
            prices: slipstick_api::request::PriceRequest::default(),
        };
        request.prices.utilisation = self.utilisation;
        let output = commands::estimate(&request, &Catalog::builtin(), &Nowhere);
        output.unwrap_or_else(|error| panic!("{self:?}: {error}")).document(true)
    }
}
