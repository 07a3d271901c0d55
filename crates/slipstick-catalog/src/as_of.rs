//! Dates of facts, which may be known to the day, the month or the year only, and what their age means.

use core::fmt;

use jiff::civil::Date;

/// A date as its source states it. A partial one stands for its first day, so that its age is never understated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AsOf {
    first_day: Date,
    /// The letters of the source, the longest of which are `2026-08-20`; the rest is zero.
    letters: [u8; 10],
}

/// Why a date could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{input:?} is not a date; write it like 2026-08-20, 2026-08 or 2026")]
pub struct DateError {
    /// What was read.
    pub input: String,
}

/// How old a price is, in words that decide how loudly it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Freshness {
    /// At most 60 days.
    Fresh,
    /// More than 60 days: say so.
    Stale,
    /// More than 180 days: say so loudly.
    VeryStale,
}

impl Freshness {
    /// Days after which a price is stale.
    pub const STALE_DAYS: i64 = 60;
    /// Days after which a price is very stale.
    pub const VERY_STALE_DAYS: i64 = 180;

    /// From an age in days.
    pub const fn of_days(days: i64) -> Self {
        if days > Self::VERY_STALE_DAYS {
            Self::VeryStale
        } else if days > Self::STALE_DAYS {
            Self::Stale
        } else {
            Self::Fresh
        }
    }

    /// One word for tables and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::VeryStale => "very stale",
        }
    }
}

impl AsOf {
    /// Reads `2026-08-20`, `2026-08` or `2026`.
    ///
    /// # Errors
    /// If it is none of these, or names a day that does not exist.
    ///
    /// ```
    /// # use slipstick_catalog::AsOf;
    /// let august = AsOf::parse("2026-08").unwrap();
    /// assert_eq!(august.first_day(), jiff::civil::date(2026, 8, 1));
    /// assert_eq!(august.age_days(jiff::civil::date(2026, 8, 31)), 30);
    /// assert!(AsOf::parse("2026-02-30").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, DateError> {
        let error = || DateError { input: text.chars().take(40).collect() };
        let digits = |part: Option<&str>, width: usize| match part {
            None => Ok(1),
            Some(part) if part.len() == width && part.bytes().all(|b| b.is_ascii_digit()) => {
                part.parse::<i16>().map_err(|_| error())
            }
            Some(_) => Err(error()),
        };
        let mut parts = text.splitn(3, '-');
        let year = digits(parts.next(), 4)?;
        let month = digits(parts.next(), 2)?;
        let day = digits(parts.next(), 2)?;
        let small = |value: i16| i8::try_from(value).map_err(|_| error());
        let first_day = Date::new(year, small(month)?, small(day)?).map_err(|_| error())?;
        let mut letters = [0; 10];
        letters.get_mut(..text.len()).ok_or_else(error)?.copy_from_slice(text.as_bytes());
        Ok(Self { first_day, letters })
    }

    /// The day it stands for.
    pub const fn first_day(&self) -> Date {
        self.first_day
    }

    /// As the source wrote it.
    ///
    /// # Panics
    /// Never: only digits and dashes are read.
    pub fn as_str(&self) -> &str {
        let text = core::str::from_utf8(&self.letters).expect("digits and dashes");
        text.trim_end_matches('\0')
    }

    /// Whole days from this date to `today`; negative if it lies ahead.
    pub fn age_days(&self, today: Date) -> i64 {
        // Two calendar dates differ by whole days of 86,400 s when neither carries a zone.
        today.duration_since(self.first_day).as_secs() / 86_400
    }

    /// How fresh it is on `today`.
    pub fn freshness(&self, today: Date) -> Freshness {
        Freshness::of_days(self.age_days(today))
    }
}

impl fmt::Display for AsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_bare_year_counts_from_new_year() {
        let year = AsOf::parse("2026").expect("a year");
        assert_eq!(year.age_days(date(2026, 11, 22)), 325);
        assert_eq!(year.freshness(date(2026, 11, 22)), Freshness::VeryStale);
    }

    #[test]
    fn freshness_changes_after_60_and_180_days() {
        assert_eq!(
            [60, 61, 180, 181].map(Freshness::of_days).map(Freshness::name),
            ["fresh", "stale", "stale", "very stale"]
        );
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in
            ["", "26", "2026-8", "2026-13", "2026-08-32", "2026-08-20T00:00", "soon", "-2026", "２０２６"]
        {
            assert!(AsOf::parse(bad).is_err(), "{bad:?}");
        }
    }
}
