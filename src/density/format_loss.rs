//! What a format costs, from published pairs: perplexity on a ladder of formats, read through the rows that have both
//! perplexity and MMLU.

use std::sync::LazyLock;

use crate::law::arrival::penalty::Penalty;
use crate::law::reference::ReferenceCurve;
use crate::published::pairs::{Numbers, Pair, ScoredPair, pairs};
use crate::published::{Library, shipped};
use crate::stat::Line;
use crate::table::TableError;
use crate::unit::Benchmark;

/// Bits of a weight that no format costs anything at.
const ORIGINAL_BITS: f64 = 16.0;
/// A loss beyond this is a wreck: MMLU is near chance and its curve says nothing more.
const LARGEST_LOSS: f64 = 2.5;
/// The middle of the ladder: ln(−ln q) is a line in ln Δln ppl + 3.
const MIDDLE: f64 = 3.0;
/// Methods of the map that keep activations whole and are no plain rounding.
const METHODS: [&str; 2] = ["AWQ", "GPTQ"];
/// Where more than MMLU was measured, code and mathematics lost 2.6 times its points (11 comparisons on five chat
/// models) and BBH 1.2 times (one); the five-mean then loses (1 + 1.2 + 3·2.6)/5 = 2.0 points for one of MMLU where sizes
/// of one family lose 1.11: 1.8 times as much as MMLU alone says, [1.2, 2.5].
const BEYOND_MMLU: f64 = 1.8;
/// Standard deviation of ln(−ln q) for a new model: the map (0.24), that factor (0.19), and models of one method and size
/// beside each other (0.42).
const NEW_MODEL: f64 = 0.52;

/// The loss of MMLU behind a growth of perplexity: ln(−ln q) = constant + slope (ln Δln ppl + 3).
#[derive(Debug, Clone, PartialEq)]
pub struct PerplexityMap {
    /// The line.
    pub line: Line,
}

/// A rung of the ladder of one model.
#[derive(Debug, Clone, PartialEq)]
struct Rung {
    format: String,
    bits: f64,
    growth: f64,
}

/// Formats with what they cost.
#[derive(Debug, Clone, PartialEq)]
pub struct FormatLosses {
    /// From perplexity to the loss.
    pub map: PerplexityMap,
    ladder: Vec<Rung>,
}

/// Why the pairs say nothing of formats.
#[derive(Debug, thiserror::Error)]
pub enum FormatLossError {
    /// The table does not parse.
    #[error(transparent)]
    Table(#[from] TableError),
    /// No pairs with both measures.
    #[error("{pairs} pairs have both MMLU and perplexity; a line with its doubt needs three")]
    TooFew {
        /// How many do.
        pairs: usize,
    },
    /// No ladder.
    #[error("no pair names a GGUF format with its perplexity")]
    NoLadder,
}

/// −ln q by MMLU's own curve; `None` where it is out of the curve's reach.
fn loss_by_mmlu(curve: &ReferenceCurve, d0: f64, pair: &ScoredPair) -> Option<f64> {
    let ln = |percent: f64| curve.effective_params(percent, d0).ok().map(|params| params.count().ln());
    let of = |scores: &crate::unit::Scores| scores.percent(Benchmark::Mmlu).and_then(ln);
    Some(of(&pair.original.scores)? - of(&pair.compressed.scores)?)
}

/// How much ln perplexity grew.
fn growth(pair: &ScoredPair) -> Option<f64> {
    let perplexity = pair.perplexity.as_ref()?;
    Some((perplexity.compressed / perplexity.original).ln()).filter(|growth| *growth > 0.0)
}

impl FormatLosses {
    /// Those of the shipped pairs; read when they are first asked for.
    ///
    /// # Panics
    /// The shipped table is damaged: a test holds that it is not.
    #[must_use]
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<FormatLosses> = LazyLock::new(|| {
            let read =
                pairs("models/compression_pairs.csv", &shipped::COMPRESSION_PAIRS).map_err(FormatLossError::from);
            read.and_then(|pairs| FormatLosses::of(&pairs, Library::shipped()))
                .unwrap_or_else(|error| panic!("a shipped table is damaged: {error}"))
        });
        &SHIPPED
    }

    /// From pairs.
    ///
    /// # Errors
    /// Too few that say what is needed.
    pub fn of(pairs: &[Pair], library: &Library) -> Result<Self, FormatLossError> {
        let quantised = || {
            pairs.iter().filter(|pair| pair.method == "quantization").filter_map(|pair| match &pair.numbers {
                Numbers::Scores(numbers) if !numbers.mixed => {
                    Some((pair.variant.as_deref().unwrap_or_default(), numbers.as_ref()))
                }
                _ => None,
            })
        };
        let family = &library.family;
        let curve = family.benchmark(Benchmark::Mmlu);
        let both = quantised().filter(|(variant, pair)| {
            METHODS.iter().any(|method| variant.starts_with(method)) && pair.compressed.bits < 8.0
        });
        let both = both.filter_map(|(_, pair)| {
            let loss = loss_by_mmlu(curve?, family.d0_tokens, pair)?;
            (loss > 0.0 && loss < LARGEST_LOSS).then_some((growth(pair)?.ln() + MIDDLE, loss.ln()))
        });
        let (x, y): (Vec<f64>, Vec<f64>) = both.unzip();
        let line = Line::fit(&x, &y).map_err(|_| FormatLossError::TooFew { pairs: x.len() })?;
        let ladder = quantised().filter_map(|(variant, pair)| {
            let format = variant.strip_prefix("GGUF ")?.to_uppercase();
            Some(Rung { format, bits: pair.compressed.bits, growth: growth(pair)? })
        });
        let mut ladder: Vec<Rung> = ladder.collect();
        if ladder.is_empty() {
            return Err(FormatLossError::NoLadder);
        }
        ladder.sort_by(|a, b| a.bits.total_cmp(&b.bits));
        Ok(Self { map: PerplexityMap { line }, ladder })
    }

    /// What a format of that name, or else of so many bits a weight, costs a new model.
    #[must_use]
    pub fn penalty(&self, format: &str, bits: f64) -> Penalty {
        if bits >= ORIGINAL_BITS {
            return Penalty::NONE;
        }
        let named: Vec<f64> = self
            .ladder
            .iter()
            .filter(|rung| rung.format.eq_ignore_ascii_case(format))
            .map(|rung| rung.growth.ln())
            .collect();
        let ln_growth =
            if named.is_empty() { self.ln_growth_at(bits) } else { named.iter().sum::<f64>() / named.len() as f64 };
        let ln_loss = self.map.line.intercept + self.map.line.slope * (ln_growth + MIDDLE);
        Penalty { loss: BEYOND_MMLU * ln_loss.exp(), deviation: NEW_MODEL }
    }

    /// The same on tasks that lose as MMLU does: reading and common sense, no mathematics and no code.
    #[must_use]
    pub fn penalty_of_reading(&self, format: &str, bits: f64) -> Penalty {
        let Penalty { loss, deviation } = self.penalty(format, bits);
        Penalty { loss: loss / BEYOND_MMLU, deviation }
    }

    /// ln Δln ppl at so many bits, by the line through all rungs: fewer bits never cost less.
    fn ln_growth_at(&self, bits: f64) -> f64 {
        let x: Vec<f64> = self.ladder.iter().map(|rung| rung.bits).collect();
        let y: Vec<f64> = self.ladder.iter().map(|rung| rung.growth.ln()).collect();
        Line::fit(&x, &y).map_or(y[0], |line| line.intercept + line.slope.min(0.0) * bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_and_the_ladder_are_those_of_the_evaluation() {
        let losses = FormatLosses::shipped();
        let line = &losses.map.line;
        // 22 rows: −1.16 (0.09) + 0.71 (0.08) (ln Δln ppl + 3), s = 0.24.
        assert_eq!(line.n, 22);
        assert!((line.intercept + 1.16).abs() < 0.02 && (line.slope - 0.71).abs() < 0.03, "{line:?}");
        // q of a new model by named formats, as the evaluation of November 2026 gives them for Llama-3-8B.
        for (format, bits, expected) in [
            ("Q8_0", 8.5, 0.99),
            ("Q6_K", 6.56, 0.92),
            ("Q5_K_M", 5.7, 0.85),
            ("Q4_K_M", 4.9, 0.69),
            ("Q3_K_M", 4.0, 0.39),
            ("Q2_K", 3.16, 0.07),
        ] {
            let q = losses.penalty(format, bits).ratio(8e9).point;
            assert!((q - expected).abs() < 0.02, "{format}: {q} against {expected}");
        }
        let q = losses.penalty("Q4_K_M", 4.9).ratio(8e9);
        assert!((q.low.unwrap() - 0.35).abs() < 0.03 && (q.high.unwrap() - 0.88).abs() < 0.03, "{q:?}");
        assert_eq!(losses.penalty("F16", 16.0), Penalty::NONE);
    }

    #[test]
    fn fewer_bits_never_cost_less_and_a_smaller_model_never_loses_less() {
        let losses = FormatLosses::shipped();
        let by_bits: Vec<f64> = (2..16).map(|bits| losses.penalty("nameless", f64::from(bits)).loss).collect();
        assert!(by_bits.windows(2).all(|pair| pair[0] > pair[1]), "{by_bits:?}");
        let penalty = losses.penalty("Q4_K_M", 4.9);
        assert!(penalty.at(0.5e9, 0.3) > 2.0 * penalty.at(1.7e9, 0.3));
    }
}
