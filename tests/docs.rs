//! The documentation: links lead somewhere, methodology pages are easy to read and have an example to compute along.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A sentence of a methodology page has fewer words than this, on average.
const WORDS: f64 = 20.0;

/// The least number of terms in the glossary.
const TERMS: usize = 10;

/// What the README must name, since `--help` alone would hide it.
const FEATURES: [&str; 13] = [
    "--sustain",
    "-ctk",
    "-ctv",
    "-d 0,",
    "-fa 0,1",
    "KL divergence",
    "op-token agreement",
    "lausibility checks",
    "four ways",
    "anonymous",
    "KV cache",
    "cooling gate",
    "glossary",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The Markdown files of `docs/`, in order.
fn docs() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    pages.sort();
    pages
}

/// METHODOLOGY.md and docs/methodology-*.md.
fn methodology() -> Vec<PathBuf> {
    let mut pages = docs();
    pages.retain(|path| path.file_name().unwrap().to_string_lossy().starts_with("methodology-"));
    pages.insert(0, root().join("METHODOLOGY.md"));
    pages
}

/// The lines outside fenced code; a fence itself becomes an empty line.
fn outside_code(text: &str) -> Vec<&str> {
    let mut fenced = false;
    let lines = text.lines().map(|line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        if fence || fenced { "" } else { line }
    });
    lines.collect()
}

/// Text with what stands between backticks replaced.
fn without_spans(text: &str, by: &str) -> String {
    let parts = text.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 0 { part } else { by }).collect()
}

/// Paragraphs and list items, each on one line. Headings, tables, HTML and fenced code are no prose.
fn prose(text: &str) -> Vec<String> {
    let mut blocks = vec![String::new()];
    for line in outside_code(text) {
        let line = line.trim();
        let number = line.split_once(". ").filter(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()));
        let item = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")).or(number.map(|(_, text)| text));
        if line.is_empty() || line.starts_with(['#', '|', '<']) || item.is_some() {
            blocks.push(String::new());
        }
        if !line.starts_with(['#', '|', '<']) {
            let block = blocks.last_mut().unwrap();
            block.push_str(item.unwrap_or(line));
            block.push(' ');
        }
    }
    blocks
}

/// Sentences and words of a page. A sentence ends with its paragraph or list item, or at `.`, `?` or `!` before a word that
/// does not begin with a small letter. A word holds a letter or a digit; a span of code is one word.
fn sentences_and_words(text: &str) -> (usize, usize) {
    let (mut sentences, mut words) = (0, 0);
    for block in prose(text) {
        let block = without_spans(&block, "code");
        let tokens: Vec<&str> = block.split_whitespace().collect();
        let mut open = false;
        for (at, token) in tokens.iter().enumerate() {
            if token.contains(char::is_alphanumeric) {
                words += 1;
                open = true;
            }
            let stop = token.trim_end_matches(['*', ')', '"', '_']).ends_with(['.', '?', '!']);
            let next = tokens.get(at + 1).is_some_and(|next| next.starts_with(char::is_lowercase));
            if open && (at + 1 == tokens.len() || (stop && !next)) {
                sentences += 1;
                open = false;
            }
        }
    }
    (sentences, words)
}

/// The anchor that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|&letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn anchors(text: &str) -> HashSet<String> {
    let lines = outside_code(text).into_iter();
    lines.filter(|line| line.starts_with('#')).map(|line| anchor(line.trim_start_matches('#').trim())).collect()
}

/// Targets of links and pictures, in Markdown and in HTML.
fn links(text: &str) -> Vec<String> {
    let text = without_spans(&outside_code(text).join("\n"), "");
    let mut links = Vec::new();
    for (before, end) in [("](", ')'), ("href=\"", '"'), ("src=\"", '"')] {
        links.extend(text.split(before).skip(1).filter_map(|rest| Some(rest.split_once(end)?.0.to_owned())));
    }
    links
}

/// What is wrong with a link of a page, if anything.
fn fault(page: &Path, link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let target = if path.is_empty() { page.to_owned() } else { page.with_file_name("").join(path) };
    if !target.exists() {
        return Some(format!("{}: {link} leads to no file", page.display()));
    }
    let anchor = anchor?;
    (!anchors(&read(&target)).contains(anchor)).then(|| format!("{}: {link} leads to no heading", page.display()))
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut pages = docs();
    pages.extend(["README.md", "CONTRIBUTING.md", "METHODOLOGY.md"].map(|name| root().join(name)));
    let mut seen = 0;
    let mut faults = Vec::new();
    for page in &pages {
        let links = links(&read(page));
        seen += links.len();
        faults.extend(links.iter().filter_map(|link| fault(page, link)));
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(seen > 40, "only {seen} links were found: the search for them is broken");
}

#[test]
fn sentences_are_counted_as_a_reader_would() {
    let text = "# A heading. With words\n\nOne two `a b c` four. Five, i.e. six\nseven (eight).\n\n- nine\n- ten 1.5 s\n\n```\nno\n```\n| no |\n";
    assert_eq!(sentences_and_words(text), (4, 13));
}

#[test]
fn methodology_is_told_in_short_sentences() {
    let mut long = Vec::new();
    for page in methodology() {
        let (sentences, words) = sentences_and_words(&read(&page));
        #[expect(clippy::cast_precision_loss, reason = "a few thousand words")]
        let mean = words as f64 / sentences as f64;
        if mean.is_nan() || mean >= WORDS {
            long.push(format!("{}: {words} words in {sentences} sentences, {mean:.1} each", page.display()));
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn every_methodology_page_has_an_example() {
    for page in methodology() {
        let text = read(&page);
        let example = text.split_once("\n## Worked example\n").unwrap_or_else(|| panic!("{}: none", page.display())).1;
        let example = example.split_once("\n## ").map_or(example, |(example, _)| example);
        let steps = example.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_digit())).count();
        assert!(steps >= 3, "{}: an example of {steps} steps", page.display());
    }
}

#[test]
fn the_glossary_explains_the_words() {
    let glossary = read(&root().join("docs/glossary.md"));
    let terms = glossary.lines().filter(|line| line.starts_with("| **")).count();
    assert!(terms >= TERMS, "{terms} terms");
    for page in ["README.md", "METHODOLOGY.md"] {
        assert!(read(&root().join(page)).contains("](docs/glossary.md)"), "{page} does not link to it");
    }
}

#[test]
fn the_readme_names_what_help_alone_would_hide() {
    let readme = read(&root().join("README.md"));
    let missing: Vec<&str> = FEATURES.into_iter().filter(|feature| !readme.contains(feature)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Sentence, commands, picture, output, features, Install, Use, and the law below.
#[test]
fn the_readme_shows_before_it_explains() {
    let readme = read(&root().join("README.md"));
    let order = [
        "make demo ",
        "make test ",
        "<img",
        "<!-- demo -->",
        "## What it does",
        "## Install",
        "## Use",
        "<!-- law -->",
    ];
    let places: Vec<usize> =
        order.iter().map(|part| readme.find(part).unwrap_or_else(|| panic!("no {part}"))).collect();
    assert!(places.is_sorted(), "{order:?} {places:?}");
}
