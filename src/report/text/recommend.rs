//! Recommendations for a terminal: a few lines a pick, and the reverse question.

use jiff::civil::Date;

use crate::recommend::limits::Limits;
use crate::recommend::need::Need;
use crate::recommend::picks::{Pick, Recommendations};
use crate::recommend::verdict::short;
use crate::report::markdown_table;
use crate::stat::Estimate;
use crate::unit::{Bytes, Params, plain};

/// Numbers of left-out models that the footnote names.
const NAMED: usize = 3;

/// The picks, the best first.
#[must_use]
pub fn cards(found: &Recommendations) -> String {
    let mut text = format!("{}\nasked: {}\n", device_line(found), asked(&found.limits));
    for (place, pick) in found.picks.iter().enumerate() {
        text += &card(place + 1, pick, found);
    }
    if found.picks.is_empty() {
        text += &format!("\nno file of the catalogue fits: {}\n", tally(found));
    }
    text
}

fn device_line(found: &Recommendations) -> String {
    let device = &found.device;
    format!(
        "{}: class {}, {}, {} of it for a model, {} GB/s, {} ({})",
        device.name,
        device.class,
        bytes(device.ram_bytes),
        bytes(device.usable_bytes),
        plain(device.bandwidth_gbs, 1),
        device.backend,
        device.source,
    )
}

fn card(place: usize, pick: &Pick, found: &Recommendations) -> String {
    let mut text = format!("\n{place}. {} {} ({})", pick.model, pick.quantization, bytes(pick.file_bytes));
    text += &if pick.usable { String::new() } else { format!(": runs, {} in doubt", pick.doubtful.join(" and ")) };
    text += &format!(
        "\n   {} tokens/s, first token after {} s, {} of memory\n",
        short(&pick.tokens_per_second),
        short(&pick.first_token_seconds),
        span(&pick.memory_bytes, bytes),
    );
    text += &capability(pick, found.today);
    if let Some((wanted, score)) =
        found.limits.wanted_for.and_then(|wanted| Some((wanted, pick.base_scores.of(wanted)?)))
    {
        let kept = pick.kept_share.map_or_else(String::new, |kept| {
            format!("; ordered by {}, less what the format costs", plain(score * kept, 1))
        });
        text +=
            &format!("   {}: {} at 16 bits, as published of its base model{kept}\n", wanted.name(), plain(score, 1));
    }
    text += &format!("   {}\n   {}\n", pick.why, pick.check);
    text
}

fn capability(pick: &Pick, today: Date) -> String {
    let Some((params, score)) = pick.effective_params.as_ref().zip(pick.score.as_ref()) else {
        return format!("   what it can do is {}\n", pick.basis.capability);
    };
    let expected =
        if pick.basis.is_scored() { "" } else { ": expected of its size and day, no base scores are published" };
    format!(
        "   does as much as {} parameters, a score of {}{expected}\n   {}\n",
        span(params, |value| Params::from_count(value).to_string()),
        short(score),
        until(pick, today),
    )
}

fn until(pick: &Pick, today: Date) -> String {
    match &pick.best_value_until {
        Some(date) if date.point <= today => format!("half its size likely does as much since {}", date.point),
        Some(date) => format!("likely the best value until {}", date.point),
        None => "no release of half its size is likely to do as much within thirty years".to_owned(),
    }
}

fn asked(limits: &Limits) -> String {
    let wait = limits.max_ttft.map_or(String::new(), |most| format!(" within {} s", plain(most, 1)));
    format!(
        "{} tokens/s after a prompt of {} tokens{wait}, a context of {}",
        plain(limits.min_tps, 1),
        plain(limits.prompt, 0),
        limits.context
    )
}

fn bytes(value: f64) -> String {
    Bytes::from_bytes(value as u64).to_string()
}

fn span(estimate: &Estimate, of: impl Fn(f64) -> String) -> String {
    let end = |end: Option<f64>| end.map_or_else(|| "?".to_owned(), &of);
    format!("{} [{}, {}]", of(estimate.point), end(estimate.low), end(estimate.high))
}

/// How many models each filter or limit left out.
fn tally(found: &Recommendations) -> String {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for left in &found.left_out {
        let option = left.reason.split(':').next().filter(|word| word.starts_with("--"));
        let word = option.unwrap_or("something else").to_owned();
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.iter().map(|(word, count)| format!("{word} leaves out {count}")).collect::<Vec<_>>().join(", ")
}

/// What stands below the picks.
#[must_use]
pub fn footnote(found: &Recommendations) -> String {
    let more = found.more_fit;
    let more = if more == 0 { String::new() } else { format!("{more} more fit (--top); ") };
    let usable = found.picks.iter().filter(|pick| pick.usable).count();
    let left = if found.left_out.is_empty() { String::new() } else { format!("; {}", tally(found)) };
    let named: Vec<&str> = found.left_out.iter().take(NAMED).map(|left| left.model.as_str()).collect();
    let more_left = if found.left_out.len() > named.len() { ", …" } else { "" };
    let which = if named.is_empty() {
        String::new()
    } else {
        format!(" ({}{more_left}: --json gives each reason)", named.join(", "))
    };
    format!(
        "{more}{usable} of {} shown meet every limit at the pessimistic end of their intervals (80 %; capability 95 %){left}{which}; \
         speeds rest on {}",
        found.picks.len(),
        found.picks.first().map_or("nothing", |pick| basis(pick))
    )
}

const fn basis(pick: &Pick) -> &'static str {
    use crate::recommend::machine::Basis;
    match pick.basis.speed {
        Basis::Own => "this device's own measurements",
        Basis::SameDevice => "published measurements of the same device",
        Basis::SameSoc => "published measurements of the same chip",
        Basis::Class => "published measurements of other devices",
        Basis::Formula => "its bandwidth and published measurements of other devices",
    }
}

/// A Markdown table of the picks.
#[must_use]
pub fn markdown(found: &Recommendations) -> String {
    let columns = [
        ("model", false),
        ("file", false),
        ("memory", true),
        ("tokens/s", true),
        ("first token, s", true),
        ("effective parameters", true),
        ("meets limits", false),
    ];
    let rows = found.picks.iter().map(|pick| {
        [
            pick.model.clone(),
            format!("{} {}", pick.quantization, bytes(pick.file_bytes)),
            span(&pick.memory_bytes, bytes),
            short(&pick.tokens_per_second),
            short(&pick.first_token_seconds),
            params(pick.effective_params.as_ref()),
            if pick.usable { "surely".to_owned() } else { format!("{} in doubt", pick.doubtful.join(", ")) },
        ]
    });
    let table = markdown_table::table(columns.into_iter(), rows);
    format!("{table}\n{}\nasked: {}\n\n{}\n", device_line(found), asked(&found.limits), footnote(found))
}

fn params(estimate: Option<&Estimate>) -> String {
    estimate.map_or_else(|| "unknown".to_owned(), |found| span(found, |value| Params::from_count(value).to_string()))
}

/// What was predicted of a pick beside what was measured: prefill and decode in tokens per second. Decode was predicted after
/// a prompt and measured at the start, which is a little faster.
#[must_use]
pub fn verified(pick: &Pick, prefill: f64, decode: f64) -> String {
    let wait = 512.0 / prefill;
    format!(
        "\n{}: predicted {} tokens/s, measured {}; first token of 512 after {} s predicted, {} measured\n",
        pick.model,
        short(&pick.tokens_per_second),
        plain(decode, 1),
        short(&pick.first_token_seconds),
        plain(wait, 2),
    )
}

/// The next number of three digits that is not smaller: what is needed may not be told as less.
fn up(value: f64) -> f64 {
    let step = 10f64.powf(value.log10().floor() - 2.0);
    (value / step * (1.0 - 1e-9)).ceil() * step
}

/// The same in the largest unit that the value reaches, each `base` of the one before.
fn up_in(value: f64, base: f64) -> f64 {
    let unit = base.powf(value.log(base).floor());
    up(value / unit) * unit
}

/// What a model needs.
#[must_use]
pub fn need(found: &Need) -> String {
    let bandwidth = match (&found.bandwidth_gbs, &found.binding) {
        (Some(gbs), Some(binding)) => {
            format!("{} GB/s of memory bandwidth ({binding} asks for it)", plain(up(*gbs), 1))
        }
        _ => found.reason.clone().unwrap_or_default(),
    };
    format!(
        "{} {} on a device of class {} needs\n  {} of memory, of which it takes {}\n  {bandwidth}\nso that it holds at the \
         pessimistic end: {}\n",
        found.model,
        found.quantization,
        found.class,
        bytes(up_in(found.ram_bytes, 1024.0)),
        span(&found.memory_bytes, bytes),
        asked(&found.limits),
    )
}
