//! Colours of tones.

use anstyle::{AnsiColor, Style};

use crate::view::Tone;

/// The terminal style of a tone.
const fn style(tone: Tone) -> Style {
    let plain = Style::new();
    match tone {
        Tone::Plain => plain,
        Tone::Good => plain.fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green))),
        Tone::Warn => plain.fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow))),
        Tone::Bad => plain.fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red))).bold(),
        Tone::Faint => plain.dimmed(),
    }
}

/// The text in the colour of its tone.
pub(super) fn toned(text: &str, tone: Tone, colour: bool) -> String {
    painted(text, style(tone), colour)
}

/// The text in bold.
pub(super) fn bold(text: &str, colour: bool) -> String {
    painted(text, Style::new().bold(), colour)
}

/// The text in the `index`-th of the colours that tell the parts of a bar or the lines of a plot apart.
pub(super) fn numbered(text: &str, index: usize, colour: bool) -> String {
    const COLOURS: [AnsiColor; 6] = [
        AnsiColor::Blue,
        AnsiColor::Cyan,
        AnsiColor::Magenta,
        AnsiColor::Yellow,
        AnsiColor::Green,
        AnsiColor::BrightBlack,
    ];
    painted(text, COLOURS[index % COLOURS.len()].on_default(), colour)
}

fn painted(text: &str, style: Style, colour: bool) -> String {
    if colour && style != Style::new() && !text.is_empty() {
        format!("{style}{text}{style:#}")
    } else {
        text.to_owned()
    }
}
