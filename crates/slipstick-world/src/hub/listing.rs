//! What a repository holds at a revision.

use serde::{Deserialize, Serialize};

use crate::{SourceError, argument::is_safe_file, prefix::damaged};

/// The longest listing that is read.
pub(super) const MAX_BYTES: u64 = 64 << 20;

/// The most files of a repository that are looked at.
const MAX_FILES: usize = 200_000;

/// What a repository holds at a revision.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Listing {
    /// The commit, where the server gives a whole one: then nothing under it ever changes.
    pub(super) commit: Option<String>,
    /// The files, in order of their names.
    pub(super) files: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Raw {
    sha: Option<String>,
    #[serde(default)]
    siblings: Vec<Sibling>,
}

#[derive(Serialize, Deserialize)]
struct Sibling {
    rfilename: String,
}

impl Listing {
    pub(super) fn parse(json: &[u8], repo: &str) -> Result<Self, SourceError> {
        let raw: Raw = serde_json::from_slice(json)
            .map_err(|error| damaged(repo, format!("the server's listing is not readable: {error}")))?;
        let commit =
            raw.sha.filter(|sha| sha.len() == 40 && sha.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let mut files: Vec<String> = raw
            .siblings
            .into_iter()
            .take(MAX_FILES)
            .map(|sibling| sibling.rfilename)
            .filter(|file| is_safe_file(file))
            .collect();
        files.sort();
        Ok(Self { commit, files })
    }

    pub(super) fn has(&self, file: &str) -> bool {
        self.files.binary_search_by(|found| found.as_str().cmp(file)).is_ok()
    }
}

/// A listing of these files, as the hub would write it.
pub(super) fn of(files: &[&str]) -> Vec<u8> {
    let siblings = files.iter().map(|&file| Sibling { rfilename: file.to_owned() }).collect();
    serde_json::to_vec(&Raw { sha: None, siblings }).expect("texts are always written")
}
