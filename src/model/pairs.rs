//! Published pairs of originals and compressed models, as CSV in either of two layouts: densities, or scores.

use super::sheet::{Row, Sheet, SheetError};
use crate::unit::{Benchmark, Params, Scores};

/// A pair as published.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The original.
    pub original: String,
    /// The compressed model.
    pub compressed: String,
    /// How it was compressed.
    pub method: String,
    /// Variant of the method, such as `AWQ per-channel`.
    pub variant: Option<String>,
    /// The numbers.
    pub numbers: Numbers,
}

/// What is known of a pair.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers {
    /// Two densities without an error.
    Densities {
        /// Of the original.
        original: f64,
        /// Of the compressed model.
        compressed: f64,
    },
    /// Scores and sizes.
    Scores(Box<ScoredPair>),
}

/// Scores and sizes of a pair.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredPair {
    /// The original.
    pub original: Published,
    /// The compressed model.
    pub compressed: Published,
    /// False only where one evaluator measured both under one protocol.
    pub mixed: bool,
    /// Both perplexities, where that is the other metric.
    pub perplexity: Option<Perplexity>,
}

/// One side of a pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Total parameters.
    pub params: Params,
    /// Bits per weight.
    pub bits: f64,
    /// Scores in percent.
    pub scores: Scores,
}

/// Perplexities of one text.
#[derive(Debug, Clone, PartialEq)]
pub struct Perplexity {
    /// The text and the program, as published.
    pub metric: String,
    /// Of the original.
    pub original: f64,
    /// Of the compressed model.
    pub compressed: f64,
}

/// Reads pairs. The layout is told by the header: `density_original` and `density_compressed`, or `orig_params_b`, …
///
/// # Errors
/// A cell that does not hold what it should, or a header of neither layout.
pub fn pairs(file: &str, text: &str) -> Result<Vec<Pair>, SheetError> {
    const NAMES: [&str; 3] = ["original", "compressed", "method"];
    let densities = text.lines().next().is_some_and(|header| header.contains("density_original"));
    let needed: &[&str] = if densities {
        &["density_original", "density_compressed"]
    } else {
        &["orig_params_b", "comp_params_b", "orig_bits", "comp_bits"]
    };
    let table = Sheet::parse(file, text, &[&NAMES[..], needed].concat())?;
    table
        .rows()
        .map(|row| {
            let text = |column: &str| row.required(column).map(str::to_owned);
            Ok(Pair {
                original: text("original")?,
                compressed: text("compressed")?,
                method: text("method")?,
                variant: row.text("variant").map(str::to_owned),
                numbers: if densities {
                    Numbers::Densities {
                        original: positive(&row, "density_original")?,
                        compressed: positive(&row, "density_compressed")?,
                    }
                } else {
                    Numbers::Scores(Box::new(scored(&row)?))
                },
            })
        })
        .collect()
}

fn positive(row: &Row<'_>, column: &str) -> Result<f64, SheetError> {
    row.positive(column)?.ok_or_else(|| row.error(column, "empty"))
}

fn scored(row: &Row<'_>) -> Result<ScoredPair, SheetError> {
    let perplexity = match (
        row.text("other_metric"),
        row.positive("orig_other").unwrap_or(None),
        row.positive("comp_other").unwrap_or(None),
    ) {
        (Some(metric), Some(original), Some(compressed))
            if is_perplexity(metric) && original > 1.0 && compressed > 1.0 =>
        {
            Some(Perplexity { metric: metric.to_owned(), original, compressed })
        }
        _ => None,
    };
    Ok(ScoredPair {
        original: side(row, "orig")?,
        compressed: side(row, "comp")?,
        // Anything but a plain yes may hide two protocols.
        mixed: !row.text("same_protocol").is_some_and(|text| text.to_ascii_lowercase().starts_with("yes")),
        perplexity,
    })
}

fn is_perplexity(metric: &str) -> bool {
    let metric = metric.to_ascii_lowercase();
    metric.contains("ppl") || metric.contains("perplexity")
}

fn side(row: &Row<'_>, prefix: &str) -> Result<Published, SheetError> {
    let mut percent = [None; 5];
    for benchmark in Benchmark::ALL {
        percent[benchmark as usize] = row.number(&format!("{prefix}_{benchmark}"))?;
    }
    let scores = Scores::from_percent(percent)
        .map_err(|error| row.error(&format!("{prefix}_{}", error.benchmark()), error.to_string()))?;
    let billions = positive(row, &format!("{prefix}_params_b"))?;
    Ok(Published {
        params: Params::from_count(billions * 1e9),
        bits: positive(row, &format!("{prefix}_bits"))?,
        scores,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_layouts_are_read_and_a_bad_cell_is_named() {
        let densities = "original,compressed,method,density_original,density_compressed\nA,B,pruning,2.0,1.0\n";
        let found = pairs("d.csv", densities).unwrap();
        assert_eq!(found[0].numbers, Numbers::Densities { original: 2.0, compressed: 1.0 });
        let header = "original,compressed,method,orig_params_b,comp_params_b,orig_bits,comp_bits,orig_mmlu,comp_mmlu,\
                      other_metric,orig_other,comp_other,same_protocol\n";
        let scores = format!("{header}A,B,quantization,8,8,16,4,60,55,wikitext2 ppl,7.1,7.9,yes (Table 1)\n");
        let Numbers::Scores(pair) = &pairs("s.csv", &scores).unwrap()[0].numbers else { panic!() };
        assert!(!pair.mixed && pair.perplexity.as_ref().unwrap().original == 7.1);
        let wrong = format!("{header}A,B,quantization,8,8,16,4,60,155,,,,yes\n");
        let error = pairs("s.csv", &wrong).unwrap_err().to_string();
        assert!(error.contains("s.csv, row 2, column comp_mmlu"), "{error}");
        assert!(
            pairs("x.csv", "original,compressed,method\nA,B,C\n").unwrap_err().to_string().contains("orig_params_b")
        );
    }
}
