//! What is asked, and all crossings that answer it.

use jiff::civil::{Date, date};

use super::capacity::Capacity;
use super::class_law::ClassLaw;
use super::compute::crossing;
use super::crossing::Crossing;
use super::curve::{CurvePoint, curve, dates};
use super::error::CrossingError;
use super::inputs::Inputs;
use super::requirements::Requirements;
use super::target::Target;
use crate::device::class_spec::{self, ClassSpec};
use crate::device::history;
use crate::device::rates::Rates;
use crate::device::speed_model::SpeedModel;
use crate::device::speeds;

/// Growth of the hardware is that of devices released on this day or later, unless another is asked for.
pub const SINCE: Date = date(2016, 1, 1);

/// Resamples of the intervals, unless others are asked for.
pub const RESAMPLES: usize = 10_000;

/// Class that a machine without a class of its own grows like: a server has no history, a board of no name neither.
const OTHERWISE: &str = "desktop";

/// What is asked.
#[derive(Debug, Clone)]
pub struct CrossoverPlan {
    /// The classes.
    pub classes: Vec<&'static ClassSpec>,
    /// The capabilities.
    pub targets: Vec<Target>,
    /// Least decode speed in tokens per second, in place of the class's.
    pub min_tps: Option<f64>,
    /// Longest time to the first token in seconds, in place of the class's.
    pub max_ttft: Option<f64>,
    /// Prompt in tokens, in place of the class's.
    pub prompt: Option<f64>,
    /// Growth from devices released on this day or later.
    pub since: Date,
}

/// A device of known rates that grows as a class does.
#[derive(Debug, Clone, Copy)]
pub struct Device<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its times and memory.
    pub rates: &'a Rates,
    /// The class.
    pub class: &'static ClassSpec,
}

/// All crossings, and what to know about them.
#[derive(Debug, Clone, PartialEq)]
pub struct Crossings {
    /// A row a class and capability.
    pub crossings: Vec<Crossing>,
    /// Both curves a month, where there is one row.
    pub curve: Vec<CurvePoint>,
    /// What had to be done in another way than asked.
    pub notes: Vec<String>,
}

impl CrossoverPlan {
    /// Classes and capabilities by the classes' own requirements.
    #[must_use]
    pub const fn usual(classes: Vec<&'static ClassSpec>, targets: Vec<Target>) -> Self {
        Self { classes, targets, min_tps: None, max_ttft: None, prompt: None, since: SINCE }
    }

    /// What is asked of a class.
    fn required(&self, class: &ClassSpec) -> Requirements {
        let own = Requirements::of(class);
        Requirements {
            min_tps: self.min_tps.unwrap_or(own.min_tps),
            max_ttft: self.max_ttft.unwrap_or(own.max_ttft),
            prompt: self.prompt.unwrap_or(own.prompt),
            ..own
        }
    }
}

/// The class whose growth projects a machine of a class.
#[must_use]
pub fn growth_class(class: &str) -> &'static ClassSpec {
    class_spec::find(class).or_else(|_| class_spec::find(OTHERWISE)).unwrap_or_else(|_| &class_spec::builtin()[0])
}

/// The classes of a plan against its capabilities.
///
/// # Errors
/// A class without a capacity or a law.
pub fn of_classes(plan: &CrossoverPlan, inputs: &Inputs) -> Result<Crossings, CrossingError> {
    let model = SpeedModel::fit(speeds::builtin())?;
    let mut found = Crossings { crossings: Vec::new(), curve: Vec::new(), notes: Vec::new() };
    for class in &plan.classes {
        let required = plan.required(class);
        let since = Some(plan.since);
        let capacity = Capacity::of(class, history::builtin(), &model, required, since, inputs.today)?;
        if capacity.since.is_none() {
            found.notes.push(format!(
                "{}: too few devices since {} for a growth rate; its whole history is fitted",
                class.id, plan.since
            ));
        }
        found.add(class, &capacity, &plan.targets, inputs, None)?;
    }
    found.keep_one_curve();
    Ok(found)
}

/// A device against the capabilities of a plan.
///
/// # Errors
/// A device without a capacity or a law.
pub fn of_device(device: &Device<'_>, plan: &CrossoverPlan, inputs: &Inputs) -> Result<Crossings, CrossingError> {
    let Device { name, rates, class } = *device;
    let (required, since) = (plan.required(class), Some(plan.since));
    let capacity = Capacity::of_device(rates, class, history::builtin(), required, since, inputs.today)?;
    let mut found = Crossings { crossings: Vec::new(), curve: Vec::new(), notes: Vec::new() };
    found.add(class, &capacity, &plan.targets, inputs, Some(name))?;
    found.keep_one_curve();
    Ok(found)
}

impl Crossings {
    fn add(
        &mut self,
        class: &ClassSpec,
        capacity: &Capacity,
        targets: &[Target],
        inputs: &Inputs,
        device: Option<&str>,
    ) -> Result<(), CrossingError> {
        let law = ClassLaw::of(inputs, capacity)?;
        for target in targets {
            let found = crossing(class, capacity, &law, target, inputs)?;
            self.crossings.push(Crossing { device: device.map(str::to_owned), ..found });
        }
        if let [target] = targets {
            self.curve = curve(capacity, &law, target, inputs.format, &dates(1, 73));
        }
        Ok(())
    }

    fn keep_one_curve(&mut self) {
        if self.crossings.len() != 1 {
            self.curve.clear();
        }
    }
}
