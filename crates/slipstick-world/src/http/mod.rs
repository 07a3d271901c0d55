//! Range requests with bounds on everything a server may do.

mod body;
mod client;
mod file;
mod status;
mod url;

pub(crate) use client::{Client, Want};
pub(crate) use file::RemoteFile;
pub(crate) use url::Url;
