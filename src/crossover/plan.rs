//! What is asked, and all crossings that answer it.

use jiff::civil::{Date, date};

use super::capacity::Capacity;
use super::compute::{Outlook, crossing};
use super::crossing::Crossing;
use super::curve::{CurvePoint, curve, dates};
use super::doubt::shifts;
use super::error::CrossingError;
use super::inputs::Inputs;
use super::requirements::Requirements;
use super::target::Target;
use crate::density::reference_family::DensityFamily;
use crate::device::class_spec::{self, ClassSpec};
use crate::device::history;
use crate::device::rates::Rates;
use crate::device::speed_model::SpeedModel;
use crate::device::speeds;
use crate::law::arrival::prospect::Prospect;
use crate::law::arrival::room::Room;

/// Growth of the hardware is that of devices released on this day or later, unless another is asked for.
pub const SINCE: Date = date(2016, 1, 1);

/// How a format's cost was made where the user's own audits had a say.
const WITH_AUDITS: &str = "log-normal loss of published pairs and own audits";

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
    /// Whether each row tells how far its date moves with what one may doubt; a single row does in any case.
    pub sensitivity: bool,
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
        Self { classes, targets, min_tps: None, max_ttft: None, prompt: None, since: SINCE, sensitivity: false }
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
/// A class without a capacity.
pub fn of_classes(plan: &CrossoverPlan, inputs: &Inputs<'_>) -> Result<Crossings, CrossingError> {
    let model = SpeedModel::fit(speeds::builtin())?;
    let mut notes = Vec::new();
    let mut rooms = Vec::new();
    for class in &plan.classes {
        let required = plan.required(class);
        let since = Some(plan.since);
        let capacity = Capacity::of(class, history::builtin(), &model, required, since, inputs.today())?;
        if capacity.since.is_none() {
            notes.push(format!(
                "{}: too few devices since {} for a growth rate; its whole history is fitted",
                class.id, plan.since
            ));
        }
        rooms.push((*class, capacity.room));
    }
    Ok(Crossings { notes, ..answered(&rooms, plan, inputs)? })
}

/// A device against the capabilities of a plan.
///
/// # Errors
/// A device without a capacity.
pub fn of_device(device: &Device<'_>, plan: &CrossoverPlan, inputs: &Inputs<'_>) -> Result<Crossings, CrossingError> {
    let Device { name, rates, class } = *device;
    let (required, since) = (plan.required(class), Some(plan.since));
    let capacity = Capacity::of_device(rates, class, history::builtin(), required, since, inputs.today())?;
    let mut found = answered(&[(class, capacity.room)], plan, inputs)?;
    found.crossings.iter_mut().for_each(|row| row.device = Some(name.to_owned()));
    Ok(found)
}

/// One capability's rows, and the curves of each month where it is the only row.
type Answers = (Vec<Crossing>, Vec<CurvePoint>);

/// Every room against every capability, row by row of a room. The capabilities are reckoned side by side: each costs as much
/// as several rooms.
fn answered(
    rooms: &[(&'static ClassSpec, Room)],
    plan: &CrossoverPlan,
    inputs: &Inputs<'_>,
) -> Result<Crossings, CrossingError> {
    let single = rooms.len() * plan.targets.len() == 1;
    // What moves a date is scored anew in the paper's family.
    let sensitivity = (plan.sensitivity || single) && inputs.family == DensityFamily::Xiao2025;
    let one = |target: &Target| -> Result<Answers, CrossingError> {
        let mut outlooks: Vec<(&str, f64, Outlook<'_>)> = Vec::new();
        let mut rows = Vec::with_capacity(rooms.len());
        let mut monthly = Vec::new();
        for (class, room) in rooms {
            let (format, bits) = (class.quantization.as_str(), class.bits_per_weight);
            let same = outlooks.iter().position(|known| (known.0, known.1) == (format, bits));
            let at = same.unwrap_or_else(|| {
                let prospect = Prospect::of(&inputs.world, target.level, inputs.penalty(format, bits));
                outlooks.push((format, bits, Outlook::of(prospect)));
                outlooks.len() - 1
            });
            let outlook = &outlooks[at].2;
            let mut row = crossing(class, room, target, outlook);
            if let Some(format) = row.format.as_mut().filter(|_| !inputs.audits_of(bits).is_empty()) {
                format.kept.method = WITH_AUDITS.into();
            }
            if sensitivity {
                let date = row.date.as_ref().map(|date| date.point);
                row.sensitivity = shifts(date, room, outlook.prospect.penalty, target, inputs)?;
            }
            rows.push(row);
            if single {
                monthly = curve(room, &outlook.by_size, &dates(1, 73));
            }
        }
        Ok((rows, monthly))
    };
    let found: Vec<Result<Answers, CrossingError>> = std::thread::scope(|scope| {
        let running: Vec<_> = plan.targets.iter().map(|target| scope.spawn(|| one(target))).collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let found = found.into_iter().collect::<Result<Vec<Answers>, CrossingError>>()?;
    let monthly = found.first().map_or_else(Vec::new, |(_, monthly)| monthly.clone());
    let mut columns: Vec<_> = found.into_iter().map(|(rows, _)| rows.into_iter()).collect();
    let crossings = (0..rooms.len()).flat_map(|_| columns.iter_mut().filter_map(Iterator::next).collect::<Vec<_>>());
    Ok(Crossings { crossings: crossings.collect(), curve: monthly, notes: Vec::new() })
}
