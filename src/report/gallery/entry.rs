//! A report as a line of the index.

use std::path::PathBuf;

use jiff::civil::Date;
use serde::Serialize;

use crate::bench::plan::Phase;
use crate::device::DeviceRecord;
use crate::report::run::RunReport;
use crate::report::view::head::Head;
use crate::report::view::words::cut;
use crate::stat::Estimate;

/// Folder of the pages within the site.
pub(super) const PAGES: &str = "reports";

/// Longest name in the index, in characters.
const LONGEST: usize = 60;

/// What the index keeps of a report.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Entry {
    /// The file.
    #[serde(skip)]
    pub(super) path: PathBuf,
    /// Its name below the folder that was searched.
    pub(super) file: String,
    /// SHA-256 of the file, hexadecimal.
    pub(super) hash: String,
    pub(super) run_id: String,
    pub(super) device: String,
    pub(super) class: String,
    pub(super) model: String,
    pub(super) day: Option<String>,
    pub(super) validity: &'static str,
    pub(super) imported: bool,
    pub(super) virtual_machine: bool,
    /// Generation speed, time to the first token, peak memory, density: as the report's page shows them.
    pub(super) cells: Vec<Shown>,
    /// When the device meets GPT-4's level by the trend.
    pub(super) date: Option<Estimate<Date>>,
    /// Hash of the report that this one corrects.
    pub(super) supersedes: Option<String>,
    /// Run of the report that corrects this one.
    pub(super) superseded_by: Option<String>,
}

/// One of the four numbers, as text and as a value to sort by.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) value: Option<f64>,
}

impl Entry {
    pub(super) fn of(report: &RunReport, head: &Head, (path, file): (PathBuf, String), hash: String) -> Self {
        let device = report.device.as_ref().map(|device| &device.record);
        let bench = report.bench.as_ref();
        let model = bench.and_then(|bench| {
            let shown = bench.results.iter().find(|row| row.phase == Phase::Decode).or(bench.results.first())?;
            let more = bench.models.len() - 1;
            let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
            Some(cut(&shown.model, LONGEST) + &rest)
        });
        let cells = head.headlines.iter().map(|line| Shown {
            text: line.value.text.clone(),
            value: line.value.number.as_ref().and_then(|number| number.value.parse().ok()),
        });
        Self {
            path,
            file,
            hash,
            run_id: head.run_id.clone(),
            device: cut(&head.device, LONGEST),
            class: device.and_then(DeviceRecord::class).map_or_else(|| "unknown".to_owned(), |class| class.to_string()),
            model: model.unwrap_or_else(|| "no model".to_owned()),
            day: head.date.clone(),
            validity: head.validity,
            imported: report.imported.is_some(),
            virtual_machine: device.is_some_and(DeviceRecord::is_virtual),
            cells: cells.collect(),
            date: crossing(report),
            supersedes: report.supersedes.as_ref().map(|old| old.sha256.clone()),
            superseded_by: None,
        }
    }

    /// The file of its page: named by content, so that the same report keeps its address.
    pub(super) fn page(&self) -> String {
        format!("{}.html", self.hash.get(..16).unwrap_or(&self.hash))
    }

    /// Whether it stands for its device in lists of the best.
    pub(super) const fn counts(&self) -> bool {
        self.superseded_by.is_none()
    }

    pub(super) fn value(&self, cell: usize) -> Option<f64> {
        self.cells.get(cell).and_then(|cell| cell.value)
    }
}

/// GPT-4's date on this very device; without one, none: the date of a class says nothing of a device.
fn crossing(report: &RunReport) -> Option<Estimate<Date>> {
    report.device.as_ref()?.today.as_ref()?.gpt_4.date.clone()
}
