//! Whole answers, asked as any face asks them.

mod advice;
mod provenance;
mod world;
