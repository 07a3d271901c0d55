//! What training reaches: constants of physics near their priors, and factors by software, chip family, format and work
//! that are drawn towards one, fitted together over all kept runs; then the bands of what was left out.
//!
//! The same rows give the same tables.

mod bands;
mod effects;
mod reach;
mod report;
mod solve;

use std::{fs, io};

use slipstick_api::{
    Catalog, LayerName,
    validate::training::{TrainingCase, training_cases},
};
use slipstick_world::ClosedWorld;

use super::figures::Figure;
pub(super) use bands::{Point, Pool};
use effects::Effects;
use reach::Constant;
use solve::Fit;
pub(super) use solve::solved;

/// The measured rows that are kept, with their sources.
const MEASURED: &str = "measured/training.csv";

/// Where the tables are.
const DATA: &str = "crates/slipstick-catalog/data";

/// The page that says how far it is off.
const PAGE: &str = "docs/accuracy.md";

/// Where a table of these columns comes from.
const SOURCE: &str = "measured-training,2026-11";

/// The kept steps that may be scored. A layout that no row states is searched with every factor at one: what the tables of
/// before say has no part in it.
fn cases() -> io::Result<Vec<TrainingCase>> {
    let text = fs::read_to_string(crate::root().join(MEASURED))?;
    let world = ClosedWorld::default();
    let fits = fs::read_to_string(crate::root().join(DATA).join("training_fits.csv"))?;
    let neutral =
        Catalog::builtin().with_overlay(LayerName::User, "training_fits.csv", &effects::neutral(&fits));
    training_cases(&text, &[], &neutral.map_err(io::Error::other)?, &world).map_err(io::Error::other)
}

/// Writes the tables anew.
pub(super) fn write() -> io::Result<()> {
    let cases = cases()?;
    let data = crate::root().join(DATA);
    let reach = fs::read_to_string(data.join("training_reach.csv"))?;
    let constants = reach::read(&reach)?;
    let fit = Fit::of(&cases, &constants);
    let scores = report::scores(&fit);
    super::figures::keep(&report::figures(&scores))?;
    fs::write(data.join("training_reach.csv"), reach::table(&reach, &fit.solution.reach))?;
    fs::write(data.join("training_fits.csv"), effects::table(&fit))?;
    fs::write(data.join("training_bands.csv"), report::bands(&scores))?;
    let page = crate::root().join(PAGE);
    fs::write(&page, report::renewed(&fs::read_to_string(&page)?, &scores)?)?;
    report::print(&scores);
    Ok(())
}

/// How far left-out steps are off with the sources as they are.
pub(super) fn figures() -> io::Result<Vec<Figure>> {
    let cases = cases()?;
    let reach = fs::read_to_string(crate::root().join(DATA).join("training_reach.csv"))?;
    Ok(report::figures(&report::scores(&Fit::of(&cases, &reach::read(&reach)?))))
}

#[cfg(test)]
mod tests {
    use std::{fs, io};

    use slipstick_api::{Catalog, validate::training::training_cases};
    use slipstick_world::ClosedWorld;

    use super::{MEASURED, TrainingCase};
    use crate::regret::spearman;

    /// The kept steps with what is shipped.
    fn cases() -> io::Result<Vec<TrainingCase>> {
        let text = fs::read_to_string(crate::root().join(MEASURED))?;
        let world = ClosedWorld::default();
        training_cases(&text, &[], &Catalog::builtin(), &world).map_err(io::Error::other)
    }

    /// Tokens a second on each accelerator that are predicted of a row.
    fn rate(cases: &[TrainingCase], id: &str) -> f64 {
        let case = cases.iter().find(|case| case.id == id).unwrap_or_else(|| panic!("{id} is a row"));
        case.step(case.efficiency()).expect("it has a peak").total().get().recip() * case.tokens_each()
    }

    /// Tables print rates of work and of tokens; their quotient is the work of a token by the convention that they state.
    /// llm-foundry counts its table of positions as it counts any parameter; a row of adapters leaves the adapters out of
    /// its four passes, up to 1.1 % of a 7B.
    #[test]
    fn printed_rates_agree_with_the_convention_that_they_state() {
        let cases = cases().expect("the kept table is one");
        let mut wrong = Vec::new();
        for (table, least) in [("llmf", 140), ("mbr", 50), ("nemo", 20)] {
            let own = cases
                .iter()
                .filter(|case| case.id.split('-').next() == Some(table) && case.work != "experts");
            let printed: Vec<_> = own.filter_map(|case| Some((case, case.printed?))).collect();
            assert!(printed.len() >= least, "{table}: {}", printed.len());
            for (case, work) in printed {
                let positions = if table == "llmf" { work.positions } else { work.positions * 0.0 };
                let off = work.printed / (work.counted + positions) - 1.0;
                let least = if case.work == "adapters" { 0.011 } else { 0.005 };
                if off.abs() > least + work.rounding {
                    wrong.push(format!("{} {off:.4}", case.id));
                }
            }
        }
        assert!(wrong.is_empty(), "{}: {}", wrong.len(), wrong.join(", "));
    }

    /// MLPerf's Llama-2-70B with adapters on ten chips: the order of steps and of tokens a second, and half of the errors.
    #[test]
    fn ten_chips_keep_their_order() {
        let cases = cases().expect("the kept table is one");
        let tuned = || cases.iter().filter(|case| case.id.starts_with("mlpt") && case.work == "adapters");
        let chips: std::collections::BTreeSet<&str> = tuned().map(|case| case.accelerator.as_str()).collect();
        assert_eq!(chips.len(), 10, "{chips:?}");
        let steps: Vec<(f64, f64)> = tuned()
            .map(|case| {
                let step = case.step(case.efficiency()).expect("it has a peak").total();
                (step.get(), case.measured.get())
            })
            .collect();
        let rates: Vec<(f64, f64)> = steps
            .iter()
            .zip(tuned())
            .map(|((ours, theirs), case)| (case.tokens_each() / ours, case.tokens_each() / theirs))
            .collect();
        assert!(
            spearman(&steps) > 0.95 && spearman(&rates) > 0.95,
            "{} {}",
            spearman(&steps),
            spearman(&rates)
        );
        let mut errors: Vec<f64> = steps.iter().map(|(ours, theirs)| (ours / theirs - 1.0).abs()).collect();
        errors.sort_by(f64::total_cmp);
        assert!(errors[errors.len() / 2] < 0.12, "{}", errors[errors.len() / 2]);
    }

    /// MLPerf's Llama-3.1-405B in fp8 on 512 and on 8,192 H100 keeps 88.6 % of its rate.
    #[test]
    fn sixteen_times_the_accelerators_keep_their_measured_share() {
        let cases = cases().expect("the kept table is one");
        let kept = rate(&cases, "mlpt-071") / rate(&cases, "mlpt-075");
        assert!((kept - 0.886).abs() < 0.05, "{kept}");
    }

    /// Narayanan et al. 2021, table 2: pipelines and tensor parallelism are faster than sharded weights, and lose less when
    /// accelerators are doubled at the same batch.
    #[test]
    fn pipelines_beat_sharded_weights_at_scale() {
        let cases = cases().expect("the kept table is one");
        let of = |ids: [&str; 3]| ids.map(|id| rate(&cases, id));
        for ids in [["nar21-001", "nar21-002", "nar21-003"], ["nar21-004", "nar21-005", "nar21-006"]] {
            let sharded = of(ids);
            assert!(sharded[0] > sharded[1] && sharded[1] > sharded[2], "{sharded:?}");
        }
        assert!(rate(&cases, "nar21-007") > rate(&cases, "nar21-001"));
        let large = [rate(&cases, "nar21-010"), rate(&cases, "nar21-012")];
        assert!(large[0] > large[1] && large[1] > rate(&cases, "nar21-004"), "{large:?}");
    }
}
