//! The world of slipstick's native faces: files, model repositories, drivers, overlays and past answers.
//!
//! This crate is where files are opened and connections are made. Of models it reads headers, never weights: from a disk
//! the first bytes, from a server by range requests, both bounded. What the bytes mean is not its business.
//!
//! Invariants: every path that is opened leads to a regular file; a token goes to the endpoint's own host and nowhere
//! else, and is never printed; no length that a file or server states is trusted; what is cached is written whole or not
//! at all.

mod accelerators;
mod argument;
mod cache;
mod closed_world;
mod error;
mod file;
mod file_kind;
mod history;
mod http;
mod hub;
mod local;
mod local_world;
mod options;
mod overlays;
mod prefix;
mod processor;
mod progress;
mod resolve;
mod table_file;
mod token;

pub use argument::{Argument, HubId};
pub use closed_world::ClosedWorld;
pub use error::{SourceError, SourceErrorKind};
pub use history::{History, Past, enter};
pub use local_world::LocalWorld;
pub use options::{Endpoint, Options};
pub use progress::{Progress, Silent};
pub use resolve::{resolve, resolve_argument};
pub use token::Token;
