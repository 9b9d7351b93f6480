//! An item as the engine takes it: tokens in place of texts, and the places where log-probabilities are read.

use super::admission::parting;
use super::branches::Branches;
use super::chat::tokens::tokens as chat_tokens;
use super::exactness::common_prefix;
use super::generate::{Prompt, ReplyLimits};
use super::prompt::{context_tokens, text_sha256, tokens_sha256};
use super::record::Record;
use super::scored_row::{Logprobs, Row, Want};
use super::task::{Ask, Item, Reply, Task};
use super::texts::Texts;
use crate::engine::{Model, ModelFacts, Token};

/// Where a log-probability is found: row, want, target.
pub(super) type Place = (usize, usize, usize);

/// An item made ready: tokens in place of texts.
pub(super) struct TokenizedItem {
    pub(super) record: Record,
    pub(super) index: usize,
    pub(super) rows: Vec<Row>,
    pub(super) loss: Vec<Place>,
    pub(super) options: Vec<Vec<Place>>,
    pub(super) text: Option<Prompt>,
    /// Whole texts over one context, and which is the right one.
    pub(super) branches: Option<(Branches, usize)>,
    /// Whether the context's beginning was cut off, so that it has nothing in common with those of other items.
    pub(super) cut: bool,
    /// Whether the options are whole texts.
    whole_text: bool,
}

/// What the sequences of a group have in common, and how long they are.
pub(super) struct Shape {
    pub(super) common: Option<Vec<Token>>,
    pub(super) first_output: usize,
    pub(super) longest: usize,
    pub(super) longest_text: usize,
    /// Whole texts are branches of their contexts.
    pub(super) branching: bool,
    /// Whole texts are chosen among.
    pub(super) whole_texts: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            common: None,
            first_output: usize::MAX,
            longest: 0,
            longest_text: 0,
            branching: false,
            whole_texts: false,
        }
    }
}

impl Shape {
    pub(super) fn take(&mut self, item: &TokenizedItem) {
        self.whole_texts |= item.whole_text;
        for row in item.rows.iter().chain(item.text.iter().flat_map(|text| &text.beside)) {
            self.sequence(&row.tokens, row.first_output());
            self.longest = self.longest.max(row.tokens.len());
        }
        if let Some((tree, _)) = &item.branches {
            self.branching = true;
            self.sequence(&tree.context, tree.context.len() - 1);
            self.longest = self.longest.max(tree.context.len() + tree.behind());
        }
        if let Some(text) = &item.text {
            self.sequence(&text.tokens, text.tokens.len() - 1);
            self.longest_text = self.longest_text.max(text.tokens.len() + text.max_tokens);
        }
    }

    fn sequence(&mut self, tokens: &[Token], first_output: usize) {
        self.first_output = self.first_output.min(first_output);
        match &mut self.common {
            Some(common) => common.truncate(common_prefix(common, tokens)),
            None => self.common = Some(tokens.to_vec()),
        }
    }
}

/// Adds what is needed to read the log-probability of a continuation; single tokens after one context share a row.
fn add_continuation(rows: &mut Vec<Row>, context: &[Token], continuation: &[Token]) -> Vec<Place> {
    let Some((last, before)) = continuation.split_last() else { return Vec::new() };
    let end = context.len() - 1;
    if before.is_empty()
        && let Some(row) = rows.iter().position(|row| row.tokens == context)
    {
        let targets = &mut rows[row].wants[0].targets;
        let target = targets.iter().position(|target| target == last).unwrap_or_else(|| {
            targets.push(*last);
            targets.len() - 1
        });
        return vec![(row, 0, target)];
    }
    let tokens = [context, before].concat();
    let wants: Vec<Want> =
        continuation.iter().enumerate().map(|(at, &token)| Want { position: end + at, targets: vec![token] }).collect();
    let row = rows.iter().position(|row| row.tokens == tokens && row.wants == wants).unwrap_or_else(|| {
        rows.push(Row { tokens, wants });
        rows.len() - 1
    });
    (0..continuation.len()).map(|want| (row, want, 0)).collect()
}

/// The log-probability of a continuation, its rows beginning at `offset` of the results.
pub(super) fn sum(places: &[Place], offset: usize, results: &[Logprobs]) -> f64 {
    places.iter().map(|&(row, want, target)| results[offset + row][want][target]).sum()
}

/// How items are evaluated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    /// Only losses, no predictions.
    pub(super) loss_only: bool,
    /// Whole texts as branches of one context, and not as rows of their own.
    pub(super) branching: bool,
    /// The row of a loss beside the prompt of a text.
    pub(super) beside: bool,
}

/// Tokens of a text.
fn count(tokens: &[Token]) -> u32 {
    u32::try_from(tokens.len()).unwrap_or(u32::MAX)
}

/// The prompt of a reply: the thought's tokens come on top of the answer's, as far as the model's context reaches.
fn reply_prompt(tokens: Vec<Token>, reply: Reply, n_ctx_train: usize) -> Prompt {
    let (answer, thought) = (reply.max_tokens as usize, reply.think_budget as usize);
    let limits = ReplyLimits { opened: reply.opened, thought: (thought > 0).then_some(thought), answer };
    let max_tokens = (answer + thought).min(n_ctx_train.saturating_sub(tokens.len()));
    Prompt { tokens, stops: reply.stops, max_tokens, reply: Some(limits), beside: None }
}

impl TokenizedItem {
    /// The tokens of an item and the places to read, or the reason why it cannot be evaluated.
    pub(super) fn of(task: &dyn Task, index: usize, model: &dyn Model, facts: &ModelFacts, way: Way) -> Self {
        let loss_only = way.loss_only;
        let (add_bos, n_ctx_train) = (facts.add_bos, facts.n_ctx_train as usize);
        let Item { prompt, ask, loss_context, continuation } = task.item(index);
        let mut context = match &ask {
            Ask::Reply(_) => chat_tokens(model, facts, &prompt),
            _ => context_tokens(model, add_bos, &loss_context),
        };
        let gold = model.tokenize(&continuation);
        let texts = match &ask {
            Ask::Cloze { options, gold: right } => Some(Texts::of(options, *right, model, loss_only)),
            _ => None,
        };
        let whole_text = texts.is_some();
        let cut = texts.as_ref().is_some_and(|texts| texts.cut(&mut context, add_bos, n_ctx_train));
        let mut record = Record {
            key: String::new(),
            id: task.id(index),
            prompt_sha256: text_sha256(if loss_only { &loss_context } else { &prompt }),
            context_sha256: text_sha256(&loss_context),
            continuation_sha256: text_sha256(&continuation),
            context_tokens: count(&context),
            context_tokens_sha256: tokens_sha256(&context),
            continuation_tokens: count(&gold),
            continuation_tokens_sha256: tokens_sha256(&gold),
            continuation_bytes: continuation.len() as u32,
            prediction: None,
            gold: task.gold(index),
            correct: None,
            logprobs: None,
            tokens: None,
            characters: None,
            nll_nats: None,
            chat: matches!(ask, Ask::Reply(_)).then_some(true),
            error: None,
            ..Record::default()
        };
        let (mut rows, mut options, mut text, mut branches) = (Vec::new(), Vec::new(), None, None);
        let mut longest = context.len() + gold.len();
        let mut loss = Vec::new();
        // A text may have no gold answer, and then it has no loss.
        let no_gold = continuation.is_empty() && !loss_only && matches!(ask, Ask::Generate { .. } | Ask::Reply(_));
        if let Ask::Reply(Reply { failed: Some(reason), .. }) = &ask {
            record.error = Some(reason.clone());
        } else if context.is_empty() || (gold.is_empty() && !no_gold) || texts.as_ref().is_some_and(Texts::lack_tokens)
        {
            record.error = Some("an empty context or continuation has no loss".to_owned());
        } else if let Some(texts) = texts {
            longest = context.len() + texts.longest();
            if !loss_only {
                record.tokens = Some(texts.tokens.iter().map(|tokens| count(tokens)).collect());
                record.characters = Some(texts.characters.clone());
            }
            if way.branching {
                branches = Some((Branches { context, options: texts.tokens }, texts.gold));
            } else {
                options = texts.tokens.iter().map(|text| add_continuation(&mut rows, &context, text)).collect();
                loss.clone_from(&options[texts.gold]);
            }
        } else if let Ask::Reply(reply) = ask {
            longest = longest.max(context.len() + 1);
            text = Some(reply_prompt(context, reply, n_ctx_train));
        } else {
            if let (Ask::Choice { options: texts }, false) = (&ask, loss_only) {
                let context = context_tokens(model, add_bos, &prompt);
                let places = |text: &String| add_continuation(&mut rows, &context, &model.tokenize(text));
                options = texts.iter().map(places).collect();
            }
            loss = add_continuation(&mut rows, &context, &gold);
            if let (Ask::Generate { stops, max_tokens }, false) = (ask, loss_only) {
                let tokens = context_tokens(model, add_bos, &prompt);
                longest = longest.max(tokens.len() + 1);
                let max_tokens = (max_tokens as usize).min(n_ctx_train.saturating_sub(tokens.len()));
                text = Some(Prompt { tokens, stops, max_tokens, reply: None, beside: None });
            }
        }
        if longest > n_ctx_train {
            record.error = Some(format!("needs {longest} tokens, but the model was trained for {n_ctx_train}"));
            (rows, loss, options, text, branches) = Default::default();
            (record.tokens, record.characters) = (None, None);
        }
        if loss_only {
            options.clear();
        }
        if let (Some(text), [_], true, true) = (&mut text, &rows[..], options.is_empty(), way.beside) {
            text.beside = rows.pop();
        }
        Self { record, index, rows, loss, options, text, branches, cut, whole_text }
    }

    /// The loss of the right answer in nats, from the results of a block; this item's begin at `offset`.
    pub(super) fn loss(&self, results: &[Logprobs], offset: usize) -> Option<f64> {
        (!self.loss.is_empty()).then(|| sum(&self.loss, offset, results))
    }

    /// Whether its loss is read beside its prompt.
    pub(super) fn is_read_beside(&self) -> bool {
        self.text.as_ref().is_some_and(|text| text.beside.is_some())
    }

    /// Tokens to evaluate beyond those that all rows and contexts of the group begin with.
    pub(super) fn tokens_beyond(&self, common: usize) -> u64 {
        let beyond = |tokens: usize| (tokens - common.min(tokens)) as u64;
        let text = |text: &Prompt| {
            let row = text.beside.as_ref().map(|row| row.tokens.len() - parting(&text.tokens, row).max(common));
            beyond(text.tokens.len()) + row.unwrap_or(0) as u64
        };
        self.rows.iter().map(|row| beyond(row.tokens.len())).sum::<u64>()
            + self.text.as_ref().map_or(0, text)
            + self.branches.as_ref().map_or(0, |(tree, _)| beyond(tree.context.len()) + tree.behind() as u64)
    }

    /// Bits of the right text over its bytes, the leading space not among them; of whole texts only.
    pub(super) fn bits_per_byte(&self, nats: Option<f64>) -> Option<f64> {
        let bytes = self.whole_text.then(|| f64::from(self.record.continuation_bytes) - 1.0)?;
        Some(nats? / std::f64::consts::LN_2 / bytes)
    }

    /// Tokens that are held.
    pub(super) fn tokens(&self) -> usize {
        self.tokens_beyond(0) as usize
    }
}
