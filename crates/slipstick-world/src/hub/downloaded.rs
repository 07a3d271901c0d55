//! Repositories that the hub's own tools have downloaded to this machine.

use std::{io::Read as _, path::PathBuf};

use slipstick_api::ModelFiles;

use crate::{HubId, Options, SourceError, argument::is_safe_file, file, local};

/// The files of a repository that was downloaded whole, or `None` if it was not.
///
/// The hub's cache keeps `models--org--name/refs/REVISION`, which names a commit, and `snapshots/COMMIT`, a folder.
pub(super) fn find(id: &HubId, options: &Options) -> Option<Result<ModelFiles, SourceError>> {
    // One file or quantisation of several may be there without the others.
    if id.file.is_some() || id.quant.is_some() {
        return None;
    }
    let (commit, folder) = snapshot(id, options)?;
    let files = local::resolve(&folder, options).map(|mut files| {
        files.origin = id.at_commit(Some(&commit));
        files.notes.push(format!("read from the hub's own cache in {}", folder.display()));
        files
    });
    Some(files)
}

fn snapshot(id: &HubId, options: &Options) -> Option<(String, PathBuf)> {
    let repository = options.hub_cache.as_ref()?.join(format!("models--{}", id.repo.replace('/', "--")));
    let mut commit = String::new();
    let named = file::open(&repository.join("refs").join(id.revision()));
    match named {
        Ok(file) => drop(file.take(64).read_to_string(&mut commit).ok()?),
        // A revision may be the commit itself.
        Err(_) => id.revision().clone_into(&mut commit),
    }
    let commit = commit.trim().to_owned();
    let is_commit = is_safe_file(&commit) && !commit.contains('/');
    let folder = repository.join("snapshots").join(&commit);
    (is_commit && folder.is_dir()).then_some((commit, folder))
}
