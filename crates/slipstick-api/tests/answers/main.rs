//! Whole answers, asked as any face asks them.

mod advice;
mod drawn;
mod files;
mod grid;
mod hardware;
mod laws;
mod percentiles;
mod pools;
mod printed;
mod provenance;
mod requests;
mod scale;
mod speculation;
mod train_config;
mod train_launch;
mod train_memory;
mod train_search;
mod validate_memory;
mod world;
