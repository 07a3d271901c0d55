//! The few numbers that sum up an answer, and a hash of all of it.

use serde_json::{Map, Value};

/// Names of headline numbers, the most telling first; each stands for the first number that is called so.
const NAMES: &[&str] = &[
    "ttft_s",
    "tpot_s",
    "output_tokens_per_s",
    "usd_per_million_output_tokens",
    "total_bytes",
    "free_bytes",
    "max_concurrency",
    "max_context_tokens",
    "parameters.total",
    "parameters.active",
    "cache.bytes_per_token",
    "weights_bytes",
    "work.decode_flops",
    "mbu",
    "models.tried",
    "models.fitting",
    "kv_cache_bytes",
    "usd_per_hour",
    "e2e_s",
];

/// Bytes that the headline numbers of one answer may take as JSON.
const BUDGET: usize = 400;

/// The FNV-1a hash of some bytes, 64 bits: tells answers apart, and nobody gains by making two alike.
pub(super) fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// What differs from one asking to the next though the answer is the same.
const TIMED: &str = "search_s";

/// The hash of a document, in 16 hexadecimal digits. How long a search took is no part of its answer.
pub(super) fn hash(document: &Value) -> String {
    let mut document = document.clone();
    if let Some(fields) = document.as_object_mut() {
        fields.remove(TIMED);
    }
    format!("{:016x}", fnv1a(document.to_string().as_bytes()))
}

/// Every number of a document outside its lists, by the path of its names.
pub(super) fn numbers(document: &Value) -> Vec<(String, f64)> {
    /// More are read by nobody.
    const MOST: usize = 400;
    let mut found = Vec::new();
    collect(document, String::new(), &mut found);
    found.truncate(MOST);
    found
}

fn collect(value: &Value, path: String, found: &mut Vec<(String, f64)>) {
    match value {
        Value::Number(number) => found.extend(number.as_f64().map(|number| (path, number))),
        Value::Object(fields) => {
            for (name, inner) in fields {
                // An estimate is its value here; its band stands in the document.
                let own = name == "value" && fields.contains_key("low");
                if fields.contains_key("low") && !own {
                    continue;
                }
                let below = match (own, path.is_empty()) {
                    (true, _) => path.clone(),
                    (false, true) => name.clone(),
                    (false, false) => format!("{path}.{name}"),
                };
                collect(inner, below, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) => {}
    }
}

/// The headline numbers of a document, by the path of their names.
pub(super) fn headlines(document: &Value) -> Map<String, Value> {
    let all = numbers(document);
    let is = |path: &str, name: &str| {
        path.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    let mut kept = Map::new();
    let mut bytes = 0;
    for name in NAMES {
        let Some((path, value)) = all.iter().find(|(path, _)| is(path, name)) else { continue };
        let value = Value::from(*value);
        // Two quotes, a colon and a comma.
        bytes += path.len() + value.to_string().len() + 4;
        if bytes > BUDGET {
            break;
        }
        kept.insert(path.clone(), value);
    }
    kept
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{BUDGET, fnv1a, hash, headlines};

    /// The reference values of Fowler, Noll and Vo.
    #[test]
    fn the_hash_is_fnv1a() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
        assert_ne!(hash(&json!({"a": 1})), hash(&json!({"a": 2})));
    }

    #[test]
    fn headlines_are_found_by_name_and_bounded() {
        let band = json!({"value": 0.5, "low": 0.4, "high": 0.6});
        let document = json!({"rows": 3, "latency": {"own_ttft_s": 9.0, "tpot_s": 0.02, "ttft_s": band}});
        let kept: Vec<String> = headlines(&document).keys().cloned().collect();
        assert_eq!(kept, ["latency.ttft_s", "latency.tpot_s"]);
        let long = "x".repeat(150);
        let deep = json!({long: {"ttft_s": 1.0, "tpot_s": 2.0, "output_tokens_per_s": 3.0}});
        assert_eq!(headlines(&deep).len(), 2);
        assert!(serde_json::Value::Object(headlines(&deep)).to_string().len() <= BUDGET);
    }
}
