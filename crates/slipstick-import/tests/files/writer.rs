//! The smallest writers of the two formats: headers only, the data is never written.

use std::fmt::Write as _;

/// A header-only safetensors file and the size the whole file would have.
pub(crate) fn safetensors(tensors: &[(String, &str, Vec<u64>)]) -> (Vec<u8>, u64) {
    let mut json = String::from(r#"{"__metadata__":{"format":"pt"}"#);
    let mut offset = 0;
    for (name, dtype, shape) in tensors {
        let end = offset + shape.iter().product::<u64>() * bits(dtype) / 8;
        write!(json, r#","{name}":{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[{offset},{end}]}}"#)
            .unwrap();
        offset = end;
    }
    json.push('}');
    let mut file = (json.len() as u64).to_le_bytes().to_vec();
    file.extend(json.bytes());
    let size = file.len() as u64 + offset;
    (file, size)
}

fn bits(dtype: &str) -> u64 {
    match dtype {
        "F32" | "I32" | "U32" => 32,
        "BF16" | "F16" | "I16" => 16,
        "I64" => 64,
        "F4" => 4,
        _ => 8,
    }
}

/// A GGUF file under construction.
pub(crate) struct Gguf {
    version: u32,
    pairs: Vec<Vec<u8>>,
    tensors: Vec<Vec<u8>>,
    data: u64,
}

impl Gguf {
    pub(crate) fn new(version: u32) -> Self {
        Self { version, pairs: Vec::new(), tensors: Vec::new(), data: 0 }
    }

    fn count(&self, count: u64) -> Vec<u8> {
        match self.version {
            1 => u32::try_from(count).unwrap().to_le_bytes().to_vec(),
            _ => count.to_le_bytes().to_vec(),
        }
    }

    pub(crate) fn text_bytes(&self, text: &str) -> Vec<u8> {
        let mut bytes = self.count(text.len() as u64);
        bytes.extend(text.bytes());
        bytes
    }

    pub(crate) fn pair(mut self, key: &str, type_id: u32, value: &[u8]) -> Self {
        let mut pair = self.text_bytes(key);
        pair.extend(type_id.to_le_bytes());
        pair.extend(value);
        self.pairs.push(pair);
        self
    }

    pub(crate) fn text(self, key: &str, text: &str) -> Self {
        let value = self.text_bytes(text);
        self.pair(key, 8, &value)
    }

    pub(crate) fn u32(self, key: &str, value: u32) -> Self {
        self.pair(key, 4, &value.to_le_bytes())
    }

    pub(crate) fn f32(self, key: &str, value: f32) -> Self {
        self.pair(key, 6, &value.to_le_bytes())
    }

    pub(crate) fn u32_list(self, key: &str, items: &[u32]) -> Self {
        let mut value = 4_u32.to_le_bytes().to_vec();
        value.extend(self.count(items.len() as u64));
        value.extend(items.iter().flat_map(|item| item.to_le_bytes()));
        self.pair(key, 9, &value)
    }

    pub(crate) fn bool_list(self, key: &str, items: &[bool]) -> Self {
        let mut value = 7_u32.to_le_bytes().to_vec();
        value.extend(self.count(items.len() as u64));
        value.extend(items.iter().map(|&item| u8::from(item)));
        self.pair(key, 9, &value)
    }

    /// A vocabulary of so many tokens of seven letters.
    pub(crate) fn tokens(self, count: u64) -> Self {
        let mut value = 8_u32.to_le_bytes().to_vec();
        value.extend(self.count(count));
        for token in 0..count {
            value.extend(self.text_bytes(&format!("t{token:06}")));
        }
        self.pair("tokenizer.ggml.tokens", 9, &value)
    }

    /// So many merges of two tokens each.
    pub(crate) fn merges(self, count: u64) -> Self {
        let mut value = 8_u32.to_le_bytes().to_vec();
        value.extend(self.count(count));
        for merge in 0..count {
            value.extend(self.text_bytes(&format!("t{merge:06} t{:06}", merge / 2)));
        }
        self.pair("tokenizer.ggml.merges", 9, &value)
    }

    /// A tensor with its shape in the order of the file, fastest first, and the bytes its data takes.
    pub(crate) fn tensor(mut self, name: &str, shape: &[u64], type_id: u32, bytes: u64) -> Self {
        let offset = self.data;
        self.data = (offset + bytes).next_multiple_of(32);
        self.tensor_at(name, shape, type_id, offset)
    }

    pub(crate) fn tensor_at(mut self, name: &str, shape: &[u64], type_id: u32, offset: u64) -> Self {
        let mut tensor = self.text_bytes(name);
        tensor.extend(u32::try_from(shape.len()).unwrap().to_le_bytes());
        for &dimension in shape {
            tensor.extend(self.count(dimension));
        }
        tensor.extend(type_id.to_le_bytes());
        tensor.extend(offset.to_le_bytes());
        self.tensors.push(tensor);
        self
    }

    /// The header and the size the whole file would have.
    pub(crate) fn finish(&self) -> (Vec<u8>, u64) {
        let mut file = b"GGUF".to_vec();
        file.extend(self.version.to_le_bytes());
        file.extend(self.count(self.tensors.len() as u64));
        file.extend(self.count(self.pairs.len() as u64));
        self.pairs.iter().chain(&self.tensors).for_each(|part| file.extend(part));
        file.resize(file.len().next_multiple_of(32), 0);
        let size = file.len() as u64 + self.data;
        (file, size)
    }
}
