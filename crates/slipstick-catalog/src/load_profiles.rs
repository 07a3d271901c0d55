//! How the load of a deployment changes with the hours of a day or a week.

use std::borrow::Cow;

use crate::{
    LayerName, Origin, Place,
    rows::Layered,
    tables::{LOAD_PROFILES, LoadProfileRow, shipped},
};

const FILE: &str = "load_profiles.csv";

/// A load over the hours.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadProfile {
    /// Its name.
    pub name: String,
    /// In a few words.
    pub meaning: String,
    /// The load of each hour, in any unit.
    pub hours: Vec<f64>,
    /// What to know about it.
    pub note: String,
    /// Where it comes from.
    pub origin: Origin,
}

impl Layered for LoadProfile {
    fn layer(&self) -> LayerName {
        self.origin.layer
    }

    fn key(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.name)
    }
}

impl LoadProfileRow<'_> {
    pub(crate) fn entry(&self, at: Place<'_>) -> Result<LoadProfile, String> {
        let hours: Result<Vec<f64>, String> = self.hours.split_whitespace().map(load).collect();
        let hours = hours?;
        if hours.len() < 2 || hours.iter().all(|load| *load <= 0.0) {
            return Err("hours: give two or more, one of them busy".to_owned());
        }
        Ok(LoadProfile {
            name: self.name.to_owned(),
            meaning: self.meaning.to_owned(),
            hours,
            note: self.note.to_owned(),
            origin: Origin::of(at, self.source, self.seen, self.confidence)?,
        })
    }
}

fn load(text: &str) -> Result<f64, String> {
    let found = text.parse::<f64>().ok().filter(|load| load.is_finite() && *load >= 0.0);
    found.ok_or_else(|| format!("hours: {text:?} is no load"))
}

shipped!(BUILTIN: LoadProfileRow<'static> => LoadProfile, LOAD_PROFILES, |row| {
    row.entry(Place::shipped(FILE)).expect("the tests read every shipped row")
});

#[cfg(test)]
mod tests {
    use crate::{load_profiles::BUILTIN, source};

    #[test]
    fn every_profile_is_a_week_with_a_source() {
        for entry in BUILTIN.iter() {
            assert_eq!(entry.hours.len(), 168, "{}", entry.name);
            assert!(entry.origin.sources.iter().all(|key| source(key).is_some()), "{entry:?}");
        }
        let busy = &BUILTIN.iter().find(|entry| entry.name == "business-hours").unwrap().hours;
        assert!((busy.iter().sum::<f64>() - 40.0).abs() < 1e-12);
    }
}
