//! The load of each hour beside the busiest: a profile of the catalogue, or a file with one number an hour.

use slipstick_catalog::{Catalog, LoadProfile};

use crate::{
    ApiError, World,
    resolve::{Given, given, is_text},
};

/// A year of hours is some hundred kilobytes.
const LIMIT: u64 = 1 << 20;

/// Two hours may differ; more than the hours of a leap year say nothing new.
const FEWEST: usize = 2;
const MOST: usize = 8784;

/// The load over hours.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Profile {
    pub(super) name: String,
    /// What it is, and who says so.
    pub(super) about: String,
    /// Each hour's share of the busiest.
    pub(super) hours: Vec<f64>,
}

/// The profile of a name or a path.
pub(super) fn profile(argument: &str, catalog: &Catalog, world: &dyn World) -> Result<Profile, ApiError> {
    let known = catalog.load_profiles();
    if let Some(entry) = known.iter().find(|entry| entry.name.eq_ignore_ascii_case(argument.trim())) {
        return Ok(of_catalogue(entry));
    }
    if !argument.contains(['.', '/', '\\']) && !is_text(argument) {
        let names = known.iter().map(|entry| entry.name.as_str());
        let error = ApiError::unknown("profile.unknown", "profile", argument, names).at("--profile");
        return Err(error.or_help("or name a file with one number an hour, such as hours.csv"));
    }
    let Given { name, text } = given(argument, LIMIT, world).map_err(|error| error.at("--profile"))?;
    let hours = hours(&text)?;
    Ok(Profile { name, about: format!("{} hours of a file", hours.len()), hours: shares(&hours) })
}

fn of_catalogue(entry: &LoadProfile) -> Profile {
    Profile {
        name: entry.name.clone(),
        about: format!("{}; {} ({})", entry.meaning, entry.note, entry.origin.sources.join(" ")),
        hours: shares(&entry.hours),
    }
}

/// One number an hour, with commas, spaces or line ends between; what follows a # is a remark.
fn hours(text: &str) -> Result<Vec<f64>, ApiError> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    let cells = lines.flat_map(|line| line.split([',', ';', ' ', '\t'])).filter(|cell| !cell.is_empty());
    let hours: Vec<f64> = cells.enumerate().map(|(hour, cell)| load(hour, cell)).collect::<Result<_, _>>()?;
    if !(FEWEST..=MOST).contains(&hours.len()) {
        return Err(wrong(format!("{} hours are out of range: {FEWEST} to {MOST}", hours.len())));
    }
    if hours.iter().all(|load| *load <= 0.0) {
        return Err(wrong("no hour has any load".to_owned()));
    }
    Ok(hours)
}

fn load(hour: usize, cell: &str) -> Result<f64, ApiError> {
    let found = cell.trim().parse::<f64>().ok().filter(|load| load.is_finite() && *load >= 0.0);
    found.ok_or_else(|| {
        let shown: String = cell.chars().take(40).collect();
        wrong(format!("hour {}: {shown:?} is no load", hour + 1))
    })
}

fn wrong(message: String) -> ApiError {
    ApiError::input("profile.invalid", message)
        .at("--profile")
        .help("write one number an hour, 0 or more, such as 24 of a day or 168 of a week, with commas or line ends between")
}

/// Each hour's share of the busiest.
fn shares(hours: &[f64]) -> Vec<f64> {
    let busiest = hours.iter().copied().fold(0.0, f64::max);
    hours.iter().map(|load| load / busiest).collect()
}

#[cfg(test)]
mod tests {
    use super::{hours, shares};

    #[test]
    fn hours_are_read_with_commas_spaces_and_remarks() {
        let found = hours("# requests\n0, 5 10\n20;  # noon\n").unwrap();
        assert_eq!(shares(&found), [0.0, 0.25, 0.5, 1.0]);
    }

    #[test]
    fn what_is_no_profile_is_refused() {
        for text in ["", "1", "1,x", "1,-2", "1,nan", "1,inf", "0,0,0"] {
            assert_eq!(hours(text).unwrap_err().code, "profile.invalid", "{text:?}");
        }
        assert_eq!(hours(&"1,".repeat(9000)).unwrap_err().code, "profile.invalid");
    }
}
