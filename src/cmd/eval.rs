//! `densimeter eval`: scores and conditional losses of a model on the benchmarks.

use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::bail;
use serde_json::{Value, json};

use self::choice::Chosen;
use self::opening::Opened;
use self::speed::OwnSpeed;
use super::interrupt::{self, interrupted};
use super::progress::Terminal;
use super::{Outcome, eval_table, terminal};
use crate::cli::Global;
use crate::cli::bench::Engine;
use crate::cli::eval::Eval;
use crate::engine::ContextOptions;
use crate::eval::forecast::forecast;
use crate::eval::journal::Journal;
use crate::eval::noise::{self, Noise};
use crate::eval::record::Record;
use crate::eval::run::{Event, Options, Run, RunError, TaskRun};
use crate::eval::schedule::Settings;
use crate::eval::shard::Shard;
use crate::eval::subset::Selection;
use crate::eval::task::{CodeScorer, Task};
use crate::measure::thread_sweep;
use crate::meter::clock::{Clock, SystemClock};
use crate::observer::{Bar, Counted, Observer};
use crate::report::eval::{Extra, row};
use crate::report::journal::SCHEMA;
use crate::report::store;
use crate::unit::Seconds;

mod choice;
pub(super) mod opening;
mod speed;

/// Runs the command.
pub(super) fn run(args: &Eval, global: &Global) -> anyhow::Result<Outcome> {
    opening::known(&args.task)?;
    opening::refuse_early(args)?;
    interrupt::listen();
    // Before the model is loaded, which may take minutes: a misspelt folder or list is refused at once.
    let chosen = choice::chosen(args, global)?;
    let opened = opening::model(args, global)?;
    let scorer = opening::code_scorer(args, global);
    let folder = args.out.clone().map_or_else(store::state_folder, Ok)?;
    let clock = SystemClock::new();
    Evaluation { args, global, opened: &opened, code: scorer.as_deref(), clock: &clock, folder }.all(&chosen)
}

/// One call of the command.
struct Evaluation<'a> {
    args: &'a Eval,
    global: &'a Global,
    opened: &'a Opened,
    code: Option<&'a dyn CodeScorer>,
    clock: &'a SystemClock,
    /// Folder of the item logs.
    folder: PathBuf,
}

impl Evaluation<'_> {
    fn all(&self, chosen: &Chosen) -> anyhow::Result<Outcome> {
        let Chosen { tasks, unknown } = chosen;
        let own = self.own_speed()?;
        let forecasts: Vec<Value> =
            tasks.iter().map(|(task, selection)| self.forecast(&**task, selection, own.as_ref())).collect();
        let mut rows = Vec::new();
        let mut failed = false;
        for ((task, selection), forecast) in tasks.iter().zip(forecasts) {
            let (row, some_failed) = self.one(&**task, selection, own.as_ref(), forecast)?;
            rows.push(row);
            failed |= some_failed;
        }
        let document = json!({
            "schema": SCHEMA,
            "model": {"id": self.args.model, "sha256": self.opened.sha256},
            "engine": self.opened.engine.build(),
            "mock": self.args.engine == Engine::Mock,
            "own_prefill": own.as_ref().map(OwnSpeed::document),
            "settings": self.settings(self.args.exact),
            "seed": self.global.seed,
            "score_unit": "percent",
            "shard": self.args.shard.map(|shard| json!({"index": shard.index(), "of": shard.of()})),
            "unknown_ids": unknown,
            "tasks": rows,
        });
        if self.global.json {
            terminal::json(&document)?;
        } else {
            terminal::out(&eval_table::render(&document))?;
        }
        store::write_json(&self.folder.join("eval.json"), &document)?;
        if !self.global.quiet {
            terminal::note(&format!("item logs: {}", self.folder.display()));
        }
        Ok(if failed { Outcome::SomeFailed } else { Outcome::Done })
    }

    /// Speed of plain prefill in this very process, which sharing is measured against; decode too where texts will be
    /// written, for the ETA.
    fn own_speed(&self) -> anyhow::Result<Option<OwnSpeed>> {
        if self.args.no_own_speed || self.args.shard.is_some() {
            return Ok(None);
        }
        let settings = speed::bench_settings(&self.settings(self.args.exact).context, self.args.n_gpu_layers);
        let writes = !self.args.loss_only && self.args.task.iter().any(|name| name != "mmlu");
        OwnSpeed::measure(&*self.opened.model, &settings, writes, self.global.seed, self.clock)
    }

    /// What a task will take, told before it begins.
    fn forecast(&self, task: &dyn Task, selection: &Selection, own: Option<&OwnSpeed>) -> Value {
        let share = !self.args.no_share;
        let work = |selection: &Selection, loss_only| forecast(&*self.opened.model, task, selection, loss_only, share);
        let mut forecast = work(selection, self.args.loss_only);
        if self.looks_twice() {
            forecast.tokens_read += work(&noise::sample(selection, self.args.noise_items), true).tokens_read;
        }
        let seconds = own.map(|own| forecast.seconds(own.prefill(), own.decode()));
        if !self.global.quiet {
            let written = match forecast.tokens_written_at_most {
                0.0 => String::new(),
                most => format!(", at most {:.0} k to write", most / 1e3),
            };
            let time = match seconds {
                Some((low, high)) if high > 1.05 * low => {
                    format!(
                        ": {} if all texts were empty, at most {}",
                        Seconds::from_seconds(low),
                        Seconds::from_seconds(high)
                    )
                }
                Some((low, _)) => format!(": about {}", Seconds::from_seconds(low)),
                None => String::new(),
            };
            terminal::note(&format!(
                "{}: {} items, about {:.0} k tokens to read{written}{time}",
                task.name(),
                forecast.items,
                forecast.tokens_read / 1e3
            ));
        }
        json!({
            "tokens_read": forecast.tokens_read,
            "tokens_written_at_most": forecast.tokens_written_at_most,
            "seconds": seconds.map(|(low, high)| json!({"low": low, "high": high})),
        })
    }

    fn settings(&self, exact: bool) -> Settings {
        let threads = self.args.threads.unwrap_or_else(|| thread_sweep::prior().threads);
        let context = ContextOptions {
            n_batch: self.args.n_ubatch.max(2048),
            n_ubatch: self.args.n_ubatch,
            threads,
            flash_attention: self.args.flash_attention == 1,
            type_k: self.args.type_k,
            type_v: self.args.type_v,
            swa_full: exact || self.args.swa_full,
            ..ContextOptions::default()
        };
        let (share, alone) = (!self.args.no_share, self.args.n_gpu_layers == 0);
        Settings { context, exact, share, alone, parallel: self.args.parallel }
    }

    fn options(&self, exact: bool) -> Options {
        Options {
            settings: self.settings(exact),
            loss_only: self.args.loss_only,
            model_sha256: self.opened.sha256.clone(),
            engine: self.opened.engine.build(),
        }
    }

    /// Evaluates one task; the row of the result, and whether some of its items failed.
    fn one(
        &self,
        task: &dyn Task,
        selection: &Selection,
        own: Option<&OwnSpeed>,
        forecast: Value,
    ) -> anyhow::Result<(Value, bool)> {
        let options = self.options(self.args.exact);
        let model = &*self.opened.model;
        let run = Run { model, options: &options, clock: &|| self.seconds(), code: self.code };
        let mut journal = Journal::open(&self.folder, &run.key(task, selection), self.args.resume)?;
        let bar = self.progress(task.name());
        let mut observe = |event: &Event<'_>| {
            match event {
                Event::Begin { items, done, .. } => {
                    bar.length(*items as u64);
                    bar.position(*done as u64);
                    bar.restart_eta();
                }
                Event::Item(_) => bar.inc(1),
            }
            if interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let shard = self.args.shard.unwrap_or(Shard::WHOLE);
        let done = run.share(task, selection, shard, Some(&mut journal), &mut observe);
        bar.finish();
        if matches!(done, Err(RunError::Stopped)) {
            bail!(
                "interrupted; the finished items are kept in {}: go on with the same command and -o {} --resume",
                self.folder.display(),
                self.folder.display()
            );
        }
        let done = done?;
        let failed = done.records.iter().any(|record| record.error.is_some());
        if !shard.is_whole() {
            // A share of the items has no score of its own: which they are follows from the blocks, not from chance.
            let reason = "one shard: merge them with `densimeter fleet collect`";
            let row = json!({
                "task": task.name(), "n": done.records.len(), "seconds": done.seconds,
                "score": null, "conditional_loss": null, "bits_per_byte": null, "reason": reason,
            });
            return Ok((row, failed));
        }
        let noise = self.noise(task, selection, &done)?;
        let extra = Extra {
            noise: noise.as_ref(),
            loss_only: self.args.loss_only,
            own_prefill: own.map(OwnSpeed::prefill),
            forecast,
        };
        Ok((row(task, selection, &done, extra), failed))
    }

    /// Whether some items are evaluated again.
    fn looks_twice(&self) -> bool {
        !self.args.exact && self.args.noise_items >= 2 && self.args.shard.is_none_or(Shard::is_whole)
    }

    /// Evaluates some items again in exact mode: what the fast mode's batches do to them.
    fn noise(&self, task: &dyn Task, selection: &Selection, done: &TaskRun) -> anyhow::Result<Option<Noise>> {
        if !self.looks_twice() {
            return Ok(None);
        }
        let mut options = self.options(true);
        // Texts are not written again: that would double the run. Their noise shows in the loss.
        options.loss_only = self.args.loss_only || task.name() != "mmlu";
        let sample = noise::sample(selection, self.args.noise_items);
        let run = Run { model: &*self.opened.model, options: &options, clock: &|| self.seconds(), code: None };
        let bar = self.progress("noise");
        bar.length(sample.indices.len() as u64);
        let mut stopped = false;
        let exact = run.task(task, &sample, None, &mut |event| {
            bar.inc(u64::from(matches!(event, Event::Item(_))));
            stopped = interrupted();
            if stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        bar.finish();
        if stopped {
            return Ok(None);
        }
        let exact = exact?;
        let fast = |exact: &Record| done.records.iter().find(|fast| fast.id == exact.id);
        let pairs: Vec<(&Record, &Record)> =
            exact.records.iter().filter_map(|exact| Some((fast(exact)?, exact))).collect();
        Ok(noise::noise(&pairs, &done.records))
    }

    fn seconds(&self) -> f64 {
        self.clock.now().as_secs_f64()
    }

    fn progress(&self, task: &str) -> Box<dyn Bar> {
        Terminal::new(self.global.quiet).bar(task, Some(0), Counted::Pieces)
    }
}
