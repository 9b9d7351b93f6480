//! `index.html`: one file that loads nothing, reads without a script, and cannot send anything.

use std::fmt::Write;
use std::sync::OnceLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, HtmlEscape, UndefinedBehavior};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::chart;
use super::view::View;
use super::view::figure::Figure;
use super::view::section::{Section, Table};
use super::view::words::{self, Piece};

/// Colours, type and layout of every page of densimeter.
pub const STYLE: &str = include_str!("page/page.css");

pub(super) const SCRIPT: &str = include_str!("page/page.js");
const TEMPLATE: &str = include_str!("page/report.html.jinja");

/// Everything that the template shows.
#[derive(Serialize)]
struct Page<'a> {
    device: &'a str,
    machine: &'a [String],
    model: Option<&'a str>,
    run_id: &'a str,
    date: Option<&'a str>,
    validity: &'a str,
    validity_class: String,
    validity_note: &'a str,
    supersedes: Option<&'a str>,
    cards: Vec<Card<'a>>,
    crossover: &'a str,
    verdicts: &'a [String],
    sections: Vec<Part<'a>>,
    style: &'static str,
    script: &'static str,
    policy: &'a str,
    version: &'static str,
}

/// A part of the page, ready for the template.
#[derive(Serialize)]
struct Part<'a> {
    id: &'a str,
    heading: &'a str,
    text: &'a [String],
    figures: Vec<Drawn<'a>>,
    tables: &'a [Table],
    remarks: &'a [String],
    toggles: Vec<String>,
}

#[derive(Serialize)]
struct Drawn<'a> {
    id: &'a str,
    title: &'a str,
    svg: Option<String>,
    absent: Option<&'a str>,
    group: Option<&'a str>,
}

#[derive(Serialize)]
struct Card<'a> {
    label: &'a str,
    text: &'a str,
    /// The point and the interval apart, so that the first can stand large.
    point: &'a str,
    interval: Option<&'a str>,
    number: Option<&'a super::view::number::Number>,
    note: &'a str,
}

/// Why a page could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the page could not be made: {0}")]
pub struct PageError(#[from] minijinja::Error);

/// The page of a report.
///
/// # Errors
/// Only when the template does not fit the view.
pub fn render(view: &View) -> Result<String, PageError> {
    let style = style();
    let head = &view.head;
    let cards: Vec<Card<'_>> = head
        .headlines
        .iter()
        .map(|line| {
            let text = line.value.text.as_str();
            let (point, interval) = match text.find(" [") {
                Some(at) => (&text[..at], Some(&text[at + 1..])),
                None => (text, None),
            };
            Card { label: &line.label, text, point, interval, number: line.value.number.as_ref(), note: &line.note }
        })
        .collect();
    let page = Page {
        device: &head.device,
        machine: &head.machine,
        model: head.model.as_deref(),
        run_id: &head.run_id,
        date: head.date.as_deref(),
        validity: head.validity,
        validity_class: head.validity.to_lowercase().replace(' ', "-"),
        validity_note: &head.validity_note,
        supersedes: head.supersedes.as_deref(),
        cards,
        crossover: &head.crossover,
        verdicts: &head.verdicts,
        sections: view.sections.iter().map(part).collect(),
        style,
        script: SCRIPT,
        policy: own_policy(),
        version: env!("CARGO_PKG_VERSION"),
    };
    Ok(environment().get_template("report.html")?.render(Serde(page))?)
}

/// The whole style sheet of a page.
#[must_use]
pub fn style() -> &'static str {
    static WHOLE: OnceLock<String> = OnceLock::new();
    WHOLE.get_or_init(|| format!("{STYLE}{}", chart::STYLE))
}

/// The policy of a page, which is the same for every report.
fn own_policy() -> &'static str {
    static OWN: OnceLock<String> = OnceLock::new();
    OWN.get_or_init(|| policy(style(), SCRIPT))
}

/// A content security policy under which this style and this script run, and nothing else does or leaves.
#[must_use]
pub fn policy(style: &str, script: &str) -> String {
    let hash = |text: &str| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text.as_bytes())));
    let mut policy = String::from("default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:");
    let _ = write!(policy, "; style-src {}; script-src {}", hash(style), hash(script));
    policy
}

fn part(section: &Section) -> Part<'_> {
    let toggles: Vec<String> = section.figures.iter().filter_map(|figure| figure.group.clone()).collect();
    Part {
        id: section.id,
        heading: section.heading,
        text: &section.text,
        figures: section.figures.iter().map(drawn).collect(),
        tables: &section.tables,
        remarks: &section.remarks,
        toggles: if toggles.len() > 1 { toggles } else { Vec::new() },
    }
}

fn drawn(figure: &Figure) -> Drawn<'_> {
    Drawn {
        id: &figure.id,
        title: &figure.title,
        svg: figure.chart.as_ref().ok().map(|chart| chart.inline()),
        absent: figure.chart.as_ref().err().map(String::as_str),
        group: figure.group.as_deref(),
    }
}

/// Where a template of the program is rendered: every value escaped, none forgotten.
pub(super) fn environment_of(name: &'static str, template: &'static str) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("these are the usual delimiters"));
    environment.add_filter("prose", prose);
    // The template is part of the program: a test renders it.
    environment.add_template(name, template).expect("the template parses");
    environment
}

/// Words with what stands between backticks as code, all of it escaped.
fn prose(text: &str) -> minijinja::Value {
    let mut out = String::new();
    for piece in words::pieces(text) {
        let _ = match piece {
            Piece::Code(code) => write!(out, "<code>{}</code>", HtmlEscape(code)),
            Piece::Plain(plain) => write!(out, "{}", HtmlEscape(plain)),
        };
    }
    minijinja::Value::from_safe_string(out)
}

fn environment() -> &'static Environment<'static> {
    static READY: OnceLock<Environment<'static>> = OnceLock::new();
    READY.get_or_init(|| environment_of("report.html", TEMPLATE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backticks_become_code_and_nothing_becomes_markup() {
        let shown = |text: &str| prose(text).to_string();
        assert_eq!(shown("run `a -b` & `c`"), "run <code>a -b</code> &amp; <code>c</code>");
        assert_eq!(shown("one ` alone <b>"), "one ` alone &lt;b&gt;");
        assert_eq!(shown("`<script>`"), "<code>&lt;script&gt;</code>");
    }
}
