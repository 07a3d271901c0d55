//! What every estimate assumes where nothing better is known.

use std::{collections::BTreeMap, sync::LazyLock};

use slipstick_core::hardware::Assumptions;

use crate::engines::{Fact, FieldError, Fields};

/// The assumptions with the facts they were read from.
#[derive(Debug, Clone, PartialEq)]
pub struct AssumptionEntry {
    /// The assumptions.
    pub assumptions: Assumptions,
    /// Every value as it is written, by field.
    pub facts: BTreeMap<String, Fact>,
}

static SHIPPED: LazyLock<AssumptionEntry> = LazyLock::new(|| {
    read(include_str!("../data/assumptions.toml")).expect("the tests read the shipped assumptions")
});

/// The shipped assumptions.
pub fn assumptions() -> &'static AssumptionEntry {
    &SHIPPED
}

fn read(text: &str) -> Result<AssumptionEntry, FieldError> {
    let wrong = |error: toml::de::Error| FieldError {
        field: "assumptions".to_owned(),
        what: error.message().to_owned(),
    };
    let fields = Fields(toml::from_str(text).map_err(wrong)?);
    let assumptions = Assumptions {
        idle_power: fields.share("idle_power")?,
        memory_power: fields.share("memory_power")?,
        link_power: fields.share("link_power")?,
        prompt_load: fields.share("prompt_load")?,
        state_bytes: fields.known_number("state_bytes")?,
    };
    Ok(AssumptionEntry { assumptions, facts: fields.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_assumption_has_a_source_and_a_date() {
        let entry = assumptions();
        assert!(entry.facts.len() >= 5);
        for (field, fact) in &entry.facts {
            assert!(!fact.source.is_empty() && crate::AsOf::parse(&fact.seen).is_ok(), "{field}");
        }
        let idle = entry.assumptions.idle_power;
        assert!(0.0 < idle.low && idle.low < idle.high);
    }

    #[test]
    fn wrong_assumptions_are_refused() {
        let error =
            read("idle_power = { value = 1.5, source = \"s\", seen = \"2026\" }").expect_err("it is wrong");
        assert!(error.to_string().contains("from 0 to 1"), "{error}");
        assert!(read("").expect_err("it is empty").to_string().contains("missing"));
    }
}
