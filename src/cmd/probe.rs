//! `densimeter probe`.

use std::fmt::Write as _;

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use super::{Outcome, Usage, terminal};
use crate::cli::{Global, probe::Probe};
use crate::device::DeviceProfile;
use crate::device::compute::{ComputeProbe, Samples};
use crate::device::feature_match::{self, FeatureWarning};
use crate::engine::Build;
use crate::measure::device::{self, PROBE_TIME};
use crate::sysfs::Root;
use crate::unit::{BytesPerSecond, OpsPerSecond};
use crate::worker::protocol::EngineKind;
use crate::worker::serve;

/// What `probe --json` prints.
#[derive(Debug, Serialize)]
struct Report {
    device: DeviceProfile,
    engine: Option<EngineBuild>,
    measured: Option<ComputeProbe>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// The engine of this program, and how it suits the processor.
#[derive(Debug, Serialize)]
struct EngineBuild {
    build: String,
    features: Vec<String>,
    /// Null where the processor is not the one that this program runs on, or its flags are unknown.
    mismatches: Option<Vec<FeatureWarning>>,
}

impl EngineBuild {
    /// `None` in a program without an engine.
    fn of_this_program(device: &DeviceProfile, here: bool) -> Option<Self> {
        let Build { name, features } = serve::engine(EngineKind::Llama).ok()?.build();
        let known = here && !device.cpu.simd.is_empty();
        let mismatches = known.then(|| feature_match::compare(&device.cpu.simd, &features));
        Some(Self { build: name, features, mismatches })
    }
}

/// Runs the command.
pub(super) fn run(args: &Probe, global: &Global) -> anyhow::Result<Outcome> {
    let (root, reason) = match &args.root {
        Some(path) if !path.is_dir() => {
            return Err(Usage(format!(
                "{}: not a directory; --root takes one that holds proc and sys",
                path.display()
            ))
            .into());
        }
        Some(path) => (Root::at(path), Some("another root was given: nothing of that machine can be measured here")),
        None => (Root::system(), args.no_measure.then_some("switched off by --no-measure")),
    };
    let device = device::describe(&root);
    if reason.is_none() && !global.quiet {
        terminal::note(&format!("measuring bandwidth and compute, about {} s", PROBE_TIME.as_secs()));
    }
    let measured = reason.is_none().then(|| device::measure(&device));
    // After the measurement: the engine starts threads of its own.
    let engine = EngineBuild::of_this_program(&device, args.root.is_none());
    let report = Report { device, engine, measured, reason };
    if global.json {
        terminal::json(&report)?
    } else {
        terminal::out(&render(&report))?
    }
    Ok(Outcome::Done)
}

fn render(report: &Report) -> String {
    let device = &report.device;
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    let mut row = |name: &str, value: String| {
        table.add_row([name.to_owned(), value]);
    };
    let or_reason = |value: Option<String>, name: &str| {
        value.unwrap_or_else(|| format!("unknown: {}", device.reasons.get(name).map_or("not given", String::as_str)))
    };
    row("class", format!("{} — {}", device.class, device.class_rule));
    row("model", or_reason(device.model.clone(), "model"));
    row("processor", or_reason(device.cpu.name.clone(), "cpu.name"));
    if let Some(soc) = &device.cpu.soc {
        row("system on chip", soc.clone());
    }
    let cpu = &device.cpu;
    row(
        "cores",
        format!("{} sockets, {} cores, {} threads ({})", cpu.sockets, cpu.cores, cpu.threads, cpu.architecture),
    );
    if let Some(limit) = &cpu.limit {
        row("  this process", format!("{} threads at once ({})", limit.usable, limit.rule));
    }
    for kind in cpu.kinds.iter().filter(|_| cpu.kinds.len() > 1) {
        let mut text = format!("{} threads", kind.threads.len());
        for part in [
            kind.core.clone(),
            kind.max_frequency.map(|f| format!("up to {f}")),
            kind.capacity.map(|c| format!("capacity {c}")),
        ]
        .into_iter()
        .flatten()
        {
            let _ = write!(text, ", {part}");
        }
        row(&format!("  {}", kind.name), text);
    }
    row("vector sets", if cpu.simd.is_empty() { or_reason(None, "cpu.simd") } else { cpu.simd.join(" ") });
    match &report.engine {
        Some(engine) => row("engine", format!("{}: {}", engine.build, engine.features.join(" "))),
        None => row("engine", "none: this program was built without llama.cpp".to_owned()),
    }
    row("last-level cache", or_reason(cpu.last_level_cache.map(|size| size.to_string()), "cpu.last_level_cache"));
    row("governor", if cpu.governors.is_empty() { or_reason(None, "cpu.governors") } else { cpu.governors.join(", ") });
    let memory = &device.memory;
    let mut ram = or_reason(memory.total.map(|size| size.to_string()), "memory.total");
    if let Some(free) = memory.available {
        let _ = write!(ram, ", {free} available");
    }
    if let Some(limit) = memory.group_limit {
        let _ = write!(ram, ", limited to {limit} by the control group");
    }
    row("memory", ram);
    row("swap", or_reason(memory.swap_total.map(|size| size.to_string()), "memory.swap_total"));
    row(
        "system",
        format!("{}, kernel {}", or_reason(device.os.clone(), "os"), or_reason(device.kernel.clone(), "kernel")),
    );
    let yes = |found: bool| if found { "yes" } else { "no" };
    row("virtual machine", format!("{}: {}", yes(device.virtualisation.found), device.virtualisation.evidence));
    row("container", format!("{}: {}", yes(device.container.found), device.container.evidence));
    let zones: Vec<String> = device
        .thermal_zones
        .iter()
        .map(|zone| {
            format!("{} {}", zone.name, zone.celsius.map_or_else(|| "unreadable".to_owned(), |t| t.to_string()))
        })
        .collect();
    row("thermal zones", if zones.is_empty() { "none in /sys/class/thermal".to_owned() } else { zones.join(", ") });
    for supply in &device.power_supplies {
        let charge = supply.capacity_percent.map(|percent| format!("{percent} %"));
        let online = supply.online.map(|online| if online { "connected" } else { "not connected" }.to_owned());
        let parts: Vec<String> =
            [Some(supply.kind.clone()), supply.status.clone(), charge, online].into_iter().flatten().collect();
        row("power supply", format!("{}: {}", supply.name, parts.join(", ")));
    }
    for source in &device.energy_sources {
        let text = match (&source.scope, &source.reason) {
            (Some(scope), _) => format!("tier {}, {scope}; {}", source.tier, source.method),
            (None, reason) => format!("missing: {}", reason.as_deref().unwrap_or("no reason given")),
        };
        row(&format!("energy: {}", source.source), text);
    }
    let mut note = String::new();
    match &report.measured {
        Some(measured) => {
            let bandwidth = |x: f64| BytesPerSecond::from_bytes_per_second(x).to_string();
            let operations = |x: f64| OpsPerSecond::from_ops_per_second(x).to_string();
            for samples in &measured.read_bandwidth {
                row("read bandwidth", rate(samples, &bandwidth));
            }
            for samples in &measured.fp32 {
                row("FP32 multiply-add", rate(samples, &operations));
            }
            for samples in &measured.int8 {
                row("INT8 dot product", rate(samples, &operations));
            }
            for line in &measured.notes {
                let _ = writeln!(note, "note: {line}");
            }
        }
        None => row("measured", format!("nothing: {}", report.reason.unwrap_or("not asked for"))),
    }
    for found in report.engine.iter().filter_map(|engine| engine.mismatches.as_ref()).flatten() {
        let _ = writeln!(note, "warning: {found}");
    }
    table.trim_fmt() + "\n" + &note
}

fn rate(samples: &Samples, show: &dyn Fn(f64) -> String) -> String {
    let plural = if samples.threads == 1 { "" } else { "s" };
    let median = samples.median.as_ref().and_then(|median| Some((median.point, median.low?, median.high?)));
    let median = median.map_or_else(
        || "too few samples for a median interval".to_owned(),
        |(point, low, high)| format!("median {} [{}, {}]", show(point), show(low), show(high)),
    );
    format!("{} at {} thread{plural}, best of {}; {median}", show(samples.best), samples.threads, samples.samples.len())
}
