//! The pages of the index: an overview, and for each class its reports in several orders, so many on a page.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use minijinja::value::Serde;
use serde::Serialize;

use super::chart;
use super::entry::{Entry, PAGES, Shown};
use super::error::GalleryError;
use super::unreadable::Unreadable;
use crate::report::page::{self, PageError};
use crate::stat::Estimate;

const TEMPLATE: &str = include_str!("gallery.html.jinja");
const OWN_SCRIPT: &str = include_str!("gallery.js");
const OWN_STYLE: &str = include_str!("gallery.css");

/// Rows on a page of a class: as many as open at once on a phone.
const ROWS: usize = 500;
/// Rows of a class on the first page.
const FIRST: usize = 20;
/// Unreadable reports on the first page.
const FIRST_BAD: usize = 20;

/// An order of the reports of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Speed,
    Memory,
    Density,
    Newest,
}

impl Order {
    const ALL: [Self; 4] = [Self::Speed, Self::Memory, Self::Density, Self::Newest];

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Speed => ("fast", "fastest first"),
            Self::Memory => ("small", "least memory first"),
            Self::Density => ("dense", "densest first"),
            Self::Newest => ("new", "newest first"),
        }
    }

    /// Valid before invalid, superseded last, unknown after known; equal ones by their file.
    fn compare(self, a: &Entry, b: &Entry) -> Ordering {
        let rank = |entry: &Entry| (!entry.counts(), entry.validity != "VALID");
        let by = match self {
            Self::Speed => descending(a.value(0), b.value(0)),
            Self::Memory => descending(b.value(2), a.value(2)).then(a.value(2).is_none().cmp(&b.value(2).is_none())),
            Self::Density => descending(a.value(3), b.value(3)),
            Self::Newest => b.day.cmp(&a.day),
        };
        let known = |entry: &Entry| self == Self::Memory && entry.value(2).is_none();
        rank(a).cmp(&rank(b)).then(known(a).cmp(&known(b))).then(by).then_with(|| a.file.cmp(&b.file))
    }
}

/// The greater first, the unknown last.
fn descending(a: Option<f64>, b: Option<f64>) -> Ordering {
    let of = |value: Option<f64>| value.unwrap_or(f64::NEG_INFINITY);
    of(b).total_cmp(&of(a))
}

#[derive(Serialize)]
struct Page<'a> {
    title: String,
    up: bool,
    lead: String,
    figure: Option<Figure>,
    classes: Vec<Class<'a>>,
    orders: Vec<Link>,
    steps: Vec<Link>,
    bad: &'a [Unreadable],
    bad_more: Option<Link>,
    style: &'static str,
    script: &'static str,
    policy: String,
    version: &'static str,
}

#[derive(Serialize)]
struct Figure {
    title: String,
    svg: Option<String>,
    absent: Option<String>,
}

#[derive(Serialize)]
struct Link {
    href: String,
    text: String,
    here: bool,
}

#[derive(Serialize)]
struct Class<'a> {
    id: String,
    name: &'a str,
    note: String,
    more: Option<Link>,
    rows: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    href: String,
    device: &'a str,
    model: &'a str,
    cells: &'a [Shown],
    date: String,
    date_interval: Option<String>,
    virtual_machine: bool,
    day: &'a str,
    verdict: String,
    old: bool,
}

/// Takes a file of the index: its name in the site and its text. All of them together would be larger than what they tell of.
pub(super) type Write<'a> = &'a mut dyn FnMut(String, &str) -> Result<(), GalleryError>;

/// Gives every file of the index away, one after another.
///
/// # Errors
/// A page that cannot be drawn, or what `write` returns.
pub(super) fn files(entries: &[Entry], bad: &[Unreadable], write: Write<'_>) -> Result<(), GalleryError> {
    let mut classes: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        classes.entry(&entry.class).or_default().push(entry);
    }
    let mut first = Vec::new();
    for (at, (name, mut own)) in classes.into_iter().enumerate() {
        let slug = slug(name, at);
        // Once for all its pages: counting devices on each would take time with the square of the reports.
        let lead = counted(&own);
        own.sort_by(|a, b| Order::Speed.compare(a, b));
        let more = (own.len() > FIRST).then(|| Link {
            href: file(&slug, Order::Speed, 0),
            text: format!("all {} reports of {name}", own.len()),
            here: false,
        });
        first.push(Class {
            id: slug.clone(),
            name,
            note: lead.clone(),
            more,
            rows: own.iter().take(FIRST).map(|entry| row(entry)).collect(),
        });
        if own.len() > FIRST {
            for order in Order::ALL {
                own.sort_by(|a, b| order.compare(a, b));
                class_pages((name, &slug, &lead), order, &own, write)?;
            }
        }
    }
    let bad_more = (bad.len() > FIRST_BAD).then(|| Link {
        href: "unreadable.html".to_owned(),
        text: format!("all {} reports that could not be read", bad.len()),
        here: false,
    });
    if bad_more.is_some() {
        let lead = format!("{} files, each with the reason.", bad.len());
        write("unreadable.html".to_owned(), &render(Page { bad, ..empty("Not read", lead, true) })?)?;
    }
    let drawn = chart::crossover(entries);
    let figure = Figure {
        title: drawn.title,
        svg: drawn.chart.as_ref().ok().map(|chart| chart.inline()),
        absent: drawn.chart.err(),
    };
    let overview = Page {
        figure: Some(figure),
        classes: first,
        bad: &bad[..bad.len().min(FIRST_BAD)],
        bad_more,
        ..empty("Reports", lead(entries, bad), false)
    };
    write("index.html".to_owned(), &render(overview)?)
}

/// The pages of a class in one order: its name, the beginning of their file names, and what they begin with.
fn class_pages(of: (&str, &str, &str), order: Order, own: &[&Entry], write: Write<'_>) -> Result<(), GalleryError> {
    let (name, slug, lead) = of;
    let pages = own.len().div_ceil(ROWS);
    for (at, rows) in own.chunks(ROWS).enumerate() {
        let orders = Order::ALL.map(|other| Link {
            href: file(slug, other, 0),
            text: other.words().1.to_owned(),
            here: other == order,
        });
        let near = |page: &usize| *page == 0 || *page == pages - 1 || page.abs_diff(at) <= 3;
        let steps = (0..if pages > 1 { pages } else { 0 }).filter(near).map(|page| Link {
            href: file(slug, order, page),
            text: format!("page {}", page + 1),
            here: page == at,
        });
        let class = Class {
            id: slug.to_owned(),
            name,
            note: format!("rows {} to {} of {}, {}", at * ROWS + 1, at * ROWS + rows.len(), own.len(), order.words().1),
            more: None,
            rows: rows.iter().map(|entry| row(entry)).collect(),
        };
        let page = Page {
            orders: orders.into(),
            steps: steps.collect(),
            classes: vec![class],
            ..empty(&format!("Class {name}"), lead.to_owned(), true)
        };
        write(file(slug, order, at), &render(page)?)?;
    }
    Ok(())
}

fn empty(title: &str, lead: String, up: bool) -> Page<'static> {
    Page {
        title: title.to_owned(),
        up,
        lead,
        figure: None,
        classes: Vec::new(),
        orders: Vec::new(),
        steps: Vec::new(),
        bad: &[],
        bad_more: None,
        style: style(),
        script: script(),
        policy: page::policy(style(), script()),
        version: env!("CARGO_PKG_VERSION"),
    }
}

fn render(page: Page<'_>) -> Result<String, PageError> {
    static READY: OnceLock<minijinja::Environment<'static>> = OnceLock::new();
    let environment = READY.get_or_init(|| page::environment_of("gallery.html", TEMPLATE));
    Ok(environment.get_template("gallery.html")?.render(Serde(page))?)
}

fn style() -> &'static str {
    static WHOLE: OnceLock<String> = OnceLock::new();
    WHOLE.get_or_init(|| format!("{}{OWN_STYLE}", page::style()))
}

/// What the page of a report does with its charts, and sorting and filtering.
fn script() -> &'static str {
    static WHOLE: OnceLock<String> = OnceLock::new();
    WHOLE.get_or_init(|| format!("{}{OWN_SCRIPT}", page::SCRIPT))
}

fn row(entry: &Entry) -> Row<'_> {
    Row {
        href: format!("{PAGES}/{}", entry.page()),
        device: &entry.device,
        model: &entry.model,
        cells: &entry.cells,
        date: entry
            .date
            .as_ref()
            .map_or_else(|| crate::report::table::ABSENT.to_owned(), |date| date.point.to_string()),
        date_interval: entry.date.as_ref().and_then(Estimate::interval),
        virtual_machine: entry.virtual_machine,
        day: entry.day.as_deref().unwrap_or(crate::report::table::ABSENT),
        verdict: match (&entry.superseded_by, entry.imported) {
            (Some(by), _) => format!("superseded by {by}"),
            (None, true) => "imported".to_owned(),
            (None, false) => entry.validity.to_owned(),
        },
        old: !entry.counts(),
    }
}

fn lead(entries: &[Entry], bad: &[Unreadable]) -> String {
    let all: Vec<&Entry> = entries.iter().collect();
    let unread = if bad.is_empty() { String::new() } else { format!("; {} could not be read", bad.len()) };
    format!("{}{unread}", counted(&all))
}

/// `12 reports of 3 devices, 1 superseded`.
fn counted(entries: &[&Entry]) -> String {
    let devices: BTreeSet<&str> = entries.iter().map(|entry| entry.device.as_str()).collect();
    let superseded = entries.iter().filter(|entry| !entry.counts()).count();
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let text = format!("{} of {}", plural(entries.len(), "report"), plural(devices.len(), "device"));
    if superseded > 0 { format!("{text}, {superseded} superseded") } else { text }
}

/// A class as part of a file name: its letters, and its number, since two names may share their letters.
fn slug(class: &str, at: usize) -> String {
    let letters: String = class.to_lowercase().chars().filter(char::is_ascii_alphanumeric).take(24).collect();
    format!("class-{at}-{letters}")
}

fn file(slug: &str, order: Order, page: usize) -> String {
    format!("{slug}-{}-{}.html", order.words().0, page + 1)
}
