//! One run of the program: its global arguments and its world.

use anstream::ColorChoice;
use slipstick_api::{ApiError, Catalog, render::TextStyle, resolve};

use slipstick_world::LocalWorld;

use crate::{ColorWhen, Global, progress::TerminalProgress};

/// Columns where there is no terminal to ask.
const PIPE_WIDTH: usize = 100;

/// What every command of one run shares.
#[derive(Debug)]
pub struct Session {
    /// The global arguments.
    pub global: Global,
    /// Files, network and date.
    pub world: LocalWorld,
}

impl Session {
    /// From the global arguments.
    pub fn new(global: Global) -> Self {
        let world = LocalWorld {
            catalogs: global.catalog.clone(),
            offline: global.offline,
            today: global.today,
            progress: Box::new(TerminalProgress::new(&global)),
        };
        Self { global, world }
    }

    /// The catalogue with the overlays of this run.
    ///
    /// # Errors
    /// If an overlay cannot be read.
    pub fn catalog(&self) -> Result<Catalog, ApiError> {
        resolve::catalog(&self.world)
    }

    /// How text is laid out on standard output.
    pub fn style(&self) -> TextStyle {
        let width = self.global.width.map(usize::from);
        let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        TextStyle {
            width: width.or_else(terminal).unwrap_or(PIPE_WIDTH),
            colour: self.has_colour(&std::io::stdout()),
            unicode: has_unicode(|name| std::env::var(name).ok()),
        }
    }

    /// Whether a stream takes colours, by `--color`, NO_COLOR, CLICOLOR_FORCE and the terminal, in this order.
    pub fn has_colour(&self, stream: &impl anstream::stream::RawStream) -> bool {
        match self.global.color {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => anstream::AutoStream::choice(stream) != ColorChoice::Never,
        }
    }
}

/// Whether the locale can show more than ASCII; only an explicit C or POSIX locale cannot.
fn has_unicode(variable: impl Fn(&str) -> Option<String>) -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(variable).find(|value| !value.is_empty());
    set.is_none_or(|locale| locale != "C" && locale != "POSIX")
}

#[cfg(test)]
mod tests {
    use super::has_unicode;

    #[test]
    fn only_an_explicit_c_locale_is_ascii() {
        assert!(has_unicode(|_| None));
        assert!(has_unicode(|name| (name == "LANG").then(|| "C.UTF-8".to_owned())));
        assert!(!has_unicode(|name| (name == "LC_ALL").then(|| "C".to_owned())));
        assert!(has_unicode(|name| Some(if name == "LC_ALL" {
            String::new()
        } else {
            "en_GB.UTF-8".to_owned()
        })));
    }
}
