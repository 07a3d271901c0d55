//! Readers of other people's files: text or bytes in, checked values out.

pub mod config;
