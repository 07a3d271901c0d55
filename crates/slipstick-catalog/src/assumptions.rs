//! What every estimate assumes where nothing better is known.

use std::{borrow::Cow, sync::OnceLock};

use slipstick_core::hardware::{Acceptances, Assumptions};

use crate::engines::{ASSUMPTIONS, FactsByField, FieldError, Fields};

/// The assumptions with the facts they were read from.
#[derive(Debug, Clone, PartialEq)]
pub struct AssumptionEntry {
    /// The assumptions.
    pub assumptions: Assumptions,
    /// Every value as it is written, by field.
    pub facts: FactsByField,
}

/// The shipped assumptions.
///
/// # Panics
/// Never: the tests read the shipped assumptions.
pub fn assumptions() -> &'static AssumptionEntry {
    static MADE: OnceLock<AssumptionEntry> = OnceLock::new();
    MADE.get_or_init(|| {
        AssumptionEntry::of(Cow::Borrowed(&ASSUMPTIONS)).expect("the tests read the shipped assumptions")
    })
}

impl AssumptionEntry {
    fn of(facts: FactsByField) -> Result<Self, FieldError> {
        let fields = Fields(&facts);
        let assumptions = Assumptions {
            idle_power: fields.share("idle_power")?,
            memory_power: fields.share("memory_power")?,
            link_power: fields.share("link_power")?,
            prompt_load: fields.share("prompt_load")?,
            transfer_share: fields.share("transfer_share")?,
            transfer_start: fields.known_number("transfer_start")?,
            pool_step: fields.known_number("pool_step")?,
            frontend: fields.known_number("frontend")?,
            eager_launch: fields.known_number("eager_launch")?,
            state_bytes: fields.known_number("state_bytes")?,
            load_rate: fields.known_number("load_rate")?,
            engine_start: fields.known_number("engine_start")?,
            acceptance: Acceptances {
                own_layers: fields.share("acceptance_mtp")?,
                head: fields.share("acceptance_eagle3")?,
                block: fields.share("acceptance_block")?,
                model: fields.share("acceptance_draft")?,
                lookup: fields.share("acceptance_ngram")?,
            },
        };
        Ok(Self { assumptions, facts })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::engines::Fact;

    #[test]
    fn every_assumption_has_a_source_and_a_date() {
        let entry = assumptions();
        assert!(entry.facts.len() >= 10);
        for (field, fact) in entry.facts.iter() {
            assert!(!fact.source.is_empty() && crate::AsOf::parse(&fact.seen).is_ok(), "{field}");
        }
        let idle = entry.assumptions.idle_power;
        assert!(0.0 < idle.low && idle.low < idle.high);
    }

    #[test]
    fn wrong_assumptions_are_refused() {
        let read = |text: &str| {
            let facts: BTreeMap<Cow<'static, str>, Fact> = toml::from_str(text).expect("facts");
            AssumptionEntry::of(facts.into_iter().collect()).expect_err("it is wrong").to_string()
        };
        let error = read("idle_power = { value = 1.5, source = \"s\", seen = \"2026\" }");
        assert!(error.contains("from 0 to 1"), "{error}");
        assert!(read("").contains("missing"));
    }
}
