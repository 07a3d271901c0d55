//! Engine profiles: the memory rules of each version, as rows of data with their sources.

mod fields;
mod load;
mod profiles;

pub use fields::{Fact, FieldError};
pub use profiles::{EngineError, ProfileEntry, latest, profile, profiles, read};
