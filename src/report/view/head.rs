//! The first screen: the device, the verdict, the four numbers, the crossover.

use super::number::{Cell, Source};
use super::unit::Unit;
use super::words::{self, cut};
use crate::bench::plan::Phase;
use crate::crossover::verdict::ClassVerdict;
use crate::report::run::RunReport;
use crate::unit::{BitsPerWeight, Bytes, Params};

/// Longest name that stands in a heading, in characters.
const LONGEST_NAME: usize = 80;

/// One of the four numbers.
#[derive(Debug, Clone)]
pub struct Headline {
    /// What it is.
    pub label: String,
    /// The number with its interval; absent with the reason in the note.
    pub value: Cell,
    /// What it was measured in, or why it is absent.
    pub note: String,
}

/// The first screen.
#[derive(Debug, Clone)]
pub struct Head {
    /// The device.
    pub device: String,
    /// Its class, cores, memory, and whether it is a virtual machine.
    pub machine: Vec<String>,
    /// The model, its size and format.
    pub model: Option<String>,
    /// Name of the run.
    pub run_id: String,
    /// When it was measured: the day.
    pub date: Option<String>,
    /// `VALID`, `INVALID`, `NOT MEASURED`.
    pub validity: &'static str,
    /// What the validity rests on.
    pub validity_note: String,
    /// The run that this one corrects, and why.
    pub supersedes: Option<String>,
    /// Tokens/s, time to the first token, peak memory, density.
    pub headlines: Vec<Headline>,
    /// When this device (or its class) meets GPT-4's level.
    pub crossover: String,
    /// The sentences of the run, without those on every class, which stand in their own section.
    pub verdicts: Vec<String>,
}

impl Head {
    pub(super) fn of(report: &RunReport, source: Source<'_>) -> Self {
        let bench = report.bench.as_ref();
        let model = bench.and_then(|bench| bench.model.as_ref()).map(|model| {
            format!(
                "{} · {} parameters · {} · {}",
                cut(&model.id, LONGEST_NAME),
                Params::from_count(model.params as f64),
                Bytes::from_bytes(model.bytes),
                BitsPerWeight::from_bits(model.bits_per_weight)
            )
        });
        let (validity, validity_note) = validity(report);
        let of_classes = class_verdicts(report, source);
        Self {
            device: ["/device/name", "/device/model", "/device/cpu/soc", "/device/cpu/name"]
                .iter()
                .find_map(|at| source.at(at).and_then(|name| name.as_str()))
                .map_or_else(|| "unnamed device".to_owned(), |name| cut(name, LONGEST_NAME)),
            machine: machine(source),
            model,
            run_id: cut(&report.run_id, LONGEST_NAME),
            date: bench.map(|bench| bench.started.strftime("%Y-%m-%d").to_string()),
            validity,
            validity_note,
            supersedes: report
                .supersedes
                .as_ref()
                .map(|old| format!("corrects run {}: {}", cut(&old.run_id, LONGEST_NAME), words::plain(&old.reason))),
            headlines: vec![
                speed(report, source),
                first_token(report, source),
                memory(report, source),
                density(source),
            ],
            crossover: crossover(source),
            verdicts: report
                .verdicts
                .iter()
                .filter(|verdict| !of_classes.contains(verdict))
                .map(|verdict| words::plain(verdict))
                .collect(),
        }
    }
}

/// The sentences on classes, as the crossings of the report give them.
fn class_verdicts(report: &RunReport, source: Source<'_>) -> Vec<String> {
    let crossings = report.crossover.iter().flatten();
    let own = source.words("/device/class").unwrap_or_default();
    crossings.filter_map(|row| ClassVerdict::of(row, &own)).map(|verdict| verdict.to_string()).collect()
}

fn machine(source: Source<'_>) -> Vec<String> {
    let mut facts: Vec<String> = source.words("/device/class").into_iter().collect();
    if let Some(cores) = source.number("/device/cpu/cores") {
        facts.push(format!("{cores} core{}", if cores == 1.0 { "" } else { "s" }));
    }
    if let Some(memory) = source.number("/device/memory/total") {
        facts.push(format!("{} of memory", Bytes::from_bytes(memory as u64)));
    }
    facts.extend(source.words("/device/os"));
    if source.at("/device/virtualisation/found").is_some_and(|found| found == true) {
        facts.push("virtual machine".to_owned());
    }
    facts
}

fn validity(report: &RunReport) -> (&'static str, String) {
    let Some(bench) = &report.bench else { return ("NOT MEASURED", "no speed was measured".to_owned()) };
    let rows = bench.results.len();
    let valid = bench.results.iter().filter(|row| row.valid).count();
    if rows == 0 {
        ("NOT MEASURED", "the plan has no row".to_owned())
    } else if report.imported.is_some() {
        ("INVALID", "imported from llama-bench, which tells no conditions to judge its rows by".to_owned())
    } else if report.valid {
        ("VALID", format!("all {rows} rows of the bench met every condition of the method"))
    } else {
        ("INVALID", format!("{} of {rows} rows failed a condition of the method: see the warnings", rows - valid))
    }
}

/// Where the row that a reader looks for first stands: valid before invalid, shallow before deep.
fn row(report: &RunReport, phase: Phase) -> Option<(usize, &crate::report::bench::RowReport)> {
    let rows = report.bench.as_ref()?.results.iter().enumerate();
    rows.filter(|(_, row)| row.phase == phase && row.tokens_per_second.is_some())
        .min_by_key(|(_, row)| (!row.valid, row.depth))
}

fn missing(label: &str, why: &str) -> Headline {
    Headline { label: label.to_owned(), value: Cell::absent(), note: words::plain(why) }
}

fn why_no_bench(report: &RunReport) -> &str {
    report.reasons.get("bench").map_or("not measured", String::as_str)
}

fn speed(report: &RunReport, source: Source<'_>) -> Headline {
    let label = "Generation speed";
    let Some((at, row)) = row(report, Phase::Decode) else { return missing(label, why_no_bench(report)) };
    Headline {
        label: label.to_owned(),
        value: source.cell(&format!("/bench/results/{at}/tokens_per_second"), Unit::TokensPerSecond),
        note: format!(
            "{} with {} threads, {}{}",
            words::plain(&row.test),
            row.threads,
            match row.samples_ns.len() {
                0 => "repetitions not on record".to_owned(),
                1 => "one repetition".to_owned(),
                several => format!("mean of {several} repetitions"),
            },
            invalid(row.valid)
        ),
    }
}

const fn invalid(valid: bool) -> &'static str {
    if valid { "" } else { "; this row is INVALID" }
}

fn first_token(report: &RunReport, source: Source<'_>) -> Headline {
    let label = "Time to first token";
    let Some((at, row)) = row(report, Phase::Prefill) else { return missing(label, why_no_bench(report)) };
    let own = source.cell(&format!("/bench/results/{at}/first_token"), Unit::Nanoseconds);
    let (value, how) = if own.is_present() {
        (own, "tokenise, prefill, sample; mean")
    } else {
        (source.cell(&format!("/bench/results/{at}/ttft/user_ns"), Unit::Nanoseconds), "median without an interval")
    };
    if !value.is_present() {
        return missing(label, "the repetitions kept no first token");
    }
    let note = format!("{} tokens of prompt, model loaded; {how}{}", row.tokens, invalid(row.valid));
    Headline { label: label.to_owned(), value, note }
}

fn memory(report: &RunReport, source: Source<'_>) -> Headline {
    let label = "Peak memory";
    let Some(bench) = &report.bench else { return missing(label, why_no_bench(report)) };
    let rows = bench.results.iter().enumerate();
    let Some((at, row)) =
        rows.filter(|(_, row)| row.memory.peak_rss.is_some()).max_by_key(|(_, row)| row.memory.peak_rss)
    else {
        let why = bench.results.iter().find_map(|row| row.memory.reason.as_deref());
        return missing(label, why.unwrap_or("not measured"));
    };
    Headline {
        label: label.to_owned(),
        value: source.cell(&format!("/bench/results/{at}/memory/peak_rss"), Unit::Bytes),
        note: format!(
            "{}: the kernel's own high-water mark, read once, so without an interval",
            words::plain(&row.test)
        ),
    }
}

fn density(source: Source<'_>) -> Headline {
    let label = "Capability density";
    let value = source.cell("/density/density", Unit::Plain);
    if !value.is_present() {
        let why = source.words("/density/reason").or_else(|| source.words("/reasons/density"));
        return missing(label, why.as_deref().unwrap_or("not measured"));
    }
    let basis = source.words("/density/score_basis").unwrap_or_else(|| "of unknown origin".to_owned());
    Headline { label: label.to_owned(), value, note: format!("scores {basis}") }
}

/// One sentence on GPT-4's level: on this very device where its rates are known, else on its class.
fn crossover(source: Source<'_>) -> String {
    let own = "/device/today/gpt_4";
    let class = source.words("/device/class").unwrap_or_default();
    let (at, who) = if source.at(own).is_some() {
        (own.to_owned(), "this device".to_owned())
    } else {
        let row =
            source.list("/crossover").find(|(_, row)| row["capability"] == "gpt-4" && row["class"] == class.as_str());
        match row {
            Some((at, _)) => (at, format!("devices of class {class}")),
            None => {
                let why = source.words("/reasons/crossover").or_else(|| source.words("/reasons/device.today"));
                return format!(
                    "No crossover date: {}.",
                    why.as_deref().unwrap_or("nothing was measured to date it by")
                );
            }
        }
    };
    let date = source.cell(&format!("{at}/date"), Unit::Date);
    if !date.is_present() {
        let why = source.words(&format!("{at}/reason"));
        return format!(
            "GPT-4's level never reaches {who} by the trend: {}.",
            why.as_deref().unwrap_or("the lines do not meet")
        );
    }
    let crossed = source.words(&format!("{at}/status")).is_some_and(|status| status == "crossed");
    let bound = source.cell(&format!("{at}/date_with_ttft"), Unit::Date);
    let within = if bound.is_present() {
        format!("with the first token in time {}", bound.text)
    } else {
        "never with the first token in time".to_owned()
    };
    let realised = match source.words(&format!("{at}/realised/model")) {
        Some(model) => format!("{model} was the first release to do it"),
        None => "no listed release has done it yet".to_owned(),
    };
    let verb = if crossed { "has been within reach of" } else { "comes within reach of" };
    let preposition = if crossed { "since" } else { "on" };
    format!("GPT-4's level {verb} {who} by the trend {preposition} {} (95 %), {within}; {realised}.", date.text)
}
