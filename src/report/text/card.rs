//! The end of a run on one screen: the device, the model, the numbers, when GPT-4's level comes, what to run.

use crate::crossover::crossing::{Crossing, Status};
use crate::crossover::one_model::FROM_INVALID;
use crate::crossover::target::GPT_4;
use crate::crossover::verdict::Chance;
use crate::recommend::verdict::short;
use crate::report::run::RunReport;
use crate::report::table::{ABSENT, warnings};
use crate::report::view::View;
use crate::report::view::crossings::Placed;
use crate::report::view::head::Headline;
use crate::sanitize;
use crate::unit::Bytes;

/// Columns of the narrowest terminal in use.
pub const WIDTH: usize = 80;

/// Lines of a small terminal, less its prompt.
pub const LINES: usize = 20;

/// Columns of the name of a number, and of whose date it is.
const NAME: usize = 20;
const WHOSE: usize = 16;

/// Whose the date is where it rests on INVALID rows.
const DOUBTFUL: &str = "here (INVALID)";

/// The card; `details` is the command that prints all that it leaves out.
#[must_use]
pub fn card(report: &RunReport, details: &str) -> String {
    let head = View::of(report).head;
    let mut lines = vec![fitting(&head.device, &head.machine)];
    lines.extend(head.model.map(|model| format!("{model} · {}", head.validity)));
    lines.extend(head.headlines.iter().map(headline));
    lines.push(String::new());
    lines.extend(dates(report));
    lines.extend(recommendation(report));
    lines.push(format!("{}:", unsaid(report)));
    if lines.len() >= LINES {
        lines.retain(|line| !line.is_empty());
    }
    let cut = lines.iter().map(|line| sanitize::line(line, WIDTH - 1).trim_end().to_owned() + "\n");
    // The command last and whole, whatever the folder is called: it is there to be copied.
    cut.chain([format!("{details}\n")]).collect()
}

/// The device and as many facts of it as the line holds whole.
fn fitting(device: &str, facts: &[String]) -> String {
    let mut line = sanitize::printable(device, WIDTH);
    for fact in facts {
        let longer = format!("{line} · {fact}");
        if longer.chars().count() < WIDTH {
            line = longer;
        }
    }
    line
}

/// "Generation speed    120.1 t/s [118.7, 121.5]   tg128 with 2 threads", or why there is none.
fn headline(line: &Headline) -> String {
    let name = line.label.replace("Capability density", "Density").replace(" (edge family)", ", edge");
    let doubt = ["INVALID", "UNWATCHED"].into_iter().find(|word| line.note.contains(&format!("this row is {word}")));
    let doubt = doubt.map_or_else(String::new, |word| format!(", {word}"));
    let note =
        if line.value.is_present() { line.note.split([',', ';', ':']).next().unwrap_or_default() } else { &line.note };
    format!("{name:<NAME$}{:<26} {note}{doubt}", line.value.text)
}

/// A row for each class and for this device.
fn dates(report: &RunReport) -> Vec<String> {
    let rows: Vec<String> = Placed::all(report)
        .filter(|row| row.is_own() || row.crossing.capability == GPT_4)
        .map(|row| dated(if row.is_own() && doubtful(report) { DOUBTFUL } else { row.whose() }, row.crossing))
        .collect();
    if rows.is_empty() {
        let why = report.reasons.get("crossover").or_else(|| report.reasons.get("device.today"));
        return vec![format!("GPT-4's level: no date: {}", why.map_or("nothing was measured", String::as_str))];
    }
    let head = format!("{:<WHOSE$}{:<7}{:<42}{}", "GPT-4's level", "today", "likelier than not", "with wait");
    std::iter::once(head).chain(rows).collect()
}

/// Whether this device's date rests on rows that nobody may quote.
fn doubtful(report: &RunReport) -> bool {
    let today = report.device.as_ref().and_then(|device| device.today.as_ref());
    today.is_some_and(|today| today.basis.contains(FROM_INVALID))
}

fn dated(whose: &str, crossing: &Crossing) -> String {
    let met = crossing.met_today.as_ref();
    let met =
        met.map_or_else(|| ABSENT.to_owned(), |met| Chance(met.probability).to_string().replace("just below ", "< "));
    let word = if crossing.status == Status::Crossed { "since" } else { "from" };
    let date =
        crossing.date.as_ref().map_or_else(|| "not within thirty years".to_owned(), |date| format!("{word} {date}"));
    let within = crossing.date_with_ttft.as_ref().map_or_else(|| ABSENT.to_owned(), |date| date.point.to_string());
    format!("{whose:<WHOSE$}{met:<7}{date:<42}{within}")
}

fn recommendation(report: &RunReport) -> Vec<String> {
    let Some(found) = &report.recommend else {
        let why = report.reasons.get("recommend").map(|why| format!("run: no recommendation: {why}"));
        return why.into_iter().collect();
    };
    let Some(pick) = found.picks.first() else {
        return vec![
            "run: no file of the catalogue fits; `densimeter recommend` tells which limit leaves it out".to_owned(),
        ];
    };
    let doubt = if pick.usable { String::new() } else { format!(", {} in doubt", pick.doubtful.join(", ")) };
    vec![
        format!(
            "run {} {} here: {} t/s, {} of memory",
            pick.model,
            pick.quantization,
            short(&pick.tokens_per_second),
            Bytes::from_bytes(pick.memory_bytes.point as u64),
        ),
        format!("    first token after {} s{doubt}; others: densimeter recommend", short(&pick.first_token_seconds)),
    ]
}

/// How much is not said here.
fn unsaid(report: &RunReport) -> String {
    let warned = report.bench.as_ref().map_or(0, |bench| warnings(bench).len()) + report.warnings.len();
    let missing = report.reasons.len();
    let count = |count: usize, one: &str, several: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {several}")),
    };
    let parts = [
        count(warned, "warning", "warnings"),
        count(missing, "part without a number", "parts without a number"),
        Some("all rows".to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
