//! What a replica of one's own costs: as it is needed, committed to, and to start.

use slipstick_core::{
    estimate::{
        hosted::{Demand, Interruptions, interrupted},
        hours::{Paid, start},
    },
    quantity::{Detail as D, Quantity as Q},
    trace::{Trace, asked, at},
    units::UsdPerHour,
    workload::Workload,
};

use super::BreakevenRequest;
use crate::{
    ApiError,
    commands::estimate,
    request::PriceRequest,
    resolve::{Resolved, Resolver},
};

/// Terms that are a commitment.
const COMMITMENTS: [&str; 2] = ["1y", "3y"];

/// Prices and times of a replica that costs `price` where it is needed, and who asks the committed one.
pub(super) fn paid(
    request: &BreakevenRequest,
    (demand, shape): (&Demand<'_>, &Workload),
    (price, interruptions): (UsdPerHour, Option<&Interruptions>),
    (resolved, resolver): (&Resolved, &Resolver<'_>),
    trace: Trace<'_>,
) -> Result<(Paid, Option<String>), ApiError> {
    let (committed, source) = committed(request, (resolved, resolver))?.unzip();
    let (start, started) = match request.start {
        Some(time) => (time.0, asked("")),
        None if demand.follows => {
            let weights = resolved.memory_model().estimate(shape).rank().weights.value;
            let node = weights.times(resolved.cluster().per_node.into());
            (start(node, &resolved.calibration().assumed, trace), at(D::StartTime))
        }
        None => (slipstick_core::units::Seconds::ZERO, asked("")),
    };
    let (price, priced) = match interruptions {
        Some(by) => (interrupted(price, by, trace), Q::InterruptedPrice),
        None => (price, Q::Price),
    };
    Ok((Paid { price, priced, committed, start, started }, source))
}

/// The price of a replica that is committed to, and who asks it.
fn committed(
    request: &BreakevenRequest,
    (resolved, resolver): (&Resolved, &Resolver<'_>),
) -> Result<Option<(UsdPerHour, String)>, ApiError> {
    let Some(term) = &request.commit else {
        return Ok(request.committed_price.map(|price| (price.0, "request".to_owned())));
    };
    let on = request.on.as_deref().unwrap_or_default();
    let prices = PriceRequest {
        term: Some(term.clone()),
        price: None,
        utilisation: None,
        ..request.prices.of(on, resolver.catalog())
    };
    let found = estimate::price(&prices, resolved.cluster(), resolver)?;
    let found = found.ok_or_else(|| {
        let on = &resolved.cluster().accelerator.id;
        ApiError::input(
            "breakeven.no_commitment",
            format!("nobody in the catalogue commits to {on} for {term}"),
        )
        .at("--commit")
        .help("give what it costs, such as --committed-price '$2/h', or another --commit")
    })?;
    Ok(Some((found.hourly, found.source)))
}

/// Refuses a commitment that says two things, or none.
pub(super) fn check(request: &BreakevenRequest) -> Result<(), ApiError> {
    let conflict = |message: &str, help: &str| {
        Err(ApiError::input("breakeven.conflict", message).at("--commit").help(help.to_owned()))
    };
    let stated = [
        ("--price", request.prices.price.is_some()),
        ("--committed-price", request.committed_price.is_some()),
    ];
    if let Some((flag, _)) = stated.into_iter().find(|(_, stated)| *stated && request.on.is_none()) {
        let message = format!("{flag} is what one deployment costs, and none is named");
        return Err(ApiError::input("breakeven.conflict", message)
            .at(flag)
            .help("say which, such as --on h100:8, or leave the price out for the offers of all hardware"));
    }
    match &request.commit {
        Some(_) if request.committed_price.is_some() => {
            conflict("a committed price is there already", "leave out --commit, or --committed-price")
        }
        Some(_) if request.prices.price.is_some() => conflict(
            "--commit chooses among offers, and --price says what is paid",
            "give both prices: --price '$3.20/h' --committed-price '$2/h'",
        ),
        Some(term) if !COMMITMENTS.contains(&term.as_str()) => {
            Err(ApiError::unknown("term.unknown", "commitment", term, COMMITMENTS).at("--commit"))
        }
        _ => Ok(()),
    }
}
