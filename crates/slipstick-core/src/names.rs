//! Names as people, drivers and clouds write them: compared without case, spaces and punctuation.

/// The form in which names are compared: lower-case letters and digits only, with `+` spelt out.
///
/// ```
/// # use slipstick_core::names::normalise;
/// assert_eq!(normalise("NVIDIA H100 80GB HBM3"), normalise("nvidia-h100_80gb-hbm3"));
/// assert_eq!(normalise("Xeon 8480+"), "xeon8480plus");
/// ```
pub fn normalise(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            // Nearly all names are ASCII, and thousands of them are indexed at once.
            'a'..='z' | '0'..='9' => out.push(c),
            'A'..='Z' => out.push(c.to_ascii_lowercase()),
            '+' => out.push_str("plus"),
            _ if c.is_ascii() => {}
            _ if c.is_alphanumeric() => out.extend(c.to_lowercase()),
            _ => {}
        }
    }
    out
}

/// Names longer than this are cut before they are compared by edit distance, which is quadratic.
const LONGEST_COMPARED: usize = 64;

/// Up to `limit` of `known` that are nearest to `name`: those that contain it first, then by edit distance. Names that
/// share nothing with it are left out.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>, limit: usize) -> Vec<String> {
    let wanted: String = normalise(name).chars().take(LONGEST_COMPARED).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut scored: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|candidate| {
            let other: String = normalise(candidate).chars().take(LONGEST_COMPARED).collect();
            let contained = other.contains(&wanted) || (other.len() >= 4 && wanted.contains(&other));
            let distance = strsim::osa_distance(&wanted, &other);
            let longest = wanted.chars().count().max(other.chars().count());
            let near = contained || distance * 2 <= longest;
            near.then_some((if contained { distance / 4 } else { distance }, candidate))
        })
        .collect();
    scored.sort_unstable();
    scored.dedup_by(|a, b| a.1 == b.1);
    scored.into_iter().take(limit).map(|(_, candidate)| candidate.to_owned()).collect()
}

/// Those of `known` that a slip of the hand makes of `name`: a letter wrong, left out, doubled or swapped, two in a long
/// name. What merely resembles it is none of them.
///
/// ```
/// # use slipstick_core::names::misspelt;
/// assert_eq!(misspelt("concurency", ["concurrency", "context"]), ["concurrency"]);
/// assert!(misspelt("precision", ["region", "ep"]).is_empty());
/// ```
pub fn misspelt<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted: String = normalise(name).chars().take(LONGEST_COMPARED).collect();
    let slips = (wanted.chars().count() / 4).clamp(1, 2);
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&wanted, &normalise(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= slips && *distance < candidate.chars().count())
        .collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(|(_, candidate)| candidate).collect()
}

/// `; did you mean a, b or c?` for the end of an error message, or nothing if there is no near name.
pub fn did_you_mean(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => format!("; did you mean {only}?"),
        [first @ .., last] => format!("; did you mean {} or {last}?", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_finds_its_name() {
        assert_eq!(nearest("h10O", ["h100", "mi300x", "h200"], 1), ["h100"]);
        assert_eq!(nearest("rtx4909", ["rtx-4090", "rtx-5090", "a10"], 2)[0], "rtx-4090");
    }

    #[test]
    fn nothing_near_is_nothing() {
        assert!(nearest("zzzzzzzzzz", ["h100", "a10"], 3).is_empty());
        assert!(nearest("", ["h100"], 3).is_empty());
        assert!(nearest("---", ["h100"], 3).is_empty());
    }

    #[test]
    fn a_huge_name_is_no_burden() {
        let huge = "x".repeat(1_000_000);
        assert!(nearest(&huge, ["h100", "a10"], 3).is_empty());
    }

    #[test]
    fn the_question_reads_well() {
        assert_eq!(did_you_mean(&[]), "");
        assert_eq!(did_you_mean(&["a".into(), "b".into(), "c".into()]), "; did you mean a, b or c?");
    }
}
