//! Published pairs of originals and compressed models, as CSV in either of two layouts: densities, or scores.

use super::checkpoint::Checkpoint;
use crate::table::{Row, Table, TableError};
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
    /// What both models are, where the table says it.
    pub checkpoint: Option<Checkpoint>,
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
    /// Both means of tests that are none of the five benchmarks, where that is the other metric.
    pub mean: Option<PublishedMean>,
}

/// One side of a pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Total parameters.
    pub params: Params,
    /// Bits per weight.
    pub bits: f64,
    /// Bytes of the file, where they are published.
    pub bytes: Option<f64>,
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

/// Means of several tests, of which no single score is published.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedMean {
    /// What it is a mean of, as `mean of 6 tests`.
    pub metric: String,
    /// Of the original, percent.
    pub original: f64,
    /// Of the compressed model, percent.
    pub compressed: f64,
}

/// Reads pairs. The layout is told by the header: `density_original` and `density_compressed`, or `orig_params_b`, …
///
/// # Errors
/// A cell that does not hold what it should, or a header of neither layout.
pub fn pairs(file: &str, text: &str) -> Result<Vec<Pair>, TableError> {
    let table = Table::parse(file, text)?;
    let [original, compressed, method] = ["original", "compressed", "method"].map(|name| table.column(&[name]));
    let (original, compressed, method) = (original?, compressed?, method?);
    let variant = table.optional_column(&["variant"]);
    let checkpoint = table.optional_column(&["checkpoint_kind"]);
    let layout = Layout::of(&table)?;
    table
        .rows()
        .map(|row| {
            let named = |column: usize| row.required(column).map(str::to_owned);
            Ok(Pair {
                original: named(original)?,
                compressed: named(compressed)?,
                method: named(method)?,
                variant: cell(row, variant).map(str::to_owned),
                checkpoint: Checkpoint::read(row, checkpoint)?,
                numbers: layout.numbers(row)?,
            })
        })
        .collect()
}

/// Where the numbers stand.
enum Layout {
    Densities { original: usize, compressed: usize },
    Scores(Box<ScoreColumns>),
}

/// Columns of the layout of scores.
struct ScoreColumns {
    original: SideColumns,
    compressed: SideColumns,
    protocol: Option<usize>,
    metric: Option<usize>,
    others: [Option<usize>; 2],
}

struct SideColumns {
    params: usize,
    bits: usize,
    gigabytes: Option<usize>,
    scores: [Option<usize>; 5],
}

impl SideColumns {
    fn of(table: &Table, prefix: &str) -> Result<Self, TableError> {
        let needed = |name: &str| table.column(&[&format!("{prefix}_{name}")]);
        Ok(Self {
            params: needed("params_b")?,
            bits: needed("bits")?,
            gigabytes: table.optional_column(&[&format!("{prefix}_gb")]),
            scores: Benchmark::ALL.map(|benchmark| table.optional_column(&[&format!("{prefix}_{benchmark}")])),
        })
    }

    fn read(&self, row: Row<'_>) -> Result<Published, TableError> {
        Ok(Published {
            params: Params::from_count(row.positive(self.params)? * 1e9),
            bits: row.positive(self.bits)?,
            bytes: self
                .gigabytes
                .map(|column| row.optional_positive(column))
                .transpose()?
                .flatten()
                .map(|gb| (gb * 1e9).round()),
            scores: row.scores(&self.scores)?,
        })
    }
}

impl Layout {
    fn of(table: &Table) -> Result<Self, TableError> {
        if table.optional_column(&["density_original"]).is_some() {
            let (original, compressed) = (table.column(&["density_original"])?, table.column(&["density_compressed"])?);
            return Ok(Self::Densities { original, compressed });
        }
        // Neither layout: the complaint names both.
        if table.optional_column(&["orig_params_b"]).is_none() {
            table.column(&["density_original", "orig_params_b"])?;
        }
        Ok(Self::Scores(Box::new(ScoreColumns {
            original: SideColumns::of(table, "orig")?,
            compressed: SideColumns::of(table, "comp")?,
            protocol: table.optional_column(&["same_protocol"]),
            metric: table.optional_column(&["other_metric"]),
            others: ["orig_other", "comp_other"].map(|name| table.optional_column(&[name])),
        })))
    }

    fn numbers(&self, row: Row<'_>) -> Result<Numbers, TableError> {
        Ok(match self {
            Self::Densities { original, compressed } => {
                Numbers::Densities { original: row.positive(*original)?, compressed: row.positive(*compressed)? }
            }
            Self::Scores(columns) => Numbers::Scores(Box::new(ScoredPair {
                original: columns.original.read(row)?,
                compressed: columns.compressed.read(row)?,
                // Anything but a plain yes may hide two protocols.
                mixed: !cell(row, columns.protocol).is_some_and(|text| text.to_ascii_lowercase().starts_with("yes")),
                perplexity: columns.perplexity(row)?,
                mean: columns.mean(row)?,
            })),
        })
    }
}

impl ScoreColumns {
    /// Both means, where that is what the other metric is.
    fn mean(&self, row: Row<'_>) -> Result<Option<PublishedMean>, TableError> {
        let Some(metric) = cell(row, self.metric).filter(|metric| metric.starts_with("mean of ")) else {
            return Ok(None);
        };
        let percent = |column: Option<usize>| column.map(|column| row.percent(column)).transpose().map(Option::flatten);
        let (original, compressed) = (percent(self.others[0])?, percent(self.others[1])?);
        let both = original.zip(compressed);
        Ok(both.map(|(original, compressed)| PublishedMean { metric: metric.to_owned(), original, compressed }))
    }

    /// Both perplexities, where that is what the other metric is.
    fn perplexity(&self, row: Row<'_>) -> Result<Option<Perplexity>, TableError> {
        let Some(metric) = cell(row, self.metric) else { return Ok(None) };
        let lower = metric.to_ascii_lowercase();
        if !lower.contains("ppl") && !lower.contains("perplexity") {
            return Ok(None);
        }
        let mut read = [None; 2];
        for (slot, column) in read.iter_mut().zip(self.others) {
            let Some(column) = column else { continue };
            let number = row.optional_positive(column);
            // A model that predicts nothing any more has a perplexity of nan or inf: passed over in silence, the worst of
            // all quantisations would be judged by the rest.
            if row.text(column).parse::<f64>().is_ok_and(|number| !number.is_finite()) {
                number?;
                continue;
            }
            // A perplexity is above 1; anything else says nothing here and is no fault of the scores beside it.
            *slot = number.ok().flatten().filter(|number| *number > 1.0);
        }
        let [original, compressed] = read;
        let both = original.zip(compressed);
        Ok(both.map(|(original, compressed)| Perplexity { metric: metric.to_owned(), original, compressed }))
    }
}

fn cell<'a>(row: Row<'a>, column: Option<usize>) -> Option<&'a str> {
    column.map(|column| row.text(column)).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_means_of_other_tests_are_read() {
        let header = "original,compressed,method,orig_params_b,comp_params_b,orig_bits,comp_bits,other_metric,orig_other,\
                      comp_other,orig_gb,comp_gb\n";
        let row = format!("{header}A,B,quantization,8,8,16,1.125,mean of 6 tests,79.3,70.5,16.4,1.15\n");
        let Numbers::Scores(pair) = &pairs("s.csv", &row).unwrap()[0].numbers else { panic!() };
        assert_eq!((pair.original.bytes, pair.compressed.bytes), (Some(16.4e9), Some(1.15e9)));
        let mean = PublishedMean { metric: "mean of 6 tests".to_owned(), original: 79.3, compressed: 70.5 };
        assert_eq!(pair.mean, Some(mean));
        let wrong = pairs("s.csv", &row.replace("70.5", "705")).unwrap_err().to_string();
        assert!(wrong.contains("line 2") && wrong.contains("comp_other"), "{wrong}");
    }

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
        assert!(error.contains("s.csv: row 1 (line 2), column `comp_mmlu`"), "{error}");
        for broken in ["nan", "NaN", "inf", "-inf"] {
            let row = format!("{header}A,B,quantization,8,8,16,4,60,59,wikitext2 ppl,3.27,{broken},yes\n");
            let error = pairs("s.csv", &row).unwrap_err().to_string();
            assert!(error.contains("column `comp_other`") && error.contains(broken), "{error}");
        }
        assert!(
            pairs("x.csv", "original,compressed,method\nA,B,C\n").unwrap_err().to_string().contains("orig_params_b")
        );
    }
}
