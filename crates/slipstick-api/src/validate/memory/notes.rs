//! Settings that sources state in words.

/// The first number after `word`, past blanks and an equals sign: `util=0.9`, `util .98`, `ub256`.
pub(super) fn number_after(text: &str, word: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    lower.match_indices(word).find_map(|(at, _)| {
        let rest = lower.get(at + word.len()..)?.trim_start_matches([' ', '=', ':']);
        let digits: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        digits.trim_end_matches('.').parse().ok()
    })
}

/// The GiB that the driver reported: `visible 79.18 GiB`, `23.58 GiB visible`, `of 39.38 GiB`.
pub(super) fn visible_gib(text: &str) -> Option<f64> {
    number_after(text, "visible").or_else(|| number_after(text, "util .90 of")).or_else(|| {
        let before = text.split(" GiB").next()?;
        let (_, last) = before.rsplit_once(" of ").or_else(|| before.rsplit_once("; "))?;
        let stated =
            text.contains(&format!("of {last} GiB")) || text.contains(&format!("{last} GiB visible"));
        last.trim().parse().ok().filter(|_| stated)
    })
}

/// A count after `word`.
pub(super) fn count_after(text: &str, word: &str) -> Option<u64> {
    let number = number_after(text, word)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked first")]
    let whole = |number: f64| number as u64;
    ((1.0..1e9).contains(&number) && number.fract() == 0.0).then(|| whole(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_in_words() {
        let notes = "grade A; util=0.9; block_size=128; visible 79.18 GiB; per GPU";
        assert_eq!(number_after(notes, "util"), Some(0.9));
        assert_eq!(visible_gib(notes), Some(79.18));
        assert_eq!(visible_gib("grade A; 23.58 GiB visible; util .94"), Some(23.58));
        assert_eq!(visible_gib("grade A; util .95 of 39.38 GiB"), Some(39.38));
        assert_eq!(number_after("pool-filling, gpu_memory_utilization", "util"), None);
        assert_eq!(count_after("b512 ub256", "ub"), Some(256));
        assert_eq!(count_after("n_parallel 4", "n_parallel"), Some(4));
        assert_eq!(visible_gib("grade A"), None);
    }
}
