//! How far left-out runs are off, kept as a table that a machine can hold the next fit against.

use std::{collections::BTreeMap, fmt::Write as _, fs, io};

/// Where the figures are kept.
const KEPT: &str = "measured/left_out.csv";

const HEAD: &str = "fit,left_out,of,quantity,rows,median_percent";

/// A median may rise by so many points between two fits: less is noise of the cut.
const STEP: f64 = 1.0;

/// Groups of fewer rows have no median to be held to.
const LEAST_ROWS: usize = 40;

/// The median error of left-out runs of a kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figure {
    /// Which fit: serving, training or rounds.
    pub(super) fit: &'static str,
    pub(super) left_out: &'static str,
    /// The engine or the work.
    pub(super) of: String,
    pub(super) quantity: &'static str,
    pub(super) rows: usize,
    pub(super) median: f64,
}

impl Figure {
    /// Of errors in per cent; none where nothing was measured.
    pub(super) fn of(
        fit: &'static str,
        left_out: &'static str,
        of: &str,
        quantity: &'static str,
        errors: impl Iterator<Item = f64>,
    ) -> Option<Self> {
        let mut errors: Vec<f64> = errors.filter(|error| error.is_finite()).collect();
        errors.sort_by(f64::total_cmp);
        let median = *errors.get(errors.len() / 2)?;
        Some(Self { fit, left_out, of: of.to_owned(), quantity, rows: errors.len(), median })
    }

    fn key(&self) -> String {
        format!("{},{},{},{}", self.fit, self.left_out, self.of, self.quantity)
    }
}

/// Keeps the figures of one fit; those of the others stay.
pub(super) fn keep(figures: &[Figure]) -> io::Result<()> {
    let path = crate::root().join(KEPT);
    let own = |line: &str| figures.iter().any(|figure| line.starts_with(&format!("{},", figure.fit)));
    let before = fs::read_to_string(&path).unwrap_or_default();
    let others = before.lines().skip(1).filter(|line| !own(line)).map(str::to_owned);
    let lines = figures.iter().map(|figure| format!("{},{},{:.1}", figure.key(), figure.rows, figure.median));
    let mut lines: Vec<String> = others.chain(lines).collect();
    lines.sort();
    let mut text = format!("{HEAD}\n");
    for line in lines {
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{line}");
    }
    fs::write(path, text)
}

/// Holds figures against those that are kept.
///
/// # Errors
/// If a median has risen by more than a step.
pub(super) fn check(now: &[Figure]) -> io::Result<()> {
    let text = fs::read_to_string(crate::root().join(KEPT))?;
    let risen = risen(&text, now);
    if risen.is_empty() {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "left-out medians rose by more than {STEP} point: {}; mend the physics, or run cargo xtask fit and say in the commit why it is worth it",
        risen.join("; ")
    )))
}

/// The medians that are more than a step above those of a kept table.
fn risen(kept: &str, now: &[Figure]) -> Vec<String> {
    let kept: BTreeMap<&str, f64> = kept
        .lines()
        .skip(1)
        .filter_map(|line| {
            let (rest, median) = line.rsplit_once(',')?;
            Some((rest.rsplit_once(',')?.0, median.parse().ok()?))
        })
        .collect();
    let all = now.iter().filter(|figure| figure.rows >= LEAST_ROWS).filter_map(|figure| {
        let before = *kept.get(figure.key().as_str())?;
        (figure.median > before + STEP)
            .then(|| format!("{} {before:.1} % to {:.1} %", figure.key(), figure.median))
    });
    all.collect()
}

#[cfg(test)]
mod tests {
    use super::{Figure, LEAST_ROWS, check, risen};

    #[test]
    fn a_median_that_rises_by_more_than_a_step_is_named() {
        let kept = "fit,left_out,of,quantity,rows,median_percent\nserving,a model,all,tpot,60,10.0\n";
        let of = |error: f64, rows: usize| {
            let errors = std::iter::repeat_n(error, rows);
            Figure::of("serving", "a model", "all", "tpot", errors).expect("errors")
        };
        assert!(risen(kept, &[of(10.9, 60)]).is_empty());
        assert_eq!(risen(kept, &[of(11.2, 60)]), ["serving,a model,all,tpot 10.0 % to 11.2 %"]);
        assert!(risen(kept, &[of(30.0, 20)]).is_empty(), "few rows have no median to be held to");
        assert!(Figure::of("serving", "a", "b", "c", [f64::NAN].into_iter()).is_none());
    }

    /// What is kept holds itself, and not a fit that is worse by more than a step.
    #[test]
    fn a_fit_that_is_worse_fails() {
        let text = std::fs::read_to_string(crate::root().join(super::KEPT)).expect("the kept figures");
        let mut lines = csv::Reader::from_reader(text.as_bytes());
        let kept: Vec<(String, String, usize, f64)> = lines
            .records()
            .map(|line| line.expect("a line"))
            .filter(|line| (&line[0], &line[3]) == ("serving", "tpot"))
            .map(|line| {
                let (rows, median) = (line[4].parse().expect("a count"), line[5].parse().expect("a number"));
                (line[1].to_owned(), line[2].to_owned(), rows, median)
            })
            .filter(|(.., rows, _)| *rows >= LEAST_ROWS)
            .collect();
        assert!(kept.len() > 4, "{kept:?}");
        let worse = |by: f64| {
            let of = |(left_out, of, rows, median): &(String, String, usize, f64)| Figure {
                fit: "serving",
                left_out: [
                    "a quarter of the sweeps",
                    "a chip",
                    "a model",
                    "a pair of chip family and engine",
                ]
                .into_iter()
                .find(|cut| cut == left_out)
                .expect("a cut"),
                of: of.clone(),
                quantity: "tpot",
                rows: *rows,
                median: median + by,
            };
            kept.iter().map(of).collect::<Vec<_>>()
        };
        assert!(check(&worse(0.0)).is_ok() && check(&worse(0.9)).is_ok());
        let error = check(&worse(1.1)).expect_err("it is worse").to_string();
        assert!(error.contains("rose by more than 1 point") && error.contains("a model,vllm"), "{error}");
    }
}
