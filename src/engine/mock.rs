//! A deterministic double of the engine: logits are a hash of what a sequence has seen, so a wrong prefix shows at once.
//!
//! It enforces the rules that the real cache has (cells shared by all sequences, batches of at most `n_batch`, consecutive
//! positions, logits only where they were asked for) and, on request, imitates kernels whose result depends on the place
//! of a token in its physical batch ([`Mock::with_row_groups`]).

use std::path::Path;

use super::{Accelerator, Build, ContextOptions, Engine, EngineError, Model, ModelFacts, ModelOptions, Session, Token};

mod options;
mod session;

pub use options::OnTokens;
use options::{BOS, END, FIRST_MERGE, MockOptions, TEMPLATE};
use session::MockSession;

/// The double's engine. `load` takes any file that exists, and any path that starts with `mock:`; `mock:sharp=1.2`
/// multiplies all logits by 1.2, which makes a model that is surer of its guesses and so loses more bits. `mock:reply=TEXT` has
/// a chat template and answers every chat with that text.
#[derive(Clone)]
pub struct Mock {
    options: MockOptions,
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
                reply: None,
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
        options.reply = reply(path).map(str::to_owned);
        Ok(Box::new(MockModel { options }))
    }
}

/// The reply of a double that chats.
fn reply(path: &Path) -> Option<&str> {
    path.to_str()?.strip_prefix("mock:reply=")
}

/// The chat template of a double of that name.
#[must_use]
pub fn chat_template(path: &Path) -> Option<&'static str> {
    reply(path).map(|_| TEMPLATE)
}

struct MockModel {
    options: MockOptions,
}

impl Model for MockModel {
    fn facts(&self) -> ModelFacts {
        ModelFacts {
            n_vocab: self.options.n_vocab() as u32,
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
            let merge = self.options.merges().iter().position(|merge| rest.starts_with(merge.as_bytes()));
            let (token, length) = match merge {
                Some(at) => (FIRST_MERGE + at as i32, self.options.merges()[at].len()),
                None => (i32::from(byte), 1),
            };
            tokens.push(Token(token));
            rest = &rest[length..];
        }
        tokens
    }

    fn tokenize_special(&self, text: &str) -> Vec<Token> {
        let specials = [(BOS, "<s>"), (END, "</s>")].into_iter().chain(self.options.control_tokens());
        let first = specials.filter_map(|(token, special)| Some((text.find(special)?, token, special))).min();
        let Some((at, token, special)) = first else { return self.tokenize(text) };
        let mut tokens = self.tokenize(&text[..at]);
        tokens.push(Token(token));
        tokens.extend(self.tokenize_special(&text[at + special.len()..]));
        tokens
    }

    fn bos(&self) -> Token {
        Token(BOS)
    }

    fn eos(&self) -> Token {
        Token(END)
    }

    fn is_end(&self, token: Token) -> bool {
        token.0 == END
    }

    fn piece(&self, token: Token) -> Vec<u8> {
        match token.0 {
            byte @ 0..=255 => vec![byte as u8],
            merge if merge >= FIRST_MERGE => self
                .options
                .merges()
                .get((merge - FIRST_MERGE) as usize)
                .map_or_else(Vec::new, |text| text.as_bytes().to_vec()),
            _ => Vec::new(),
        }
    }

    fn shown(&self, token: Token) -> Vec<u8> {
        let control = self.options.control_tokens().find(|(control, _)| *control == token.0);
        match (token.0, control) {
            (BOS, _) => b"<s>".to_vec(),
            (END, _) => b"</s>".to_vec(),
            (_, Some((_, text))) => text.as_bytes().to_vec(),
            _ => self.piece(token),
        }
    }

    fn session<'model>(&'model self, options: &ContextOptions) -> Result<Box<dyn Session + 'model>, EngineError> {
        if options.n_ctx == 0 || options.n_ubatch == 0 || options.n_batch < options.n_ubatch {
            return Err(EngineError::Context {
                n_ctx: options.n_ctx,
                reason: "n_ctx and n_ubatch must be positive and n_batch at least n_ubatch".to_owned(),
            });
        }
        Ok(Box::new(MockSession::new(&self.options, options.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Slot;
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
