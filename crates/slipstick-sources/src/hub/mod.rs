//! Repositories on the hub.

mod choose;
mod listing;
mod repository;

pub(crate) use repository::resolve;
