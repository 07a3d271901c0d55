//! Repositories on the hub.

mod choose;
mod downloaded;
mod listing;
mod repository;

pub(crate) use repository::resolve;
