//! Energy counters of the processor package (Intel and AMD), through powercap.

use std::sync::Arc;
use std::time::Duration;

use crate::meter::energy::source::{EnergySource, Kind, Sample, Tier};
use crate::sysfs::{Missing, Root};
use crate::unit::Joules;

const POWERCAP: &str = "sys/class/powercap";

/// Most watts of one package: twice the greatest that is sold.
const MOST_OF_A_DOMAIN: f64 = 1000.0;

/// What is known of it before it is opened.
pub(super) const KIND: Kind = Kind {
    name: "rapl",
    tier: Tier::B,
    period: Duration::from_secs(1),
    method: "difference of energy counters, turns of the counter added",
    open: |root| Ok(Arc::new(Rapl::open(root)?)),
};

/// Counters of all packages, and of the memory where it has a counter of its own.
///
/// The platform counter (`psys`) is left out: makers wire it differently. So are `core` and `uncore`, which are parts of a package.
#[derive(Debug, Clone)]
struct Rapl {
    root: Root,
    domains: Vec<Domain>,
}

#[derive(Debug, Clone)]
struct Domain {
    name: String,
    counter: String,
    range_uj: u64,
}

impl Rapl {
    /// Opens the counters and reads each once.
    ///
    /// # Errors
    /// [`Missing`] where there is no counter, or where this user may not read it (since 2020 only root may).
    fn open(root: &Root) -> Result<Self, Missing> {
        let mut domains = Vec::new();
        // `intel-rapl:0` is a package, `intel-rapl:0:2` a part of it; `intel-rapl-mmio:0` counts the same package again.
        for zone in root.list(POWERCAP).into_iter().filter(|zone| zone.starts_with("intel-rapl:")) {
            let folder = format!("{POWERCAP}/{zone}");
            let name = root.text(&format!("{folder}/name"))?;
            if name.starts_with("package") || name == "dram" {
                let counter = format!("{folder}/energy_uj");
                // A counter that stands at zero long after the start counts nothing: so in virtual machines, and of the
                // memory of many desktops.
                if root.number::<u64>(&counter)? == 0 {
                    if name == "dram" {
                        continue;
                    }
                    return Err(Missing::Refused(format!("the counter of {name} stands at 0 (/{counter})")));
                }
                let range_uj = root.number(&format!("{folder}/max_energy_range_uj"))?;
                domains.push(Domain { name, counter, range_uj });
            }
        }
        if domains.is_empty() {
            return Err(Missing::Absent(format!("an intel-rapl package in /{POWERCAP}")));
        }
        Ok(Self { root: root.clone(), domains })
    }

    /// The counters now, in microjoules, in the order of the domains.
    ///
    /// # Errors
    /// [`Missing`] where a counter can no longer be read.
    fn counters(&self) -> Result<Vec<u64>, Missing> {
        self.domains.iter().map(|domain| self.root.number(&domain.counter)).collect()
    }

    /// Energy between two readings, at most one turn of a counter apart (a turn takes minutes at full power).
    ///
    /// # Errors
    /// [`Missing`] where a counter made a step that no processor makes: forwards, or backwards far from its range.
    fn between(
        &self,
        (from, before): (Duration, &[u64]),
        (to, after): (Duration, &[u64]),
    ) -> Result<Vec<u64>, Missing> {
        // Counters refresh at most every few milliseconds: over less, one refresh would look like many times the power.
        let seconds = to.saturating_sub(from).as_secs_f64().max(0.1);
        let step = |(domain, (&before, &after)): (&Domain, (&u64, &u64))| {
            let step = if after >= before {
                Some(after - before)
            } else {
                domain.range_uj.checked_sub(before).and_then(|rest| rest.checked_add(after))
            };
            let watts = step.map(|step| step as f64 * 1e-6 / seconds);
            step.filter(|_| watts.is_some_and(|watts| watts <= MOST_OF_A_DOMAIN)).ok_or_else(|| {
                Missing::Refused(format!(
                    "the counter of {} went from {before} to {after} µJ in {seconds:.1} s, which is neither a turn of its \
                     range of {} nor the energy of a processor",
                    domain.name, domain.range_uj
                ))
            })
        };
        self.domains.iter().zip(before.iter().zip(after)).map(step).collect()
    }
}

impl EnergySource for Rapl {
    fn scope(&self) -> String {
        let names: Vec<&str> = self.domains.iter().map(|domain| domain.name.as_str()).collect();
        format!("RAPL domains {}", names.join(" + "))
    }

    fn sample(&self) -> Result<Sample, Missing> {
        self.counters().map(Sample::Counters)
    }

    fn energy(&self, samples: &[(Duration, Sample)]) -> Result<Joules, Missing> {
        let mut sums = vec![0_u64; self.domains.len()];
        for pair in samples.windows(2) {
            if let [(from, Sample::Counters(before)), (to, Sample::Counters(after))] = pair {
                let steps = self.between((*from, before), (*to, after))?;
                sums.iter_mut().zip(steps).for_each(|(sum, step)| *sum = sum.saturating_add(step));
            }
        }
        if let Some((domain, _)) = self.domains.iter().zip(&sums).find(|(_, sum)| **sum == 0) {
            return Err(Missing::Refused(format!("the counter of {} did not move (/{})", domain.name, domain.counter)));
        }
        Ok(Joules::from_joules(sums.into_iter().sum::<u64>() as f64 * 1e-6))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn zone(tree: &Path, zone: &str, name: &str, energy: u64) {
        let folder = tree.join(POWERCAP).join(zone);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("name"), format!("{name}\n")).unwrap();
        std::fs::write(folder.join("energy_uj"), format!("{energy}\n")).unwrap();
        std::fs::write(folder.join("max_energy_range_uj"), "262143328850\n").unwrap();
    }

    #[test]
    fn packages_and_dram_count_once_and_the_counter_wraps() {
        let tree = tempfile::tempdir().unwrap();
        zone(tree.path(), "intel-rapl:0", "package-0", 262_143_000_000);
        zone(tree.path(), "intel-rapl:0:0", "core", 7);
        zone(tree.path(), "intel-rapl:0:2", "dram", 1_000_000);
        zone(tree.path(), "intel-rapl:1", "psys", 9);
        zone(tree.path(), "intel-rapl-mmio:0", "package-0", 11);
        let rapl = Rapl::open(&Root::at(tree.path())).unwrap();
        assert_eq!(rapl.scope(), "RAPL domains package-0 + dram");
        let before = rapl.counters().unwrap();
        zone(tree.path(), "intel-rapl:0", "package-0", 5_671_150);
        zone(tree.path(), "intel-rapl:0:2", "dram", 3_000_000);
        let energy = energy(&rapl, &[before, rapl.counters().unwrap()]).unwrap();
        // 262143.328850 − 262143.000000 to the turn and 5.671150 behind it; of the memory 3 − 1.
        approx::assert_relative_eq!(energy.joules(), 0.328_850 + 5.671_150 + 2.0, epsilon = 1e-9);
    }

    /// Readings a second apart.
    fn energy(rapl: &Rapl, counters: &[Vec<u64>]) -> Result<Joules, Missing> {
        let samples: Vec<(Duration, Sample)> = counters
            .iter()
            .enumerate()
            .map(|(second, counters)| (Duration::from_secs(second as u64), Sample::Counters(counters.clone())))
            .collect();
        rapl.energy(&samples)
    }

    #[test]
    fn a_counter_that_stands_still_is_no_energy() {
        let tree = tempfile::tempdir().unwrap();
        zone(tree.path(), "intel-rapl:0", "package-0", 60_293_987_000_000);
        let rapl = Rapl::open(&Root::at(tree.path())).unwrap();
        let before = rapl.counters().unwrap();
        let why = energy(&rapl, &[before.clone(), before]).unwrap_err().to_string();
        assert_eq!(why, "the counter of package-0 did not move (/sys/class/powercap/intel-rapl:0/energy_uj)");
        zone(tree.path(), "intel-rapl:0", "package-0", 0);
        assert!(Rapl::open(&Root::at(tree.path())).unwrap_err().to_string().contains("stands at 0"));
    }

    #[test]
    fn a_step_that_no_processor_makes_is_refused() {
        let tree = tempfile::tempdir().unwrap();
        zone(tree.path(), "intel-rapl:0", "package-0", 194_000_000_000);
        let rapl = Rapl::open(&Root::at(tree.path())).unwrap();
        // A guest that moves between two sockets reads now the one counter, now the other.
        for steps in [[194_000_000_000, 45_700_000_000], [45_700_000_000, 194_000_000_000], [300_000_000_000, 1_000]] {
            let why = energy(&rapl, &steps.map(|counter| vec![counter])).unwrap_err().to_string();
            assert!(why.contains("neither a turn of its range"), "{why}");
        }
        assert!(energy(&rapl, &[vec![194_000_000_000], vec![194_064_000_000]]).is_ok());
    }

    #[test]
    fn no_powercap_is_a_reason() {
        let tree = tempfile::tempdir().unwrap();
        let why = Rapl::open(&Root::at(tree.path())).unwrap_err();
        assert_eq!(why.to_string(), "an intel-rapl package in /sys/class/powercap does not exist");
    }

    #[cfg(unix)]
    #[test]
    fn a_counter_for_root_only_says_so() {
        use std::os::unix::fs::PermissionsExt;
        let tree = tempfile::tempdir().unwrap();
        zone(tree.path(), "intel-rapl:0", "package-0", 5);
        let counter = tree.path().join(POWERCAP).join("intel-rapl:0/energy_uj");
        std::fs::set_permissions(&counter, std::fs::Permissions::from_mode(0o000)).unwrap();
        // Root reads it all the same: then the counter is simply available.
        match Rapl::open(&Root::at(tree.path())) {
            Ok(_) => assert!(std::fs::read(&counter).is_ok()),
            Err(why) => assert_eq!(
                why.to_string(),
                "/sys/class/powercap/intel-rapl:0/energy_uj may not be opened by this user (permission denied)"
            ),
        }
    }
}
