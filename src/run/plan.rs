//! What the main job is asked to do.

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::density::from_scores::ModelScores;
use crate::device::{DeviceClass, DeviceProfile};
use crate::engine::FlashAttention;
use crate::file::run_folder as store;
use crate::worker::protocol::EngineKind;

/// What the main job is asked to do.
#[derive(Debug, Clone)]
pub(crate) struct MainPlan {
    /// The model: a catalogue id, a file, or `hf:owner/repo/file.gguf`.
    pub model: String,
    /// The engine.
    pub engine: EngineKind,
    /// Few minutes: threads without a sweep, shapes and items that fit the time.
    pub quick: bool,
    /// Flash attention of bench and evaluation.
    pub flash_attention: FlashAttention,
    /// Whether quality is evaluated.
    pub evaluate: bool,
    /// Seconds to decode on end after everything else that is timed; `None` where the class does not throttle.
    pub sustain: Option<f64>,
    /// Whether the bench waits for a cool and quiet machine.
    pub wait: bool,
    /// Folder of the benchmarks; `None` for the cache, into which they are fetched.
    pub data: Option<PathBuf>,
    /// Take them without comparing them with the published ones.
    pub unpinned_data: bool,
    /// Use nothing but the cache.
    pub offline: bool,
    /// Go on with the interrupted run in the folder.
    pub resume: bool,
    /// Folder of the report.
    pub folder: PathBuf,
    /// The device as described.
    pub profile: DeviceProfile,
    /// Whether that is the machine which this program runs on, so that it can be measured.
    pub here: bool,
    /// The day that counts as today.
    pub today: Date,
    /// Seed of tokens, order, items and resamples.
    pub seed: u64,
    /// Scores made up for a test on the double, labelled as such.
    pub mock_scores: Option<ModelScores>,
}

impl MainPlan {
    /// The command that measures the same, without paths of this machine.
    #[must_use]
    pub(crate) fn command(&self, model: &str) -> String {
        let mut command = format!("densimeter run -m {model}");
        for (typed, flag) in [(self.quick, "--quick"), (!self.evaluate, "--no-eval"), (!self.wait, "--no-wait")] {
            if typed {
                command += " ";
                command += flag;
            }
        }
        command += &match (self.sustain, usual_sustain(&self.profile)) {
            (None, Some(_)) => " --no-sustain".to_owned(),
            (Some(seconds), usual) if usual != Some(seconds) => format!(" --sustain {seconds}"),
            _ => String::new(),
        };
        if self.flash_attention != FlashAttention::Auto {
            command += &format!(" -fa {}", self.flash_attention);
        }
        if self.engine == EngineKind::Mock {
            command += " --engine mock";
        }
        format!("{command} --seed {}", self.seed)
    }
}

/// Seconds that a class is decoded for on end: those that have no fan, or a small one, slow down within minutes.
#[must_use]
pub(crate) fn usual_sustain(profile: &DeviceProfile) -> Option<f64> {
    matches!(profile.class, DeviceClass::Phone | DeviceClass::Tablet | DeviceClass::Sbc).then_some(300.0)
}

/// What people call the device: its model, else its chip.
#[must_use]
pub(crate) fn device_name(profile: &DeviceProfile) -> String {
    profile.name().map_or_else(|| profile.class.to_string(), str::to_owned)
}

/// The device's name as that of a folder: letters and digits of ASCII with `-` between them.
#[must_use]
pub(crate) fn device_slug(profile: &DeviceProfile) -> String {
    let name: String =
        device_name(profile).to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let name: Vec<&str> = name.split('-').filter(|part| !part.is_empty()).collect();
    if name.is_empty() { "device".to_owned() } else { name.join("-") }
}

/// `reports/DEVICE/DATE-RUN` below the working directory.
#[must_use]
pub(crate) fn default_folder(profile: &DeviceProfile) -> PathBuf {
    Path::new("reports").join(device_slug(profile)).join(store::new_run_id())
}
