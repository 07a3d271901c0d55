//! A model whose weights have formats: equal layers in equal formats stand once.
//!
//! Rules are asked once for each kind of layer that they can tell apart, so that nothing that comes after formats a path
//! or walks the layers.

use core::{borrow::Borrow, ops::Range};
use std::{collections::BTreeMap, sync::Arc};

use super::{Component, ComponentKind, FormatRules, Layer, Model, Place, Weight, profile::fingerprint};
use crate::{basis::Known, numeric::Format};

/// A model and the format of each of its weights. It shares its model, unless it is made of a borrowed one.
#[derive(Debug, Clone, PartialEq)]
pub struct FormattedModel<M = Arc<Model>> {
    model: M,
    /// The formats of what stands outside the layers, in order.
    outer: Vec<Format>,
    groups: Vec<Group>,
    /// Neighbouring layers of one group, in order; together they are all layers.
    runs: Vec<Run>,
    share: Known<f64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    /// The number of its kind of layer.
    kind: usize,
    first: usize,
    count: u64,
    formats: Vec<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    group: usize,
    /// One behind its last layer.
    end: usize,
}

/// Equal layers whose weights have equal formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormattedLayers<'a> {
    /// The layer.
    pub layer: &'a Layer,
    /// The formats of its weights, in their order.
    pub formats: &'a [Format],
    /// The index of its first occurrence.
    pub first: usize,
    /// How often it occurs.
    pub count: u64,
}

impl<'a> FormattedLayers<'a> {
    /// Its weights with their formats.
    pub fn weights(self) -> impl Iterator<Item = (&'a Weight, Format)> {
        self.layer.weights.iter().zip(self.formats.iter().copied())
    }
}

impl<M: Borrow<Model>> FormattedModel<M> {
    /// Gives every weight of `model` its format under `rules`.
    pub fn new(formatted: M, rules: &(impl FormatRules + ?Sized)) -> Self {
        let model: &Model = formatted.borrow();
        let mut kinds = Kinds::default();
        let mut grouping = Grouping::default();
        for index in 0..model.layers.len() {
            grouping.push(index, kinds.of(index, model), model, rules);
        }
        let Grouping { groups, runs, .. } = grouping;
        Self { outer: outer(model, rules), model: formatted, groups, runs, share: rules.share() }
    }

    /// The same model under other rules: which of its layers are equal is known.
    #[must_use]
    pub fn under(&self, rules: &(impl FormatRules + ?Sized)) -> Self
    where
        M: Clone,
    {
        let model = self.model();
        let mut grouping = Grouping::default();
        let mut start = 0;
        for run in &self.runs {
            (start..run.end)
                .for_each(|index| grouping.push(index, self.groups[run.group].kind, model, rules));
            start = run.end;
        }
        let Grouping { groups, runs, .. } = grouping;
        Self { outer: outer(model, rules), model: self.model.clone(), groups, runs, share: rules.share() }
    }

    /// What tells its architecture from others ([`Model::fingerprint`]).
    pub fn fingerprint(&self) -> String {
        fingerprint(self.model(), self.groups().map(|group| (group.layer, group.count)))
    }

    /// The model.
    pub fn model(&self) -> &Model {
        self.model.borrow()
    }

    /// What a checkpoint of it weighs, against what is counted.
    pub const fn share(&self) -> Known<f64> {
        self.share
    }

    /// Equal layers in equal formats, in order of their first occurrence.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = FormattedLayers<'_>> {
        let layers = &self.model().layers;
        self.groups.iter().map(|group| FormattedLayers {
            layer: &layers[group.first],
            formats: &group.formats,
            first: group.first,
            count: group.count,
        })
    }

    /// Weights outside the layers with their formats, multi-token prediction apart.
    pub fn outer(&self) -> impl Iterator<Item = (&Weight, Format)> {
        self.outside(|kind| kind != ComponentKind::MultiToken)
    }

    /// The weights of components of some kinds, with their formats.
    pub(crate) fn outside(
        &self,
        of: impl Fn(ComponentKind) -> bool,
    ) -> impl Iterator<Item = (&Weight, Format)> {
        let all = components(self.model()).zip(self.outer.iter().copied());
        all.filter(move |((component, _), _)| of(component.kind))
            .map(|((_, weight), format)| (weight, format))
    }

    /// How many layers of which group stand among `layers`, run by run: the index of a group and a count.
    pub(crate) fn runs_among(&self, layers: Range<usize>) -> impl Iterator<Item = (usize, u64)> {
        let Range { mut start, end } = layers;
        let first = self.runs.partition_point(|run| run.end <= start);
        self.runs[first..].iter().map_while(move |run| {
            let count = run.end.min(end).checked_sub(start).filter(|count| *count > 0)?;
            start += count;
            Some((run.group, count as u64))
        })
    }
}

/// Every weight outside the layers, with its component.
fn components(model: &Model) -> impl Iterator<Item = (&Component, &Weight)> {
    model
        .components
        .iter()
        .flat_map(|component| component.weights.iter().map(move |weight| (component, weight)))
}

/// The formats of what stands outside the layers.
fn outer(model: &Model, rules: &(impl FormatRules + ?Sized)) -> Vec<Format> {
    let format = |(component, weight): (&Component, &Weight)| {
        let place = Place { parent: &component.path, layer: None, name: &weight.name };
        rules.format_of(place, weight)
    };
    components(model).map(format).collect()
}

/// The first occurrences of unequal layers, and which of them the last layer was.
#[derive(Default)]
struct Kinds {
    first: Vec<usize>,
    last: Option<usize>,
}

impl Kinds {
    /// The number of a layer's kind; neighbours are mostly equal.
    fn of(&mut self, index: usize, model: &Model) -> usize {
        let equal = |kind: &usize| model.layers[self.first[*kind]] == model.layers[index];
        let known = self.last.filter(equal).or_else(|| (0..self.first.len()).find(equal));
        let kind = known.unwrap_or_else(|| {
            self.first.push(index);
            self.first.len() - 1
        });
        self.last = Some(kind);
        kind
    }
}

/// Layers put into groups one after the other.
#[derive(Default)]
struct Grouping {
    groups: Vec<Group>,
    runs: Vec<Run>,
    /// The group of a kind of layer under a key of the rules.
    known: BTreeMap<(usize, u64), usize>,
    last: Option<(usize, u64)>,
}

impl Grouping {
    fn push(&mut self, index: usize, kind: usize, model: &Model, rules: &(impl FormatRules + ?Sized)) {
        let key = (kind, rules.layer_key(index));
        let group = match (self.last == Some(key), self.runs.last()) {
            (true, Some(run)) => run.group,
            _ => match self.known.get(&key) {
                Some(group) => *group,
                None => self.group(key, index, model, rules),
            },
        };
        self.last = Some(key);
        self.groups[group].count += 1;
        match self.runs.last_mut() {
            Some(run) if run.group == group => run.end = index + 1,
            _ => self.runs.push(Run { group, end: index + 1 }),
        }
    }

    /// The group of a layer whose key is new: that of equal formats, if there is one.
    fn group(
        &mut self,
        key: (usize, u64),
        index: usize,
        model: &Model,
        rules: &(impl FormatRules + ?Sized),
    ) -> usize {
        let layer = &model.layers[index];
        let format = |weight: &Weight| {
            let place = Place { parent: &model.layers_path, layer: Some(index), name: &weight.name };
            rules.format_of(place, weight)
        };
        let formats: Vec<Format> = layer.weights.iter().map(format).collect();
        let kind = key.0;
        let same = |group: &Group| group.kind == kind && group.formats == formats;
        let known = self.groups.iter().position(same);
        let group = known.unwrap_or_else(|| {
            self.groups.push(Group { kind, first: index, count: 0, formats });
            self.groups.len() - 1
        });
        self.known.insert(key, group);
        group
    }
}
