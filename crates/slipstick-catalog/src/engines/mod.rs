//! Engines: the memory rules of each version of the modelled ones, and what others support, as rows with their sources.

mod fields;
mod load;
mod profiles;
mod support;

pub(crate) use fields::Fields;
pub use fields::{Fact, FactsByField, FieldError};
pub(crate) use profiles::ASSUMPTIONS;
pub use profiles::{EngineError, ProfileEntry};
pub(crate) use profiles::{holding, latest, profiles, read};
pub(crate) use support::BUILTIN;
pub use support::EngineEntry;
