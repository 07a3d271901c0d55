//! Factors by software, chip family, format and work, each drawn towards one.

use std::{collections::BTreeMap, fmt::Write as _};

use slipstick_catalog::training::keys;

use super::{SOURCE, TrainingCase, solve::Fit};

/// Software, family, format, work.
pub(super) type Key = [String; 4];

/// How far a factor of each kind strays from one, as the standard deviation of its logarithm, in the order of the keys: the
/// more names a key has, the less.
const LOG_SDS: [f64; 7] = [0.2, 0.2, 0.1, 0.25, 0.15, 0.1, 0.15];

/// All factors that any case has, and which of them are each case's.
#[derive(Debug, Default)]
pub(super) struct Effects {
    pub(super) keys: Vec<Key>,
    pub(super) log_sds: Vec<f64>,
    pub(super) points: Vec<u32>,
    /// The places of a case's factors.
    pub(super) of: Vec<[usize; 7]>,
}

impl Effects {
    pub(super) fn of(cases: &[TrainingCase]) -> Self {
        let mut found = Self::default();
        let mut places: BTreeMap<Key, usize> = BTreeMap::new();
        for case in cases {
            let own = keys(&case.stack, &case.release, &case.family, case.format, case.work);
            let mut at = [0; 7];
            for ((key, sd), place) in own.iter().zip(LOG_SDS).zip(&mut at) {
                let key: Key = key.map(str::to_owned);
                *place = *places.entry(key.clone()).or_insert_with(|| {
                    found.keys.push(key);
                    found.log_sds.push(sd);
                    found.points.push(0);
                    found.keys.len() - 1
                });
                found.points[*place] += 1;
            }
            found.of.push(at);
        }
        found
    }
}

/// The table of factors.
pub(super) fn table(fit: &Fit<'_>) -> String {
    let mut rows: Vec<(&Key, f64, u32)> = (0..fit.effects.keys.len())
        .map(|at| (&fit.effects.keys[at], fit.solution.effects[at].exp(), fit.effects.points[at]))
        .collect();
    rows.sort_by_key(|(key, ..)| *key);
    let mut text = String::from("stack,family,format,work,factor,points,source,seen\n");
    for (key, factor, points) in rows {
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{},{factor:.3},{points},{SOURCE}", key.join(","));
    }
    text
}

/// A table of factors with every one of them at one.
pub(super) fn neutral(table: &str) -> String {
    let mut lines = table.lines();
    let head = lines.next().unwrap_or_default().to_owned() + "\n";
    lines.fold(head, |all, line| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if let Some(factor) = cells.get_mut(4) {
            *factor = "1";
        }
        all + &cells.join(",") + "\n"
    })
}
