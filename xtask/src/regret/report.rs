//! What came of it, as `docs/accuracy.md` says it.

use std::{collections::BTreeMap, fmt::Write as _, fs, io};

use super::Case;

const PAGE: &str = "docs/accuracy.md";
const START: &str = "<!-- What plan chooses: made by cargo xtask regret. -->\n";
const END: &str = "<!-- End of what plan chooses. -->";

/// Good is what reaches so much of the best that was measured.
const GOOD: f64 = 0.9;

/// Places that are compared have at least so many.
const FEWEST: usize = 4;

pub(super) fn write(cases: &[Case]) -> io::Result<()> {
    let path = crate::root().join(PAGE);
    let text = fs::read_to_string(&path)?;
    let lost = || io::Error::other(format!("{PAGE} has lost the marks around what plan chooses"));
    let (before, rest) = text.split_once(START).ok_or_else(lost)?;
    let (_, after) = rest.split_once(END).ok_or_else(lost)?;
    let found = report(cases).map_err(io::Error::other)?;
    say(&listing(cases).map_err(io::Error::other)?);
    say(&found);
    fs::write(path, format!("{before}{START}{found}{END}{after}"))
}

/// Each case that is not good, for who works on it.
fn listing(cases: &[Case]) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    for case in cases {
        let share = |value: Option<f64>| value.map_or(f64::NAN, |value| value / case.best);
        let (chosen, accelerators) = (share(case.chosen), share(case.accelerators));
        if !(chosen >= GOOD && accelerators >= GOOD) {
            writeln!(
                text,
                "{:.2} {:.2} {} {} at {}: {}, predicted {:.0}, best {:.0}",
                chosen,
                accelerators,
                case.load,
                case.place,
                case.speed,
                case.what,
                case.predicted.unwrap_or(f64::NAN),
                case.best
            )?;
        }
    }
    Ok(text)
}

fn report(cases: &[Case]) -> Result<String, std::fmt::Error> {
    let mut text =
        "| choice | cases | not measured, or nothing chosen | reach 90 % of the best | median | 10th percentile |\n\
                    |---|---|---|---|---|---|\n"
            .to_owned();
    let rows: [(&str, Vec<Option<f64>>); 3] = [
        ("layout and requests in flight", shares(cases, |case| case.chosen)),
        ("accelerators, at the best load that was measured of them", shares(cases, |case| case.accelerators)),
        (
            "the fewest accelerators that were measured, at their best load",
            shares(cases, |case| Some(case.fewest)),
        ),
    ];
    for (name, all) in rows {
        let mut known: Vec<f64> = all.iter().flatten().map(|share| share.min(1.0)).collect();
        known.sort_by(f64::total_cmp);
        let good = known.iter().filter(|share| **share >= GOOD).count();
        writeln!(
            text,
            "| {name} | {} | {} | {:.0} % | {:.1} % | {:.0} % |",
            known.len(),
            all.len() - known.len(),
            100.0 * good as f64 / known.len() as f64,
            100.0 * quantile(&known, 0.5),
            100.0 * quantile(&known, 0.1)
        )?;
    }
    ranked(cases, &mut text)?;
    Ok(text)
}

/// How chips, engines and formats are ordered by what their tokens cost.
fn ranked(cases: &[Case], text: &mut String) -> std::fmt::Result {
    let priced = |(predicted, best): (Option<f64>, f64)| Some([predicted?, best]);
    let chosen = ranks(cases, |case| priced((case.predicted, case.best)));
    let between = ranks(cases, |case| case.between.map(|[measured, predicted]| [predicted, measured]));
    let alike = ranks(cases, |case| case.alike.map(|[measured, predicted]| [predicted, measured]));
    writeln!(
        text,
        "\nDollars a million output tokens between chips, engines and formats, at one price for each chip: rank correlation \
         {} of what is chosen, over loads and speeds with at least {FEWEST} of them; {} at the same speed, on straight lines \
         between the points of each front; and {} so with what is predicted of the layouts that were measured, whatever others \
         would reach.",
        correlation(chosen),
        correlation(between),
        correlation(alike)
    )
}

fn shares(cases: &[Case], of: impl Fn(&Case) -> Option<f64>) -> Vec<Option<f64>> {
    cases.iter().map(|case| Some(of(case)? / case.best)).collect()
}

/// The value below which so large a share of sorted ones lies.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = share * last as f64;
    let (below, above) = (place.floor(), place.ceil());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index within the list")]
    let of = |place: f64| sorted[place as usize];
    (of(above) - of(below)).mul_add(place - below, of(below))
}

/// The median of correlations, as it is written.
fn correlation(mut all: Vec<f64>) -> String {
    all.sort_by(f64::total_cmp);
    let count = all.len();
    format!(
        "{:.2} in the median of {count} ({:.2} at the 10th percentile)",
        quantile(&all, 0.5),
        quantile(&all, 0.1)
    )
}

/// Spearman's rank correlation of predicted and measured prices of tokens, for each load and speed.
fn ranks(cases: &[Case], of: impl Fn(&Case) -> Option<[f64; 2]>) -> Vec<f64> {
    let mut loads: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for case in cases {
        if let (Some([predicted, measured]), Some(price)) = (of(case), case.price) {
            let key = format!("{} {}", case.load, case.speed);
            loads.entry(key).or_default().push((price / predicted, price / measured));
        }
    }
    loads.into_values().filter(|pairs| pairs.len() >= FEWEST).map(|pairs| spearman(&pairs)).collect()
}

/// `ρ = Σ (r - r̄)(s - s̄) / sqrt(Σ (r - r̄)² Σ (s - s̄)²)` of the ranks of two lists (Spearman 1904).
pub(crate) fn spearman(pairs: &[(f64, f64)]) -> f64 {
    let (first, second): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let rank = |all: &[f64], one: f64| {
        let below = all.iter().filter(|other| **other < one).count() as f64;
        let equal = all.iter().filter(|other| other.total_cmp(&one).is_eq()).count() as f64;
        below + f64::midpoint(equal, 1.0)
    };
    let mean = f64::midpoint(pairs.len() as f64, 1.0);
    let ranks: Vec<(f64, f64)> =
        pairs.iter().map(|(x, y)| (rank(&first, *x) - mean, rank(&second, *y) - mean)).collect();
    let sum = |of: fn(&(f64, f64)) -> f64| ranks.iter().map(of).sum::<f64>();
    sum(|(x, y)| x * y) / (sum(|(x, _)| x * x) * sum(|(_, y)| y * y)).sqrt()
}

#[expect(clippy::print_stdout, reason = "a task's result goes to standard output")]
fn say(text: &str) {
    println!("{text}");
}

#[cfg(test)]
mod tests {
    use super::{quantile, spearman};

    #[test]
    fn ranks_agree_and_disagree() {
        let close = |found: f64, known: f64| assert!((found - known).abs() < 1e-12, "{found}");
        close(spearman(&[(1.0, 10.0), (2.0, 20.0), (3.0, 25.0)]), 1.0);
        close(spearman(&[(1.0, 3.0), (2.0, 2.0), (3.0, 1.0)]), -1.0);
        close(spearman(&[(1.0, 1.0), (2.0, 3.0), (3.0, 2.0)]), 0.5);
        close(quantile(&[1.0, 2.0, 4.0], 0.75), 3.0);
    }
}
