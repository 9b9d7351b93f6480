//! The device, and everything to know before trusting a number.

use super::number::Cell;
use super::section::{Column, Section, Table};
use super::unit::Unit;
use super::words;
use crate::device::record::{DeviceRecord, ProbedDevice};
use crate::report::run::{RunReport, part_in_words};
use crate::report::table;

pub(super) fn section(report: &RunReport) -> Section {
    let mut section = Section::new("conditions", "Conditions and warnings");
    section.tables.push(device(report.device.as_ref().map(|device| &device.record)));
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
        remark(format!("not measured: {}: {reason}", part_in_words(part)));
    }
    let record = report.device.as_ref().map(|device| &device.record);
    if let Some(profile) = record.and_then(DeviceRecord::profile) {
        for (part, reason) in &profile.reasons {
            remark(format!("not known of the device: {part}: {reason}"));
        }
    }
    section
}

fn device(record: Option<&DeviceRecord>) -> Table {
    let mut table =
        Table::new("device", "The device as probed", vec![Column::words("property"), Column::words("value")]);
    let rows = match record {
        None => Vec::new(),
        Some(DeviceRecord::Imported(device)) => {
            vec![("name", Cell::told(device.name.as_ref())), ("processor", Cell::told(device.cpu.name.as_ref()))]
        }
        Some(DeviceRecord::Probed(device)) => probed(device),
    };
    for (name, cell) in rows.into_iter().filter(|(_, cell)| cell.is_present()) {
        table.push(vec![Cell::words(name), cell]);
    }
    table
}

fn probed(device: &ProbedDevice) -> Vec<(&'static str, Cell)> {
    let profile = &device.profile;
    let cpu = &profile.cpu;
    let simd = (!cpu.simd.is_empty()).then(|| cpu.simd.join(" "));
    let mut rows = vec![
        ("name", Cell::told(device.name.as_ref())),
        ("class", Cell::words(profile.class.to_string())),
        ("why this class", Cell::words(&profile.class_rule)),
        ("virtual machine", Cell::words(&profile.virtualisation.evidence)),
        ("container", Cell::words(&profile.container.evidence)),
        ("processor", Cell::told(cpu.name.as_ref())),
        ("system on chip", Cell::told(cpu.soc.as_ref())),
        ("architecture", Cell::words(&cpu.architecture)),
        ("cores", Cell::of("/device/cpu/cores", &cpu.cores, Unit::Count)),
        ("hardware threads", Cell::of("/device/cpu/threads", &cpu.threads, Unit::Count)),
        ("vector instructions", Cell::told(simd)),
        ("last-level cache", Cell::of("/device/cpu/last_level_cache", &cpu.last_level_cache, Unit::Bytes)),
        ("memory", Cell::of("/device/memory/total", &profile.memory.total, Unit::Bytes)),
        ("operating system", Cell::told(profile.os.as_ref())),
        ("kernel", Cell::told(profile.kernel.as_ref())),
    ];
    if let Some(measured) = &device.measured {
        let all = [
            ("memory bandwidth, all threads", "read_bandwidth", &measured.read_bandwidth, Unit::BytesPerSecond),
            ("fp32 compute, all threads", "fp32", &measured.fp32, Unit::OpsPerSecond),
            ("int8 compute, all threads", "int8", &measured.int8, Unit::OpsPerSecond),
        ];
        rows.extend(all.into_iter().filter_map(|(name, key, samples, unit)| {
            let most = samples.len().checked_sub(1)?;
            Some((name, Cell::of(format!("/device/measured/{key}/{most}/median"), &samples[most].median, unit)))
        }));
    }
    rows
}
