//! Measured serving runs: a selection to hold estimates against, each with its source and date.

use slipstick_core::units::Seconds;

use crate::{
    AsOf,
    tables::{MEASURED_SERVING, RunRow, shipped},
};

/// One measured run.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredRun {
    /// The model's id in the catalogue.
    pub model: String,
    /// The accelerator's id.
    pub accelerator: String,
    /// Accelerators.
    pub count: u64,
    /// The engine.
    pub engine: String,
    /// Its version, where the source states one.
    pub version: String,
    /// The format of the weights.
    pub weights: String,
    /// Prompt tokens of a request.
    pub input: u64,
    /// Output tokens of a request.
    pub output: u64,
    /// Requests in flight, or sequences in a batch.
    pub concurrency: u64,
    /// Mean time to the first token.
    pub ttft: Seconds,
    /// Mean time of a further token.
    pub tpot: Seconds,
    /// Output tokens a second, where they were measured.
    pub output_rate: Option<f64>,
    /// A key of the sources table.
    pub source: String,
    /// When it was measured or published.
    pub as_of: AsOf,
    /// Its row in the source's table.
    pub row: String,
}

impl RunRow<'_> {
    fn run(&self) -> MeasuredRun {
        MeasuredRun {
            model: self.model.to_owned(),
            accelerator: self.accelerator.to_owned(),
            count: self.count,
            engine: self.engine.to_owned(),
            version: self.version.to_owned(),
            weights: self.weights.to_owned(),
            input: self.input_tokens,
            output: self.output_tokens,
            concurrency: self.concurrency,
            ttft: Seconds::s(self.ttft_ms / 1e3),
            tpot: Seconds::s(self.tpot_ms / 1e3),
            output_rate: self.output_tokens_per_s,
            source: self.source.to_owned(),
            as_of: AsOf::parse(self.as_of).expect("the build script checks every date"),
            row: self.row.to_owned(),
        }
    }
}

shipped!(BUILTIN: RunRow<'static> => MeasuredRun, MEASURED_SERVING, RunRow::run);

/// All measured runs that are shipped.
pub fn runs() -> impl Iterator<Item = &'static MeasuredRun> {
    BUILTIN.iter()
}

/// The run of a model on an accelerator whose count, weights and load come nearest, with its distance: 0 is the very
/// same deployment and load, each doubling of a count is 1, and other weights are 1 more.
///
/// ```
/// # use slipstick_catalog::measured::{nearest, Wanted};
/// let wanted = Wanted {
///     model: "llama-3.1-70b", accelerator: "nvidia-h100-sxm-80gb", count: 8, engine: "vllm",
///     weights: "fp8", input: 8192, output: 1024, concurrency: 32,
/// };
/// let (run, distance) = nearest(&wanted).unwrap();
/// assert_eq!((run.tpot.as_ms(), distance), (21.6121, 0.0));
/// ```
pub fn nearest(wanted: &Wanted<'_>) -> Option<(&'static MeasuredRun, f64)> {
    let fitting = runs().filter(|run| run.model == wanted.model && run.accelerator == wanted.accelerator);
    fitting.map(|run| (run, wanted.distance(run))).min_by(|a, b| a.1.total_cmp(&b.1))
}

/// A deployment and load to look up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The model's id in the catalogue.
    pub model: &'a str,
    /// The accelerator's id.
    pub accelerator: &'a str,
    /// Accelerators.
    pub count: u64,
    /// The engine.
    pub engine: &'a str,
    /// The format of the weights.
    pub weights: &'a str,
    /// Prompt tokens of a request.
    pub input: u64,
    /// Output tokens of a request.
    pub output: u64,
    /// Requests in flight.
    pub concurrency: u64,
}

impl Wanted<'_> {
    fn distance(&self, run: &MeasuredRun) -> f64 {
        let doublings = |a: u64, b: u64| (a.max(1) as f64 / b.max(1) as f64).log2().abs();
        let differs = |same: bool| if same { 0.0 } else { 1.0 };
        doublings(self.count, run.count) * 2.0
            + doublings(self.input, run.input)
            + doublings(self.output, run.output)
            + doublings(self.concurrency, run.concurrency)
            + differs(self.weights == run.weights)
            + 0.5 * differs(self.engine == run.engine)
    }
}

#[cfg(test)]
mod tests {
    use super::runs;
    use crate::{Catalog, source};

    #[test]
    fn every_run_names_what_the_catalogue_knows() {
        let catalog = Catalog::builtin();
        for run in runs() {
            assert!(catalog.models().iter().any(|model| model.id == run.model), "{}", run.model);
            assert!(catalog.accelerator_by_id(&run.accelerator).is_some(), "{}", run.accelerator);
            assert!(source(&run.source).is_some(), "{}", run.source);
            assert!(run.ttft.get() > 0.0 && run.tpot.get() > 0.0 && run.count > 0 && run.concurrency > 0);
        }
    }
}
