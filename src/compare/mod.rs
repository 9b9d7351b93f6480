//! Two or more reports against the first of them: what differs beside the numbers, and a verdict on every number.

mod cells;
pub(crate) mod document;
pub(crate) mod identity;
mod items;
pub(crate) mod judge;
pub(crate) mod markdown;
mod model_pairs;
mod options;
mod quality;
mod reports;
mod speed;
pub(crate) mod text;

pub(crate) use options::Options;
pub(crate) use reports::compare;
