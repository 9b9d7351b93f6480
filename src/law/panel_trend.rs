//! Growth within panels: each panel keeps its own level, so that evaluators are never compared with each other.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;

use super::frontier::Series;
use crate::stat::regression::student_t_quantile;
use crate::stat::{Bootstrap, BootstrapError, Estimate};

/// Enough to tell 0.01 from 0.05.
const MOST_PERMUTATIONS: usize = 1999;

/// The common growth of several panels.
#[derive(Debug, Clone, PartialEq)]
pub struct PanelTrend {
    /// Panels with at least two records.
    pub panels: usize,
    /// Records in them.
    pub records: usize,
    /// Least squares through the records with one intercept for each panel; t interval. Says how fast the panels
    /// rose when they rose, and nothing of the time since the last record.
    pub record_growth: Option<Estimate>,
    /// Share of permutations (the data counted as one) of the dates within panels whose record growth is at least as
    /// large: records rise by definition, so that even shuffled dates show growth, and only this tells the two apart.
    pub record_growth_p: Option<f64>,
    /// Total rise over total time from each panel's first record to its last model, record or not; bootstrap over
    /// panels. A panel without strong late models pulls it down.
    pub closing_growth: Option<Estimate>,
    /// Least squares through all models with one intercept for each panel; t interval.
    pub all_models_growth: Option<Estimate>,
}

/// Fits the panels together. Series need at least one model each.
///
/// # Errors
/// The bootstrap over panels gave no interval.
pub fn panel_trend(panels: &[Series], run: Bootstrap, level: f64) -> Result<PanelTrend, BootstrapError> {
    let envelopes: Vec<Series> = panels.iter().map(|panel| panel.envelope(0..panel.days.len())).collect();
    let rising: Vec<&Series> = envelopes.iter().filter(|envelope| envelope.days.len() > 1).collect();
    let spans: Vec<(f64, f64)> = panels
        .iter()
        .zip(&envelopes)
        .filter_map(|(panel, envelope)| {
            let rise = envelope.values.last()? - envelope.values.first()?;
            Some((rise, panel.days.last()? - envelope.days.first()?))
        })
        .filter(|(_, time)| *time > 0.0)
        .collect();
    let closing_growth = if spans.len() < 3 {
        None
    } else {
        let ratio = |chosen: &mut dyn Iterator<Item = (f64, f64)>| {
            let (rise, time) = chosen.fold((0.0, 0.0), |sum, span| (sum.0 + span.0, sum.1 + span.1));
            rise / time
        };
        let point = ratio(&mut spans.iter().copied());
        let replicates = run.cases(spans.len(), |drawn| Some(ratio(&mut drawn.iter().map(|&index| spans[index]))))?;
        Some(Estimate { method: "panel-bootstrap-percentile".into(), ..replicates.percentile(point, level) })
    };
    Ok(PanelTrend {
        panels: rising.len(),
        records: rising.iter().map(|envelope| envelope.days.len()).sum(),
        record_growth_p: common_slope(&rising, level)
            .and_then(|observed| shuffled_share(panels, observed.point, level, run)),
        record_growth: common_slope(&rising, level),
        closing_growth,
        all_models_growth: common_slope(&panels.iter().collect::<Vec<_>>(), level),
    })
}

/// How often values dealt anew to the dates of their panel give records that grow at least as fast as `observed`.
fn shuffled_share(panels: &[Series], observed: f64, level: f64, run: Bootstrap) -> Option<f64> {
    let permutations = run.resamples.min(MOST_PERMUTATIONS);
    let mut rng = ChaCha8Rng::seed_from_u64(run.seed);
    let mut dealt = panels.to_vec();
    let mut as_large = 1;
    for _ in 0..permutations {
        let envelopes: Vec<Series> = dealt
            .iter_mut()
            .map(|panel| {
                panel.values.shuffle(&mut rng);
                panel.envelope(0..panel.days.len())
            })
            .collect();
        let rising: Vec<&Series> = envelopes.iter().filter(|envelope| envelope.days.len() > 1).collect();
        as_large += usize::from(common_slope(&rising, level).is_some_and(|found| found.point >= observed));
    }
    Some(as_large as f64 / (permutations + 1) as f64)
}

/// One slope, an intercept for each series; `None` unless a degree of freedom and a spread of days are left.
fn common_slope(groups: &[&Series], level: f64) -> Option<Estimate> {
    let (mut spread, mut cross, mut total, mut n) = (0.0, 0.0, 0.0, 0);
    for group in groups {
        let count = group.days.len() as f64;
        let mean_day = group.days.iter().sum::<f64>() / count;
        let mean_value = group.values.iter().sum::<f64>() / count;
        for (day, value) in group.days.iter().zip(&group.values) {
            spread += (day - mean_day).powi(2);
            cross += (day - mean_day) * (value - mean_value);
            total += (value - mean_value).powi(2);
            n += 1;
        }
    }
    let freedom = (n as usize).checked_sub(groups.len() + 1).filter(|freedom| *freedom > 0)? as f64;
    if spread <= 0.0 {
        return None;
    }
    let slope = cross / spread;
    let error = ((total - slope * cross).max(0.0) / freedom / spread).sqrt();
    let reach = student_t_quantile(0.5 + level / 2.0, freedom) * error;
    Some(Estimate::new(slope, slope - reach, slope + reach, level, "t-panel-intercepts"))
}
