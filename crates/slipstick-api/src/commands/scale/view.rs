//! What a person reads of a scaling answer.

use slipstick_core::{
    formulas::training::budget::{price_of_hours, share_of_peak},
    units::show::scaled,
};

use super::{Scaled, Standing, lifetime::Bill};
use crate::{
    report::Estimated,
    view::{Axis, Block, Cell, Column, Plot, Series, Table, Tone, View},
};

pub(super) fn view(a: &Scaled) -> View {
    let mut view = View::new(title(a));
    view.pairs(answers(a));
    view.push(Block::Table(laws(a)));
    if !a.curve.is_empty() {
        view.push(Block::Plot(plot(a)));
    }
    for warning in &a.warnings {
        view.warning(warning.clone());
    }
    for default in &a.defaults {
        view.note(default.to_string());
    }
    if let Some(rate) = &a.training.rate {
        view.note(format!(
            "hours are those that slipstick train says of {}, fitted on {}",
            rate.model, rate.fitted_on
        ));
        if rate.price.is_none() {
            view.note("no price: nobody in the catalogue offers this; give one with --price, such as --price '$20/h'");
        }
    }
    view.note(format!("{}: {}", a.law.law.id(), a.law.law.method.source));
    view
}

fn ratio(value: f64) -> String {
    if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

fn loss(value: Option<f64>) -> String {
    value.map(|loss| format!("{loss:.4}")).unwrap_or_default()
}

fn title(a: &Scaled) -> Cell {
    let point = &a.training;
    let each = point.tokens / point.parameters;
    let lost = point.loss.map(|loss| format!(", loss {loss:.4}")).unwrap_or_default();
    let how = if (0.9..=1.1).contains(&a.over_training) {
        "the best model of".to_owned()
    } else if a.over_training > 1.0 {
        format!("{} times the tokens a parameter of the best model of", ratio(a.over_training))
    } else {
        format!("{:.0} % of the tokens a parameter of the best model of", 100.0 * a.over_training)
    };
    let text = format!(
        "{} parameters on {} tokens ({} each){lost}: {how} {:.3e} FLOP by {}",
        scaled(point.parameters),
        scaled(point.tokens),
        ratio(each),
        point.flops,
        a.law.law.id()
    );
    Cell::toned(text, if a.outside.is_some() { Tone::Warn } else { Tone::Good })
}

fn answers(a: &Scaled) -> Vec<(&'static str, Cell)> {
    let best = &a.best;
    let lost = best.loss.map(|loss| format!(", loss {loss:.4}")).unwrap_or_default();
    let text = format!(
        "{} parameters on {} tokens ({} each){lost}",
        scaled(best.parameters),
        scaled(best.tokens),
        ratio(best.tokens / best.parameters)
    );
    let mut pairs: Vec<(&'static str, Cell)> = vec![("best of that work", text.into())];
    if let Some(least) = a.least_flops.filter(|least| *least < 0.99 * a.training.flops) {
        let more = a.training.flops / least;
        pairs.push((
            "same loss",
            format!("{least:.3e} FLOP at the best size; this takes {more:.2} times that").into(),
        ));
    }
    pairs.extend(hours(a));
    pairs.extend(lifetime(a));
    pairs
}

fn hours(a: &Scaled) -> Vec<(&'static str, Cell)> {
    let (Some(rate), Some(spend)) = (&a.training.rate, &a.spend) else { return Vec::new() };
    let hours = spend.hours(rate);
    let band = |write: &dyn Fn(f64) -> String| {
        if spend.stated { hours.marked(write) } else { hours.banded(write) }
    };
    let share = share_of_peak(rate.each, rate.goodput, rate.peak);
    let mfu = format!(
        "{:.1} % of peak as laws count ({:.0} TFLOP/s each), {:.1} % useful time, {}",
        100.0 * share,
        rate.each.as_tflops_per_s() / rate.goodput,
        100.0 * rate.goodput,
        rate.layout
    );
    let days = |hours: f64| format!("{:.1} days", hours / rate.accelerators as f64 / 24.0);
    let mut pairs: Vec<(&'static str, Cell)> = vec![
        ("hardware", format!("{} x {}", rate.accelerators, rate.accelerator).into()),
        ("utilisation", mfu.into()),
        ("hours", band(&scaled).into()),
        ("time", band(&days).into()),
    ];
    if spend.stated {
        let work = Estimated::spread(a.training.flops, rate.spread, rate.basis, |work| work);
        pairs.push(("work", work.banded(|work| format!("{work:.3e} FLOP")).into()));
    }
    if let (Some(price), Some(all)) = (rate.price_of_one(), rate.price) {
        let money = band(&|hours| price_of_hours(hours, price).to_string());
        let source = rate.price_source.as_deref().unwrap_or("request");
        pairs.push(("cost", format!("{money} at {all} ({source})").into()));
    }
    pairs
}

fn lifetime(a: &Scaled) -> Vec<(&'static str, Cell)> {
    let Some(life) = &a.lifetime else { return Vec::new() };
    let own = format!(
        "{} parameters on {} tokens ({} each) serve {} tokens at the same loss",
        scaled(life.parameters),
        scaled(life.tokens),
        ratio(life.tokens / life.parameters),
        scaled(life.inference_tokens)
    );
    let work = format!("{:.3e} FLOP in all, {:.1} % less than the above", life.flops, 100.0 * life.saving);
    let mut pairs: Vec<(&'static str, Cell)> = vec![("over its lifetime", own.into()), ("work", work.into())];
    if let Some(money) = &life.money {
        let bill = |bill: &Bill| {
            format!(
                "{} = {} training + {} serving at {} per 1M tokens on {}",
                bill.total(),
                bill.training,
                bill.serving,
                bill.per_million,
                bill.served_on
            )
        };
        pairs.push(("its bill", bill(&money.own).into()));
        let base = format!("{}; {:.1} % is saved", bill(&money.base), 100.0 * money.saving);
        pairs.push(("bill of the above", base.into()));
    }
    pairs
}

fn laws(a: &Scaled) -> Table {
    let asked = !matches!(a.asked, super::question::Asked::Budget(_) | super::question::Asked::Loss(_));
    let mut columns = vec![
        Column::text("law"),
        Column::number("parameters"),
        Column::number("tokens"),
        Column::number("each"),
        Column::number("loss"),
    ];
    if asked {
        columns.push(Column::number("loss as asked").priority(1));
    }
    columns.push(Column::text("fitted on such").priority(2));
    let mut table = Table::new(columns);
    table.caption = Some(format!(
        "The best model of {:.3e} FLOP by each law; losses of two laws are not comparable",
        a.training.flops
    ));
    for row in &a.laws {
        table.row(law(row, asked));
    }
    table
}

fn law(row: &Standing, asked: bool) -> Vec<Cell> {
    let mut cells: Vec<Cell> = vec![row.law.law.id().into()];
    match &row.best {
        Ok(best) => cells.extend([
            scaled(best.parameters).into(),
            scaled(best.tokens).into(),
            ratio(best.tokens / best.parameters).into(),
            loss(best.loss).into(),
        ]),
        Err(_) => cells.extend(["none".into(), Cell::default(), Cell::default(), Cell::default()]),
    }
    if asked {
        cells.push(loss(row.asked_loss).into());
    }
    let ignored = row.law.ignores();
    let fitted = if row.outside.is_some() { Cell::toned("no", Tone::Warn) } else { "yes".into() };
    cells.push(if ignored.is_empty() {
        fitted
    } else {
        Cell::toned(format!("{}, without {}", fitted.text, ignored.join(", ")), fitted.tone)
    });
    cells
}

fn plot(a: &Scaled) -> Plot {
    let line = |label: &str, points: Vec<(f64, f64)>| Series { label: label.to_owned(), points };
    let curve = a.curve.iter().map(|point| (point.parameters, point.loss)).collect();
    let here = a.training.loss.map(|loss| vec![(a.training.parameters, loss)]).unwrap_or_default();
    let best = a.best.loss.map(|loss| vec![(a.best.parameters, loss)]).unwrap_or_default();
    let mut series = vec![line("sizes at the same work", curve), line("the best of them", best)];
    if !(0.99..1.01).contains(&a.over_training) {
        series.push(line("as asked", here));
    }
    Plot {
        caption: format!("Loss of {:.3e} FLOP spent on models of other sizes", a.training.flops),
        x: Axis { label: "parameters".to_owned(), log: true },
        y: Axis { label: "loss in nats a token".to_owned(), log: false },
        series,
    }
}
