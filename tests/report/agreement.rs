//! No sentence, table or figure of a report contradicts another: what a reader sees of each class, held against its row.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::schema::samples;

/// What the table of dates says of a class and a capability.
#[derive(Debug)]
struct Row {
    status: String,
    met: f64,
    date: String,
    first_release: String,
    headroom: Option<f64>,
}

/// The rows of the table of dates of the Markdown page, by class and capability.
fn rows(page: &str) -> BTreeMap<(String, String), Row> {
    let table = page.split("**Dates by class and capability").nth(1).expect("a table of dates");
    let lines =
        table.lines().skip(1).skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let mut found = BTreeMap::new();
    for line in lines.skip(2) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [class, capability, status, met, date, _, _, first, _, _, _, headroom, ..] = cells[..] else {
            panic!("{line}")
        };
        let row = Row {
            status: status.to_owned(),
            met: met.parse().unwrap(),
            date: date.split(' ').next().unwrap().to_owned(),
            first_release: first.to_owned(),
            headroom: headroom.parse().ok(),
        };
        found.insert((class.to_owned(), capability.to_owned()), row);
    }
    found
}

/// What a text says of GPT-4's date on a class.
#[derive(Debug)]
struct Said {
    class: String,
    met: f64,
    since: bool,
    day: String,
    /// Whether it says that no release does it; `None` where a long description was cut before it could.
    no_release: Option<bool>,
}

/// What a text says, as often as it says it. The class stands before its colon; a sentence on this device names none.
fn said(text: &str, classes: &[&str]) -> Vec<Said> {
    let parts: Vec<&str> = text.split("met with probability ").collect();
    let pairs = parts.windows(2).map(|pair| {
        let (before, after) = (pair[0].trim_end(), pair[1]);
        let class = classes.iter().find(|class| before.ends_with(&format!("{class}:")));
        let (met, rest) = after.split_once(", ").expect("a date behind the probability");
        let rest = rest.trim_start();
        let (since, day) = match rest.strip_prefix("since ") {
            Some(day) => (true, day),
            None => (false, rest.strip_prefix("likelier than not from ").expect("`since` or `from`")),
        };
        let sentence = rest.split(['<', '\n', '"']).next().unwrap_or_default();
        Said {
            class: class.map_or("this device", |class| *class).to_owned(),
            met: met.trim_start_matches("&lt; ").trim_start_matches("< ").parse().unwrap(),
            since,
            day: day[..10].to_owned(),
            no_release: (!sentence.contains('…'))
                .then(|| sentence.contains("no release by itself") || sentence.contains("no listed release")),
        }
    });
    pairs.collect()
}

/// What a page says, without its tags.
fn plain(html: &str) -> String {
    html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect::<Vec<_>>().join("\n")
}

fn agrees(folder: &Path) {
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let report: serde_json::Value = serde_json::from_str(&read("report.json")).unwrap();
    let run = report["run_id"].as_str().unwrap();
    let created = format!("{}-{}-{}", &run[..4], &run[4..6], &run[6..8]);
    let page = read("README.md");
    let rows = rows(&page);
    assert!(rows.len() >= 28, "{}: {} rows", folder.display(), rows.len());
    for (place, row) in &rows {
        let crossed = row.status == "crossed";
        assert_eq!(crossed, row.met >= 0.5, "{place:?} {row:?}");
        assert_eq!(crossed, row.date <= created, "{place:?} {row:?}: made on {created}");
        assert_eq!(crossed, row.headroom.is_some_and(|headroom| headroom >= 1.0), "{place:?} {row:?}");
        assert!(row.first_release == "none yet" || crossed, "{place:?} {row:?}");
    }
    let classes: Vec<&str> = rows.keys().map(|(class, _)| class.as_str()).collect();
    let mut sentences = 0;
    let html = plain(&read("index.html")).replace("&#x27;", "'");
    for text in [page.replace('\\', ""), html, read("report.json"), read("figures/crossover-dates.svg")] {
        for said in said(&text, &classes) {
            let row = &rows[&(said.class.clone(), "gpt-4".to_owned())];
            assert!((row.met - said.met).abs() <= 0.005 + 1e-9, "{said:?} {row:?}");
            assert_eq!((said.since, &said.day), (row.status == "crossed", &row.date), "{said:?} {row:?}");
            let none_yet = row.first_release == "none yet";
            assert!(said.no_release.is_none_or(|none| none == none_yet), "{said:?} {row:?}");
            sentences += 1;
        }
    }
    assert!(sentences >= 20, "{}: {sentences} sentences", folder.display());
    // The figure of dates: its bars are named as the rows, with the probability of today at their ends.
    let figure = read("figures/crossover-dates.svg");
    let texts: Vec<&str> = figure.split("<text").skip(1).filter_map(|text| text.split(['>', '<']).nth(1)).collect();
    let chances: Vec<f64> = texts.iter().filter_map(|text| text.strip_suffix(" today")?.parse().ok()).collect();
    let drawn: Vec<&&str> =
        texts.iter().filter(|text| rows.contains_key(&((**text).to_owned(), "gpt-4".to_owned()))).collect();
    assert_eq!(drawn.len(), chances.len(), "{texts:?}");
    for (class, met) in drawn.iter().zip(chances) {
        let row = &rows[&((**class).to_owned(), "gpt-4".to_owned())];
        assert!((row.met - met).abs() <= 0.005 + 1e-9, "{class}: {met} in the figure, {row:?}");
    }
}

#[test]
fn what_the_newest_committed_report_says_of_a_class_is_one_thing() {
    agrees(samples().pop().unwrap().parent().unwrap());
}

#[test]
fn what_a_fresh_page_of_it_says_is_one_thing_too() {
    let report: serde_json::Value = serde_json::from_slice(&fs::read(samples().pop().unwrap()).unwrap()).unwrap();
    let folder = super::rendering::rendered(&report);
    let out = folder.path().join("out");
    fs::write(out.join("report.json"), report.to_string()).unwrap();
    agrees(&out);
}

#[test]
fn a_contradiction_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let newest = samples().pop().unwrap();
    let from = newest.parent().unwrap();
    fs::create_dir(folder.path().join("figures")).unwrap();
    for name in ["report.json", "index.html", "figures/crossover-dates.svg"] {
        fs::copy(from.join(name), folder.path().join(name)).unwrap();
    }
    let page = fs::read_to_string(from.join("README.md")).unwrap();
    for wrong in
        [page.replace("| crossed |", "| ahead |"), page.replacen(", likelier than not from 20", ", since 20", 1)]
    {
        assert_ne!(wrong, page);
        fs::write(folder.path().join("README.md"), wrong).unwrap();
        let found = std::panic::catch_unwind(|| agrees(folder.path()));
        assert!(found.is_err());
    }
}
