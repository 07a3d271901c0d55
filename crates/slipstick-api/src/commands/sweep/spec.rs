//! What is swept: axes, which rows are kept, and which columns are written.

use serde_json::{Map, Value};

use super::{
    axis::{Axis, wrong},
    figures,
    space::names,
};
use crate::{ApiError, commands::supply, resolve::Resolver};

/// Tables of a specification that are no axes.
const FILTER: &str = "filter";
const COLUMNS: &str = "columns";

/// A sweep, read.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Spec {
    pub(super) axes: Vec<Axis>,
    pub(super) filter: Filter,
    /// The columns to write; all if empty.
    pub(super) columns: Vec<String>,
}

/// Which rows are kept.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Filter {
    /// Verdicts; all if empty.
    pub(super) verdicts: Vec<String>,
    /// Figures that must lie within both ends.
    pub(super) within: Vec<(usize, f64, f64)>,
}

impl Spec {
    /// Reads a specification in TOML.
    pub(super) fn read(text: &str, resolver: &Resolver<'_>) -> Result<Self, ApiError> {
        let table: toml::Table = toml::from_str(text).map_err(|error| {
            ApiError::input("sweep.syntax", format!("the specification is no TOML: {}", error.message()))
                .at("SPEC")
                .help("one flag a line, such as concurrency = [1, 2, 4] or input = {from = 1024, to = 8192, factor = 2}")
        })?;
        let table = match serde_json::to_value(table) {
            Ok(Value::Object(table)) => table,
            _ => Map::new(),
        };
        let mut spec = Self::default();
        for (name, said) in table {
            match name.as_str() {
                FILTER => spec.filter = Filter::read(said)?,
                COLUMNS => spec.columns = texts(COLUMNS, said)?,
                _ => spec.axes.push(axis(&name, said, resolver)?),
            }
        }
        spec.whole()
    }

    /// Refuses what has no model or no hardware.
    pub(super) fn whole(self) -> Result<Self, ApiError> {
        for name in ["model", "on"] {
            if !self.axes.iter().any(|axis| axis.name == name) {
                return Err(wrong(name, "it is missing", "name some, or say \"all\""));
            }
        }
        Ok(self)
    }
}

/// An axis; `"all"` stands for every model of the catalogue, every accelerator on a provider's list, every cloud.
fn axis(name: &str, said: Value, resolver: &Resolver<'_>) -> Result<Axis, ApiError> {
    let known = names();
    if !known.iter().any(|one| one == name) {
        let names = known.iter().map(String::as_str).chain([FILTER, COLUMNS]);
        return Err(ApiError::unknown("sweep.unknown_axis", "axis", name, names)
            .or_help("an axis is a flag of slipstick estimate with underscores, or count")
            .at(name.to_owned()));
    }
    match (name, said) {
        ("model", Value::String(all)) if all == "all" => {
            Ok(Axis::texts(name, resolver.catalog().models().iter().map(|model| model.name.clone())))
        }
        ("on", Value::String(all)) if all == "all" => {
            Ok(Axis::texts(name, supply::listed(resolver.catalog())))
        }
        ("cloud", Value::String(all)) if all == "all" => {
            let mut clouds: Vec<String> =
                resolver.catalog().offers().iter().map(|offer| offer.cloud.to_string()).collect();
            clouds.sort_unstable();
            clouds.dedup();
            Ok(Axis::texts(name, clouds))
        }
        (_, said) => Axis::read(name, said, resolver.world().bounds().combinations),
    }
}

impl Filter {
    fn read(said: Value) -> Result<Self, ApiError> {
        let Value::Object(table) = said else {
            return Err(wrong(FILTER, "it is no table", CURE));
        };
        let mut filter = Self::default();
        for (name, said) in table {
            if name == "verdict" {
                filter.verdicts = texts(&name, said)?;
                let known = ["holds", "queues", "saturated", "does_not_start", "refused"];
                if let Some(odd) = filter.verdicts.iter().find(|word| !known.contains(&word.as_str())) {
                    return Err(ApiError::unknown("sweep.unknown_verdict", "verdict", odd, known)
                        .at("filter.verdict"));
                }
                continue;
            }
            let figure = figures::named(&name, &format!("{FILTER}.{name}"))?;
            let (min, max) = ends(&format!("{FILTER}.{name}"), said)?;
            filter.within.push((figure, min, max));
        }
        Ok(filter)
    }

    /// Whether a row is kept.
    pub(super) fn keeps(&self, verdict: &str, figures: &figures::Figures) -> bool {
        (self.verdicts.is_empty() || self.verdicts.iter().any(|one| one == verdict))
            && self
                .within
                .iter()
                .all(|(figure, min, max)| figures[*figure] >= *min && figures[*figure] <= *max)
    }
}

/// How to write a filter.
const CURE: &str = "write verdict = [\"holds\"] or tpot_s = {max = 0.05}";

/// The ends of `{min, max}`; what is not said is open.
fn ends(name: &str, said: Value) -> Result<(f64, f64), ApiError> {
    let ends = match said {
        Value::Object(ends) if ends.keys().all(|key| key == "min" || key == "max") && !ends.is_empty() => {
            ends
        }
        _ => return Err(wrong(name, "it takes min, max or both", CURE)),
    };
    let end = |key: &str, open: f64| match ends.get(key) {
        None => Ok(open),
        Some(value) => {
            let number = value.as_f64().filter(|number| number.is_finite());
            number.ok_or_else(|| wrong(name, format!("{key} = {value} is no number"), CURE))
        }
    };
    let (min, max) = (end("min", f64::NEG_INFINITY)?, end("max", f64::INFINITY)?);
    if min > max {
        return Err(wrong(
            name,
            format!("min {min} is above max {max}: nothing lies between"),
            "exchange them",
        ));
    }
    Ok((min, max))
}

/// A text or a list of texts.
fn texts(name: &str, said: Value) -> Result<Vec<String>, ApiError> {
    let list = match said {
        Value::Array(list) => list,
        one => vec![one],
    };
    let text = |value: Value| match value {
        Value::String(text) => Ok(text),
        odd => Err(wrong(name, format!("{odd} is no text"), "write texts in quotes")),
    };
    list.into_iter().map(text).collect()
}
