//! Levels of the edge family: what a reference model of so many parameters, or a small release, does on cloze tasks.

use super::error::CrossingError;
use super::target::{Target, TargetError, effective, number};
use crate::density::edge::scored::ByHellaSwag;
use crate::density::reference_family::DensityFamily;
use crate::law::arrival::release::Level;
use crate::law::edge::{FEWEST_PARAMS, MOST_PARAMS};
use crate::published::Library;
use crate::stat::Estimate;

/// The levels that are asked for unless others are.
pub const EDGE_USUAL: &str = "Qwen2.5-0.5B,SmolLM2-1.7B,Qwen2.5-3B";

/// What stands before a level's name, so that no table mixes the families.
const PREFIX: &str = "edge:";

impl Target {
    /// Levels of the edge family by name, with or without `edge:` before it: `params=COUNT` or a release.
    ///
    /// # Errors
    /// A name that is none, or a ladder without a curve.
    pub fn edge(names: &[String], library: &Library) -> Result<Vec<Self>, CrossingError> {
        let by = ByHellaSwag::of(library)?;
        let one = |name: &String| -> Result<Self, CrossingError> {
            let name = name.strip_prefix(PREFIX).unwrap_or(name);
            let none = || TargetError::NotOfEdge { name: name.to_owned(), known: EDGE_USUAL };
            let (level, effective_params) = if let Some(text) = name.strip_prefix("params=") {
                let params = number(name, text)?;
                if !(FEWEST_PARAMS..=MOST_PARAMS).contains(&params) {
                    return Err(none().into());
                }
                (Level::given(params), Estimate::new(params, params, params, 0.95, "given"))
            } else {
                let release = library.edge_releases.iter().find(|release| release.model.eq_ignore_ascii_case(name));
                let level = release.and_then(|release| by.level(release)).ok_or_else(none)?;
                (
                    level,
                    effective(level, "log-normal: published HellaSwag and a size left out, through the ladder's curve"),
                )
            };
            Ok(Self { capability: format!("{PREFIX}{name}"), family: DensityFamily::Edge, effective_params, level })
        };
        names.iter().map(one).collect()
    }
}
