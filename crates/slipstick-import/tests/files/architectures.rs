//! GGUF metadata as llama.cpp's converter writes it, read back to the published totals.
//!
//! Figures: parameters and cache bytes a token (unbounded, bounded) of each model's reference implementation
//! (transformers 5.23.0 on the meta device, tied tensors once, 16-bit cache); read 2026-08.

use slipstick_core::numeric::Format;
use slipstick_import::{
    config::import_value,
    gguf::{Gguf, parse},
    gguf_config::{GgufConfigError, config, known},
};

use crate::writer;

/// One file a row: what it says (tokens, tensors that decide something, keys and counts), and its published figures.
const ROWS: &str = include_str!("../goldens/gguf.csv");

/// `by:PATTERN:LETTER=VALUE,..`: what each letter of a pattern stands for.
fn by_letter(text: &str) -> Option<(&str, Vec<(char, &str)>)> {
    let (pattern, values) = text.strip_prefix("by:")?.split_once(':')?;
    let values = values.split(',').filter_map(|pair| pair.split_once('='));
    Some((pattern, values.filter_map(|(letter, value)| Some((letter.chars().next()?, value))).collect()))
}

fn file(arch: &str, keys: &str, tokens: u64, tensors: &str) -> Gguf {
    let mut writer = writer::Gguf::new(3).text("general.architecture", arch);
    let words: Vec<&str> = keys.split_whitespace().collect();
    for pair in words.chunks(2) {
        let key = format!("{arch}.{}", pair[0]);
        writer = match pair[1] {
            "true" => writer.pair(&key, 7, &[1]),
            patterned if patterned.starts_with("by:") => {
                let (pattern, values) = by_letter(patterned).unwrap();
                let of = |letter| values.iter().find(|(known, _)| *known == letter);
                let items =
                    pattern.chars().map(|letter| of(letter).map_or(0, |(_, value)| value.parse().unwrap()));
                writer.u32_list(&key, &items.collect::<Vec<u32>>())
            }
            list if list.contains(',') => {
                let items: Vec<u32> = list.split(',').map(|item| item.parse().unwrap()).collect();
                writer.u32_list(&key, &items)
            }
            cycle if cycle.starts_with('s') => {
                let items: Vec<bool> = cycle.chars().map(|letter| letter == 's').collect();
                writer.bool_list(&key, &items.repeat(64 / items.len()))
            }
            count => writer.u32(&key, count.parse().unwrap()),
        };
    }
    writer = writer.tensor("token_embd.weight", &[32, tokens], 0, 128 * tokens);
    for tensor in tensors.split_whitespace() {
        if let Some((pattern, values)) = by_letter(tensor) {
            for (layer, letter) in pattern.chars().enumerate() {
                for (_, name) in values.iter().filter(|(known, _)| *known == letter) {
                    writer = writer.tensor(&format!("blk.{layer}.{name}"), &[32], 0, 128);
                }
            }
            continue;
        }
        let (name, rows) =
            tensor.split_once('*').map_or((tensor, 1), |(name, rows)| (name, rows.parse().unwrap()));
        let is_whole =
            ["output", "blk.", "enc.", "per_layer_token_embd"].iter().any(|start| name.starts_with(start));
        let name = if is_whole { name.to_owned() } else { format!("blk.0.{name}") };
        writer = if rows == 1 {
            writer.tensor(&name, &[32], 0, 128)
        } else {
            writer.tensor(&name, &[32, rows], 0, 128 * rows)
        };
    }
    let (bytes, size) = writer.finish();
    parse(&bytes, Some(size)).unwrap().complete().unwrap()
}

#[test]
fn every_architecture_has_its_published_figures() {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for row in csv::Reader::from_reader(ROWS.as_bytes()).records() {
        let row = row.unwrap();
        let [model, arch, tokens, parameters, cache, bounded, tensors, keys] =
            row.iter().collect::<Vec<_>>().try_into().unwrap();
        let whole = |text: &str| text.parse::<u64>().unwrap();
        tried += 1;
        let config = config(&file(arch, keys, whole(tokens), tensors)).unwrap();
        match import_value(&config) {
            Ok(imported) => {
                let found = imported.model.cache(Format::BF16);
                let found =
                    (imported.model.parameters().total, found.bytes_per_token, found.sliding_bytes_per_token);
                let published = (whole(parameters), whole(cache), whole(bounded));
                if found != published {
                    wrong.push(format!("{model} ({arch}): {found:?} is not {published:?}"));
                }
            }
            Err(error) => wrong.push(format!("{model} ({arch}): {error} in {config}")),
        }
    }
    assert!(tried >= 68, "{tried} rows");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_is_not_known_is_refused() {
    let refused = |arch, keys| config(&file(arch, keys, 32, "")).unwrap_err();
    let unknown = refused("qwen3moee", "").to_string();
    assert!(unknown.contains("did you mean qwen3moe"), "{unknown}");
    assert_eq!(refused("clip", ""), GgufConfigError::Projector);
    assert_eq!(refused("llama", ""), GgufConfigError::Missing("llama.block_count".to_owned()));
    let mixed = "block_count 2 embedding_length 64 attention.head_count 4 attention.head_count_kv 2,4";
    assert!(refused("llama", mixed).to_string().contains("layers of different counts"));
    let uneven = "block_count 2 embedding_length 64 attention.head_count 4 attention.key_length 16 attention.value_length 32";
    assert!(refused("llama", uneven).to_string().contains("another length"));
    let predicting = "block_count 1 nextn_predict_layers 2";
    assert!(refused("glm4moe", predicting).to_string().contains("more than there are"));
    let (bytes, size) = writer::Gguf::new(3).finish();
    let nameless = parse(&bytes, Some(size)).unwrap().complete().unwrap();
    assert_eq!(config(&nameless), Err(GgufConfigError::NoArchitecture));
    assert!(known().len() >= 60);
}
