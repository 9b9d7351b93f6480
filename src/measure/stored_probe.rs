//! What is known of this machine from earlier: the bandwidth that it was last seen to read, and how fast it ran models. A
//! question about it then need not measure anew, and its answer rests on this very device.

use std::io;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::device::DeviceProfile;
use crate::device::compute;
use crate::device::own_speed::OwnSpeed;
use crate::file::bounded;
use crate::file::run_folder;
use crate::meter::clock::{Clock, SystemClock};

/// Version of the file.
const SCHEMA: u32 = 1;

/// Largest file that is read.
const LARGEST: u64 = 1 << 20;

/// Wall time of the measurement where nothing is stored: most of it reads memory.
const TIME: Duration = Duration::from_secs(3);

/// What was measured of this machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredProbe {
    /// [`SCHEMA`].
    schema: u32,
    /// When.
    pub measured: jiff::Timestamp,
    /// The machine, by what it calls itself.
    name: Option<String>,
    /// Its memory, bytes.
    ram_bytes: Option<u64>,
    /// Best read bandwidth, bytes per second.
    pub read_bandwidth: f64,
    /// Models that were timed here, the latest of each.
    #[serde(default)]
    pub speeds: Vec<OwnSpeed>,
}

impl StoredProbe {
    /// What is stored of this machine; `None` where nothing is, or it is of another machine.
    #[must_use]
    pub fn read(path: &Path, profile: &DeviceProfile) -> Option<Self> {
        let found: Self = serde_json::from_str(&bounded::text(path, LARGEST).ok()?).ok()?;
        let same = found.schema == SCHEMA
            && found.name.as_deref() == profile.name()
            && found.ram_bytes == profile.memory.total.map(|bytes| bytes.bytes());
        let bandwidth = (1e6..=1e14).contains(&found.read_bandwidth);
        (same && bandwidth && found.speeds.iter().all(OwnSpeed::is_possible)).then_some(found)
    }

    /// Measures the bandwidth now; `None` where the probe read nothing.
    #[must_use]
    pub fn measure(profile: &DeviceProfile) -> Option<Self> {
        let clock = SystemClock::new();
        let probe = compute::measure(profile, TIME, &|| clock.now());
        let best = probe.read_bandwidth.iter().map(|samples| samples.best).reduce(f64::max)?;
        Some(Self {
            schema: SCHEMA,
            measured: jiff::Timestamp::now(),
            name: profile.name().map(str::to_owned),
            ram_bytes: profile.memory.total.map(|bytes| bytes.bytes()),
            read_bandwidth: best,
            speeds: Vec::new(),
        })
    }

    /// Takes in a speed, in place of an earlier one of the same model.
    pub fn add(&mut self, speed: OwnSpeed) {
        self.speeds.retain(|known| known.model != speed.model);
        self.speeds.push(speed);
    }

    /// Keeps it for the next question.
    ///
    /// # Errors
    /// The file system's, with the path.
    pub fn keep(&self, path: &Path) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        run_folder::write_json(path, self)
    }
}
