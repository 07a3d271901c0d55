//! How good models are, as people who compared their answers rated them.

use std::borrow::Cow;

use crate::{
    AsOf, LayerName, Origin, Place,
    rows::Layered,
    tables::{MODEL_QUALITY, RatingRow, shipped},
};

/// What a board of comparisons says of a model. Only ratings of one board on one day may be compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Rating {
    /// The repository of its weights.
    pub model: String,
    /// What the board calls it.
    pub rated_as: String,
    /// The board.
    pub board: String,
    /// The rating.
    pub rating: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The day of the board.
    pub as_of: AsOf,
    /// Where it comes from.
    pub origin: Origin,
}

impl RatingRow<'_> {
    /// The rating, or what is wrong with the row.
    pub(crate) fn entry(&self, at: Place<'_>) -> Result<Rating, String> {
        let is_finite = self.low.is_finite() && self.high.is_finite();
        if !(is_finite && self.low <= self.rating && self.rating <= self.high) {
            return Err(format!("rating: {} is not between {} and {}", self.rating, self.low, self.high));
        }
        Ok(Rating {
            model: self.model.to_owned(),
            rated_as: self.rated_as.to_owned(),
            board: self.board.to_owned(),
            rating: self.rating,
            low: self.low,
            high: self.high,
            as_of: AsOf::parse(self.as_of).map_err(|error| format!("as_of: {error}"))?,
            origin: Origin::of(at, self.source, self.as_of, self.confidence)?,
        })
    }
}

shipped!(BUILTIN: RatingRow<'static> => Rating, MODEL_QUALITY, |row| {
    row.entry(Place::shipped("model_quality.csv")).expect("the tests read every shipped rating")
});

impl Layered for Rating {
    fn layer(&self) -> LayerName {
        self.origin.layer
    }

    fn key(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.model)
    }
}
