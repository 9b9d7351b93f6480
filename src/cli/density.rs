//! `densimeter density`.

use std::path::PathBuf;

use clap::builder::TypedValueParser;
use clap::{ArgGroup, Args};

use super::words;
use crate::density::reference_family::DensityFamily;
use crate::law::density::ParamBasis;
use crate::law::reference::{LossKind, LossUnit};

/// Arguments of `density`.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("what").required(true).multiple(true)
        .args(["scores", "loss", "model", "all", "fit_losses", "fit_points"]),
    after_help = "Effective parameters (N̂) are the parameters with which the reference family, trained on D0 tokens, \
reaches the same five-benchmark mean. Density = N̂ / N. Intervals are 95 % and hold counting error, evaluator spread and \
imputation, not the uncertainty of the reference curve itself.\n\nExamples:\n  \
densimeter density --scores mmlu=45.7,bbh=38.1,math=3.3,humaneval=12.8,mbpp=20.8 --params 6.74e9\n  \
densimeter density --model Llama-3-70B --json\n  \
densimeter density --family edge --params 134.5e6 --bits 5 --scores arc_easy=57.7,arc_challenge=28.3,hellaswag=41.5,\
piqa=67.2,csqa=45.9,social_iqa=42.7,openbookqa=29.8,mmlu_cloze=28.9\n  \
densimeter density --all\n  \
densimeter density --fit-losses losses.csv --fit-points points.csv --write-reference mine.toml"
)]
pub(crate) struct Density {
    /// Scores in percent: mmlu, bbh, math, humaneval, mbpp (missing ones are imputed); with --family edge all of arc_easy,
    /// arc_challenge, hellaswag, piqa, csqa, social_iqa, openbookqa, mmlu_cloze
    #[arg(long, value_name = "NAME=PERCENT,…", conflicts_with_all = ["loss", "model", "all", "fit_losses", "fit_points"])]
    pub scores: Option<String>,
    /// Reference family
    #[arg(long, value_parser = words::families(), default_value = DensityFamily::Xiao2025.name())]
    pub family: DensityFamily,
    /// Bits per byte of the right answers by cloze task, for a second opinion (--family edge)
    #[arg(long, value_name = "NAME=BITS,…", requires = "scores")]
    pub bpb: Option<String>,
    /// A conditional loss instead of scores (needs --loss-kind)
    #[arg(long, value_name = "LOSS", requires = "loss_kind", conflicts_with_all = ["model", "all", "fit_losses", "fit_points"])]
    pub loss: Option<f64>,
    /// A published release, by name or alias
    #[arg(long, short, value_name = "M", conflicts_with_all = ["all", "fit_losses", "fit_points"])]
    pub model: Option<String>,
    /// Every release, beside the densities of the paper's figure
    #[arg(long, conflicts_with_all = ["fit_losses", "fit_points"])]
    pub all: bool,

    /// Total parameters of the model
    #[arg(long, value_name = "N")]
    pub params: Option<f64>,
    /// Parameters active per token [default: all]
    #[arg(long, value_name = "N")]
    pub active: Option<f64>,
    /// Bits per weight
    #[arg(long, value_name = "BITS", default_value_t = 16.0)]
    pub bits: f64,
    /// Items behind the scores, where not the full test sets
    #[arg(long, value_name = "NAME=N,…")]
    pub items: Option<String>,
    /// Which parameters of a release count
    #[arg(long, value_parser = bases(), default_value = ParamBasis::Total.name())]
    pub basis: ParamBasis,

    /// What the loss was taken over
    #[arg(long, value_parser = loss_kinds())]
    pub loss_kind: Option<LossKind>,
    /// Unit of the loss
    #[arg(long, value_parser = loss_units(), default_value = LossUnit::NatsPerToken.name())]
    pub loss_unit: LossUnit,
    /// Standard error of the loss
    #[arg(long, value_name = "SE", default_value_t = 0.0)]
    pub loss_se: f64,
    /// Curve for the loss: average or a benchmark
    #[arg(long, value_name = "CURVE", default_value = "average")]
    pub loss_benchmark: String,

    /// Tokens at which the reference curves are read (journal 5e12, preprint 1e12) [default: the family's]
    #[arg(long, value_name = "TOKENS")]
    pub d0: Option<f64>,
    /// Reference family (TOML, as --write-reference writes) [default: xiao2025]
    #[arg(long, value_name = "TOML")]
    pub reference: Option<PathBuf>,
    /// Releases (CSV) in place of the shipped ones
    #[arg(long, value_name = "CSV")]
    pub releases: Option<PathBuf>,

    /// Take k1 and k2 from a report of this device
    #[arg(long, value_name = "REPORT", conflicts_with_all = ["k1", "k2"])]
    pub device: Option<PathBuf>,
    /// Seconds per parameter and output token at 16 bits [default: published k1 = 2.45 k2]
    #[arg(long, value_name = "S", requires = "k2")]
    pub k1: Option<f64>,
    /// Seconds per parameter and input token
    #[arg(long, value_name = "S", requires = "k1")]
    pub k2: Option<f64>,
    /// k1 of this model where its weights do not fit on the chip
    #[arg(long, value_name = "S", requires = "k1")]
    pub k1s: Option<f64>,
    /// Tokens of the prompt
    #[arg(long, value_name = "N", default_value_t = 100.0)]
    pub n_in: f64,
    /// Tokens generated
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    pub n_out: f64,

    /// Fit the loss step to losses: columns benchmark, n_params, d_tokens, conditional_loss
    #[arg(long, value_name = "CSV")]
    pub fit_losses: Option<PathBuf>,
    /// Fit the loss step with a floor, e + a (N/1e9)^-alpha + b (D/1e11)^-beta, by relative residuals (the edge family's form)
    #[arg(long, requires = "fit_losses", conflicts_with = "write_reference")]
    pub floor: bool,
    /// Fit the performance step to points: columns benchmark, conditional_loss, score_percent, optional role (fit, held-out)
    #[arg(long, value_name = "CSV")]
    pub fit_points: Option<PathBuf>,
    /// Fit without the anchor at loss 0, score 100 %
    #[arg(long, requires = "fit_points")]
    pub no_anchor: bool,
    /// Bootstrap resamples of a fit
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub resamples: usize,
    /// Write the fitted family, for --reference
    #[arg(long, value_name = "TOML", requires_all = ["fit_losses", "fit_points", "loss_kind"])]
    pub write_reference: Option<PathBuf>,
}

fn bases() -> impl TypedValueParser<Value = ParamBasis> {
    words::one_of([
        (ParamBasis::Total.name(), "All parameters"),
        (ParamBasis::NonEmbedding.name(), "Without embedding tables"),
    ])
}

fn loss_kinds() -> impl TypedValueParser<Value = LossKind> {
    words::one_of([
        (LossKind::Reasoning.name(), "Worked reasoning by GPT-4o and the answer (the paper's)"),
        (LossKind::DatasetGold.name(), "The data set's own gold text"),
    ])
}

fn loss_units() -> impl TypedValueParser<Value = LossUnit> {
    words::one_of([(LossUnit::NatsPerToken.name(), "Nats per token"), (LossUnit::BitsPerByte.name(), "Bits per byte")])
}
