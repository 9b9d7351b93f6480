//! What a device can possibly do: bounds that no measurement of it can lie above, by physics and by what was ever sold.
//!
//! They are wide on purpose. What lies above them is a slip of units or an edited number, never a good device.

use super::DeviceProfile;
use super::history::{self, HistoricDevice};

/// Bytes per second of the fastest memory of one accelerator: eight stacks of HBM4, announced for 2026.
const ACCELERATOR_READS: f64 = 2.2e13;
/// Operations per second of the fastest accelerator in its narrowest format, announced for 2026.
const ACCELERATOR_OPERATIONS: f64 = 5e16;
/// Bytes per second of one socket of a server: 16 channels of MRDIMM-12800, or HBM in the package.
const SOCKET_READS: f64 = 1.7e12;
/// What a kind of device may read above the best of it that is known: a generation of memory.
const A_GENERATION: f64 = 2.0;
/// What a measurement may lie above the theoretical peak of a device that is known: its caches help.
const ABOVE_PEAK: f64 = 1.1;
/// Clock that no processor on sale exceeds, hertz.
const CLOCK: f64 = 6.5e9;
/// Bytes that a core reads in a cycle from its caches: two loads of 64.
const CACHE_BYTES_PER_CYCLE: f64 = 128.0;

/// A bound with what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// The most that is possible, in the unit of its name.
    pub most: f64,
    /// What it rests on, to stand behind the number.
    pub because: String,
}

/// Bytes per second that the device's memory can give to its processor.
#[must_use]
pub fn reads(device: &DeviceProfile) -> Bound {
    if let Some(known) = known(device) {
        let because = format!("{} GB/s are the peak of a {}", known.bandwidth_gbs, known.device);
        return Bound { most: ABOVE_PEAK * known.bandwidth_gbs * 1e9, because };
    }
    let class = device.class.name();
    let of_class = history::builtin().iter().filter(|known| known.class == class);
    match of_class.max_by(|a, b| a.bandwidth_gbs.total_cmp(&b.bandwidth_gbs)) {
        Some(best) => Bound {
            most: A_GENERATION * best.bandwidth_gbs * 1e9,
            because: format!("twice the best {class} that is known, {} with {} GB/s", best.device, best.bandwidth_gbs),
        },
        None => Bound {
            most: SOCKET_READS * f64::from(device.cpu.sockets.clamp(1, 64)),
            because: "the fastest memory that a server's socket takes".to_owned(),
        },
    }
}

/// The device of the history that this one calls itself: `Raspberry Pi 5 Model B Rev 1.0` is a `Raspberry Pi 5 8GB`, and a
/// `Raspberry Pi 500` or an `iPhone 15 Pro` is neither that nor an `iPhone 15`. A guest of a virtual machine is none.
fn known(device: &DeviceProfile) -> Option<&'static HistoricDevice> {
    let model = device.model.as_deref().filter(|_| !device.virtualisation.found)?;
    let is = |known: &&HistoricDevice| {
        let rest = model.strip_prefix(without_memory(&known.device));
        rest.is_some_and(|rest| {
            without_memory(rest).is_empty() || [" Model", " Rev"].iter().any(|more| rest.starts_with(more))
        })
    };
    history::builtin().iter().filter(is).max_by_key(|known| known.device.len())
}

/// A name without the memory behind it.
fn without_memory(name: &str) -> &str {
    let memory = |word: &str| word.strip_suffix("GB").is_some_and(|size| size.parse::<f64>().is_ok());
    name.rsplit_once(' ').filter(|(_, last)| memory(last)).map_or(name, |(name, _)| name)
}

/// Bytes per second that so many threads can read from the caches of a processor.
#[must_use]
pub fn cache_reads(device: &DeviceProfile, threads: u32) -> Bound {
    let cores = cores(device, threads);
    Bound {
        most: f64::from(cores) * CLOCK * CACHE_BYTES_PER_CYCLE,
        because: format!("{cores} cores at {} GHz read {CACHE_BYTES_PER_CYCLE} bytes a cycle", CLOCK / 1e9),
    }
}

/// Operations per second (two for each multiply-add, in the narrowest format) that so many threads can do.
#[must_use]
pub fn operations(device: &DeviceProfile, threads: u32) -> Bound {
    let cores = cores(device, threads);
    let (set, each) = per_cycle(device);
    Bound {
        most: f64::from(cores) * CLOCK * each,
        because: format!("{cores} cores at {} GHz do {each} operations a cycle with {set}", CLOCK / 1e9),
    }
}

/// What an accelerator can read and do.
#[must_use]
pub fn accelerator() -> (Bound, Bound) {
    let bound = |most, what: &str| Bound { most, because: format!("the fastest accelerator has {what}") };
    (bound(ACCELERATOR_READS, "22 TB/s"), bound(ACCELERATOR_OPERATIONS, "50 PFLOP/s"))
}

fn cores(device: &DeviceProfile, threads: u32) -> u32 {
    device.cpu.threads.max(device.cpu.cores).min(threads).max(1)
}

/// Operations a cycle of a core in the narrowest format, by the widest unit that it names.
fn per_cycle(device: &DeviceProfile) -> (&'static str, f64) {
    let has = |names: &[&str]| device.cpu.simd.iter().any(|own| names.contains(&own.as_str()));
    match () {
        () if has(&["amx_int8", "amx_bf16", "amx_tile", "sme", "sme2"]) => ("a matrix unit", 4096.0),
        () if has(&["avx512f", "i8mm", "svei8mm", "sve", "sve2", "vxe2", "nnpa", "lasx"]) => ("wide vectors", 1024.0),
        () if device.cpu.simd.is_empty() => ("what it does not name", 4096.0),
        () => ("vectors of 256 bits", 512.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::DeviceRecord;

    fn device(change: impl Fn(&mut DeviceProfile)) -> DeviceProfile {
        let text = r#"{"schema":1,"class":"sbc","class_rule":"r","model":"Raspberry Pi 5 Model B Rev 1.0","cpu":{"name":"Cortex-A76",
            "soc":null,"architecture":"aarch64","sockets":1,"cores":4,"threads":4,"kinds":[],"simd":["asimd"],
            "last_level_cache":null,"governors":[]},"memory":{"total":null,"available":null,"swap_total":null,"swap_free":null,
            "group_limit":null},"os":null,"kernel":null,"virtualisation":{"found":false,"evidence":""},
            "container":{"found":false,"evidence":""},"thermal_zones":[],"power_supplies":[],"energy_sources":[]}"#;
        let record: DeviceRecord = serde_json::from_str(text).unwrap();
        let mut profile = record.profile().unwrap().clone();
        change(&mut profile);
        profile
    }

    #[test]
    fn a_known_board_is_bound_by_its_own_peak_and_another_by_the_best_of_its_class() {
        let known = reads(&device(|_| ()));
        assert!(known.most < 2e10 && known.because.contains("peak of a Raspberry Pi 5"), "{known:?}");
        // A name that goes on is another device.
        let other = reads(&device(|board| board.model = Some("Raspberry Pi 500X".to_owned())));
        assert!(other.most > known.most && other.because.contains("best sbc that is known"), "{other:?}");
        let guest = reads(&device(|board| board.virtualisation.found = true));
        assert_eq!(guest, other);
        let server = |sockets| {
            reads(&device(|server| {
                (server.class, server.model, server.cpu.sockets) = (crate::device::DeviceClass::Server, None, sockets);
            }))
        };
        assert_eq!((server(0).most, server(2).most), (SOCKET_READS, 2.0 * SOCKET_READS));
    }

    #[test]
    fn every_known_device_can_do_what_is_known_of_it() {
        for known in history::builtin() {
            let bound = reads(&device(|own| own.model = Some(known.device.clone())));
            assert!(known.bandwidth_gbs * 1e9 < bound.most, "{}: {bound:?}", known.device);
        }
    }

    #[test]
    fn operations_grow_with_threads_up_to_the_processors_own_and_with_its_units() {
        let board = device(|_| ());
        assert_eq!(operations(&board, 2).most * 2.0, operations(&board, 4).most);
        assert_eq!(operations(&board, 4), operations(&board, 400));
        assert_eq!(cache_reads(&board, 400).most, 4.0 * CLOCK * CACHE_BYTES_PER_CYCLE);
        let wide = device(|own| own.cpu.simd.push("amx_int8".to_owned()));
        assert!(operations(&wide, 4).most > operations(&board, 4).most);
    }
}
