//! Where a method and the estimate disagree, and which fault of the method causes it.

use slipstick_methods::{Common, Effect, Fault, Figure, Mended, When};

use super::ours::Ours;

/// Figures this close agree.
const AGREES: f64 = 1.1;

/// A fault that moves a figure by less than this share has no part in it.
const NOTHING: f64 = 1e-3;

/// A figure that differs from ours.
pub(super) struct Disagreement {
    pub(super) common: Common,
    pub(super) method: &'static str,
    /// The method's figure over ours.
    pub(super) ratio: f64,
    /// The faults that move it this way, the likeliest first.
    pub(super) causes: Vec<&'static Fault>,
}

/// Every figure off by more than a tenth, in the order of the questions.
pub(super) fn disagreements(figures: &[Figure], ours: &[(Common, Ours)]) -> Vec<Disagreement> {
    let mut found = Vec::new();
    for (common, ours) in ours {
        let Some(ours) = ours.value().filter(|value| *value > 0.0) else { continue };
        for figure in figures.iter().filter(|figure| figure.common == *common) {
            let Ok((value, _)) = &figure.answer else { continue };
            let ratio = value / ours;
            if (1.0 / AGREES..=AGREES).contains(&ratio) {
                continue;
            }
            let causes = causes(figure, ratio);
            found.push(Disagreement { common: *common, method: figure.method, ratio, causes });
        }
    }
    found
}

/// The faults that cause a figure to be off this way: those whose mending would move it towards ours, the ones that say
/// which way they go first; of them the one that moves it most, and of equals the one nearest to the figure.
fn causes(figure: &Figure, ratio: f64) -> Vec<&'static Fault> {
    let towards = |m: &Mended| if ratio > 1.0 { m.factor < 1.0 - NOTHING } else { m.factor > 1.0 + NOTHING };
    let mut causes: Vec<(&'static Fault, Mended)> = figure
        .faults
        .iter()
        .filter_map(|fault| {
            let moves = figure.mended(fault).into_iter().filter(towards);
            Some((*fault, moves.max_by(|a, b| a.factor.ln().abs().total_cmp(&b.factor.ln().abs()))?))
        })
        .collect();
    causes.sort_by(|(a, m), (b, n)| {
        let open = |fault: &Fault| fault.effect == Effect::Either;
        let tenths = |m: &Mended| (m.factor.ln().abs() * 10.0).round();
        // What treats experts as one dense block is off by more than anything else.
        let dense = |fault: &Fault| fault.when == When::MixtureOfExperts;
        (dense(b).cmp(&dense(a)))
            .then(open(a).cmp(&open(b)))
            .then(tenths(n).total_cmp(&tenths(m)))
            .then(m.steps.cmp(&n.steps))
    });
    causes.into_iter().map(|(fault, _)| fault).collect()
}

impl Disagreement {
    /// How far off, in either direction.
    pub(super) fn factor(&self) -> f64 {
        self.ratio.max(1.0 / self.ratio)
    }

    /// The disagreement in a sentence.
    pub(super) fn sentence(&self) -> String {
        let off = if self.ratio >= 1.0 {
            format!("{} times ours", three(self.ratio))
        } else {
            format!("ours over {}", three(1.0 / self.ratio))
        };
        let cause = match self.causes.as_slice() {
            [] => "none of its known faults explains it".to_owned(),
            [first, rest @ ..] => {
                let more: Vec<&str> = rest.iter().map(|fault| fault.id).collect();
                let more =
                    if more.is_empty() { String::new() } else { format!(" (and {})", more.join(", ")) };
                format!("{}: {}{more}", first.id, first.text)
            }
        };
        format!("{off}; {cause}")
    }
}

fn three(value: f64) -> String {
    if value >= 100.0 {
        format!("{value:.0}")
    } else if value >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}
