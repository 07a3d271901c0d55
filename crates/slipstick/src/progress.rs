//! What is said on standard error while headers are read.

use std::{
    io::{IsTerminal as _, Write as _},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use slipstick_api::render::harmless;
use slipstick_world::Progress;

use crate::Global;

/// Fewer headers are read before a line about them could be.
const WORTH_SHOWING: usize = 3;

/// What takes less is done before a person has read how far it is.
const WORTH_WAITING: Duration = Duration::from_secs(1);

/// One line on a terminal that counts headers, or a line for each when asked for.
#[derive(Debug)]
pub(crate) struct TerminalProgress {
    verbose: bool,
    live: bool,
    planned: AtomicUsize,
    done: AtomicUsize,
    started: OnceLock<Instant>,
}

impl TerminalProgress {
    /// As the global arguments and the terminal say.
    pub(crate) fn new(global: &Global) -> Self {
        Self {
            verbose: global.verbose > 0,
            live: !global.quiet && !global.json && std::io::stderr().is_terminal(),
            planned: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            started: OnceLock::new(),
        }
    }

    fn say(&self, text: &str) {
        if self.verbose {
            let _ = writeln!(std::io::stderr(), "{}", harmless(text));
        }
    }

    fn is_counting(&self) -> bool {
        self.live && !self.verbose && self.planned.load(Ordering::Relaxed) >= WORTH_SHOWING
    }
}

impl Progress for TerminalProgress {
    fn reading(&self, file: &str) {
        self.say(&format!("reading {file}"));
    }

    fn asking(&self, program: &str) {
        self.say(&format!("asking {program}"));
    }

    fn not_kept(&self, why: &str) {
        self.say(&format!("the answer is not kept: {why}"));
    }

    fn planned(&self, files: usize) {
        self.planned.fetch_add(files, Ordering::Relaxed);
    }

    fn done(&self, file: &str, bytes: u64) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        self.say(&format!("read {file}, {bytes} B"));
        if self.is_counting() {
            let planned = self.planned.load(Ordering::Relaxed);
            let _ = write!(std::io::stderr(), "\rreading headers: {done} of {planned}");
        }
    }

    fn advanced(&self, what: &str, per_cent: u64) {
        // Short work needs no line, and the last one goes away.
        let slow = self.started.get_or_init(Instant::now).elapsed() >= WORTH_WAITING;
        if self.live && slow {
            let line = if per_cent < 100 { format!("{what}: {per_cent} %") } else { String::new() };
            let _ = write!(std::io::stderr(), "\r{line:40}\r");
        }
    }

    fn retrying(&self, file: &str, why: &str) {
        if self.verbose || self.live {
            let _ = writeln!(std::io::stderr(), "{}", harmless(&format!("trying {file} again: {why}")));
        }
    }

    fn finished(&self) {
        if self.is_counting() {
            // Back to the start of the line, and nothing after it.
            let _ = write!(std::io::stderr(), "\r{:40}\r", "");
        }
        self.planned.store(0, Ordering::Relaxed);
        self.done.store(0, Ordering::Relaxed);
    }
}
