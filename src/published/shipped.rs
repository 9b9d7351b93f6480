//! The tables as they ship: each file is embedded once, here; the large ones packed.

use std::sync::LazyLock;

use crate::file::packed::text;

/// The releases, as CSV.
pub static RELEASES: LazyLock<String> =
    LazyLock::new(|| text(include_bytes!(concat!(env!("OUT_DIR"), "/releases.gz"))));
/// The capability levels (closed models), as CSV.
pub const CAPABILITIES: &str = include_str!("../../models/capabilities.csv");
/// Other names of releases, as CSV.
pub const ALIASES: &str = include_str!("../../models/aliases.csv");
/// The 51 densities of the paper's main figure, as CSV.
pub const DENSITIES: &str = include_str!("../../models/densities.csv");
/// Tables in which one evaluator measured many models, as CSV.
pub const PANELS: &str = include_str!("../../models/panels.csv");
/// The ten prices of the paper's figure, as CSV.
pub const PRICES_OF_THE_PAPER: &str = include_str!("../../models/prices-paper.csv");
/// Prices with output tokens and MMLU, as CSV.
pub const PRICES: &str = include_str!("../../models/prices.csv");
/// Scores of single releases under another protocol or evaluator, as CSV.
pub const ALTERNATE_PROTOCOLS: &str = include_str!("../../models/alternate_protocols.csv");
/// The recovered reference curves, as TOML.
pub const REFERENCE_CURVES: &str = include_str!("../../models/reference_curves.toml");
/// The losses of the paper's reference models, as CSV.
pub const REFERENCE_LOSSES: &str = include_str!("../../models/reference_losses.csv");
/// The (loss, score) points behind the paper's performance curves, as CSV.
pub const PERFORMANCE_POINTS: &str = include_str!("../../models/performance_points.csv");
/// The reference ladder of the edge family, as CSV.
pub const EDGE_LADDER: &str = include_str!("../../models/edge_ladder.csv");
/// Small base models with their HellaSwag accuracy, as CSV.
pub const EDGE_RELEASES: &str = include_str!("../../models/edge_releases.csv");
/// Bits per byte of the default model on single cloze items, as CSV.
pub static EDGE_CONTROL: LazyLock<String> =
    LazyLock::new(|| text(include_bytes!(concat!(env!("OUT_DIR"), "/edge_control.gz"))));
/// Originals and compressed models as others measured them, as CSV.
pub static COMPRESSION_PAIRS: LazyLock<String> =
    LazyLock::new(|| text(include_bytes!(concat!(env!("OUT_DIR"), "/compression_pairs.gz"))));
