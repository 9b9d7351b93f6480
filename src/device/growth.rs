//! How fast a class grows: log-linear fits of its history.

use jiff::civil::Date;

use super::class_spec::ClassSpec;
use super::history::HistoricDevice;
use crate::stat::{Estimate, Line, RegressionError};

/// Devices below which no growth is fitted: three leave one degree of freedom.
pub const FEWEST_DEVICES: usize = 3;

/// What grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// RAM in GB.
    Ram,
    /// Theoretical memory bandwidth in GB/s.
    Bandwidth,
    /// Peak FP16 arithmetic in GFLOP/s.
    Compute,
    /// Launch price in nominal US dollars.
    Price,
    /// Peak FP16 GFLOP/s for a dollar of launch price.
    ComputePerDollar,
}

impl Quantity {
    /// All quantities in the order of reports.
    pub const ALL: [Self; 5] = [Self::Ram, Self::Bandwidth, Self::Compute, Self::Price, Self::ComputePerDollar];

    /// Name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ram => "ram",
            Self::Bandwidth => "bandwidth",
            Self::Compute => "compute",
            Self::Price => "price",
            Self::ComputePerDollar => "compute-per-dollar",
        }
    }

    /// The device's value; `None` where its row has none.
    #[must_use]
    pub fn of(self, device: &HistoricDevice) -> Option<f64> {
        match self {
            Self::Ram => Some(device.ram_gb),
            Self::Bandwidth => Some(device.bandwidth_gbs),
            Self::Compute => device.fp16_gflops,
            Self::Price => device.price_usd,
            Self::ComputePerDollar => Some(device.fp16_gflops? / device.price_usd?),
        }
    }
}

/// Why there is no growth rate.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum GrowthError {
    /// Two devices fit any line.
    #[error("a growth rate needs at least {FEWEST_DEVICES} devices, the class has {found}")]
    TooFewDevices {
        /// Devices with the quantity.
        found: usize,
    },
    /// All devices came out the same day.
    #[error("all devices of the class have one release date, so that no growth rate exists")]
    OneDate,
    /// Some other trouble with the points.
    #[error(transparent)]
    Regression(RegressionError),
}

/// A quantity's exponential growth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// ln of the value (in its unit) against years since [`ERA`].
    pub line: Line,
}

/// Day from which the years of a [`Growth`] count: the Llama-1 release, as in the Densing Law.
pub const ERA: Date = jiff::civil::date(2023, 2, 24);

/// Days of a year on average.
pub const DAYS_PER_YEAR: f64 = 365.25;

/// Years from [`ERA`] to a date.
#[must_use]
pub fn years(date: Date) -> f64 {
    f64::from((date - ERA).get_days()) / DAYS_PER_YEAR
}

impl Growth {
    /// Fits the devices that have the quantity.
    ///
    /// # Errors
    /// Fewer than three devices, or a single date.
    pub fn fit<'a>(
        devices: impl IntoIterator<Item = &'a HistoricDevice>,
        quantity: Quantity,
    ) -> Result<Self, GrowthError> {
        let (x, y): (Vec<f64>, Vec<f64>) =
            devices.into_iter().filter_map(|d| Some((years(d.date), quantity.of(d)?.ln()))).unzip();
        if x.len() < FEWEST_DEVICES {
            return Err(GrowthError::TooFewDevices { found: x.len() });
        }
        // Compared exactly: the rounding of a mean of equal dates would leave a spread of 1e-28 and a slope of noise.
        if x.iter().all(|year| *year == x[0]) {
            return Err(GrowthError::OneDate);
        }
        let line = Line::fit(&x, &y).map_err(GrowthError::Regression)?;
        Ok(Self { line })
    }

    /// Change of ln(value) in a year, with its t interval.
    #[must_use]
    pub fn per_year(&self, level: f64) -> Estimate {
        self.line.slope_estimate(level).expect("three devices leave a degree of freedom")
    }

    /// Years of a doubling: open above where the interval holds no growth, `None` where the value falls.
    #[must_use]
    pub fn doubling_years(&self, level: f64) -> Option<Estimate> {
        let rate = self.per_year(level);
        let doubling = |rate: f64| std::f64::consts::LN_2 / rate;
        (rate.point > 0.0).then(|| Estimate {
            point: doubling(rate.point),
            low: rate.high.map(doubling),
            high: rate.low.filter(|low| *low > 0.0).map(doubling),
            level,
            method: rate.method,
        })
    }
}

/// The class's devices released on `since` or later (all of them without it).
pub fn members<'a>(
    class: &ClassSpec,
    history: &'a [HistoricDevice],
    since: Option<Date>,
) -> impl Iterator<Item = &'a HistoricDevice> {
    let class = class.clone();
    history.iter().filter(move |row| class.holds(row) && since.is_none_or(|since| row.date >= since))
}

/// The same class with the devices its tags keep out: what a change of composition would be mistaken for.
#[must_use]
pub fn with_everything(class: &ClassSpec) -> ClassSpec {
    let kept_out = |tag: &String| tag == "budget" || tag == "lowend";
    ClassSpec {
        require_tags: Vec::new(),
        exclude_tags: class.exclude_tags.iter().filter(|tag| kept_out(tag)).cloned().collect(),
        ..class.clone()
    }
}
