//! The crossings of a report with where they stand in it, and whose they are.

use crate::crossover::crossing::Crossing;
use crate::report::run::RunReport;

/// What the crossing of the report's own device is called.
pub const THIS_DEVICE: &str = "this device";

/// A crossing within a report.
#[derive(Debug, Clone, Copy)]
pub struct Placed<'a> {
    /// Index in `crossover`; `None` for the crossing of this very device.
    index: Option<usize>,
    /// The crossing.
    pub crossing: &'a Crossing,
}

impl<'a> Placed<'a> {
    /// That of this device, then those of the classes.
    pub fn all(report: &'a RunReport) -> impl Iterator<Item = Self> {
        let today = report.device.as_ref().and_then(|device| device.today.as_deref());
        let own = today.map(|today| Self { index: None, crossing: &today.gpt_4 });
        let classes = report.crossover.iter().flatten().enumerate();
        own.into_iter().chain(classes.map(|(at, crossing)| Self { index: Some(at), crossing }))
    }

    /// The JSON pointer of one of its members.
    #[must_use]
    pub fn at(&self, member: &str) -> String {
        match self.index {
            None => format!("/device/today/gpt_4/{member}"),
            Some(index) => format!("/crossover/{index}/{member}"),
        }
    }

    /// Whether it is that of this very device.
    #[must_use]
    pub const fn is_own(&self) -> bool {
        self.index.is_none()
    }

    /// Whose it is: this device, or a class.
    #[must_use]
    pub fn whose(&self) -> &'a str {
        if self.is_own() { THIS_DEVICE } else { &self.crossing.class }
    }
}
