//! Which models are tried: those made for what is asked.

use slipstick_catalog::{Catalog, ModelEntry, Purpose};

use crate::{ApiError, request::RecommendRequest, resolve::Assumption};

/// What the models are to be made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Anything that writes text.
    Any,
    /// This, beside whatever else.
    Of(Purpose),
}

impl Use {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Of(purpose) => purpose.name(),
        }
    }

    /// What may be asked for: whatever writes text.
    fn all() -> impl Iterator<Item = Self> {
        let writes = |purpose: &Purpose| !matches!(purpose, Purpose::Encoder | Purpose::Embedding);
        Purpose::ALL.into_iter().filter(writes).map(Self::Of).chain([Self::Any])
    }

    pub(super) fn named(name: Option<&str>, defaults: &mut Vec<Assumption>) -> Result<Self, ApiError> {
        let Some(name) = name else {
            let why = "models that their publishers call chat or instruct models".to_owned();
            defaults.push(Assumption { flag: "--use", value: "chat".to_owned(), why });
            return Ok(Self::Of(Purpose::Chat));
        };
        let found = Self::all().find(|known| known.name().eq_ignore_ascii_case(name.trim()));
        found.ok_or_else(|| {
            let names: Vec<&str> = Self::all().map(Self::name).collect();
            ApiError::unknown("use.unknown", "use", name, names.iter().copied())
                .at("--use")
                .help(format!("the uses are {}", names.join(", ")))
        })
    }

    fn admits(self, entry: &ModelEntry) -> bool {
        match self {
            Self::Any => !entry.purposes.contains(&Purpose::Embedding),
            Self::Of(purpose) => entry.is_for(purpose),
        }
    }
}

/// The models to try, and how many others go by the name that is asked for.
pub(super) fn models<'a>(
    request: &RecommendRequest,
    made_for: Use,
    catalog: &'a Catalog,
) -> Result<(Vec<&'a ModelEntry>, usize), ApiError> {
    let all = catalog.models();
    let wanted = request.like.as_deref().unwrap_or_default().to_ascii_lowercase();
    let is_like =
        |entry: &&ModelEntry| entry.id.contains(&wanted) || entry.name.to_ascii_lowercase().contains(&wanted);
    let named: Vec<&ModelEntry> = all.iter().copied().filter(is_like).collect();
    if let (Some(like), true) = (&request.like, named.is_empty()) {
        let ids = all.iter().map(|entry| entry.id.as_str());
        return Err(ApiError::unknown("model.not_found", "model", like, ids)
            .at("--like")
            .or_help("slipstick models lists them all"));
    }
    let (tried, others): (Vec<_>, Vec<_>) = named.into_iter().partition(|entry| made_for.admits(entry));
    if let (true, Some(first)) = (tried.is_empty(), others.first()) {
        let purposes: Vec<&str> = first.purposes.iter().map(|purpose| purpose.name()).collect();
        let message = format!(
            "none of the {} models like it is made for {}: {} is for {}",
            others.len(),
            made_for.name(),
            first.name,
            purposes.join(" and ")
        );
        return Err(ApiError::input("use.none", message)
            .at("--use")
            .help("--use any tries whatever writes text"));
    }
    Ok((tried, others.len()))
}
