//! The first screen: the device, the verdict, the four numbers, the crossover.

use super::crossings::Placed;
use super::number::Cell;
use super::unit::Unit;
use super::words::{self, cut};
use crate::bench::plan::Phase;
use crate::crossover::target::GPT_4;
use crate::crossover::verdict::{ABOUT_GPT_4, Answer};
use crate::device::{DeviceProfile, DeviceRecord};
use crate::report::run::{FIVE, RunReport};
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
    /// Tokens/s, time to the first token, peak memory, the density of each family that gives one.
    pub headlines: Vec<Headline>,
    /// When this device (or its class) meets GPT-4's level.
    pub crossover: String,
    /// The sentences of the run, without those on every class, which stand in their own section.
    pub verdicts: Vec<String>,
}

impl Head {
    pub(super) fn of(report: &RunReport) -> Self {
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
        let device = report.device.as_ref().map(|device| &device.record);
        Self {
            device: device
                .and_then(DeviceRecord::name)
                .map_or_else(|| "unnamed device".to_owned(), |name| cut(name, LONGEST_NAME)),
            machine: device.and_then(DeviceRecord::profile).map(machine).unwrap_or_default(),
            model,
            run_id: cut(&report.run_id, LONGEST_NAME),
            date: bench.map(|bench| bench.started.strftime("%Y-%m-%d").to_string()),
            validity,
            validity_note,
            supersedes: report
                .supersedes
                .as_ref()
                .map(|old| format!("corrects run {}: {}", cut(&old.run_id, LONGEST_NAME), words::plain(&old.reason))),
            headlines: std::iter::once(speed(report))
                .chain(sustained(report))
                .chain([first_token(report), memory(report)])
                .chain(densities(report))
                .collect(),
            crossover: crossover(report),
            verdicts: report
                .verdicts
                .iter()
                .filter(|verdict| !verdict.starts_with(ABOUT_GPT_4))
                .map(|verdict| words::plain(verdict))
                .collect(),
        }
    }
}

/// The class of the report's device; `None` where nobody probed it.
fn class(report: &RunReport) -> Option<String> {
    report.device.as_ref()?.record.class().map(|class| class.to_string())
}

fn machine(profile: &DeviceProfile) -> Vec<String> {
    let cores = profile.cpu.cores;
    let mut facts = vec![profile.class.to_string(), format!("{cores} core{}", if cores == 1 { "" } else { "s" })];
    facts.extend(profile.memory.total.map(|memory| format!("{memory} of memory")));
    facts.extend(profile.os.as_deref().map(words::plain));
    if profile.virtualisation.found {
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
    } else if bench.results.iter().all(|row| row.valid || row.unwatched()) {
        (
            "UNWATCHED",
            format!("while {} of {rows} rows ran, nobody could watch the machine: see the warnings", rows - valid),
        )
    } else {
        ("INVALID", format!("{} of {rows} rows failed a condition of the method: see the warnings", rows - valid))
    }
}

/// Where the row that a reader looks for first stands: valid before invalid, shallow before deep.
fn row(report: &RunReport, phase: Phase) -> Option<(usize, &crate::measure::bench_report::RowReport)> {
    let rows = report.bench.as_ref()?.results.iter().enumerate();
    rows.filter(|(_, row)| row.phase == phase && row.tokens_per_second.is_some())
        .min_by_key(|(_, row)| (!row.valid, row.depth))
}

fn missing(label: &str, why: &str) -> Headline {
    Headline { label: label.to_owned(), value: Cell::absent(), note: words::plain(why) }
}

/// Why no row of a phase has a speed.
fn why_no_speed(report: &RunReport, phase: Phase) -> &str {
    let rows = report.bench.iter().flat_map(|bench| &bench.results).filter(|row| row.phase == phase);
    let why = report.reasons.get("bench").or_else(|| rows.filter_map(|row| row.reason.as_ref()).next());
    why.map_or("not measured", String::as_str)
}

fn speed(report: &RunReport) -> Headline {
    let label = "Generation speed";
    let Some((at, row)) = row(report, Phase::Decode) else {
        return missing(label, why_no_speed(report, Phase::Decode));
    };
    Headline {
        label: label.to_owned(),
        value: Cell::of(
            format!("/bench/results/{at}/tokens_per_second"),
            &row.tokens_per_second,
            Unit::TokensPerSecond,
        ),
        note: format!(
            "{} with {} threads, {}{}",
            words::plain(&row.test),
            row.threads,
            match row.samples_ns.len() {
                0 => "repetitions not on record".to_owned(),
                1 => "one repetition".to_owned(),
                several => format!("mean of {several} repetitions"),
            },
            doubt(row)
        ),
    }
}

fn doubt(row: &crate::measure::bench_report::RowReport) -> &'static str {
    match (row.valid, row.unwatched()) {
        (true, _) => "",
        (false, true) => "; this row is UNWATCHED",
        (false, false) => "; this row is INVALID",
    }
}

/// What minutes without a pause leave of the speed above it; `None` where nobody asked for it.
fn sustained(report: &RunReport) -> Option<Headline> {
    let label = "Sustained speed";
    let Some(curve) = report.bench.as_ref().and_then(|bench| bench.sustain.as_ref()) else {
        return report.reasons.get("sustain").map(|why| missing(label, why));
    };
    let burst = row(report, Phase::Decode).and_then(|(_, row)| row.median_tokens_per_second);
    let seconds = curve.points.last().map_or(0.0, |last| last.elapsed_s);
    let note = format!(
        "{:.2} of the burst, after {seconds:.0} s without a pause; {}",
        curve.share_of(burst),
        words::plain(&curve.verdict())
    );
    let value = Cell::of("/bench/sustain/last_fifth", &curve.last_fifth, Unit::TokensPerSecond);
    Some(Headline { label: label.to_owned(), value, note })
}

fn first_token(report: &RunReport) -> Headline {
    let label = "Time to first token";
    let Some((at, row)) = row(report, Phase::Prefill) else {
        return missing(label, why_no_speed(report, Phase::Prefill));
    };
    let own = Cell::of(format!("/bench/results/{at}/first_token"), &row.first_token, Unit::Nanoseconds);
    let (value, how) = if own.is_present() {
        (own, "tokenise, prefill, sample; mean")
    } else {
        {
            let user = row.ttft.as_ref().map(|ttft| ttft.user_ns);
            let at = format!("/bench/results/{at}/ttft/user_ns");
            (Cell::of(at, &user, Unit::Nanoseconds), "median without an interval")
        }
    };
    if !value.is_present() {
        return missing(label, "the repetitions kept no first token");
    }
    let note = format!("{} tokens of prompt, model loaded; {how}{}", row.tokens, doubt(row));
    Headline { label: label.to_owned(), value, note }
}

fn memory(report: &RunReport) -> Headline {
    let label = "Peak memory";
    let Some(bench) = &report.bench else { return missing(label, why_no_speed(report, Phase::Decode)) };
    let rows = bench.results.iter().enumerate();
    let Some((at, row)) =
        rows.filter(|(_, row)| row.memory.peak_rss.is_some()).max_by_key(|(_, row)| row.memory.peak_rss)
    else {
        let why = bench.results.iter().find_map(|row| row.memory.reason.as_deref());
        return missing(label, why.unwrap_or("not measured"));
    };
    Headline {
        label: label.to_owned(),
        value: Cell::of(format!("/bench/results/{at}/memory/peak_rss"), &row.memory.peak_rss, Unit::Bytes),
        note: format!(
            "{}: the kernel's own high-water mark, read once, so without an interval",
            words::plain(&row.test)
        ),
    }
}

/// The density of each family that gives one; where none does, why the five benchmarks give none.
fn densities(report: &RunReport) -> Vec<Headline> {
    let five = density(report);
    match density_edge(report) {
        Some(edge) if five.value.is_present() => vec![edge, five],
        Some(edge) => vec![edge],
        None => vec![five],
    }
}

fn density_edge(report: &RunReport) -> Option<Headline> {
    let found = report.density_edge.as_ref()?;
    let value = Cell::of("/density_edge/density", found.density.as_ref()?, Unit::Plain);
    let items: u64 = found.items.values().sum();
    let note = format!("edge family, {items} items: {}", words::plain(&found.claim));
    Some(Headline { label: "Capability density (edge family)".to_owned(), value, note })
}

fn density(report: &RunReport) -> Headline {
    let label = "Capability density";
    let found = report.density.as_ref();
    let value = Cell::of("/density/density", &found.and_then(|found| found.density.as_ref()), Unit::Plain);
    if !value.is_present() {
        let why = found.and_then(|found| found.reason.as_ref()).or_else(|| report.reasons.get("density"));
        return missing(label, &format!("{FIVE}: {}", why.map_or("not measured", String::as_str)));
    }
    let basis = found.and_then(|found| found.score_basis.as_deref()).unwrap_or("of unknown origin");
    Headline { label: label.to_owned(), value, note: format!("scores {}", words::plain(basis)) }
}

/// One sentence on GPT-4's level: on this very device where its rates are known, else on its class.
fn crossover(report: &RunReport) -> String {
    let class = class(report).unwrap_or_default();
    let wanted = |row: &Placed<'_>| row.is_own() || (row.crossing.capability == GPT_4 && row.crossing.class == class);
    let Some(row) = Placed::all(report).find(wanted) else {
        let why = report.reasons.get("crossover").or_else(|| report.reasons.get("device.today"));
        let why = why.map_or_else(|| "nothing was measured to date it by".to_owned(), |why| words::plain(why));
        return format!("No crossover date for this device: {why}.");
    };
    let who =
        if row.is_own() { "this device".to_owned() } else { format!("devices of class {}", words::plain(&class)) };
    format!("{ABOUT_GPT_4}{who}: {}.", words::plain(&Answer(row.crossing).to_string()))
}
