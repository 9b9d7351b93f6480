//! The device, and everything to know before trusting a number.

use super::number::{Cell, Source};
use super::unit::Unit;
use super::{Column, Section, Table, words};
use crate::report::run::RunReport;
use crate::report::table;

pub(super) fn section(report: &RunReport, source: Source<'_>) -> Section {
    let mut section = Section::new("conditions", "Conditions and warnings");
    section.tables.push(device(source));
    let mut remark = |text: String| section.remarks.push(words::plain(&text));
    for warning in &report.warnings {
        remark(warning.clone());
    }
    if let Some(bench) = &report.bench {
        table::warnings(bench).into_iter().for_each(&mut remark);
        if let Some(gate) = &bench.gate {
            remark(format!("before the bench: waited {:.0} s; {}", gate.waited_seconds, gate.reason));
        }
        if let Some(rule) = &bench.threads_rule {
            remark(format!("threads: {rule}"));
        }
        bench.notes.iter().for_each(|note| remark(format!("plan: {note}")));
    }
    for (part, reason) in &report.reasons {
        remark(format!("not measured: {part}: {reason}"));
    }
    if let Some(reasons) = source.at("/device/reasons").and_then(|reasons| reasons.as_object()) {
        for (part, reason) in reasons {
            remark(format!("not known of the device: {part}: {}", reason.as_str().unwrap_or_default()));
        }
    }
    section
}

fn device(source: Source<'_>) -> Table {
    let mut table =
        Table::new("device", "The device as probed", vec![Column::words("property"), Column::words("value")]);
    let words = |at: &str| source.words(at).map_or_else(Cell::absent, Cell::words);
    let list = |at: &str| {
        let all: Vec<String> = source.list(at).filter_map(|(at, _)| source.words(&at)).collect();
        if all.is_empty() { Cell::absent() } else { Cell::words(all.join(" ")) }
    };
    let mut rows = vec![
        ("name", words("/device/name")),
        ("class", words("/device/class")),
        ("why this class", words("/device/class_rule")),
        ("virtual machine", words("/device/virtualisation/evidence")),
        ("container", words("/device/container/evidence")),
        ("processor", words("/device/cpu/name")),
        ("system on chip", words("/device/cpu/soc")),
        ("architecture", words("/device/cpu/architecture")),
        ("cores", source.cell("/device/cpu/cores", Unit::Count)),
        ("hardware threads", source.cell("/device/cpu/threads", Unit::Count)),
        ("vector instructions", list("/device/cpu/simd")),
        ("last-level cache", source.cell("/device/cpu/last_level_cache", Unit::Bytes)),
        ("memory", source.cell("/device/memory/total", Unit::Bytes)),
        ("operating system", words("/device/os")),
        ("kernel", words("/device/kernel")),
    ];
    let most = |at: &str| source.list(at).last().map(|(at, _)| at);
    let measured = [
        ("memory bandwidth, all threads", "read_bandwidth", Unit::BytesPerSecond),
        ("fp32 compute, all threads", "fp32", Unit::OpsPerSecond),
        ("int8 compute, all threads", "int8", Unit::OpsPerSecond),
    ];
    for (name, key, unit) in measured {
        let cell = most(&format!("/device/measured/{key}")).map(|at| source.cell(&format!("{at}/median"), unit));
        rows.push((name, cell.unwrap_or_else(Cell::absent)));
    }
    for (name, cell) in rows.into_iter().filter(|(_, cell)| cell.is_present()) {
        table.push(vec![Cell::words(name), cell]);
    }
    table
}
