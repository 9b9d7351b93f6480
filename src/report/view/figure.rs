//! A figure as every rendering takes it.

use super::words;
use crate::report::chart::Chart;

/// A figure, or why there is none.
#[derive(Debug, Clone)]
pub struct Figure {
    /// Its file name without the ending, and its anchor.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// The drawing, or the sentence why there is none.
    pub chart: Result<Box<Chart>, String>,
    /// Name of a group that a reader may hide: the device class.
    pub group: Option<String>,
}

impl Figure {
    /// A drawn figure.
    #[must_use]
    pub fn drawn(chart: Chart) -> Self {
        Self { id: chart.id.clone(), title: chart.title.clone(), chart: Ok(Box::new(chart)), group: None }
    }

    /// No figure, and why.
    #[must_use]
    pub fn none(id: &str, title: &str, why: impl Into<String>) -> Self {
        Self { id: id.to_owned(), title: title.to_owned(), chart: Err(words::plain(&why.into())), group: None }
    }
}
