//! A deterministic double of the engine: logits are a hash of what a sequence has seen, so a wrong prefix shows at once.
//!
//! It enforces the rules that the real cache has (cells shared by all sequences, batches of at most `n_batch`, consecutive
//! positions, logits only where they were asked for) and, on request, imitates kernels whose result depends on the place
//! of a token in its physical batch ([`Mock::with_row_groups`]).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use super::{
    Accelerator, Build, ContextOptions, Engine, EngineError, Model, ModelFacts, ModelOptions, Session, Slot, Token,
};

/// Token texts beyond the 256 single bytes: letters with their space, so that an option is one token, as in real models.
const MERGES: &[&str] = &[" A", " B", " C", " D", " the", "\n\n", ": ", "    "];
const BOS: i32 = 256;
const END: i32 = 257;
const FIRST_MERGE: i32 = 258;

/// Called with the number of tokens of every decoded batch, so that a virtual clock can advance.
pub type OnTokens = Arc<dyn Fn(usize) + Send + Sync>;

/// The double's engine. `load` takes any file that exists, and any path that starts with `mock:`; `mock:sharp=1.2`
/// multiplies all logits by 1.2, which makes a model that is surer of its guesses and so loses more bits.
#[derive(Clone)]
pub struct Mock {
    options: MockOptions,
}

#[derive(Clone)]
struct MockOptions {
    seed: u64,
    bytes_only: bool,
    add_bos: bool,
    row_groups: Option<usize>,
    n_ctx_train: u32,
    sharpness: f32,
    on_tokens: Option<OnTokens>,
}

impl Mock {
    /// The engine with its defaults: merged option letters, a BOS token, no batch-shape effects.
    #[must_use]
    pub fn engine() -> Self {
        Self {
            options: MockOptions {
                seed: 0,
                bytes_only: false,
                add_bos: true,
                row_groups: None,
                n_ctx_train: 1 << 20,
                sharpness: 1.0,
                on_tokens: None,
            },
        }
    }

    /// Another set of logits.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.options.seed = seed;
        self
    }

    /// A tokenizer of single bytes: the option letters take two tokens.
    #[must_use]
    pub fn bytes_only(mut self) -> Self {
        self.options.bytes_only = true;
        self
    }

    /// Whether the model asks for a beginning-of-sequence token.
    #[must_use]
    pub fn with_bos(mut self, add_bos: bool) -> Self {
        self.options.add_bos = add_bos;
        self
    }

    /// Makes results depend on the batch as repacked matrix kernels do: rows beyond the last full group of `rows` in a
    /// physical batch, and batches of a single row, come out differently.
    #[must_use]
    pub fn with_row_groups(mut self, rows: usize) -> Self {
        self.options.row_groups = Some(rows);
        self
    }

    /// The context length of the training that the model claims.
    #[must_use]
    pub fn with_context_length(mut self, tokens: u32) -> Self {
        self.options.n_ctx_train = tokens;
        self
    }

    /// Calls back with the tokens of every decoded batch.
    #[must_use]
    pub fn on_tokens(mut self, callback: OnTokens) -> Self {
        self.options.on_tokens = Some(callback);
        self
    }
}

impl Engine for Mock {
    fn build(&self) -> Build {
        Build { name: "mock".to_owned(), features: vec!["deterministic".to_owned()] }
    }

    fn accelerators(&self) -> Vec<Accelerator> {
        Vec::new()
    }

    fn load(&self, path: &Path, _options: &ModelOptions) -> Result<Box<dyn Model>, EngineError> {
        if !path.to_string_lossy().starts_with("mock:") && !path.is_file() {
            return Err(EngineError::Load { path: path.to_owned(), reason: "no such file".to_owned() });
        }
        let mut options = self.options.clone();
        let sharp = path.to_string_lossy().strip_prefix("mock:sharp=").and_then(|text| text.parse().ok());
        options.sharpness = sharp.unwrap_or(options.sharpness);
        Ok(Box::new(MockModel { options }))
    }
}

struct MockModel {
    options: MockOptions,
}

impl MockModel {
    fn merges(&self) -> &'static [&'static str] {
        if self.options.bytes_only { &[] } else { MERGES }
    }

    fn n_vocab(&self) -> usize {
        FIRST_MERGE as usize + self.merges().len()
    }
}

impl Model for MockModel {
    fn facts(&self) -> ModelFacts {
        ModelFacts {
            n_vocab: self.n_vocab() as u32,
            n_ctx_train: self.options.n_ctx_train,
            n_layer: 1,
            params: 1_000_000,
            bytes: 1_000_000,
            add_bos: self.options.add_bos,
        }
    }

    fn tokenize(&self, text: &str) -> Vec<Token> {
        let mut tokens = Vec::new();
        let mut rest = text.as_bytes();
        while let Some(&byte) = rest.first() {
            let merge = self.merges().iter().position(|merge| rest.starts_with(merge.as_bytes()));
            let (token, length) = match merge {
                Some(at) => (FIRST_MERGE + at as i32, self.merges()[at].len()),
                None => (i32::from(byte), 1),
            };
            tokens.push(Token(token));
            rest = &rest[length..];
        }
        tokens
    }

    fn bos(&self) -> Token {
        Token(BOS)
    }

    fn is_end(&self, token: Token) -> bool {
        token.0 == END
    }

    fn piece(&self, token: Token) -> Vec<u8> {
        match token.0 {
            byte @ 0..=255 => vec![byte as u8],
            merge if merge >= FIRST_MERGE => {
                self.merges().get((merge - FIRST_MERGE) as usize).map_or_else(Vec::new, |text| text.as_bytes().to_vec())
            }
            _ => Vec::new(),
        }
    }

    fn session<'model>(&'model self, options: &ContextOptions) -> Result<Box<dyn Session + 'model>, EngineError> {
        if options.n_ctx == 0 || options.n_ubatch == 0 || options.n_batch < options.n_ubatch {
            return Err(EngineError::Context {
                n_ctx: options.n_ctx,
                reason: "n_ctx and n_ubatch must be positive and n_batch at least n_ubatch".to_owned(),
            });
        }
        Ok(Box::new(MockSession {
            model: self,
            options: options.clone(),
            live: Rc::new(RefCell::new(0)),
            sequences: BTreeMap::new(),
            logits: BTreeMap::new(),
        }))
    }
}

/// A cache cell; what it holds depends on every cell before it in its sequence.
struct Cell {
    state: u64,
    live: Rc<RefCell<usize>>,
}

impl Drop for Cell {
    fn drop(&mut self) {
        *self.live.borrow_mut() -= 1;
    }
}

struct MockSession<'model> {
    model: &'model MockModel,
    options: ContextOptions,
    live: Rc<RefCell<usize>>,
    sequences: BTreeMap<u32, Vec<Rc<Cell>>>,
    logits: BTreeMap<usize, Vec<f32>>,
}

/// The finaliser of SplitMix64.
fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

impl MockSession<'_> {
    /// How a row of a batch of `rows` is computed: 0 in a full group, 1 beyond the last one, 2 alone.
    fn row_kind(&self, row: usize, rows: usize) -> u64 {
        match self.model.options.row_groups {
            Some(_) if rows == 1 => 2,
            Some(group) if row >= rows - rows % group => 1,
            _ => 0,
        }
    }

    fn push(&mut self, slot: &Slot, kind: u64) -> Result<u64, String> {
        let Some((&first, others)) = slot.sequences.split_first() else {
            return Err("a token belongs to no sequence".to_owned());
        };
        if let Some(beyond) = slot.sequences.iter().find(|&&sequence| sequence >= self.options.n_seq_max) {
            return Err(format!("sequence {beyond} is beyond n_seq_max {}", self.options.n_seq_max));
        }
        let last = |sequence: &u32| self.sequences.get(sequence).and_then(|cells| cells.last());
        let before = last(&first).map_or(self.model.options.seed, |cell| cell.state);
        for sequence in &slot.sequences {
            let length = self.sequences.get(sequence).map_or(0, Vec::len);
            if length != slot.position as usize {
                return Err(format!("sequence {sequence} holds {length} tokens, not {}", slot.position));
            }
        }
        if others.iter().any(|other| last(other).map(|cell| cell.state) != last(&first).map(|cell| cell.state)) {
            return Err("a token is shared by sequences that differ before it".to_owned());
        }
        if *self.live.borrow() >= self.options.n_ctx as usize {
            return Err(format!("no free cell among {}", self.options.n_ctx));
        }
        let state = mix(before ^ mix(slot.token.0 as u64 ^ (u64::from(slot.position) << 32) ^ (kind << 62)));
        *self.live.borrow_mut() += 1;
        let cell = Rc::new(Cell { state, live: Rc::clone(&self.live) });
        for &sequence in &slot.sequences {
            self.sequences.entry(sequence).or_default().push(Rc::clone(&cell));
        }
        Ok(state)
    }
}

impl Session for MockSession<'_> {
    fn decode(&mut self, batch: &[Slot]) -> Result<(), EngineError> {
        let refuse = |reason: String| EngineError::Decode { tokens: batch.len(), reason };
        if batch.is_empty() || batch.len() > self.options.n_batch as usize {
            return Err(refuse(format!("a batch holds 1 to {} tokens", self.options.n_batch)));
        }
        self.logits.clear();
        let physical = self.options.n_ubatch as usize;
        for (part, ubatch) in batch.chunks(physical).enumerate() {
            let outputs = ubatch.iter().filter(|slot| slot.logits).count();
            let mut output = 0;
            for (row, slot) in ubatch.iter().enumerate() {
                let state = self.push(slot, self.row_kind(row, ubatch.len())).map_err(refuse)?;
                if slot.logits {
                    let state = mix(state ^ self.row_kind(output, outputs));
                    output += 1;
                    let values = (0..self.model.n_vocab() as u64)
                        .map(|token| (mix(state ^ (token << 8)) >> 40) as f32 / (1u32 << 21) as f32 - 4.0)
                        .map(|logit| logit * self.model.options.sharpness)
                        .collect();
                    self.logits.insert(part * physical + row, values);
                }
            }
        }
        if let Some(callback) = &self.model.options.on_tokens {
            callback(batch.len());
        }
        Ok(())
    }

    fn logits(&self, index: usize) -> &[f32] {
        self.logits.get(&index).map_or(&[], Vec::as_slice)
    }

    fn copy_sequence(&mut self, source: u32, target: u32) -> Result<(), EngineError> {
        if target >= self.options.n_seq_max {
            return Err(EngineError::Unsupported(format!("sequence {target} is beyond {}", self.options.n_seq_max)));
        }
        let cells = self.sequences.get(&source).map(|cells| cells.iter().map(Rc::clone).collect()).unwrap_or_default();
        self.sequences.insert(target, cells);
        Ok(())
    }

    fn truncate_sequence(&mut self, sequence: u32, from: u32) -> Result<(), EngineError> {
        if let Some(cells) = self.sequences.get_mut(&sequence) {
            cells.truncate(from as usize);
        }
        Ok(())
    }

    fn clear(&mut self) {
        self.sequences.clear();
        self.logits.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(tokens: &[Token], from: u32, sequence: u32) -> Vec<Slot> {
        let last = tokens.len() - 1;
        let slot = |(i, &token): (usize, &Token)| Slot {
            token,
            position: from + i as u32,
            sequences: vec![sequence],
            logits: i == last,
        };
        tokens.iter().enumerate().map(slot).collect()
    }

    fn session(model: &dyn Model, n_ctx: u32) -> Box<dyn Session + '_> {
        model.session(&ContextOptions { n_ctx, n_seq_max: 4, ..ContextOptions::default() }).unwrap()
    }

    #[test]
    fn a_copied_prefix_gives_the_logits_of_the_whole_and_shares_its_cells() {
        let model = Mock::engine().load(Path::new("mock:"), &ModelOptions::default()).unwrap();
        let tokens = model.tokenize("one and A two");
        let mut whole = session(&*model, 64);
        whole.decode(&slots(&tokens, 0, 0)).unwrap();
        let expected = whole.logits(tokens.len() - 1).to_vec();
        assert_eq!(expected.len(), model.facts().n_vocab as usize);

        let mut shared = session(&*model, tokens.len() as u32);
        shared.decode(&slots(&tokens[..4], 0, 0)).unwrap();
        shared.copy_sequence(0, 1).unwrap();
        shared.decode(&slots(&tokens[4..], 4, 1)).unwrap();
        assert_eq!(shared.logits(tokens.len() - 5), expected, "and n_ctx was just enough: the prefix is not doubled");
        let full = shared.decode(&slots(&tokens[4..5], 4, 0)).unwrap_err();
        assert!(full.to_string().contains("no free cell"), "{full}");
    }

    #[test]
    fn a_gap_in_the_positions_is_refused_and_unasked_logits_are_empty() {
        let model = Mock::engine().load(Path::new("mock:"), &ModelOptions::default()).unwrap();
        let tokens = model.tokenize("abc");
        let mut session = session(&*model, 16);
        assert!(session.decode(&slots(&tokens, 1, 0)).is_err());
        session.clear();
        session.decode(&slots(&tokens, 0, 0)).unwrap();
        assert!(session.logits(0).is_empty());
    }

    #[test]
    fn pieces_give_the_text_back() {
        let model = Mock::engine().load(Path::new("mock:"), &ModelOptions::default()).unwrap();
        let text = "Answer: A\n\nthe ü";
        let bytes: Vec<u8> = model.tokenize(text).into_iter().flat_map(|token| model.piece(token)).collect();
        assert_eq!(bytes, text.as_bytes());
    }

    #[test]
    fn only_existing_files_load() {
        assert!(Mock::engine().load(Path::new("/no/such/model.gguf"), &ModelOptions::default()).is_err());
    }
}
