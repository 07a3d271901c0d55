//! Serving engines and what each supports, modelled or not.

use std::borrow::Cow;

use slipstick_core::{
    hardware::{Accelerator, AcceleratorClass},
    names::normalise,
};

use crate::{
    LayerName, Origin, Place,
    rows::Layered,
    tables::{ENGINES, EngineRow, shipped, stated},
};

const FILE: &str = "engines.csv";

/// An engine, and what it supports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineEntry {
    /// Its short name.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who makes it.
    pub maker: String,
    /// Its licence.
    pub licence: String,
    /// Server, library, app, orchestrator over other engines, or a model of one.
    pub kind: String,
    /// The modelled engine whose profile holds for it, if one does.
    pub modelled: Option<String>,
    /// Makers and kinds of accelerators.
    pub accelerators: Vec<String>,
    /// Formats of weights and of their files.
    pub weight_formats: Vec<String>,
    /// Formats of the cache.
    pub cache_formats: Vec<String>,
    /// Ways to use several accelerators.
    pub parallelism: Vec<String>,
    /// What it does beyond computing.
    pub features: Vec<String>,
    /// What to know about it.
    pub note: String,
    /// Where this was read.
    pub origin: Origin,
}

impl EngineEntry {
    /// Whether any of its lists has this word.
    pub fn supports(&self, word: &str) -> bool {
        let lists = [
            &self.accelerators,
            &self.weight_formats,
            &self.cache_formats,
            &self.parallelism,
            &self.features,
        ];
        lists.into_iter().flatten().any(|known| known.eq_ignore_ascii_case(word))
    }

    /// Whether it runs on an accelerator: a processor is one by its kind, any other by its maker, or by the name of its
    /// family where a maker has several kinds.
    pub fn runs_on(&self, accelerator: &Accelerator) -> bool {
        let (is_host, class) = (accelerator.is_host(), accelerator.class);
        let maker = accelerator.vendor.to_ascii_lowercase();
        let called = [&accelerator.id, &accelerator.family, &accelerator.architecture];
        let called = called.map(|name| name.to_ascii_lowercase());
        self.accelerators.iter().any(|word| match word.as_str() {
            "any" => true,
            "cpu" => is_host,
            _ if is_host => false,
            "vulkan" | "directml" | "webgpu" => class != AcceleratorClass::Npu,
            kind if kind == maker => true,
            kind => {
                let graphics = kind.strip_suffix("-gpu").is_some_and(|of| of == maker);
                graphics && class != AcceleratorClass::Npu || called.iter().any(|name| name.contains(kind))
            }
        })
    }
}

impl EngineRow<'_> {
    pub(crate) fn entry(&self, at: Place<'_>) -> Result<EngineEntry, String> {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        Ok(EngineEntry {
            id: self.id.to_owned(),
            name: self.name.to_owned(),
            maker: self.maker.to_owned(),
            licence: self.licence.to_owned(),
            kind: self.kind.to_owned(),
            modelled: stated(self.modelled),
            accelerators: words(self.accelerators),
            weight_formats: words(self.weight_formats),
            cache_formats: words(self.cache_formats),
            parallelism: words(self.parallelism),
            features: words(self.features),
            note: self.note.to_owned(),
            origin: Origin::of(at, self.source, self.seen, self.confidence)?,
        })
    }
}

shipped!(BUILTIN: EngineRow<'static> => EngineEntry, ENGINES, |row| {
    row.entry(Place::shipped(FILE)).expect("the build script checks the words of every row")
});

impl Layered for EngineEntry {
    fn layer(&self) -> LayerName {
        self.origin.layer
    }

    fn key(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.id)
    }

    fn found_by(&self) -> Vec<String> {
        vec![normalise(&self.id), normalise(&self.name)]
    }
}

#[cfg(test)]
mod tests {
    use slipstick_core::engine::Engine;

    use super::*;
    use crate::{Catalog, source};

    #[test]
    fn every_modelled_engine_stands_in_the_table_under_its_own_name() {
        let catalog = Catalog::builtin();
        for engine in Engine::ALL {
            let entry = catalog.engine(engine.name());
            let entry = entry.unwrap_or_else(|| panic!("{engine}"));
            assert_eq!(entry.modelled.as_deref(), Some(engine.name()));
        }
    }

    #[test]
    fn every_row_is_complete() {
        let catalog = Catalog::builtin();
        assert!(catalog.engines().len() >= 30);
        for entry in catalog.engines() {
            assert!(source(&entry.origin.sources[0]).is_some(), "{}", entry.id);
            assert!(!entry.accelerators.is_empty() && !entry.weight_formats.is_empty(), "{}", entry.id);
            let profile = entry.modelled.as_deref().is_none_or(|name| name.parse::<Engine>().is_ok());
            assert!(profile, "{}: {:?} is no modelled engine", entry.id, entry.modelled);
        }
    }

    #[test]
    fn engines_run_on_what_they_name() {
        let catalog = Catalog::builtin();
        let runs = |engine: &str, on: &str| {
            let spec = catalog.accelerator_spec(on).unwrap_or_else(|error| panic!("{on}: {error}"));
            catalog.engine(engine).unwrap().runs_on(&spec.entry.accelerator)
        };
        for on in ["h100", "mi300x", "tpu-v5e", "gaudi3", "trainium2", "epyc-9654", "arc-b580"] {
            assert!(runs("vllm", on), "{on}");
        }
        assert!(!runs("vllm", "m3-max:64GB") && runs("mlx-lm", "m3-max:64GB"));
        assert!(runs("tensorrt-llm", "rtx-4090") && !runs("tensorrt-llm", "mi300x"));
        assert!(!runs("tensorrt-llm", "epyc-9654") && !runs("tensorrt-llm", "cpu-nvidia-grace"));
        assert!(runs("ideal", "groq"));
    }

    #[test]
    fn lists_are_searched_by_word() {
        let vllm = BUILTIN.get(0);
        assert!(vllm.supports("LoRA") && vllm.supports("fp8") && !vllm.supports("apple"));
    }
}
