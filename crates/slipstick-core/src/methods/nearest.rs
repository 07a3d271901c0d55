//! The names nearest to a mistyped one.

use super::value::clipped;

/// "did you mean .." with the nearest names, or all of them when none is near.
pub(super) fn hint<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> String {
    let typed = clipped(typed).to_lowercase();
    let mut ranked: Vec<(usize, &str)> =
        names.map(|name| (distance(&typed, &name.to_lowercase()), name)).collect();
    ranked.sort_by_key(|(distance, _)| *distance);
    let near: Vec<&str> = ranked
        .iter()
        .filter(|(distance, name)| *distance <= name.len().max(typed.len()) / 3)
        .take(3)
        .map(|(_, name)| *name)
        .collect();
    if near.is_empty() {
        let mut all: Vec<&str> = ranked.iter().map(|(_, name)| *name).collect();
        all.sort_unstable();
        format!("known are {}", all.join(", "))
    } else {
        format!("did you mean {}", near.join(" or "))
    }
}

/// Levenshtein's distance: insertions, deletions and replacements of a character.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, character) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, other) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(character != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_come_first_and_all_names_when_none_is_near() {
        let names = ["kv_cache", "model_weights", "training_memory"];
        assert_eq!(hint("kvcache", names.into_iter()), "did you mean kv_cache");
        assert_eq!(hint("zzz", names.into_iter()), "known are kv_cache, model_weights, training_memory");
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
