//! Runs tasks on a model: prompts in, records and summaries out. Prints nothing; tells what happens through a callback.

use super::admission::reads_beside;
use super::branches::{self, Branches};
use super::exactness::reusable;
use super::generate::{Completion, Prompt};
use super::journal::{Journal, Key};
use super::prompt::text_sha256;
use super::record::Record;
use super::schedule::{Scheduler, Settings, Work};
use super::scored_row::Row;
use super::shard::{Deal, Shard};
use super::subset::Selection;
use super::task::{Answer, CodeScorer, Task};
use super::tokenized_item::{self, Place, Shape, TokenizedItem, Way};
use crate::engine::{Build, Model};

mod event;
mod grading;
mod log;

pub use event::{Event, Observer, RunError};
use log::Log;

/// Items whose rows share batches: a resumed run repeats an unfinished block whole, so that its batches, and with them
/// every last bit of its results, are those of an uninterrupted run.
const BLOCK: usize = 64;
/// The same for texts, which are written side by side and take longer.
const TEXT_BLOCK: usize = 32;
/// Items whose rows are evaluated one by one are each on disk before the next begins.
const ONE_BY_ONE: usize = 1;
/// Items with whole texts to choose among, which are short and share batches on every device.
const CLOZE_BLOCK: usize = 16;
/// Tokens that may be held for a group from the first look at it, so that its items need not be tokenised twice.
const HELD_TOKENS: usize = 1 << 20;

/// How tasks are evaluated.
#[derive(Debug, Clone)]
pub struct Options {
    /// How rows are evaluated.
    pub settings: Settings,
    /// Only losses, no predictions.
    pub loss_only: bool,
    /// SHA-256 of the model file.
    pub model_sha256: String,
    /// The engine's build.
    pub engine: Build,
}

/// What came out of one task.
#[derive(Debug)]
pub struct TaskRun {
    /// The records in the order of the selection.
    pub records: Vec<Record>,
    /// Tokens and time of this run (items from the log cost nothing).
    pub work: Work,
    /// Items that came from the log.
    pub resumed: usize,
    /// Seconds from begin to end.
    pub seconds: f64,
}

/// An item of a group and, where it is held, what it is made of.
type Member = (usize, Option<TokenizedItem>);

/// Items with a common beginning, which is evaluated once.
#[derive(Default)]
struct Group {
    shape: Shape,
    items: Vec<Member>,
}

/// A run of one task on one model.
pub struct Run<'a> {
    /// The model.
    pub model: &'a dyn Model,
    /// How it is evaluated.
    pub options: &'a Options,
    /// Seconds that never go back.
    pub clock: &'a dyn Fn() -> f64,
    /// Runs model-written programs, where the task needs it.
    pub code: Option<&'a dyn CodeScorer>,
}

impl Run<'_> {
    /// Evaluates the selected items of a task, except those that the log has.
    ///
    /// # Errors
    /// What the engine or the log refuses; [`RunError::Stopped`] when the observer asked for it.
    pub fn task(
        &self,
        task: &dyn Task,
        selection: &Selection,
        journal: Option<&mut Journal>,
        observe: Observer<'_>,
    ) -> Result<TaskRun, RunError> {
        self.share(task, selection, Shard::WHOLE, journal, observe)
    }

    /// Evaluates one machine's share of the selected items, exactly as a run of all of them would: the same shared
    /// beginnings, the same blocks. The records are those of the share.
    ///
    /// # Errors
    /// As for [`Run::task`].
    pub fn share(
        &self,
        task: &dyn Task,
        selection: &Selection,
        shard: Shard,
        journal: Option<&mut Journal>,
        observe: Observer<'_>,
    ) -> Result<TaskRun, RunError> {
        let begin = (self.clock)();
        let mut log = Log::begin(task, selection, journal, observe);
        let resumed = log.records.len();
        let event = Event::Begin { task: task.name(), items: selection.indices.len(), done: resumed };
        if log.tell(&event).is_break() {
            return Err(RunError::Stopped);
        }
        log.settle(self.graded_later(task, &log))?;
        let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
        for &index in &selection.indices {
            let name = task.group(index);
            match groups.iter_mut().find(|(known, _)| *known == name) {
                Some((_, members)) => members.push(index),
                None => groups.push((name, vec![index])),
            }
        }
        let mut scheduler = Scheduler::new(self.model, self.options.settings.clone(), self.clock);
        let mut deal = Deal::new(shard);
        for (_, members) in groups {
            if deal.is_whole() && members.iter().all(|index| log.records.contains_key(index)) {
                continue;
            }
            for group in self.look(task, &members, &log)? {
                self.group(task, group, &mut deal, &mut scheduler, &mut log)?;
            }
        }
        let records = selection.indices.iter().filter_map(|index| log.records.remove(index)).collect();
        Ok(TaskRun { records, work: scheduler.work, resumed, seconds: (self.clock)() - begin })
    }

    fn way(&self) -> Way {
        let settings = &self.options.settings;
        let branching = settings.share && !settings.exact;
        Way { loss_only: self.options.loss_only, branching, beside: reads_beside(settings) }
    }

    /// A first look at all items of a group, done or not: a resumed run shares the beginning that the first one did. Items
    /// whose context was cut have no beginning in common with the others and are a group of their own.
    fn look(&self, task: &dyn Task, members: &[usize], log: &Log<'_, '_>) -> Result<[Group; 2], RunError> {
        let facts = self.model.facts();
        let (mut whole, mut cut, mut held) = (Group::default(), Group::default(), 0);
        for &index in members {
            let item = TokenizedItem::of(task, index, self.model, &facts, self.way());
            if let Some(known) = log.records.get(&index)
                && (known.prompt_sha256 != item.record.prompt_sha256
                    || known.context_tokens_sha256 != item.record.context_tokens_sha256
                    || known.continuation_tokens_sha256 != item.record.continuation_tokens_sha256)
            {
                return Err(RunError::OtherPrompt(known.id.clone()));
            }
            held += item.tokens();
            let group = if item.cut { &mut cut } else { &mut whole };
            group.shape.take(&item);
            group.items.push((index, (held <= HELD_TOKENS).then_some(item)));
        }
        Ok([whole, cut])
    }

    fn group(
        &self,
        task: &dyn Task,
        Group { shape, mut items }: Group,
        deal: &mut Deal,
        scheduler: &mut Scheduler<'_>,
        log: &mut Log<'_, '_>,
    ) -> Result<(), RunError> {
        let facts = self.model.facts();
        let size = match shape.longest_text {
            0 if shape.branching => CLOZE_BLOCK,
            0 if scheduler.settings.independent() => ONE_BY_ONE,
            0 => BLOCK,
            _ => TEXT_BLOCK,
        };
        // Shares get portions of many blocks: each share of a group reads its shared beginning anew.
        let portion = if shape.longest_text > 0 { TEXT_BLOCK } else { BLOCK };
        let mine = items.chunks_mut(portion).filter(|portion| deal.takes(portion.len()));
        let blocks = mine.flat_map(|portion| portion.chunks_mut(size));
        let blocks: Vec<&mut [Member]> =
            blocks.filter(|block| !block.iter().all(|(index, _)| log.records.contains_key(index))).collect();
        if blocks.is_empty() {
            return Ok(());
        }
        let common = shape.common.unwrap_or_default();
        let cut = if shape.branching { branches::CUT } else { scheduler.cut() };
        let shared = reusable(common.len(), shape.first_output, cut);
        if shape.whole_texts {
            scheduler.logits_bytes = branches::LOGITS_BYTES;
        }
        scheduler.begin_group(&common[..shared], shape.longest, shape.longest_text)?;
        scheduler.work.tokens_unique += common.len() as u64;
        for block in blocks {
            let again = |index| TokenizedItem::of(task, index, self.model, &facts, self.way());
            let block: Vec<TokenizedItem> =
                block.iter_mut().map(|(index, held)| held.take().unwrap_or_else(|| again(*index))).collect();
            scheduler.work.tokens_unique += block.iter().map(|item| item.tokens_beyond(common.len())).sum::<u64>();
            self.block(task, &block, scheduler, log)?;
        }
        Ok(())
    }

    fn block(
        &self,
        task: &dyn Task,
        block: &[TokenizedItem],
        scheduler: &mut Scheduler<'_>,
        log: &mut Log<'_, '_>,
    ) -> Result<(), RunError> {
        let rows: Vec<Row> = block.iter().flat_map(|item| item.rows.iter().cloned()).collect();
        let results = scheduler.score(&rows)?;
        let trees: Vec<&Branches> =
            block.iter().filter_map(|item| item.branches.as_ref().map(|(tree, _)| tree)).collect();
        let mut sums = scheduler.score_branches(&trees)?.into_iter();
        let mut offset = 0;
        let mut records = Vec::with_capacity(block.len());
        for item in block {
            let mut record = item.record.clone();
            let sum = |places: &Vec<Place>| tokenized_item::sum(places, offset, &results);
            let (gold, logprobs) = match &item.branches {
                Some((_, gold)) => {
                    let logprobs = sums.next().unwrap_or_default();
                    (logprobs.get(*gold).copied(), logprobs)
                }
                None if item.is_read_beside() => (None, Vec::new()),
                None => (item.loss(&results, offset), item.options.iter().map(sum).collect()),
            };
            record.nll_nats = gold.map(|gold| -gold);
            record.bits_per_byte = item.bits_per_byte(record.nll_nats);
            if !self.options.loss_only
                && let Some(best) = record.best(&logprobs)
            {
                record.logprobs = Some(logprobs);
                self.grade(task, item.index, Answer::Option(best), &mut record);
            }
            offset += item.rows.len();
            records.push(record);
        }
        let writing: Vec<usize> = (0..block.len()).filter(|&at| block[at].text.is_some()).collect();
        let finished = (0..block.len()).filter(|&at| block[at].text.is_none());
        log.add(finished.map(|at| (block[at].index, records[at].clone())).collect())?;
        let prompts: Vec<Prompt> = block.iter().filter_map(|item| item.text.clone()).collect();
        scheduler.generate(&prompts, |which, completion: Completion| {
            let (item, mut record) = (&block[writing[which]], records[writing[which]].clone());
            // A replayed item is in the log already: its program need not run again.
            if log.records.contains_key(&item.index) {
                return Ok(());
            }
            if let Some(read) = &completion.beside {
                record.nll_nats = item.loss(std::slice::from_ref(read), 0).map(|gold| -gold);
            }
            self.grade(task, item.index, Answer::Text(&completion.text), &mut record);
            record.written(completion);
            log.add(vec![(item.index, record)])
        })
    }

    /// The key of a run: everything that its results depend on.
    #[must_use]
    pub fn key(&self, task: &dyn Task, selection: &Selection) -> Key {
        let mut hashes = String::new();
        for &index in &selection.indices {
            let item = task.item(index);
            for text in [&task.id(index), &item.prompt, &item.loss_context, &item.continuation] {
                hashes += &text_sha256(text);
            }
        }
        Key {
            model_sha256: self.options.model_sha256.clone(),
            engine: self.options.engine.clone(),
            task: task.name().to_owned(),
            task_version: task.version(),
            prompts_sha256: text_sha256(&hashes),
            items: selection.indices.len(),
            loss_only: self.options.loss_only,
            settings: self.options.settings.clone(),
        }
    }
}
