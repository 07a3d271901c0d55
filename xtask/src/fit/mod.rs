//! What is read from measurements: the spreads of serving answers, and what training reaches of its peaks.

mod memory;
mod sizes;
mod spreads;
mod training;

use std::io;

/// Writes every fitted table anew, or the bands of formats alone.
pub(crate) fn write(what: Option<&str>) -> io::Result<()> {
    match what {
        None => {
            sizes::write()?;
            spreads::write()?;
            memory::write()?;
            training::write()
        }
        Some("sizes") => sizes::write(),
        Some(other) => Err(io::Error::other(format!("no table is called {other}: cargo xtask fit [sizes]"))),
    }
}
