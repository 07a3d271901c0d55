//! Answers to programs, over HTTP and the Model Context Protocol.
//!
//! Nothing here computes and nothing is decided about documents: what comes in is a request of the registry, and what goes
//! out is the document of `--json`, or the refusal. Strangers ask, so their questions are answered in a
//! [`slipstick_world::ClosedWorld`], which reads no path and fetches no address.

#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "mcp")]
pub mod mcp;
