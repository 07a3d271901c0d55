//! Model files: from a path, a URL or a Hugging Face id to their raw configs and parsed headers.
//!
//! This crate is where files are opened and connections made. It reads headers, never weights: from a disk the first
//! bytes, from a server by range requests, both bounded. What the bytes mean is the catalogue's business.
//!
//! Invariants: a token goes to the endpoint's own host and nowhere else, and is never printed; no length that a file
//! or server states is trusted; what is cached is written whole or not at all.

mod argument;
mod cache;
mod error;
mod file_kind;
mod http;
mod hub;
mod local;
mod model_files;
mod options;
mod prefix;
mod progress;
mod resolve;
mod token;

pub use argument::{Argument, HubId};
pub use error::{SourceError, SourceErrorKind};
pub use model_files::{ModelFiles, Origin, OriginKind};
pub use options::{Endpoint, Options};
pub use progress::{Progress, Silent};
pub use resolve::{resolve, resolve_argument};
pub use token::Token;
