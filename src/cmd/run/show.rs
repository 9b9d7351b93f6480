//! What the main job prints and leaves on the disk.

use std::path::Path;

use crate::cli::Global;
use crate::cmd::terminal;
use crate::device::DeviceProfile;
use crate::report::bench::BenchReport;
use crate::report::run::RunReport;
use crate::report::view::View;
use crate::report::{rendering, store, table};
use crate::unit::{Seconds, TokensPerSecond};

/// What people call the device: its model, else its chip.
pub(super) fn device_name(profile: &DeviceProfile) -> String {
    let names = [&profile.model, &profile.cpu.soc, &profile.cpu.name];
    names.into_iter().flatten().next().map_or_else(|| profile.class.to_string(), Clone::clone)
}

/// The device in one line.
pub(super) fn machine(profile: &DeviceProfile) -> String {
    let memory = profile.memory.total.map_or_else(String::new, |bytes| format!(", {bytes}"));
    let guest = if profile.virtualisation.found { ", virtual machine" } else { "" };
    format!("{}: {}, {} cores{memory}{guest}", device_name(profile), profile.class, profile.cpu.cores,)
}

/// "smollm2-135m-instruct here: 700 tokens/s in pp512, …".
pub(super) fn speed_verdict(report: &BenchReport) -> String {
    let mut parts = Vec::new();
    for row in &report.results {
        if let Some(speed) = &row.tokens_per_second {
            parts.push(format!("{} {}", row.test, TokensPerSecond::from_per_second(speed.point)));
        }
        if let Some(ttft) = &row.ttft {
            parts.push(format!("first token of {} after {:.2}", row.tokens, Seconds::from_nanos(ttft.user_ns)));
        }
    }
    if parts.is_empty() {
        parts.push("no speed was measured".to_owned());
    }
    let name = report.model.as_ref().map_or("the model", |model| model.id.as_str());
    format!("{name} here: {} ({})", parts.join(", "), if report.valid { "VALID" } else { "INVALID: see the warnings" })
}

/// Writes the report, whole or not at all.
pub(super) fn write(folder: &Path, report: &RunReport) -> anyhow::Result<()> {
    store::write_json(&folder.join(store::REPORT), report)?;
    store::write_files(folder, &rendering::files(&View::of(report))?)?;
    Ok(())
}

/// Shows the report and says where it lies.
pub(super) fn show(report: &RunReport, folder: &Path, global: &Global) -> anyhow::Result<()> {
    if global.json {
        terminal::json(report)?;
    } else {
        if let Some(bench) = &report.bench {
            terminal::out(&table::terminal(bench))?;
        }
        for verdict in &report.verdicts {
            terminal::out(&format!("{verdict}\n"))?;
        }
        for (part, reason) in &report.reasons {
            terminal::out(&format!("{part}: none: {reason}\n"))?;
        }
    }
    if !global.quiet {
        terminal::note(&format!("report: {}", folder.join(rendering::PAGE).display()));
    }
    Ok(())
}
