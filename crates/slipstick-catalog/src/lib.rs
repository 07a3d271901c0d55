//! The facts of slipstick: accelerators, prices, engines, models and calibrations as rows with a source and a date.
//!
//! Nothing here opens a file or reads a clock: text goes in, checked values come out. The catalogue computes nothing.

mod as_of;
mod assumptions;
mod catalog;
mod layer;
mod load_profiles;
mod machines;
mod models;
mod nodes;
mod overlay;
mod purpose;
mod ratings;
mod rows;
mod sources;
mod table;
mod tables;
mod text;
mod token_prices;
mod use_cases;
mod version;

pub mod accelerators;
pub mod calibrations;
pub mod engines;
pub mod formats;
pub mod measured;
pub mod offers;
pub mod price_files;
pub mod training;

pub use as_of::{AsOf, DateError, Freshness};
pub use assumptions::{AssumptionEntry, assumptions};
pub use catalog::Catalog;
pub(crate) use layer::Place;
pub use layer::{Confidence, LayerName, Origin};
pub use load_profiles::LoadProfile;
pub use machines::Machines;
pub use models::{Counted, ModelEntry, UnknownModel};
pub use nodes::NodeShape;
pub use offers::{Offer, OfferKind};
pub use overlay::OverlayError;
pub use purpose::Purpose;
pub use ratings::Rating;
pub use sources::{Source, source, sources};
pub use table::TableError;
pub use text::Text;
pub use token_prices::TokenPrice;
pub use use_cases::UseCase;
