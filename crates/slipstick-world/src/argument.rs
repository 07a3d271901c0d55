//! A model argument taken apart: a path, a URL or a hub's id.

use std::path::{Path, PathBuf};

use crate::{Endpoint, SourceError, SourceErrorKind, http::Url};

/// What a model argument means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// A file or folder.
    Path(PathBuf),
    /// A file on some server.
    Url(String),
    /// A repository on the hub.
    Hub(HubId),
}

/// A repository on the hub, and what of it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubId {
    /// `org/name`.
    pub repo: String,
    /// Branch, tag or commit; `None` means `main`.
    pub revision: Option<String>,
    /// One file of it.
    pub file: Option<String>,
    /// The quantisation of a GGUF file, as in `org/name:Q4_K_M`.
    pub quant: Option<String>,
}

/// Endings that only files have: an argument with one is never an id.
const FILE_ENDINGS: [&str; 4] = [".json", ".safetensors", ".gguf", ".toml"];

impl Argument {
    /// Takes an argument apart. Anything that exists as a path is one; `hub` is where ids are looked up.
    ///
    /// # Errors
    /// What is neither a path nor a URL nor `org/name`.
    pub fn parse(text: &str, hub: &Endpoint) -> Result<Self, SourceError> {
        let text = text.trim();
        if text.is_empty() || text.len() > 4096 || text.contains(|letter: char| letter.is_control()) {
            return Err(bad(text));
        }
        if text.starts_with("https://") || text.starts_with("http://") {
            return Self::of_url(text, hub);
        }
        let path = home(text);
        if path.exists() || path.is_symlink() || looks_like_path(text) {
            return Ok(Self::Path(path));
        }
        if let Some((host, rest)) = text.split_once('/')
            && is_hub(host)
        {
            return HubId::of_path(rest).map(Self::Hub);
        }
        HubId::parse(text.strip_prefix("hf:").unwrap_or(text)).map(Self::Hub)
    }

    fn of_url(text: &str, hub: &Endpoint) -> Result<Self, SourceError> {
        let url = Url::parse(text)?;
        if is_hub(&url.host) || url.same_origin(&hub.0) {
            let path = url.path.split(['?', '#']).next().unwrap_or_default();
            return HubId::of_path(path.trim_start_matches('/')).map(Self::Hub);
        }
        Ok(Self::Url(text.to_owned()))
    }
}

impl Argument {
    /// A name for people.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Path(path) => path_name(path),
            Self::Url(address) => address.rsplit('/').next().unwrap_or(address).to_owned(),
            Self::Hub(id) => id.repo.clone(),
        }
    }

    /// What an engine loads: the repository, the address, the folder or the weight file. A lone configuration is
    /// nothing to load, but its name may be that of a repository.
    pub(crate) fn served(&self) -> String {
        match self {
            Self::Path(path) => {
                let is_weights =
                    path.extension().is_some_and(|ending| ending == "gguf" || ending == "safetensors");
                if path.is_dir() || is_weights {
                    path.to_string_lossy().into_owned()
                } else {
                    path_name(path)
                }
            }
            Self::Url(address) => address.clone(),
            Self::Hub(id) => id.repo.clone(),
        }
    }
}

/// The name of a model by its path: a folder's own, a file's, or the folder's of a file that is called `config.json`.
fn path_name(path: &Path) -> String {
    let text = |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned());
    let stem = text(path.file_stem()).unwrap_or_default();
    if stem == "config" || path.is_dir() {
        let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let folder = if path.is_dir() { Some(whole.as_path()) } else { whole.parent() };
        return text(folder.and_then(Path::file_name)).unwrap_or(stem);
    }
    stem.replace("--", "/")
}

fn bad(text: &str) -> SourceError {
    let shown: String = text.chars().filter(|letter| !letter.is_control()).take(80).collect();
    SourceError::new(
        SourceErrorKind::BadArgument,
        format!("'{shown}' is neither a path nor a URL nor an id such as org/name"),
    )
    .help("give a config.json, a folder, a .safetensors or .gguf file, a URL, or org/name[@revision][:quant]")
}

fn is_hub(host: &str) -> bool {
    matches!(host, "huggingface.co" | "www.huggingface.co" | "hf.co")
}

/// Whether it can only be meant as a path, whether there is such a file or not.
pub(crate) fn looks_like_path(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    text.starts_with(['/', '.', '~', '\\']) || FILE_ENDINGS.iter().any(|ending| lower.ends_with(ending))
}

/// `~` is the shell's, but quoted arguments and configuration files keep it.
fn home(text: &str) -> PathBuf {
    match (text.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(text),
    }
}

impl HubId {
    /// Parses `org/name[@revision][:quant]`.
    ///
    /// # Errors
    /// If a part is missing or holds what a hub does not allow.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        let (rest, quant) = match text.rsplit_once(':') {
            Some((rest, quant)) => (rest, Some(quant)),
            None => (text, None),
        };
        let (repo, revision) = match rest.split_once('@') {
            Some((repo, revision)) => (repo, Some(revision)),
            None => (rest, None),
        };
        Self::checked(repo, revision, None, quant).ok_or_else(|| bad(text))
    }

    /// Parses the path of a page: `org/name`, `org/name/tree/revision`, `org/name/blob/revision/file`.
    fn of_path(path: &str) -> Result<Self, SourceError> {
        let decoded = path.replace("%2F", "/").replace("%2f", "/");
        let steps: Vec<&str> = decoded.split('/').filter(|step| !step.is_empty()).collect();
        let id = match steps[..] {
            [org, name] => return Self::parse(&format!("{org}/{name}")),
            [org, name, "tree" | "blob" | "resolve" | "raw", ref rest @ ..] if !rest.is_empty() => {
                // A pull request's revision has slashes of its own.
                let revision_steps = if rest.len() >= 3 && rest[..2] == ["refs", "pr"] { 3 } else { 1 };
                let (revision, file) = rest.split_at(revision_steps);
                let file = file.join("/");
                let is_folder = steps[2] == "tree";
                let file = (!is_folder && !file.is_empty()).then_some(file);
                Self::checked(&format!("{org}/{name}"), Some(&revision.join("/")), file.as_deref(), None)
            }
            _ => None,
        };
        id.ok_or_else(|| bad(path))
    }

    fn checked(repo: &str, revision: Option<&str>, file: Option<&str>, quant: Option<&str>) -> Option<Self> {
        let (org, name) = repo.split_once('/')?;
        let sound = is_word(org)
            && is_word(name)
            && revision.is_none_or(|revision| revision.split('/').all(is_word))
            && file.is_none_or(is_safe_file)
            && quant.is_none_or(is_word);
        let own = |text: &str| text.to_owned();
        sound.then(|| Self {
            repo: repo.to_owned(),
            revision: revision.map(own),
            file: file.map(own),
            quant: quant.map(own),
        })
    }

    /// The place with the commit that it was at.
    pub(crate) fn at_commit(&self, commit: Option<&str>) -> String {
        let shown = self.to_string();
        match commit {
            Some(commit) if !shown.contains(commit) => format!("{shown} at {commit}"),
            Some(_) | None => shown,
        }
    }

    /// The revision, `main` if none was given.
    pub fn revision(&self) -> &str {
        self.revision.as_deref().unwrap_or("main")
    }
}

impl core::fmt::Display for HubId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.repo)?;
        if let Some(revision) = &self.revision {
            write!(f, "@{revision}")?;
        }
        match (&self.file, &self.quant) {
            (Some(file), _) => write!(f, "/{file}"),
            (None, Some(quant)) => write!(f, ":{quant}"),
            (None, None) => Ok(()),
        }
    }
}

/// Letters, digits, `-`, `_` and `.`, but no `..`: what hubs allow in names.
fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 128
        && !text.contains("..")
        && !text.starts_with('.')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// A file's path inside a repository.
pub(crate) fn is_safe_file(path: &str) -> bool {
    path.len() <= 1024
        && !path.contains(['\\', ':', '?', '#', '%'])
        && !path.contains(|letter: char| letter.is_control())
        && path.split('/').all(|step| !matches!(step, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Argument, SourceError> {
        Argument::parse(text, &Endpoint::new("https://mirror.example").expect("an address"))
    }

    fn hub(text: &str) -> HubId {
        match parse(text) {
            Ok(Argument::Hub(id)) => id,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn ids_with_all_their_parts() {
        assert_eq!(hub("Qwen/Qwen3-8B").to_string(), "Qwen/Qwen3-8B");
        let id = hub("unsloth/Qwen3-8B-GGUF@refs/pr/7:Q4_K_M");
        assert_eq!((id.revision(), id.quant.as_deref()), ("refs/pr/7", Some("Q4_K_M")));
        assert_eq!(hub("hf:a/b").repo, "a/b");
        assert_eq!(hub("hf.co/a/b:Q8_0").quant.as_deref(), Some("Q8_0"));
    }

    #[test]
    fn pages_of_the_hub() {
        assert_eq!(hub("https://huggingface.co/a/b").repo, "a/b");
        assert_eq!(hub("https://mirror.example/a/b").repo, "a/b");
        assert!(matches!(parse("https://mirror.example:8443/a/b"), Ok(Argument::Url(_))));
        assert_eq!(hub("https://huggingface.co/a/b/tree/v1.0").revision(), "v1.0");
        let file = hub("https://huggingface.co/a/b/blob/main/sub/model-Q4_K_M.gguf?download=true");
        assert_eq!((file.revision(), file.file.as_deref()), ("main", Some("sub/model-Q4_K_M.gguf")));
        let pull = hub("https://huggingface.co/a/b/resolve/refs%2Fpr%2F1/config.json");
        assert_eq!((pull.revision(), pull.file.as_deref()), ("refs/pr/1", Some("config.json")));
        assert!(matches!(parse("https://example.org/a/b.gguf"), Ok(Argument::Url(_))));
    }

    #[test]
    fn what_is_a_path_and_what_is_nothing() {
        for path in ["./a/b", "../x", "/nowhere", "a/b.gguf", "config.json", "~/models"] {
            assert!(matches!(parse(path), Ok(Argument::Path(_))), "{path}");
        }
        for bad in ["", "llama", "a/b/c", "a/b@", "a/b@..", "a/b@x/../y", "a b/c", "a/b:", "a/\u{7}b", "a/.."]
        {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
        for bad in
            ["https://huggingface.co/", "https://huggingface.co/a", "https://hf.co/a/b/blob/main/../../x"]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
