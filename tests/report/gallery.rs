//! A site over many reports: every report has its page, the bad ones their reason, the old ones their mark; and it
//! takes as long as there are reports.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use densimeter::meter::clock::{Clock, SystemClock};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::run;

/// A report of a device with its own speed, memory and date.
fn made(number: usize) -> Value {
    let mut report = run();
    let class = ["laptop", "phone", "sbc"][number % 3];
    report["run_id"] = json!(format!("run-{number:05}"));
    report["device"]["name"] = json!(format!("Device {}", number / 2));
    report["device"]["class"] = json!(class);
    report["device"]["virtualisation"] = json!({"found": number == 5, "evidence": "made up"});
    let date = |year: usize| json!(format!("{}-{:02}-01", year, number % 12 + 1));
    let committed = super::committed();
    report["device"]["today"] = committed["device"]["today"].clone();
    report["device"]["today"]["gpt_4"]["date"] = json!({
        "point": date(2027 + number % 4), "low": date(2026), "high": date(2033), "level": 0.95, "method": "bootstrap"
    });
    // As in a report of a machine without a class of its own: every class, and a sentence on each.
    report["crossover"] = committed["crossover"].clone();
    report["verdicts"] = committed["verdicts"].clone();
    let speed = 5.0 + (number * 37 % 1000) as f64 / 10.0;
    super::at_speed(&mut report["bench"]["results"][1], speed, &[0.98, 1.02, 1.0, 0.99, 1.01]);
    report
}

fn keep(folder: &Path, number: usize, report: &Value) -> String {
    let folder = folder.join(format!("device-{}", number % 97)).join(format!("run-{number:05}"));
    std::fs::create_dir_all(&folder).unwrap();
    let text = report.to_string();
    std::fs::write(folder.join("report.json"), &text).unwrap();
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn gather(reports: &Path, site: &Path) -> (Output, Value) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
    let output = command.arg("report").arg(reports).arg("-o").arg(site).arg("--json").output().unwrap();
    let document = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output, document)
}

#[test]
fn every_report_has_a_page_and_what_cannot_be_read_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let (reports, site) = (folder.path().join("reports"), folder.path().join("reports/site"));
    let hashes: Vec<String> = (0..70).map(|number| keep(&reports, number, &made(number))).collect();
    let mut correction = made(70);
    correction["supersedes"] = json!({"run_id": "run-00003", "sha256": hashes[3], "reason": "the fan was off"});
    keep(&reports, 70, &correction);
    let mut hostile = made(71);
    hostile["device"]["name"] = json!("<script>alert(1)</script>\u{1b}[2J");
    hostile["device"]["os"] = json!("\"><img src=x onerror=alert(1)>../../etc");
    keep(&reports, 71, &hostile);
    let mut newer = made(72);
    newer["schema"] = json!(9);
    keep(&reports, 72, &newer);
    std::fs::create_dir_all(reports.join("torn<b>")).unwrap();
    std::fs::write(reports.join("torn<b>/report.json"), &run().to_string()[..200]).unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/llama-bench/two.json");
    std::fs::copy(fixture, reports.join("llama-bench-box.json")).unwrap();

    let (output, document) = gather(&reports, &site);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "some reports could not be read: {said}");
    assert_eq!((&document["reports"], &document["superseded"]), (&json!(73), &json!(1)), "{document}");
    let bad = document["unreadable"].to_string();
    assert!(bad.contains("schema 9 is newer") && bad.contains("cut off"), "{bad}");

    let index = std::fs::read_to_string(site.join("index.html")).unwrap();
    assert!(!index.contains("<script>alert") && !index.contains("<img") && !index.contains("<b>"));
    assert!(index.contains("&lt;script&gt;alert(1)") && index.contains("schema 9 is newer"));
    assert!(index.contains("imported") && index.contains("<svg"), "the import and the chart are there");
    let names: Vec<String> =
        document["index"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
    assert!(names.iter().all(|name| !name.contains('/') && !name.contains("..")), "{names:?}");
    let all: String = names.iter().map(|name| std::fs::read_to_string(site.join(name)).unwrap()).collect();
    assert!(all.contains("superseded by run-00070"));
    // Every link of the index leads to a file of the site, and every page is reached.
    let mut reached = std::collections::BTreeSet::new();
    let linked = all.replace("&#x2f;", "/");
    for link in linked.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        if !link.starts_with('#') && link != "data:," {
            assert!(site.join(link).is_file(), "{link}");
            reached.insert(link.to_owned());
        }
    }
    let pages = std::fs::read_dir(site.join("reports")).unwrap().count();
    assert_eq!(reached.iter().filter(|link| link.starts_with("reports/")).count(), pages);
    let old = std::fs::read_to_string(site.join("reports").join(format!("{}.html", &hashes[3][..16]))).unwrap();
    assert!(old.contains("Superseded: run run-00070 corrects this report"), "the old page says so itself");
    assert!(!old.contains("level on class phone"), "what was said of other classes is left out with them");
    assert!(all.contains("default-src &#x27;none&#x27;") || all.contains("default-src 'none'"), "a strict policy");

    assert!(all.contains("[2026-01-01, 2033-01-01]</span>"), "a date stands with its interval");
    let virtual_machines = all.matches("virtual machine</span>").count();
    assert!((4..=5).contains(&virtual_machines), "one, in each order of its class: {virtual_machines}");

    let before = all;
    let (_, document) = gather(&reports, &site);
    assert_eq!(document["reports"], 73, "the site is not taken for reports");
    let after: String = names.iter().map(|name| std::fs::read_to_string(site.join(name)).unwrap()).collect();
    assert!(before == after, "the same reports make the same site");
}

#[test]
fn a_site_keeps_what_is_not_ours_and_drops_what_it_no_longer_holds() {
    let folder = tempfile::tempdir().unwrap();
    let (reports, site) = (folder.path().join("in"), folder.path().join("site"));
    let hashes: Vec<String> = (0..3).map(|number| keep(&reports, number, &made(number))).collect();
    std::fs::create_dir_all(site.join("reports")).unwrap();
    std::fs::write(site.join("index.html"), "<h1>Mine</h1>").unwrap();
    std::fs::write(site.join("reports/notes.html"), "mine").unwrap();
    let (output, _) = gather(&reports, &site);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("index.html: not written by densimeter"), "{said}");
    assert_eq!(std::fs::read_dir(site.join("reports")).unwrap().count(), 1, "nothing was written");

    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
    let output = command.arg("report").arg(&reports).arg("-o").arg(&site).arg("--force").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let page = |number: usize| site.join(format!("reports/{}.html", &hashes[number][..16]));
    assert!(page(1).exists());
    std::fs::remove_dir_all(reports.join("device-1")).unwrap();
    let (output, _) = gather(&reports, &site);
    assert!(output.status.success(), "our own index is replaced: {}", String::from_utf8_lossy(&output.stderr));
    assert!(page(0).exists() && !page(1).exists(), "the page of a report that is gone is gone");
    assert!(site.join("reports/notes.html").exists());

    let (output, _) = gather(&reports, &reports);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("holds the reports themselves"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_told_and_one_within_is_not() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let (reports, other) = (folder.path().join("in"), folder.path().join("other"));
    keep(&reports, 0, &made(0));
    keep(&other, 1, &made(1));
    symlink(reports.join("device-0"), reports.join("latest")).unwrap();
    symlink(other.join("device-1"), reports.join("linked")).unwrap();
    std::fs::create_dir(reports.join("one")).unwrap();
    symlink(other.join("device-1/run-00001/report.json"), reports.join("one/report.json")).unwrap();
    let (output, document) = gather(&reports, &folder.path().join("site"));
    assert_eq!((output.status.code(), &document["reports"]), (Some(4), &json!(1)), "{document}");
    let bad = document["unreadable"].as_array().unwrap();
    let files: Vec<&Value> = bad.iter().map(|one| &one["file"]).collect();
    assert_eq!(files, ["linked", "one/report.json"]);
    assert!(bad.iter().all(|one| one["reason"].as_str().unwrap().contains("a link, which is not followed")), "{bad:?}");
}

#[test]
fn a_class_of_many_reports_is_split_into_pages_in_every_order() {
    let folder = tempfile::tempdir().unwrap();
    let (reports, site) = (folder.path().join("reports"), folder.path().join("site"));
    for number in 0..1100 {
        let mut report = made(number);
        report["device"]["class"] = json!("laptop");
        keep(&reports, number, &report);
    }
    let (output, document) = gather(&reports, &site);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let names: Vec<&str> = document["index"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(names.len(), 1 + 4 * 3, "{names:?}");
    for name in names {
        let page = std::fs::read_to_string(site.join(name)).unwrap();
        let rows = page.matches("<tr><th scope=\"row\">").count();
        assert!(rows <= 500 && page.len() < 600_000, "{name}: {rows} rows, {} bytes", page.len());
    }
    let fastest = std::fs::read_to_string(site.join("class-0-laptop-fast-1.html")).unwrap();
    let speeds: Vec<f64> = fastest
        .split("<tr><th scope=\"row\">")
        .skip(1)
        .filter_map(|row| row.split("data-value=\"").nth(1)?.split('"').next()?.parse().ok())
        .collect();
    assert_eq!(speeds.len(), 500);
    assert!(speeds.is_sorted_by(|a, b| a >= b), "fastest first");
}

#[test]
fn the_index_has_no_fault_in_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    let (reports, site) = (folder.path().join("reports"), folder.path().join("site"));
    for number in 0..75 {
        let mut report = made(number);
        if number < 3 {
            report["device"]["name"] = json!("Averylongdevicenamewithoutanyblankinit0123456789abcdefghijk");
        }
        keep(&reports, number, &report);
    }
    let (output, _) = gather(&reports, &site);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for page in ["index.html", "class-0-laptop-fast-1.html"] {
        let Some(found) = super::browser::check(&site.join(page), None) else { return };
        assert_eq!(found["faults"], json!([]), "{page}: {found:#}");
    }
}

#[test]
fn four_times_the_reports_take_about_four_times_as_long() {
    let folder = tempfile::tempdir().unwrap();
    let time = |count: usize| {
        let reports = folder.path().join(count.to_string());
        (0..count).for_each(|number| drop(keep(&reports, number, &made(number))));
        let once = || {
            let clock = SystemClock::new();
            let (output, _) = gather(&reports, &folder.path().join(format!("site-{count}")));
            assert!(output.status.success());
            clock.now()
        };
        (0..3).map(|_| once()).min().unwrap_or(Duration::MAX)
    };
    let (few, many) = (time(300), time(1200));
    let ratio = many.as_secs_f64() / few.as_secs_f64();
    // Quadratic work would show as a ratio of 16; the machine may be busy.
    assert!(ratio < 8.0, "{few:?} for 300 reports, {many:?} for 1200: a ratio of {ratio:.1}");
}
