//! litellm's model prices: a JSON object from model names to costs of one token.

use std::io;

use serde_json::{Map, Value};

use super::{PriceFileError, PriceFormat, PriceSource, Rows};
use crate::{AsOf, Confidence, Origin, TableError, TokenPrice};

pub(super) fn read(source: &PriceSource<'_>, mut text: impl io::Read) -> Result<Rows, PriceFileError> {
    let file = source.file;
    // An object is read whole: nothing else tells these prices from any other.
    let mut whole = String::new();
    text.read_to_string(&mut whole).map_err(|error| TableError::new(file, 0, error.to_string()))?;
    if !whole.contains("\"input_cost_per_token\"") {
        return Err(PriceFileError::Unrecognised { file: file.to_owned() });
    }
    let as_of = source.date(PriceFormat::Litellm)?;
    let models: Map<String, Value> = serde_json::from_str(&whole).map_err(|e| PriceFileError::Json {
        file: file.to_owned(),
        line: e.line(),
        what: e.to_string(),
    })?;
    let mut out = Rows::default();
    for (name, value) in &models {
        match price(name, value, source, &as_of) {
            Ok(price) => out.token_prices.push(price),
            Err(reason) => out.reject(0, name.chars().take(80).collect::<String>(), &reason),
        }
    }
    Ok(out)
}

fn price(name: &str, value: &Value, source: &PriceSource<'_>, as_of: &AsOf) -> Result<TokenPrice, String> {
    let model = value.as_object().ok_or("its entry is not an object")?;
    let mode = model.get("mode").and_then(Value::as_str).unwrap_or("unstated");
    if !matches!(mode, "chat" | "completion" | "responses") {
        return Err(format!("its mode is {mode}, not text generation"));
    }
    // Costs are per token, and a factor of a million leaves noise in the last digits: keep nine.
    let million = |key: &str| model.get(key).and_then(Value::as_f64).map(|usd| libm::round(usd * 1e15) / 1e9);
    let provider = model.get("litellm_provider").and_then(Value::as_str).unwrap_or("unknown");
    let retires = model.get("deprecation_date").and_then(Value::as_str);
    let price = TokenPrice {
        provider: provider.to_owned(),
        model: name.to_owned(),
        hf_repo: None,
        context_tokens: model.get("max_input_tokens").and_then(Value::as_u64),
        input: million("input_cost_per_token").ok_or("it has no price of an input token")?,
        output: million("output_cost_per_token").ok_or("it has no price of an output token")?,
        cached_input: million("cache_read_input_token_cost").filter(|usd| *usd > 0.0),
        batch_input: million("input_cost_per_token_batches"),
        batch_output: million("output_cost_per_token_batches"),
        retires: retires.and_then(|text| AsOf::parse(text).ok()),
        as_of: *as_of,
        note: String::new(),
        origin: Origin {
            layer: source.layer,
            file: source.file.to_owned(),
            sources: vec!["litellm-prices".to_owned()],
            seen: *as_of,
            confidence: Confidence::Medium,
        },
    };
    price.check()?;
    Ok(price)
}
