//! What can be asked. Requests are plain data: a face fills one in, a scenario file stores one.
//!
//! Each command declares its own beside its answer, in `commands/<name>/request.rs`; here stand the parts that they share
//! and the forms they all take.

mod arrival;
mod deployment;
pub(crate) mod document;
mod format;
mod page;
mod quantity;
mod scenario;
pub(crate) mod text;
mod typed;

pub use crate::commands::{Request, requests::*};
pub use arrival::{ArrivalKind, ParseArrivalError};
pub use deployment::{ArrivalRequest, DeploymentRequest, LoadRequest, PriceRequest};
pub(crate) use format::scalar_name;
pub use format::{cache_format, format_name};
pub use page::Page;
pub use quantity::{Count, Duration, Memory, Price, Rate, Share};
pub use slipstick_core::units::ParseError;
pub use typed::subcommands;
