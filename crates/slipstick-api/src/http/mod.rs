//! What is said over HTTP beside the documents: refusals with their status, and how far a long answer is.

mod openapi;
mod problem;
mod schemas;

use serde_json::{Value, json};

pub use openapi::openapi;

/// How far an answer is, as an event says it.
pub fn progress(what: &str, per_cent: u64) -> Value {
    json!({"what": what, "per_cent": per_cent})
}
