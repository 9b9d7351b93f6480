//! Writes small GGUF files, by the text of the format and not by the reader's code.

/// A file in the making.
#[derive(Clone, Default)]
pub(crate) struct Writer {
    entries: Vec<Vec<u8>>,
    tensors: Vec<Vec<u8>>,
    data: usize,
}

fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
}

impl Writer {
    pub(crate) fn raw(mut self, key: &str, kind: u32, value: &[u8]) -> Self {
        self.entries.push([&text(key)[..], &kind.to_le_bytes(), value].concat());
        self
    }

    pub(crate) fn u32(self, key: &str, value: u32) -> Self {
        self.raw(key, 4, &value.to_le_bytes())
    }

    pub(crate) fn text(self, key: &str, value: &str) -> Self {
        self.raw(key, 8, &text(value))
    }

    pub(crate) fn bool(self, key: &str, value: bool) -> Self {
        self.raw(key, 7, &[u8::from(value)])
    }

    pub(crate) fn texts(self, key: &str, values: &[&str]) -> Self {
        let mut bytes = [&8u32.to_le_bytes()[..], &(values.len() as u64).to_le_bytes()].concat();
        values.iter().for_each(|value| bytes.extend(text(value)));
        self.raw(key, 9, &bytes)
    }

    pub(crate) fn u32s(self, key: &str, values: &[u32]) -> Self {
        let mut bytes = [&4u32.to_le_bytes()[..], &(values.len() as u64).to_le_bytes()].concat();
        values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
        self.raw(key, 9, &bytes)
    }

    /// Adds a tensor whose data takes `bytes`.
    pub(crate) fn tensor(mut self, name: &str, dimensions: &[u64], kind: u32, bytes: usize) -> Self {
        let mut entry = [&text(name)[..], &(dimensions.len() as u32).to_le_bytes()].concat();
        dimensions.iter().for_each(|n| entry.extend(n.to_le_bytes()));
        entry.extend(kind.to_le_bytes());
        entry.extend((self.data as u64).to_le_bytes());
        self.tensors.push(entry);
        self.data = (self.data + bytes).next_multiple_of(32);
        self
    }

    pub(crate) fn finish(&self) -> Vec<u8> {
        let mut file = b"GGUF".to_vec();
        file.extend(3u32.to_le_bytes());
        file.extend((self.tensors.len() as u64).to_le_bytes());
        file.extend((self.entries.len() as u64).to_le_bytes());
        self.entries.iter().chain(&self.tensors).for_each(|entry| file.extend(entry));
        file.resize(file.len().next_multiple_of(32) + self.data, 7);
        file
    }
}

/// A model of two layers with four heads, two of keys and values.
pub(crate) fn small() -> Writer {
    Writer::default()
        .text("general.architecture", "llama")
        .text("general.name", "small")
        .u32("llama.context_length", 2048)
        .u32("llama.block_count", 2)
        .u32("llama.embedding_length", 64)
        .u32("llama.attention.head_count", 4)
        .u32("llama.attention.head_count_kv", 2)
        .text("tokenizer.ggml.model", "gpt2")
        .texts("tokenizer.ggml.tokens", &["<s>", "</s>", "a"])
        .u32("tokenizer.ggml.bos_token_id", 0)
        .u32("tokenizer.ggml.eos_token_id", 1)
        .bool("tokenizer.ggml.add_bos_token", true)
        .text("tokenizer.chat_template", "{{ messages }}")
        // Sixty-four rows of two Q4_0 blocks of 18 bytes; a vector of 64 floats.
        .tensor("token_embd.weight", &[64, 64], 2, 64 * 2 * 18)
        .tensor("output_norm.weight", &[64], 0, 256)
}
