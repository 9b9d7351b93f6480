//! What a row's repetitions amount to: speed with its interval, latencies, the first token, and the verdict.

use serde::{Deserialize, Serialize};

use super::runner::Sample;
use super::warning::{self, Warning};
use crate::stat::histogram::LatencyHistogram;
use crate::stat::sample::Sample as Values;
use crate::stat::{Estimate, histogram::TooFewSamples};

/// Level of every interval of a bench row.
pub const LEVEL: f64 = 0.95;

/// Modified z-score beyond which a repetition is called an outlier (hyperfine's limit; R15).
const OUTLIER_Z: f64 = 14.826;

/// A speed over the repetitions of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// Mean of the repetitions' speeds in tokens/s, as llama-bench's `avg_ts`, with its t interval.
    pub mean: Estimate,
    /// Median of the repetitions' speeds in tokens/s.
    pub median: f64,
    /// Standard deviation in tokens/s; `None` for a single repetition.
    pub deviation: Option<f64>,
    /// Half the range from the 10th to the 90th percentile over the median; `None` for a single repetition.
    pub spread: Option<f64>,
}

impl Speed {
    /// The speed of `tokens` tokens in each of these durations (nanoseconds); `None` where there is none.
    #[must_use]
    pub fn of(tokens: u32, durations_ns: &[u64]) -> Option<Self> {
        Self::of_speeds(durations_ns.iter().map(|ns| f64::from(tokens) / (*ns as f64 / 1e9)).collect())
    }

    /// From the speed of every repetition in tokens/s; `None` where there is none, or one that is no number.
    #[must_use]
    pub fn of_speeds(speeds: Vec<f64>) -> Option<Self> {
        let speeds = Values::new(speeds).ok()?;
        Some(Self {
            mean: mean_of(&speeds),
            median: speeds.median(),
            deviation: speeds.standard_deviation(),
            spread: (speeds.len() > 1).then(|| (speeds.quantile(0.9) - speeds.quantile(0.1)) / 2.0 / speeds.median()),
        })
    }
}

/// The mean of speeds or of times with its t interval. None of them is negative, and an interval over few, scattered
/// repetitions would begin below zero: it is cut off there.
#[must_use]
pub fn mean_of(values: &Values) -> Estimate {
    let single =
        || Estimate { point: values.mean(), low: None, high: None, level: LEVEL, method: "single sample".into() };
    let mut mean = values.mean_estimate(LEVEL).unwrap_or_else(single);
    if let Some(low) = mean.low.as_mut().filter(|low| **low < 0.0) {
        *low = 0.0;
        mean.method = "t, cut off at 0".into();
    }
    mean
}

/// Inter-token latency percentiles in nanoseconds.
#[derive(Debug, Clone)]
pub struct Latency {
    /// Every latency of every repetition.
    pub histogram: LatencyHistogram,
}

impl Latency {
    /// The percentiles that are reported.
    pub const QUANTILES: [(&'static str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)];

    /// Collects the latencies of the repetitions; `None` when they have none (prefill).
    #[must_use]
    pub fn of(samples: &[Sample]) -> Option<Self> {
        let mut histogram = LatencyHistogram::default();
        for nanos in samples.iter().flat_map(|sample| &sample.token_ns) {
            histogram.record(*nanos);
        }
        (!histogram.is_empty()).then_some(Self { histogram })
    }

    /// A percentile with its interval.
    ///
    /// # Errors
    /// [`TooFewSamples`].
    pub fn quantile(&self, quantile: f64) -> Result<Estimate, TooFewSamples> {
        self.histogram.quantile(quantile, LEVEL)
    }

    /// MLPerf's headline: the 90th percentile by early stopping at 99 % confidence, in nanoseconds.
    ///
    /// # Errors
    /// [`TooFewSamples`].
    pub fn p90_early_stopping(&self) -> Result<u64, TooFewSamples> {
        self.histogram.early_stopping(0.9, 0.99)
    }
}

/// The time to the first token, in nanoseconds, each part the median of the repetitions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TimeToFirstToken {
    /// Loading the model, once.
    pub load_ns: u64,
    /// Tokenising the prompt.
    pub tokenize_ns: f64,
    /// Prefill.
    pub prefill_ns: f64,
    /// Choosing the token from the logits.
    pub sample_ns: f64,
    /// The decode that follows, which the second token waits for.
    pub first_decode_ns: Option<f64>,
    /// Engine TTFT: prefill and sampling, as servers count it.
    pub engine_ns: f64,
    /// User TTFT on a loaded model: tokenise, prefill, sample.
    pub user_ns: f64,
}

impl TimeToFirstToken {
    /// From the repetitions of a prefill row; `None` for other rows.
    #[must_use]
    pub fn of(load_ns: u64, samples: &[Sample]) -> Option<Self> {
        let median = |part: &dyn Fn(&Sample) -> Option<u64>| {
            let values: Option<Vec<f64>> = samples.iter().map(|sample| part(sample).map(|ns| ns as f64)).collect();
            Some(Values::new(values?).ok()?.median())
        };
        let prefill_ns = median(&|sample| sample.first_token.map(|_| sample.duration_ns))?;
        let tokenize_ns = median(&|sample| Some(sample.first_token?.tokenize_ns))?;
        let sample_ns = median(&|sample| Some(sample.first_token?.sample_ns))?;
        Some(Self {
            load_ns,
            tokenize_ns,
            prefill_ns,
            sample_ns,
            first_decode_ns: median(&|sample| sample.first_token?.first_decode_ns),
            engine_ns: prefill_ns + sample_ns,
            user_ns: tokenize_ns + prefill_ns + sample_ns,
        })
    }

    /// The mean user TTFT of the repetitions in nanoseconds, with its t interval; `None` for other rows.
    #[must_use]
    pub fn mean(samples: &[Sample]) -> Option<Estimate> {
        let user = |sample: &Sample| {
            let first = sample.first_token?;
            Some((first.tokenize_ns + sample.duration_ns + first.sample_ns) as f64)
        };
        let values: Option<Vec<f64>> = samples.iter().map(user).collect();
        Some(mean_of(&Values::new(values?).ok()?))
    }
}

/// The warnings that follow from the repetitions alone (conditions are judged where they are measured).
#[must_use]
pub fn judge(samples: &[Sample]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let durations: Vec<f64> = samples.iter().map(|sample| sample.duration_ns as f64).collect();
    let seconds = durations.iter().sum::<f64>() / 1e9;
    if samples.len() < warning::MIN_REPETITIONS {
        warnings.push(Warning::TooFewRepetitions { have: samples.len(), need: warning::MIN_REPETITIONS });
    }
    if seconds < warning::MIN_SECONDS {
        warnings.push(Warning::TooShort { have_s: seconds, need_s: warning::MIN_SECONDS });
    }
    let Ok(values) = Values::new(durations.clone()) else { return warnings };
    if values.len() > 1 {
        let spread = (values.quantile(0.9) - values.quantile(0.1)) / 2.0 / values.median();
        if spread > warning::MAX_SPREAD {
            warnings.push(Warning::Spread { spread, limit: warning::MAX_SPREAD });
        }
        let mad = values.mad();
        if mad > 0.0 {
            // 0.6745 makes the median absolute deviation comparable to a standard deviation (Iglewicz & Hoaglin 1993).
            let z = |value: &f64| 0.6745 * (value - values.median()).abs() / mad;
            let count = durations.iter().filter(|value| z(value) > OUTLIER_Z).count();
            if count > 0 {
                warnings.push(Warning::Outliers { count, of: durations.len() });
            }
            if z(&durations[0]) > OUTLIER_Z && durations[0] > values.median() {
                warnings.push(Warning::SlowFirst { ratio: durations[0] / values.median() });
            }
        }
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::runner::FirstToken;
    use crate::engine::Token;

    fn sample(duration_ns: u64) -> Sample {
        Sample { duration_ns, token_ns: Vec::new(), first_token: None, tokens: 100, check: Token(3) }
    }

    #[test]
    fn speed_is_the_mean_of_speeds_with_a_t_interval() {
        // Speeds 100, 50, 200/3; mean 72.222, sd 25.459, t(0.975, 2) = 4.302653 (SciPy): ± 63.243.
        let speed = Speed::of(100, &[1_000_000_000, 2_000_000_000, 1_500_000_000]).unwrap();
        assert!((speed.mean.point - 72.2222).abs() < 1e-3);
        assert!((speed.mean.high.unwrap() - speed.mean.point - 63.243).abs() < 1e-2, "{:?}", speed.mean);
        assert!((speed.median - 66.6667).abs() < 1e-3);
        assert!(Speed::of(100, &[]).is_none());
        let single = Speed::of(100, &[1_000_000_000]).unwrap();
        assert_eq!((single.mean.low, single.deviation), (None, None));
    }

    #[test]
    fn no_interval_of_a_speed_begins_below_zero() {
        // Speeds 100 and 10: mean 55, sd 63.640, t(0.975, 1) = 12.706 (SciPy): ± 571.8.
        let speed = Speed::of(100, &[1_000_000_000, 10_000_000_000]).unwrap();
        assert_eq!(speed.mean.low, Some(0.0));
        assert!((speed.mean.high.unwrap() - 626.8).abs() < 0.1, "{:?}", speed.mean);
        assert_eq!(speed.mean.method, "t, cut off at 0");
        let first = |duration_ns| Sample {
            first_token: Some(FirstToken { tokenize_ns: 0, sample_ns: 0, first_decode_ns: None }),
            ..sample(duration_ns)
        };
        let first = TimeToFirstToken::mean(&[first(1_000_000_000), first(10_000_000_000)]).unwrap();
        assert_eq!((first.point, first.low), (5.5e9, Some(0.0)));
    }

    #[test]
    fn five_steady_repetitions_of_ten_seconds_give_no_warning() {
        let steady: Vec<Sample> = (0..5).map(|i| sample(2_100_000_000 + i)).collect();
        assert!(judge(&steady).is_empty(), "{:?}", judge(&steady));
    }

    #[test]
    fn each_fault_of_a_row_is_named() {
        let kinds = |samples: &[Sample]| judge(samples).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(kinds(&vec![sample(3_000_000_000); 4]).contains("4 of 5 repetitions"));
        assert!(kinds(&vec![sample(1_000_000_000); 5]).contains("5.0 of 10 s"));
        let uneven: Vec<Sample> = [2.0, 2.4, 2.8, 2.1, 2.6].map(|s| sample((s * 1e9) as u64)).to_vec();
        assert!(kinds(&uneven).contains("spread"));
        let mut slow: Vec<Sample> = (0..9).map(|i| sample(2_000_000_000 + 1_000_000 * i)).collect();
        slow[0] = sample(4_000_000_000);
        assert!(kinds(&slow).contains("first repetition"));
    }
}
