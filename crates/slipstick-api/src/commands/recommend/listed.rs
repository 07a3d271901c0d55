//! Models of the catalogue with what it states of them, those of one shape together.

use std::{cell::OnceCell, cmp::Ordering, sync::Arc};

use slipstick_catalog::{Catalog, ModelEntry, Rating};
use slipstick_core::units::Bytes;

use crate::{
    ApiError,
    resolve::{self, ResolvedModel},
};

/// A model, and what the catalogue states of it.
#[derive(Debug, Clone)]
pub(super) struct Listed<'a> {
    pub(super) entry: &'a ModelEntry,
    /// How exactly these weights were rated, if they were.
    pub(super) rating: Option<&'a Rating>,
    size: Size,
    /// Its configuration, read when it is tried.
    model: OnceCell<Arc<ResolvedModel>>,
}

/// What tells models apart that are tried: counted when the catalogue was made, of a user's own when it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Size {
    architecture: String,
    parameters: u64,
    weights: Bytes,
    max_context: Option<u64>,
}

impl<'a> Listed<'a> {
    pub(super) fn of(entry: &'a ModelEntry, catalog: &'a Catalog) -> Result<Self, ApiError> {
        let rating = entry.hf_repo.as_deref().and_then(|repository| catalog.rating(repository));
        let counted = entry.counted.as_ref();
        if let Some((counted, weights)) = counted.and_then(|counted| Some((counted, counted.weights?))) {
            let size = Size {
                architecture: counted.fingerprint.clone(),
                parameters: counted.parameters,
                weights,
                max_context: counted.context_tokens,
            };
            return Ok(Self { entry, rating, size, model: OnceCell::new() });
        }
        let model = read(entry)?;
        let size = Size {
            architecture: model.fingerprint.clone(),
            parameters: model.parameters.total,
            weights: model.weights,
            max_context: model.model.max_context,
        };
        Ok(Self { entry, rating, size, model: OnceCell::from(model) })
    }

    /// The model itself.
    pub(super) fn model(&self) -> Result<Arc<ResolvedModel>, ApiError> {
        if let Some(model) = self.model.get() {
            return Ok(Arc::clone(model));
        }
        let model = read(self.entry)?;
        Ok(Arc::clone(self.model.get_or_init(|| model)))
    }

    /// Whether it needs and takes what another of its shape does: a quantised edition weighs less.
    fn is_as(&self, other: &Self) -> bool {
        let stated = |of: &Self| (of.size.weights, of.size.max_context);
        stated(self) == stated(other)
    }
}

fn read(entry: &ModelEntry) -> Result<Arc<ResolvedModel>, ApiError> {
    resolve::from_files(&resolve::entry_files(entry), resolve::Unknown::Refused).map(Arc::new)
}

/// Models of one architecture and one size, such as fine-tunes of one base: they need and take the same.
#[derive(Debug, Clone)]
pub(super) struct Shape<'a> {
    /// Those in the widest format first, of them the highest rated.
    pub(super) members: Vec<Listed<'a>>,
}

impl<'a> Shape<'a> {
    /// Those that are worth trying, in order: each that may do where the ones before it do not.
    pub(super) fn tried(&self) -> impl Iterator<Item = &Listed<'a>> {
        let is_new =
            |place: usize| self.members[..place].iter().all(|known| !known.is_as(&self.members[place]));
        self.members.iter().enumerate().filter(move |(place, _)| is_new(*place)).map(|(_, listed)| listed)
    }

    /// Whether a member is itself a quantised edition of another: in any other format it would be that one once more.
    pub(super) fn is_edition(&self, listed: &Listed<'a>, model: &ResolvedModel) -> bool {
        let wider = |other: &Listed<'a>| other.size.weights > listed.size.weights;
        model.scheme.is_some() && self.members.iter().any(wider)
    }

    /// The names of the others.
    pub(super) fn others(&self, than: &Listed<'a>) -> Vec<String> {
        let others = self.members.iter().filter(|other| other.entry.id != than.entry.id);
        others.map(|other| other.entry.name.clone()).collect()
    }
}

/// Models by their shapes, in the order of the first of each.
pub(super) fn shapes(models: Vec<Listed<'_>>) -> Vec<Shape<'_>> {
    let key = |of: &Listed<'_>| (of.size.architecture.clone(), of.size.parameters);
    let mut keys = Vec::new();
    let mut shapes: Vec<Shape<'_>> = Vec::new();
    for listed in models {
        let key = key(&listed);
        if let Some(place) = keys.iter().position(|known| *known == key) {
            shapes[place].members.push(listed);
        } else {
            keys.push(key);
            shapes.push(Shape { members: vec![listed] });
        }
    }
    for shape in &mut shapes {
        shape.members.sort_by(first);
    }
    shapes
}

/// The wider, then the higher rated, then the one that takes longer texts, then by name.
fn first(a: &Listed<'_>, b: &Listed<'_>) -> Ordering {
    let rated = |of: &Listed<'_>| of.rating.map_or(f64::NEG_INFINITY, |rating| rating.rating);
    let wider = b.size.weights.cmp(&a.size.weights);
    let longer = b.size.max_context.cmp(&a.size.max_context);
    wider.then(rated(b).total_cmp(&rated(a))).then(longer).then_with(|| a.entry.id.cmp(&b.entry.id))
}
