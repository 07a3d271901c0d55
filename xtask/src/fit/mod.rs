//! What is read from measurements: sizes of formats, the efficiencies of serving and the spreads of its answers, and what
//! training reaches of its peaks.

mod allocator;
mod figures;
mod memory;
mod rounds;
mod serving;
mod sizes;
mod spreads;
mod tables;
mod training;

use std::io;

/// Writes every fitted table anew, or some of them alone.
pub(crate) fn write(what: Option<&str>) -> io::Result<()> {
    match what {
        None => {
            sizes::write()?;
            serving::write()?;
            memory::write()?;
            training::write()?;
            rounds::write()
        }
        Some("sizes") => sizes::write(),
        Some("serving") => serving::write(),
        Some("memory") => memory::write(),
        Some("training") => training::write(),
        Some("rounds") => rounds::write(),
        Some("--check") => {
            let of_training = [training::figures()?, rounds::figures()?, memory::figures()?].concat();
            figures::check(&[serving::figures()?, of_training].concat())
        }
        Some(other) => Err(io::Error::other(format!(
            "no table is called {other}: cargo xtask fit [sizes|serving|memory|training|rounds]"
        ))),
    }
}
