//! Which weight files of a repository are meant.

use slipstick_core::names::nearest;

use super::listing::Listing;
use crate::{HubId, SourceError, SourceErrorKind, file_kind::FileKind, local::first_few};

const INDEX: &str = "model.safetensors.index.json";

/// The weight files that are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Weights {
    /// Those that an index names.
    Index(String),
    /// These safetensors files.
    Safetensors(Vec<String>),
    /// A GGUF file, by its first part.
    Gguf(String),
    /// None: the config alone describes the model.
    None,
}

/// Chooses the weight files.
pub(super) fn choose(id: &HubId, listing: &Listing) -> Result<Weights, SourceError> {
    if let Some(file) = &id.file {
        return one_file(id, listing, file);
    }
    if let Some(quant) = &id.quant {
        return gguf(id, listing, Some(quant));
    }
    if listing.has(INDEX) {
        return Ok(Weights::Index(INDEX.to_owned()));
    }
    let top: Vec<String> = listing
        .files
        .iter()
        .filter(|file| FileKind::of(file) == FileKind::Safetensors && !file.contains('/'))
        .cloned()
        .collect();
    // Adapters and consolidated copies lie beside the model itself.
    let model: Vec<String> = top.iter().filter(|file| file.starts_with("model")).cloned().collect();
    match (model.is_empty(), top.is_empty()) {
        (false, _) => Ok(Weights::Safetensors(model)),
        (true, false) => Ok(Weights::Safetensors(top)),
        _ if listing.files.iter().any(|file| is_model(file)) => gguf(id, listing, None),
        _ if listing.has("config.json") => Ok(Weights::None),
        _ => Err(SourceError::new(
            SourceErrorKind::NotAModel,
            format!("{id} holds no config.json, .safetensors or .gguf file"),
        )
        .help(format!("it holds {}", first_few(listing.files.iter().map(String::as_str))))),
    }
}

fn one_file(id: &HubId, listing: &Listing, file: &str) -> Result<Weights, SourceError> {
    if !listing.has(file) {
        let near = nearest(file, listing.files.iter().map(String::as_str), 3);
        let error = SourceError::new(SourceErrorKind::Missing, format!("{} has no file {file}", id.repo));
        return Err(match near.as_slice() {
            [] => error,
            near => error.help(format!("nearest is {}", near.join(", "))),
        });
    }
    match FileKind::of(file) {
        FileKind::Index => Ok(Weights::Index(file.to_owned())),
        FileKind::Safetensors => Ok(Weights::Safetensors(vec![file.to_owned()])),
        FileKind::Gguf => Ok(Weights::Gguf(file.to_owned())),
        FileKind::Config => Ok(Weights::None),
        FileKind::Other => {
            let nothing = format!("{file} of {} describes no model", id.repo);
            Err(SourceError::new(SourceErrorKind::NotAModel, nothing)
                .help("give a config.json, a .safetensors file or index, or a .gguf file"))
        }
    }
}

/// The one GGUF model of a repository, or that of a quantisation.
fn gguf(id: &HubId, listing: &Listing, quant: Option<&str>) -> Result<Weights, SourceError> {
    let models: Vec<&str> = listing.files.iter().map(String::as_str).filter(|file| is_model(file)).collect();
    let meant: Vec<&str> = match quant {
        None => models.clone(),
        Some(quant) => models.iter().copied().filter(|file| has_quant(file, quant)).collect(),
    };
    let quants = || {
        let mut all: Vec<&str> = models.iter().filter_map(|file| quant_of(file)).collect();
        all.sort_unstable();
        all.dedup();
        first_few(all.into_iter())
    };
    match (meant.as_slice(), quant) {
        ([one], _) => Ok(Weights::Gguf((*one).to_owned())),
        ([], Some(quant)) => {
            Err(SourceError::new(SourceErrorKind::Missing, format!("{} has no {quant} file", id.repo))
                .help(format!("it has {}", quants())))
        }
        (several, None) => Err(SourceError::new(
            SourceErrorKind::NotAModel,
            format!("{} holds {} GGUF models", id.repo, several.len()),
        )
        .help(format!(
            "add one of their quantisations, such as {}:Q4_K_M; it has {}",
            id.repo,
            quants()
        ))),
        (several, Some(quant)) => Err(SourceError::new(
            SourceErrorKind::NotAModel,
            format!("{} has {} {quant} files", id.repo, several.len()),
        )
        .help(format!("give the page of one of them: {}", first_few(several.iter().copied())))),
    }
}

/// A GGUF model: no projector, no importance matrix, no later part of a split file.
fn is_model(file: &str) -> bool {
    let lower = file.to_ascii_lowercase();
    let later = lower.contains("-of-") && !lower.contains("-00001-of-");
    FileKind::of(file) == FileKind::Gguf && !later && !lower.contains("mmproj") && !lower.contains("imatrix")
}

/// The quantisation that a file is named after: the last word that begins like one.
fn quant_of(file: &str) -> Option<&str> {
    let name = file.rsplit_once('/').map_or(file, |(_, name)| name);
    name.split(['-', '.']).rev().find(|word| {
        let upper = word.to_ascii_uppercase();
        let numbered = |prefix: &str| {
            upper
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
        };
        ["Q", "IQ", "TQ"].into_iter().any(numbered)
            || matches!(upper.as_str(), "F16" | "F32" | "BF16" | "MXFP4" | "FP16" | "NVFP4")
            || upper.starts_with("MXFP4_")
    })
}

fn has_quant(file: &str, quant: &str) -> bool {
    let own = quant_of(file).is_some_and(|own| own.eq_ignore_ascii_case(quant));
    // `UD-Q4_K_XL` and the like span two words.
    let name = file.rsplit_once('/').map_or(file, |(_, name)| name).to_ascii_lowercase();
    let wanted = quant.to_ascii_lowercase();
    own || (quant.contains('-')
        && name.split_once(&wanted).is_some_and(|(before, after)| {
            (before.is_empty() || before.ends_with(['-', '.'])) && after.starts_with(['-', '.'])
        }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(files: &[&str]) -> Listing {
        let mut files: Vec<String> = files.iter().map(|&file| file.to_owned()).collect();
        files.sort();
        Listing { commit: None, files }
    }

    fn chosen(id: &str, files: &[&str]) -> Result<Weights, SourceError> {
        choose(&HubId::parse(id).expect(id), &listing(files))
    }

    #[test]
    fn safetensors_before_gguf() {
        let files = ["config.json", "model.safetensors", "adapter.safetensors", "x-Q4_K_M.gguf"];
        assert_eq!(chosen("a/b", &files), Ok(Weights::Safetensors(vec!["model.safetensors".into()])));
        let sharded = ["model-00001-of-00002.safetensors", INDEX];
        assert_eq!(chosen("a/b", &sharded), Ok(Weights::Index(INDEX.into())));
        assert_eq!(chosen("a/b", &["config.json", "pytorch_model.bin"]), Ok(Weights::None));
        assert_eq!(
            chosen("a/b", &["README.md"]).map_err(|error| error.kind),
            Err(SourceErrorKind::NotAModel)
        );
    }

    #[test]
    fn a_quantisation_picks_its_file() {
        let files = [
            "m-Q4_K_M.gguf",
            "m-Q4_K_S.gguf",
            "m-UD-Q4_K_XL.gguf",
            "Q8_0/m-Q8_0-00001-of-00002.gguf",
            "Q8_0/m-Q8_0-00002-of-00002.gguf",
            "mmproj-F16.gguf",
        ];
        let gguf = |file: &str| Ok(Weights::Gguf(file.to_owned()));
        assert_eq!(chosen("a/b:Q4_K_M", &files), gguf("m-Q4_K_M.gguf"));
        assert_eq!(chosen("a/b:q8_0", &files), gguf("Q8_0/m-Q8_0-00001-of-00002.gguf"));
        assert_eq!(chosen("a/b:UD-Q4_K_XL", &files), gguf("m-UD-Q4_K_XL.gguf"));
        let missing = chosen("a/b:Q5_K_M", &files).expect_err("there is none");
        assert!(missing.help.contains("Q4_K_M, Q4_K_S, Q4_K_XL, Q8_0"), "{}", missing.help);
        let several = chosen("a/b", &files).expect_err("there are four");
        assert!(several.help.contains("a/b:Q4_K_M"), "{}", several.help);
    }
}
