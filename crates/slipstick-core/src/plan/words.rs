//! Layouts in words: `tp8`, `dep8`, `tep8`, `pp2tp4`.

use core::{fmt, str::FromStr};

use super::Degrees;

/// The longest number of ranks that is read.
const MOST_DIGITS: usize = 6;

/// A text that is no layout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// No word of a layout.
    #[error("{0:?} is no word of a layout")]
    Word(String),
    /// A degree said twice.
    #[error("{0:?} says {1} twice")]
    Twice(String, &'static str),
    /// A word without a number of ranks from 1.
    #[error("{0:?} wants a number of ranks behind each word")]
    Ranks(String),
}

/// The words, with what each says: a word of two says both.
const WORDS: [(&str, &[&str]); 6] = [
    ("dep", &["dp", "ep"]),
    ("tep", &["tp", "ep"]),
    ("tp", &["tp"]),
    ("pp", &["pp"]),
    ("dp", &["dp"]),
    ("ep", &["ep"]),
];

impl FromStr for Degrees {
    type Err = LayoutError;

    /// `tp8` is tensor parallelism over 8 ranks, `dep8` attention that is data-parallel and experts that are spread over 8,
    /// `tep8` attention that is tensor-parallel and experts that are spread over 8; words may be joined, as in `pp2tp4`.
    ///
    /// ```
    /// # use slipstick_core::plan::Degrees;
    /// let read = |text: &str| text.parse::<Degrees>();
    /// assert_eq!(read("dep8")?, Degrees { tp: 1, pp: 1, ep: 8, dp: 8 });
    /// assert_eq!(read("pp2tep4")?, Degrees { tp: 4, pp: 2, ep: 4, dp: 1 });
    /// assert_eq!(read("xp8").unwrap_err().to_string(), "\"xp8\" is no word of a layout");
    /// assert_eq!(read("pp2tp4")?.to_string(), "pp2tp4");
    /// # Ok::<(), slipstick_core::plan::LayoutError>(())
    /// ```
    fn from_str(text: &str) -> Result<Self, LayoutError> {
        let whole = text.trim().to_ascii_lowercase();
        let shown = || whole.chars().take(40).collect::<String>();
        let (mut rest, mut degrees, mut said) = (whole.as_str(), Self::ONE, Vec::new());
        if rest.is_empty() {
            return Err(LayoutError::Word(shown()));
        }
        while !rest.is_empty() {
            let known = WORDS.iter().find(|(word, _)| rest.starts_with(word));
            let (word, means) = known.ok_or_else(|| LayoutError::Word(shown()))?;
            rest = &rest[word.len()..];
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let ranks =
                rest[..digits].parse::<u64>().ok().filter(|ranks| *ranks > 0 && digits <= MOST_DIGITS);
            let ranks = ranks.ok_or_else(|| LayoutError::Ranks(shown()))?;
            rest = &rest[digits..];
            for degree in *means {
                if said.contains(degree) {
                    return Err(LayoutError::Twice(shown(), degree));
                }
                said.push(degree);
                *degrees.of(degree) = ranks;
            }
        }
        Ok(degrees)
    }
}

impl Degrees {
    fn of(&mut self, name: &str) -> &mut u64 {
        match name {
            "pp" => &mut self.pp,
            "dp" => &mut self.dp,
            "ep" => &mut self.ep,
            _ => &mut self.tp,
        }
    }
}

/// In the fewest words that are read back.
impl fmt::Display for Degrees {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tp, pp, ep, dp } = *self;
        let mut text = String::new();
        let mut add = |word: &str, ranks: u64, is_said: bool| {
            if is_said {
                text.push_str(word);
                text.push_str(&ranks.to_string());
            }
        };
        let dep = ep > 1 && ep == dp && tp == 1;
        let tep = ep > 1 && ep == tp && !dep;
        add("pp", pp, pp > 1);
        add("dep", dp, dep);
        add("dp", dp, dp > 1 && !dep);
        add("tep", tp, tep);
        add("tp", tp, !tep && !dep && (tp > 1 || pp * dp == 1));
        add("ep", ep, ep > 1 && !dep && !tep);
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_is_read_back() {
        for tp in [1, 2, 8] {
            for pp in [1, 2] {
                for dp in [1, 4, 8] {
                    for ep in [1, 2, 8, 16] {
                        let degrees = Degrees { tp, pp, ep, dp };
                        assert_eq!(degrees.to_string().parse(), Ok(degrees), "{degrees}");
                    }
                }
            }
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "tp", "8", "tp0", "tp2tp4", "dep8ep8", "tp-2", "tp9999999", "tp2x"] {
            assert!(text.parse::<Degrees>().is_err(), "{text}");
        }
    }
}
