//! What models are used for: the load of a request, and the times it should keep.

use std::borrow::Cow;

use slipstick_core::units::Seconds;

use crate::{
    LayerName, Origin, Place,
    rows::Layered,
    tables::{USE_CASES, UseCaseRow, shipped},
};

const FILE: &str = "use_cases.csv";

/// A use of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct UseCase {
    /// Its name.
    pub name: String,
    /// In a few words.
    pub meaning: String,
    /// Prompt tokens of a request.
    pub input: u64,
    /// Output tokens of a request.
    pub output: u64,
    /// The slowest acceptable time to the first token.
    pub ttft: Seconds,
    /// The slowest acceptable time per further token.
    pub tpot: Seconds,
    /// What to know about its figures.
    pub note: String,
    /// Where the lengths come from, then the times.
    pub origin: Origin,
}

impl Layered for UseCase {
    fn layer(&self) -> LayerName {
        self.origin.layer
    }

    fn key(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.name)
    }
}

impl UseCaseRow<'_> {
    pub(crate) fn entry(&self, at: Place<'_>) -> Result<UseCase, String> {
        let time = |column: &str, seconds: f64| {
            let is_one = seconds.is_finite() && seconds > 0.0;
            is_one
                .then_some(Seconds::s(seconds))
                .ok_or_else(|| format!("{column}: {seconds} is not above zero"))
        };
        if self.output_tokens == 0 {
            return Err("output_tokens: a request without output is no use".to_owned());
        }
        let mut origin = Origin::of(at, self.lengths_source, self.seen, self.confidence)?;
        origin.sources.push(self.targets_source.to_owned());
        Ok(UseCase {
            name: self.name.to_owned(),
            meaning: self.meaning.to_owned(),
            input: self.input_tokens,
            output: self.output_tokens,
            ttft: time("ttft_s", self.ttft_s)?,
            tpot: time("tpot_s", self.tpot_s)?,
            note: self.note.to_owned(),
            origin,
        })
    }
}

shipped!(BUILTIN: UseCaseRow<'static> => UseCase, USE_CASES, |row| {
    row.entry(Place::shipped(FILE)).expect("the tests read every shipped row")
});

#[cfg(test)]
mod tests {
    use crate::{source, use_cases::BUILTIN};

    #[test]
    fn every_use_has_its_sources_and_a_name_of_its_own() {
        let mut names: Vec<&str> = BUILTIN.iter().map(|entry| entry.name.as_str()).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!((names.len(), all), (6, 6));
        for entry in BUILTIN.iter() {
            assert!(entry.origin.sources.iter().all(|key| source(key).is_some()), "{entry:?}");
        }
    }
}
