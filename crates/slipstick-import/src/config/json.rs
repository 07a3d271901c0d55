//! JSON as Python writes it: with bare `Infinity` and `NaN`, which the standard forbids and real files contain.

use serde_json::Value;

use super::ConfigError;

/// What some editors put before UTF-8 text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Parses JSON, reading a bare `Infinity`, `-Infinity` or `NaN` as null.
///
/// # Errors
/// What is no JSON all the same.
pub fn parse(text: &[u8]) -> Result<Value, ConfigError> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    match serde_json::from_slice(text) {
        Ok(value) => Ok(value),
        Err(first) => {
            let cleaned =
                without_python_numbers(text).ok_or_else(|| ConfigError::Syntax(first.to_string()))?;
            serde_json::from_slice(&cleaned).map_err(|error| ConfigError::Syntax(error.to_string()))
        }
    }
}

/// The text with each bare word of Python's three replaced by `null`; `None` if there is none.
fn without_python_numbers(text: &[u8]) -> Option<Vec<u8>> {
    const WORDS: [&[u8]; 3] = [b"-Infinity", b"Infinity", b"NaN"];
    let mut out = Vec::with_capacity(text.len());
    let (mut rest, mut in_string, mut found) = (text, false, false);
    while let Some((&byte, tail)) = rest.split_first() {
        if in_string && byte == b'\\' {
            let end = rest.len().min(2);
            out.extend_from_slice(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        in_string ^= byte == b'"';
        if let Some(word) = WORDS.iter().find(|word| !in_string && rest.starts_with(word)) {
            out.extend_from_slice(b"null");
            rest = &rest[word.len()..];
            found = true;
        } else {
            out.push(byte);
            rest = tail;
        }
    }
    found.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn python_numbers_are_null_outside_strings_only() {
        let value =
            parse(br#"{"limit": [0.0, Infinity], "low": -Infinity, "name": "NaN \" Infinity"}"#).unwrap();
        assert!(value["limit"][1].is_null() && value["low"].is_null());
        assert_eq!(value["name"], "NaN \" Infinity");
        assert!(parse(b"{\"a\": Infinite}").is_err());
    }
}
