//! What a person reads of a measured run.

use slipstick_core::units::show::{grouped, scaled};

use super::Measured;
use crate::{
    request::scalar_name,
    view::{Block, Cell, Column, Table, Tone, View},
};

pub(super) fn view(m: &Measured) -> View {
    let s = &m.summary;
    let mut view = View::new(format!(
        "{}: {} output tokens/s, {} a token",
        m.model.name,
        scaled(s.output_rate),
        s.per_token
    ));
    view.pairs(run(m));
    view.push(Block::Table(work(m)));
    view.push(Block::Table(reading(m)));
    notes(&mut view, m);
    view
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of tokens, never negative"
)]
fn tokens(count: f64) -> String {
    grouped(count as u64)
}

fn run(m: &Measured) -> Vec<(&'static str, Cell)> {
    let s = &m.summary;
    let load = format!(
        "{} tokens generated and {} read in {}, {} sequences at a time",
        tokens(m.run.output),
        tokens(m.run.input),
        m.run.elapsed,
        tokens(m.run.batch)
    );
    let mut pairs: Vec<(&'static str, Cell)> = vec![
        ("run", load.into()),
        ("weights", format!("{} as {}", m.model.name, m.formats_name).into()),
        ("latency per token", format!("{} over all sequences", s.per_token).into()),
        ("time per output token", format!("{} for each sequence", s.step).into()),
        (
            "throughput",
            format!("{} output, {} input and output tokens/s", scaled(s.output_rate), scaled(s.total_rate))
                .into(),
        ),
    ];
    if let Some((cluster, format, peak)) = &m.hardware {
        let text = format!(
            "{} x {}: {} {} dense, {} each",
            cluster.accelerators(),
            cluster.accelerator.name,
            peak,
            scalar_name(*format),
            cluster.accelerator.memory_bandwidth
        );
        pairs.push(("peaks", text.into()));
    }
    pairs
}

fn share(share: Option<f64>) -> Cell {
    match share {
        None => "".into(),
        Some(share) if share > 1.0 => Cell::toned(format!("{:.1} %", share * 100.0), Tone::Bad),
        Some(share) => format!("{:.1} %", share * 100.0).into(),
    }
}

fn work(m: &Measured) -> Table {
    let mut table = Table::new(vec![
        Column::text("FLOPs counted as"),
        Column::number("TFLOP/s"),
        Column::number("MFU"),
        Column::text("meaning").priority(1),
    ]);
    table.caption = Some("Compute achieved".to_owned());
    for row in &m.summary.work {
        table.row([
            Cell::from(row.convention.name()),
            format!("{:.2}", row.rate.as_tflops_per_s()).into(),
            share(row.mfu),
            row.convention.meaning().into(),
        ]);
    }
    table
}

fn reading(m: &Measured) -> Table {
    let s = &m.summary;
    let mut table = Table::new(vec![
        Column::text("read by each step"),
        Column::number("GB"),
        Column::number("GB/s"),
        Column::number("MBU"),
    ]);
    table.caption = Some("Bandwidth achieved".to_owned());
    let gb = |bytes: f64| format!("{:.3}", bytes / 1e9);
    table.row([Cell::from("weights"), gb(s.weights.get()).into(), "".into(), "".into()]);
    table.row([Cell::from("cache and state"), gb(s.cache.get()).into(), "".into(), "".into()]);
    table.row([
        Cell::from("both"),
        gb((s.weights + s.cache).get()).into(),
        format!("{:.1}", s.bandwidth.as_gb_per_s()).into(),
        share(s.mbu),
    ]);
    table
}

fn notes(view: &mut View, m: &Measured) {
    let exact = m.summary.work.first().and_then(|work| work.mfu);
    let beyond = [("MFU", exact), ("MBU", m.summary.mbu)];
    for (name, share) in beyond.into_iter().filter_map(|(name, share)| Some((name, share?))) {
        if share > 1.0 {
            view.warning(format!(
                "{name} of {:.0} %: the hardware cannot do that; check the time, the tokens, --batch and --on",
                share * 100.0
            ));
        }
    }
    if m.hardware.is_none() {
        view.note("no utilisation: say where it ran with --on, such as --on h100");
    }
    for default in &m.defaults {
        view.note(default.to_string());
    }
}
