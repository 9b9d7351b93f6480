//! The document of a class, and of how its quantities grow.

use jiff::civil::{Date, date};
use serde::Serialize;

use super::class_spec::ClassSpec;
use super::growth::{Growth, Quantity, members, with_everything};
use super::history::HistoricDevice;
use crate::stat::Estimate;

/// Nominal coverage of the intervals.
const LEVEL: f64 = 0.95;

/// First release dates of the fits; `None`: the whole history.
const SINCE: [Option<Date>; 3] = [None, Some(date(2016, 1, 1)), Some(date(2020, 1, 1))];

/// A class with the devices of its history.
#[derive(Debug, Serialize)]
pub struct ClassReport<'a> {
    /// The class.
    pub class: &'a ClassSpec,
    /// Its devices.
    pub history: Vec<MemberReport<'a>>,
}

/// A device of a class.
#[derive(Debug, Serialize)]
pub struct MemberReport<'a> {
    /// Commercial name.
    pub device: &'a str,
    /// Chip.
    pub soc: &'a str,
    /// Launch date.
    pub release_date: Date,
    /// RAM in GB.
    pub ram_gb: f64,
    /// Theoretical peak bandwidth in GB/s.
    pub mem_bandwidth_gbs: f64,
    /// Peak FP16 arithmetic in GFLOP/s.
    pub fp16_gflops: Option<f64>,
    /// Launch price in US dollars.
    pub launch_price_usd: Option<f64>,
    /// Where the numbers were read.
    pub source: &'a str,
    /// Remarks.
    pub notes: &'a str,
}

impl<'a> ClassReport<'a> {
    /// A class with its devices of a history.
    #[must_use]
    pub fn of(class: &'a ClassSpec, history: &'a [HistoricDevice]) -> Self {
        Self { class, history: members(class, history, None).map(MemberReport::from).collect() }
    }
}

impl<'a> From<&'a HistoricDevice> for MemberReport<'a> {
    fn from(row: &'a HistoricDevice) -> Self {
        Self {
            device: &row.device,
            soc: &row.soc,
            release_date: row.date,
            ram_gb: row.ram_gb,
            mem_bandwidth_gbs: row.bandwidth_gbs,
            fp16_gflops: row.fp16_gflops,
            launch_price_usd: row.price_usd,
            source: &row.source,
            notes: &row.notes,
        }
    }
}

/// The growth of one quantity of a class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GrowthReport {
    /// The class.
    pub class: String,
    /// First release date of the fit; null: the whole history.
    pub since: Option<Date>,
    /// The quantity.
    pub quantity: &'static str,
    /// Devices behind the fit.
    pub n_devices: usize,
    /// Growth of its logarithm in a year; null with `reason`.
    pub growth_per_year: Option<Estimate>,
    /// Doubling time; null with `reason`.
    pub doubling_years: Option<Estimate>,
    /// Coefficient of determination.
    pub r_squared: Option<f64>,
    /// The doubling when the devices that tags keep out are put back.
    pub doubling_years_all_tags: Option<Estimate>,
    /// Why something is null.
    pub reason: Option<String>,
}

impl GrowthReport {
    /// All quantities of a class, over its whole history and since two dates.
    #[must_use]
    pub fn all(class: &ClassSpec, rows: &[HistoricDevice]) -> Vec<Self> {
        let of = |since| Quantity::ALL.map(|quantity| Self::of(class, rows, since, quantity));
        SINCE.into_iter().flat_map(of).collect()
    }

    fn of(class: &ClassSpec, rows: &[HistoricDevice], since: Option<Date>, quantity: Quantity) -> Self {
        let everything = with_everything(class);
        let mut report = Self {
            class: class.id.clone(),
            since,
            quantity: quantity.name(),
            n_devices: members(class, rows, since).filter(|row| quantity.of(row).is_some()).count(),
            growth_per_year: None,
            doubling_years: None,
            r_squared: None,
            doubling_years_all_tags: None,
            reason: None,
        };
        match Growth::fit(members(class, rows, since), quantity) {
            Ok(growth) => {
                report.growth_per_year = Some(growth.per_year(LEVEL));
                report.doubling_years = growth.doubling_years(LEVEL);
                report.r_squared = Some(growth.line.r_squared);
                if report.doubling_years.is_none() {
                    report.reason = Some("the value does not rise".to_owned());
                }
            }
            Err(error) => report.reason = Some(error.to_string()),
        }
        if members(&everything, rows, since).count() > members(class, rows, since).count() {
            report.doubling_years_all_tags = Growth::fit(members(&everything, rows, since), quantity)
                .ok()
                .and_then(|growth| growth.doubling_years(LEVEL));
        }
        report
    }
}
