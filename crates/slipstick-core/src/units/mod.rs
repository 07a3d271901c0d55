//! Physical quantities as types, so that bytes never meet FLOPs by accident.
//!
//! Exact quantities ([`Bytes`]) are integers; rates, times and money are finite `f64`s in base units.
//! Every constructor and every reader names its unit, and only the arithmetic that means something exists.

mod bytes;
mod energy;
mod flops;
mod money;
pub mod parse;
mod quantity;
pub mod show;
mod time;

pub use bytes::{Bandwidth, Bytes, Traffic};
pub use energy::{Energy, Power};
pub use flops::{FlopRate, Flops, Intensity};
pub use money::{Usd, UsdPerHour};
pub use parse::{
    ParseError, parse_bandwidth, parse_bytes, parse_count, parse_duration, parse_flop_rate, parse_number,
    parse_power, parse_price,
};
pub use time::{Frequency, Seconds};
