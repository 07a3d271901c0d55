//! Whole answers, asked as any face asks them.

mod advice;
mod files;
mod laws;
mod provenance;
mod world;
