//! Figures and settings in lines of logs.

/// What stands behind `mark` in a line.
pub(super) fn after<'a>(line: &'a str, mark: &str) -> Option<&'a str> {
    line.split_once(mark).map(|(_, rest)| rest.trim_start())
}

/// The number at the start of a text, and what stands behind it.
pub(super) fn number(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(text.len());
    let value: f64 = text[..end].trim_end_matches(['.', ',']).replace(',', "").parse().ok()?;
    Some((value, text[end..].trim_start()))
}

/// The size behind `mark`, with its unit: `14.99 GiB`, `14.99GiB`.
pub(super) fn size(line: &str, mark: &str) -> Option<(f64, &'static str)> {
    let (value, rest) = number(after(line, mark)?)?;
    let unit = ["GiB", "MiB", "KiB", "GB", "MB"].into_iter().find(|unit| rest.starts_with(unit))?;
    Some((value, unit))
}

/// The number that stands before `mark` in a line.
pub(super) fn size_before(line: &str, mark: &str) -> Option<f64> {
    let before = line.split_once(mark)?.0.trim_end();
    before.rsplit([' ', '(']).next()?.parse().ok()
}

/// The value of `key=value` or `'key': value` in a line, without quotes.
pub(super) fn setting<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let marks = [format!("{key}="), format!("'{key}': ")];
    let rest = marks.iter().find_map(|mark| {
        let at = line.match_indices(mark.as_str()).find(|(at, _)| {
            !line[..*at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        });
        at.map(|(at, _)| &line[at + mark.len()..])
    })?;
    let end = rest.find([',', ')', '}', ' ']).unwrap_or(rest.len());
    let value = rest[..end].trim_matches(['\'', '"']);
    (!value.is_empty() && value != "None").then_some(value)
}

/// The format that llama.cpp calls `Q4_K - Medium` or `llama 8B Q4_K - Medium`, as its files are called.
pub(super) fn llama_format(stated: &str) -> Option<String> {
    let is_format = |word: &str| {
        let plain = word.strip_prefix('I').unwrap_or(word);
        let counted = plain.strip_prefix('Q').or(plain.strip_prefix("TQ"));
        counted.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            || matches!(word, "F16" | "BF16" | "F32" | "MXFP4")
    };
    let words: Vec<&str> = stated.split_whitespace().collect();
    let at = words.iter().position(|word| is_format(word))?;
    let size = match words.get(at + 1..) {
        Some(["-", "Small", ..]) => "_s",
        Some(["-", "Medium", ..]) => "_m",
        Some(["-", "Large", ..]) => "_l",
        _ => "",
    };
    Some(format!("{}{size}", words[at].to_ascii_lowercase()))
}
