//! Encoders of images and sound beside a decoder.

use crate::model::{Model, Part, Weight};

/// Encoders of images and sound that come in a file of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Towers {
    /// Parameters of encoders and projectors.
    pub parameters: u64,
    /// Width of the image encoder.
    pub width: u64,
}

impl Towers {
    /// Those of a model, if it has any.
    pub(crate) fn of(model: &Model) -> Option<Self> {
        let parts = [Part::Vision, Part::Audio, Part::Projector];
        let weights = || model.components.iter().flat_map(|component| &component.weights);
        let own = weights().filter(|weight| parts.contains(&weight.role.part()));
        let images = weights().filter(|weight| weight.role.part() == Part::Vision);
        // The stream is the narrow side of the feed-forward block.
        let widest = images.max_by_key(|weight| weight.parameters());
        let width = widest.map_or(0, |weight| weight.rows.min(weight.cols));
        let parameters = own.map(Weight::parameters).sum();
        (parameters > 0).then_some(Self { parameters, width })
    }
}
