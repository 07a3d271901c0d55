//! What the files hold against what the configuration says.

use core::fmt;

use slipstick_core::{
    model::{Parameters, Part},
    units::show::grouped,
};

use super::TensorSummary;

/// A component of which files and configuration hold different numbers of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// The component.
    pub component: Part,
    /// Parameters in the files.
    pub in_files: u64,
    /// Parameters by the configuration.
    pub by_configuration: u64,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let component = self.component.name().replace('_', " ");
        let (files, configuration) = (grouped(self.in_files), grouped(self.by_configuration));
        write!(f, "{component}: {files} parameters in the files, {configuration} by the configuration")
    }
}

/// Each component with its parts under the names of [`Parameters::by_component`].
const PARTS: &[(Part, &[&str])] = &[
    (Part::Embedding, &["embedding", "tables"]),
    (Part::Attention, &["attention", "indexer"]),
    (Part::Recurrent, &["recurrent"]),
    (Part::FeedForward, &["feed_forward", "shared_experts"]),
    (Part::Experts, &["experts"]),
    (Part::Router, &["router"]),
    (Part::Norms, &["norms"]),
    (Part::LmHead, &["lm_head"]),
    (Part::Vision, &["vision", "projector"]),
    (Part::Audio, &["audio"]),
    (Part::Other, &["other", "encoder"]),
];

impl TensorSummary {
    /// The components whose parameters differ from those that a configuration gives. Empty if the totals are equal:
    /// then only the lines between components are drawn elsewhere. `None` if the weights of the files could not all be
    /// counted.
    pub fn differences(&self, by_configuration: &Parameters) -> Option<Vec<Difference>> {
        let total = self.parameters()?;
        let count = |component| self.components.get(&component).map_or(0, |tally| tally.parameters);
        let mut differences = Vec::new();
        if total - count(Part::MultiToken) != by_configuration.total {
            for (component, parts) in PARTS {
                let parts = parts.iter().filter_map(|part| by_configuration.by_component.get(part));
                let stated = parts.fold(0_u64, |sum, part| sum.saturating_add(*part));
                differences.push((*component, stated));
            }
        }
        differences.push((Part::MultiToken, by_configuration.multi_token));
        let named = differences.into_iter().map(|(component, by_configuration)| Difference {
            component,
            in_files: count(component),
            by_configuration,
        });
        Some(named.filter(|difference| difference.in_files != difference.by_configuration).collect())
    }
}
