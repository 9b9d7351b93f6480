//! That a device could have done it: speeds against what its memory gives and its cores compute, memory against the file.

use super::rule::{Finding, LONGEST, Rule};
use crate::bench::plan::Phase;
use crate::device::DeviceProfile;
use crate::device::possible::{self, Bound};
use crate::device::record::{DeviceRecord, ProbedDevice};
use crate::device::reported::MEMORIES;
use crate::measure::bench_report::row::RowReport;
use crate::measure::bench_report::wire::ModelReport;
use crate::report::run::RunReport;
use crate::sanitize::line;

/// What a row may reach above the read bandwidth that its own run probed: the probe may have met a worse moment.
const ABOVE_PROBE: f64 = 2.0;

/// The share of a model's parameters that a token uses, and those that a token of the prompt is computed with.
pub(super) type OfModel<'a> = &'a dyn Fn(&ModelReport) -> (f64, f64);

/// What is found.
pub(super) fn look(report: &RunReport, of_model: OfModel<'_>) -> Vec<Finding> {
    let Some(device) = report.device.as_ref().and_then(|device| device.record.probed()) else {
        return vec![Finding::new(Rule::Device, "the device was not probed; `densimeter run` does it")];
    };
    let mut found = device_findings(report, device);
    let best = probed_bandwidth(device);
    let Some(bench) = &report.bench else { return found };
    for row in bench.results.iter().filter(|row| row.tokens_per_second.is_some()) {
        let Some(model) = bench.models.iter().find(|model| model.id == row.model) else { continue };
        let work = Work { row, model, profile: &device.profile, best };
        found.extend(work.speed(of_model(model)).into_iter().chain(work.memory(of_model(model).0)));
    }
    found
}

fn probed_bandwidth(device: &ProbedDevice) -> Option<f64> {
    let read = device.measured.iter().flat_map(|probe| &probe.read_bandwidth).map(|samples| samples.best);
    read.reduce(f64::max)
}

fn device_findings(report: &RunReport, device: &ProbedDevice) -> Vec<Finding> {
    let mut found = Vec::new();
    let profile = &device.profile;
    if profile.name().is_none_or(|name| name.trim().is_empty()) {
        found.push(Finding::new(Rule::Device, "it has no name: neither a model nor a chip nor a processor"));
    }
    if let Some(called) = device.name.as_deref().filter(|called| Some(*called) != profile.name()) {
        let text = format!("it is called {}, and its probe says otherwise", line(called, LONGEST));
        found.push(Finding::new(Rule::Device, text));
    }
    let total = profile.memory.total.map(|bytes| bytes.bytes() as f64);
    match total {
        Some(total) if !MEMORIES.contains(&total) => {
            let bound = if total < *MEMORIES.start() { *MEMORIES.start() } else { *MEMORIES.end() };
            let text = format!("no device has {total:.3e} bytes of memory");
            found.push(Finding::new(Rule::Device, text).number(total, bound));
        }
        Some(_) => {}
        None => found.push(Finding::new(Rule::Device, "nobody knows how much memory it has")),
    }
    let own = report.bench.as_ref().and_then(|bench| bench.device.as_ref()).and_then(DeviceRecord::profile);
    if own.is_some_and(|own| !same(own, profile)) {
        found.push(Finding::new(Rule::Device, "the bench ran on another device than the one that was probed"));
    }
    let bound = possible::reads(profile);
    match probed_bandwidth(device) {
        None => found.push(Finding::new(Rule::Device, "no read bandwidth was probed")),
        Some(best) if best > bound.most || best <= 0.0 => {
            let text = format!("its probe read {} GB/s, and more than {} are not possible", gb(best), most(&bound));
            found.push(Finding::new(Rule::DeviceBandwidth, text).number(best, bound.most));
        }
        Some(_) => {}
    }
    found
}

/// Whether two profiles are of one machine: what does not change between two looks at it.
fn same(a: &DeviceProfile, b: &DeviceProfile) -> bool {
    let fixed = |profile: &DeviceProfile| {
        let cpu = &profile.cpu;
        let names = [&profile.model, &cpu.name, &cpu.soc].map(Clone::clone);
        (names, profile.class, cpu.architecture.clone(), [cpu.sockets, cpu.cores], profile.memory.total)
    };
    fixed(a) == fixed(b)
}

/// A row with what it ran on.
struct Work<'a> {
    row: &'a RowReport,
    model: &'a ModelReport,
    profile: &'a DeviceProfile,
    /// The best bandwidth of the probe.
    best: Option<f64>,
}

impl Work<'_> {
    fn on_cpu(&self) -> bool {
        self.row.backend.as_deref().is_none_or(|backend| backend.eq_ignore_ascii_case("cpu"))
    }

    /// Bytes of the tensors, which are what is read; the file has its header beside them.
    fn weights(&self) -> f64 {
        (self.model.params as f64 * self.model.bits_per_weight / 8.0).min(self.model.bytes as f64)
    }

    fn speed(&self, (share, prompt_params): (f64, f64)) -> Vec<Finding> {
        let row = self.row;
        let mean = row.tokens_per_second.as_ref().map(|speed| speed.point);
        let speed = [mean, row.median_tokens_per_second].into_iter().flatten().fold(0.0, f64::max);
        let (reads, operations) = if self.on_cpu() {
            (possible::cache_reads(self.profile, row.threads), possible::operations(self.profile, row.threads))
        } else {
            possible::accelerator()
        };
        let mut found = Vec::new();
        let params = if row.phase == Phase::Prefill { prompt_params } else { self.model.params as f64 * share };
        let done = 2.0 * params * speed;
        if done > operations.most {
            let text = format!(
                "{speed:.0} tokens/s × {params:.3e} parameters × 2 are {done:.2e} operations/s, and more than {:.2e} are not \
                 possible: {}",
                operations.most, operations.because
            );
            found.push(Finding::new(Rule::Compute, text).number(done, operations.most).in_row(&row.test));
        }
        if row.phase == Phase::Decode {
            found.extend(self.reading(speed, share, &reads));
        }
        found
    }

    /// Every weight in use is read for every token, from the caches or, what does not fit there, from memory.
    fn reading(&self, speed: f64, share: f64, caches: &Bound) -> Option<Finding> {
        let active = self.weights() * share;
        let cached = self.profile.cpu.last_level_cache.map_or(0.0, |bytes| bytes.bytes() as f64);
        let uncached = if self.on_cpu() { (active - cached).max(0.0) } else { 0.0 };
        let mut memory = possible::reads(self.profile);
        if let Some(best) = self.best.filter(|best| ABOVE_PROBE * best < memory.most) {
            memory =
                Bound { most: ABOVE_PROBE * best, because: format!("twice the {} GB/s of its own probe", gb(best)) };
        }
        let (read, bound) =
            if uncached * speed > memory.most { (uncached * speed, &memory) } else { (active * speed, caches) };
        (read > bound.most).then(|| {
            let text = format!(
                "{speed:.0} tokens/s × {} GB of active weights read {} GB/s, and more than {} are not possible",
                gb(read / speed),
                gb(read),
                most(bound)
            );
            Finding::new(Rule::Bandwidth, text).number(read, bound.most).in_row(&self.row.test)
        })
    }

    fn memory(&self, share: f64) -> Option<Finding> {
        let peak = self.row.memory.peak_rss? as f64;
        // What an accelerator holds is no memory of the process.
        let least = if self.on_cpu() { self.weights() * share } else { 0.0 };
        let total = self.profile.memory.total.map(|bytes| bytes.bytes() as f64);
        let (bound, text) = match total {
            _ if peak < least => (least, format!("a peak of {peak} bytes cannot hold weights of {least:.0}")),
            Some(total) if peak > total => (total, format!("a peak of {peak} bytes on a machine with {total}")),
            _ => return None,
        };
        Some(Finding::new(Rule::Memory, text).number(peak, bound).in_row(&self.row.test))
    }
}

fn gb(bytes: f64) -> String {
    let gb = bytes / 1e9;
    if gb >= 10.0 { format!("{gb:.0}") } else { format!("{gb:.3}") }
}

fn most(bound: &Bound) -> String {
    format!("{} GB/s ({})", gb(bound.most), bound.because)
}
