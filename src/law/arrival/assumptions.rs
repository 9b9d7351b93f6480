//! What the law of releases takes for granted, so that each can be doubted in turn.

/// What is taken for granted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assumptions {
    /// Years in which a release's weight in the law halves; `None`: all weigh the same.
    pub half_life: Option<f64>,
    /// Growth ahead slows as ln(1 + h/damping) with the years h; `None`: it goes on as it is.
    pub damping: Option<f64>,
    /// Years of releases that those to come are drawn from.
    pub window: f64,
    /// Standard deviation of ln of the rate at which releases come, over that of the window.
    pub rate_deviation: f64,
    /// Factor to that rate.
    pub rate: f64,
}

impl Assumptions {
    /// Those of the shipped method.
    pub const SHIPPED: Self =
        Self { half_life: Some(1.0), damping: Some(1.0), window: 2.0, rate_deviation: 0.5, rate: 1.0 };

    /// Weight of a release that is some years old.
    #[must_use]
    pub fn weight(&self, age: f64) -> f64 {
        self.half_life.map_or(1.0, |years| (-age / years).exp2())
    }

    /// Years of today's growth that the next years are worth.
    #[must_use]
    pub fn growth_years(&self, ahead: f64) -> f64 {
        self.damping.map_or(ahead, |damping| damping * (ahead / damping).ln_1p())
    }
}
