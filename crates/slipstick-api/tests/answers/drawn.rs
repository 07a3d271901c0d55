//! A command says of itself whether its answer can be drawn, and an answer to one of its examples has a plot if it does.

use slipstick_api::{Catalog, Output, commands::COMMANDS, registry::Command};

use crate::world::NOWHERE;

/// Asks other commands: what it asks can be drawn or not.
const ASKS_OTHERS: &str = "run";

fn has_plot(output: &Output) -> bool {
    output.view.plots().next().is_some()
}

/// Whether what a command says of itself agrees with its examples, as far as they can be answered without files.
fn is_right(command: &Command, catalog: &Catalog) -> bool {
    let mut answers = command.asked().map(|request| request.answer(catalog, &NOWHERE));
    if command.drawn {
        answers.any(|answer| answer.is_err() || answer.is_ok_and(|output| has_plot(&output)))
    } else {
        // One is enough: some take long.
        !answers.find_map(Result::ok).is_some_and(|output| has_plot(&output))
    }
}

#[test]
fn whoever_says_that_it_draws_does() {
    let catalog = Catalog::builtin();
    let others = COMMANDS.iter().filter(|command| command.name != ASKS_OTHERS);
    let wrong: Vec<&str> =
        others.filter(|command| !is_right(command, &catalog)).map(|one| one.name).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
