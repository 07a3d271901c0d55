//! What is read from measurements: the spreads of serving answers, and what training reaches of its peaks.

mod spreads;
mod training;

use std::io;

/// Writes every fitted table anew.
pub(crate) fn write() -> io::Result<()> {
    spreads::write()?;
    training::write()
}
