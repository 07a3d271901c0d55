//! The workspace's own automation: `cargo xtask docs` writes the generated pages, `cargo xtask test` checks everything.

mod check;
mod readme;

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

fn main() -> ExitCode {
    let command = std::env::args().nth(1);
    let result = match command.as_deref() {
        Some("docs") => write_method_pages().and_then(|()| readme::write()),
        Some("test") => check::run(),
        _ => Err(io::Error::other("the tasks are: cargo xtask docs, cargo xtask test")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "a task speaks to the developer on the terminal")]
fn report(error: &io::Error) {
    eprintln!("xtask: {error}");
}

/// The workspace's root, one above this package.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// Writes `docs/methods`, and removes pages there of methods that are gone.
fn write_method_pages() -> io::Result<()> {
    let folder = root().join("docs/methods");
    fs::create_dir_all(&folder)?;
    let pages = slipstick_methods::pages();
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let known = pages.iter().any(|(page, _)| name.to_str() == Some(page));
        if !known && entry.path().extension().is_some_and(|extension| extension == "md") {
            fs::remove_file(entry.path())?;
        }
    }
    for (name, text) in pages {
        fs::write(folder.join(name), text)?;
    }
    Ok(())
}
