//! Two or more reports against the first of them: what differs beside the numbers, and a verdict on every number.

mod cells;
pub mod document;
pub mod identity;
mod items;
pub mod judge;
pub mod markdown;
mod model_pairs;
mod options;
mod quality;
mod reports;
mod speed;
pub mod text;

pub use document::Document;
pub use options::Options;
pub use reports::{CompareError, compare};
