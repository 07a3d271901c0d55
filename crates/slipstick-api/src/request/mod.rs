//! What can be asked. Requests are plain data: a face fills one in, a scenario file stores one.
//!
//! Each command declares its own beside its answer, in `commands/<name>/request.rs`; here stand the parts that they share
//! and the forms they all take.

mod acceptance;
mod arrival;
mod brief;
mod deployment;
pub(crate) mod document;
mod format;
mod page;
mod pool;
mod quantity;
mod scenario;
mod spellings;
pub(crate) mod text;
mod typed;
mod usage;

pub use crate::commands::{Request, requests::*};
pub use acceptance::{Acceptance, ParseAcceptanceError};
pub use arrival::{ArrivalKind, ParseArrivalError};
pub use deployment::{ArrivalRequest, CachedRequest, DeploymentRequest, LoadRequest, PriceRequest};
pub(crate) use format::scalar_name;
pub use format::{cache_format, format_name};
pub use page::Page;
pub use pool::{ParsePoolError, PlacedPool, PoolLayout, PoolsRequest};
pub use quantity::{
    Aim, Amount, Count, Dollars, Duration, Memory, Monthly, Price, Rate, Share, TimeTarget, Watts, Work,
};
pub(crate) use quantity::{MOST_REQUESTS, nearest_count};
pub use slipstick_core::units::ParseError;
pub use typed::subcommands;
pub use usage::refused;

/// Gives a request its constructor from the words that it cannot be without: it can be built from outside this crate in
/// no other way but `default`, so that a field more is no break.
macro_rules! needs {
    ($request:ident: $($field:ident),+) => {
        impl $request {
            /// The question with all else left to its default.
            pub fn new($($field: impl Into<String>),+) -> Self {
                Self { $($field: $field.into(),)+ ..Self::default() }
            }
        }
    };
}

pub(crate) use needs;
