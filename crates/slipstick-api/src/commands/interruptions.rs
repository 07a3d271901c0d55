//! Machines that are taken away: how often, and what that takes.

use slipstick_core::{estimate::hosted::Interruptions, units::Seconds};

use crate::{
    ApiError,
    request::{Duration, Rate},
    resolve::Assumption,
};

/// Time after an interruption where nobody says: another machine, its weights, its engine.
const USUAL_RESTART: Seconds = Seconds::s(900.0);

/// What a request says of interruptions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said {
    /// How often.
    pub(super) rate: Option<Rate>,
    /// Time until it serves again.
    pub(super) restart: Option<Duration>,
    /// Work that is lost.
    pub(super) lost: Option<Duration>,
}

/// How machines are taken away, if they are.
pub(super) fn interruptions(
    said: Said,
    defaults: &mut Vec<Assumption>,
) -> Result<Option<Interruptions>, ApiError> {
    let Some(rate) = said.rate else {
        let flag = [("--restart", said.restart), ("--lost", said.lost)];
        let Some((flag, _)) = flag.into_iter().find(|(_, time)| time.is_some()) else { return Ok(None) };
        return Err(ApiError::input("breakeven.conflict", "nothing is said of interruptions")
            .at(flag)
            .help("say how often machines are taken away, such as --interruptions 0.05/h"));
    };
    let mut or = |flag: &'static str, stated: Option<Duration>, usual: Seconds, why: &str| {
        stated.map_or_else(
            || {
                defaults.push(Assumption { flag, value: usual.to_string(), why: why.to_owned() });
                usual
            },
            |time| time.0,
        )
    };
    let restart =
        or("--restart", said.restart, USUAL_RESTART, "another machine, its weights, and the engine's start");
    let lost = or("--lost", said.lost, Seconds::ZERO, "requests are sent again");
    let found = Interruptions { per_hour: rate.0.get() * 3600.0, restart, lost };
    if found.served() <= 0.0 {
        let message = format!("{} interruptions an hour leave no time to serve", found.per_hour);
        return Err(ApiError::input("breakeven.interruptions", message)
            .at("--interruptions")
            .help("give fewer, such as 0.05/h, or a shorter --restart and --lost"));
    }
    Ok(Some(found))
}
