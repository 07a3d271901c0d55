//! What a person reads of one's own deployment against hosted prices.

use slipstick_core::{
    estimate::hosted::Against,
    units::{
        Usd,
        show::{counted, grouped, scaled},
    },
};

use super::Answer;
use crate::{
    commands::{
        catalogue::{aged, staleness},
        memory::view as memory_view,
    },
    resolve::calibration_note,
    view::{Axis, Block, Cell, Column, Plot, Series, Table, Tone, View},
};

pub(super) fn view(a: &Answer) -> View {
    let mut view = View::new(title(a));
    view.pairs(own(a));
    view.push(Block::Table(prices(a)));
    view.push(Block::Plot(plot(a)));
    if !a.others.is_empty() {
        view.push(Block::Table(others(a)));
    }
    if let Some(launches) = &a.replica.launches {
        view.push(Block::Code { language: "sh", text: format!("# a replica\n{}", launches.serves) });
    }
    notes(&mut view, a);
    view
}

fn usd(usd: Usd) -> String {
    usd.to_string()
}

/// How busy one's own is, in words.
fn load(a: &Answer) -> String {
    match a.own.asked {
        Some(load) => format!("at {:.2} requests/s", load.requests),
        None => format!("busy {:.0} % of the time", 100.0 * a.demand.utilisation),
    }
}

fn title(a: &Answer) -> Cell {
    let (hosted, against) = a.cheapest();
    let place = memory_view::placed(&a.replica.memory.resolved);
    let name = &a.replica.memory.resolved.model.name;
    let own = a.token().banded(usd);
    let (busy, provider) = (100.0 * against.utilisation, &hosted.provider);
    let price = format!("{provider} asks {}", usd(against.token));
    let verdict = if a.pays() { "one's own pays" } else { "the hosted price is lower" };
    let from = if busy > 100.0 {
        "one's own never costs less".to_owned()
    } else {
        format!("they are equal at {busy:.0} % of full load")
    };
    let text = format!("{name} on {place} costs {own} per 1M tokens {}, {price}: {verdict}; {from}", load(a));
    Cell::toned(text, if a.pays() { Tone::Good } else { Tone::Warn })
}

fn own(a: &Answer) -> Vec<(&'static str, Cell)> {
    let workload = &a.replica.memory.workload;
    let request = format!(
        "{} in, {} out; {} in flight on a replica",
        counted(workload.input(), "token"),
        grouped(workload.output()),
        counted(workload.concurrency(), "request")
    );
    let mut pairs: Vec<(&'static str, Cell)> = vec![("load", request.into())];
    if let Some(estimate) = &a.replica.estimate {
        let (sure, service) = (a.replica.memory.sureness(), &estimate.service);
        let pace = format!(
            "first token after {}, then one every {}",
            sure.ttft(service.ttft).banded(|time| time.to_string()),
            sure.tpot(service.tpot, slipstick_core::units::Seconds::s).banded(|time| time.to_string())
        );
        pairs.push(("pace", pace.into()));
    }
    let holds = format!(
        "{} tokens/s read, {} written at full load",
        scaled(a.own.full.input),
        scaled(a.own.full.output)
    );
    pairs.push(("replicas", format!("{}: {holds}", a.own.replicas).into()));
    let lost = match a.interruptions {
        Some(_) => format!("; a replica with interruptions {}", a.hourly),
        None => String::new(),
    };
    pairs.push(("cost", format!("{} in all{lost}", a.own.hourly).into()));
    pairs
}

fn prices(a: &Answer) -> Table {
    let mut table = Table::new(vec![
        Column::text("provider"),
        Column::number("$/1M in").priority(3),
        Column::number("cached").priority(4),
        Column::number("$/1M out").priority(3),
        Column::number("$/1M here"),
        Column::number("equal at load"),
        Column::number("tokens/month").priority(1),
        Column::number("requests/day").priority(2),
        Column::text("one's own"),
        Column::text("as of (age)").priority(5),
    ]);
    table.caption = Some(
        "Hosted prices at this mix of tokens, and the share of full load from which one's own costs less"
            .to_owned(),
    );
    for (hosted, against) in &a.api {
        let day = match (&hosted.as_of, hosted.age_days) {
            (Some(as_of), Some(days)) => aged(as_of, days),
            _ => Cell::toned("given", Tone::Faint),
        };
        let batch = if hosted.batch { " (batch)" } else { "" };
        table.row([
            Cell::from(format!("{}{batch}", hosted.provider)),
            usd(hosted.price.input).into(),
            hosted.price.cached.map_or_else(|| "-".to_owned(), usd).into(),
            usd(hosted.price.output).into(),
            usd(against.token).into(),
            a.busy(against).banded(|share| format!("{:.0} %", 100.0 * share)).into(),
            scaled(against.tokens_per_month).into(),
            scaled(against.requests_per_day).into(),
            verdict(a, against),
            day,
        ]);
    }
    table
}

fn verdict(a: &Answer, against: &Against) -> Cell {
    match (a.own.token < against.token, against.utilisation > 1.0) {
        (true, _) => Cell::toned("pays", Tone::Good),
        (false, true) => Cell::toned("never pays", Tone::Bad),
        (false, false) => Cell::toned("not at this load", Tone::Warn),
    }
}

/// Shares of full load that the plot goes through.
const FIRST_SHARE: f64 = 0.02;
const SHARES: i32 = 40;

/// What a million tokens costs over how busy one's own is: a falling curve against level lines.
fn plot(a: &Answer) -> Plot {
    let all = 1e6 * a.own.hourly.get() / (3600.0 * a.own.full.tokens);
    let share = |step: i32| FIRST_SHARE.powf(1.0 - f64::from(step) / f64::from(SHARES));
    let own = (0..=SHARES).map(|step| (100.0 * share(step), all / share(step))).collect();
    let level = |price: Usd| vec![(100.0 * FIRST_SHARE, price.get()), (100.0, price.get())];
    let mut series = vec![Series { label: "one's own".to_owned(), points: own }];
    let (cheapest, dearest) = (a.api.first(), a.api.last().filter(|_| a.api.len() > 1));
    series.extend(
        cheapest
            .into_iter()
            .chain(dearest)
            .map(|(hosted, against)| Series { label: hosted.provider.clone(), points: level(against.token) }),
    );
    Plot {
        caption: "A million tokens over the share of full load".to_owned(),
        x: Axis { label: "% of full load".to_owned(), log: true },
        y: Axis { label: "$ per 1M tokens".to_owned(), log: true },
        series,
    }
}

fn others(a: &Answer) -> Table {
    let mut table = Table::new(vec![
        Column::text("replica"),
        Column::number("replicas").priority(2),
        Column::number("in flight").priority(1),
        Column::number("TTFT").priority(1),
        Column::number("TPOT").priority(1),
        Column::number("$/h"),
        Column::number("$/1M tokens"),
    ]);
    table.caption = Some("The next cheapest".to_owned());
    for other in &a.others {
        table.row([
            other.on.clone(),
            other.replicas.to_string(),
            grouped(other.concurrency),
            other.ttft.to_string(),
            other.tpot.to_string(),
            other.hourly.to_string(),
            usd(other.token),
        ]);
    }
    table
}

fn notes(view: &mut View, a: &Answer) {
    if a.demand.cached > 0.0 {
        view.note("one's own finds the same share of prompts in its cache: its capacity is that of the rest");
        let silent = a.api.iter().filter(|(hosted, _)| hosted.price.cached.is_none());
        let silent: Vec<&str> = silent.map(|(hosted, _)| hosted.provider.as_str()).collect();
        if !silent.is_empty() {
            view.note(format!(
                "no price of cached input is known, and the full one taken: {}",
                silent.join(", ")
            ));
        }
    }
    view.note(calibration_note(a.replica.memory.resolved.calibration()));
    view.note(match &a.price.as_of {
        Some(as_of) => format!("price of a replica: {} as of {as_of}", a.price.source),
        None => format!("price of a replica: {}", a.price.source),
    });
    if !a.price.passed_over.is_empty() {
        view.note(format!("cheaper offers passed over: {}", a.price.passed_over.join("; ")));
    }
    for default in &a.defaults {
        view.note(default.to_string());
    }
    let ages = a.api.iter().filter_map(|(hosted, _)| hosted.age_days).chain(a.price.age_days);
    if let Some(warning) = staleness(ages) {
        view.warning(warning);
    }
}
