//! The workspace's own automation: `cargo xtask docs` writes the generated pages, `cargo xtask fit` what is read from
//! measurements, `cargo xtask regret` compares what `plan` chooses with them, `cargo xtask test` checks everything, `cargo xtask speed` counts instructions.

mod accuracy;
mod check;
mod fit;
mod readme;
mod regret;
mod speed;

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use slipstick_api::{
    commands::{models::counted_table, reports},
    report,
};

fn main() -> ExitCode {
    let command = std::env::args().nth(1);
    let result = match command.as_deref() {
        Some("docs") => write_docs().and_then(|()| readme::write()).and_then(|()| accuracy::write()),
        Some("fit") => fit::write(std::env::args().nth(2).as_deref()),
        Some("test") => check::run(),
        Some("regret") => regret::write(),
        Some("speed") => speed::run(),
        _ => Err(io::Error::other(
            "the tasks are: cargo xtask docs, cargo xtask fit, cargo xtask regret, cargo xtask test, cargo xtask speed",
        )),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "a task speaks to the developer on the terminal")]
fn complain(error: &io::Error) {
    eprintln!("xtask: {error}");
}

/// The workspace's root, one above this package.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// Writes the counts of the shipped models, the pages of the methods and the schemas of the documents.
fn write_docs() -> io::Result<()> {
    fs::write(root().join("crates/slipstick-catalog/data/models_counted.csv"), counted_table())?;
    write_folder("docs/methods", slipstick_methods::pages())?;
    write_folder("docs/schemas", report::schema_files(&reports()))
}

/// Writes files into a folder, and removes those there that are not among them.
fn write_folder(folder: &str, files: Vec<(String, String)>) -> io::Result<()> {
    let folder = root().join(folder);
    fs::create_dir_all(&folder)?;
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        if !files.iter().any(|(name, _)| entry.file_name().to_str() == Some(name)) {
            fs::remove_file(entry.path())?;
        }
    }
    for (name, text) in files {
        fs::write(folder.join(name), text)?;
    }
    Ok(())
}
