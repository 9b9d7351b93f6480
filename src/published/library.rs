//! Every published table, read once.

use std::sync::LazyLock;

use jiff::civil::Date;

use super::aliases::{Alias, aliases};
use super::alternates::{AlternateProtocol, alternate_protocols};
use super::capabilities::{CapabilityLevel, capability_levels};
use super::densities::{self, PublishedDensity};
use super::edge_control::{self, EdgeControl};
use super::edge_ladder;
use super::edge_releases::{self, EdgeRelease};
use super::panels::{self, PanelRow};
use super::prices::{self, ApiPrice};
use super::releases::{self, Release};
use super::shipped;
use crate::law::edge::family::{EdgeFamily, RESAMPLING};
use crate::law::edge::ladder::LadderRun;
use crate::law::family::{FamilyError, ReferenceFamily};
use crate::table::TableError;
use crate::unit::Scores;

/// The published tables. A part may be the user's own in place of the shipped one.
#[derive(Debug, Clone)]
pub struct Library {
    /// The curves that scores and losses are read against.
    pub family: ReferenceFamily,
    /// Where the releases come from, for messages.
    pub releases_file: String,
    /// The releases, in the order of their table.
    pub releases: Vec<Release>,
    /// Scores of the base models that have all five: missing scores of base models are imputed from them.
    pub complete: Vec<Scores>,
    /// Other names of releases.
    pub aliases: Vec<Alias>,
    /// What is known of other protocols.
    pub alternates: Vec<AlternateProtocol>,
    /// Closed models that others are held against.
    pub capabilities: Vec<CapabilityLevel>,
    /// Where the densities come from, for messages.
    pub densities_file: String,
    /// Densities by date; the shipped ones are the 51 of the paper's main figure.
    pub densities: Vec<PublishedDensity>,
    /// Panels of one evaluator each.
    pub panels: Vec<PanelRow>,
    /// The ten prices of the paper's figure: input tokens of models at or above GPT-3.5.
    pub prices_of_the_paper: Vec<ApiPrice>,
    /// Prices with output tokens and MMLU.
    pub prices: Vec<ApiPrice>,
    /// The reference ladder of the edge family.
    pub edge_ladder: Vec<LadderRun>,
    /// Small base models with what places them in the edge family.
    pub edge_releases: Vec<EdgeRelease>,
    /// The default model on single items of the edge family's tasks.
    pub edge_control: EdgeControl,
}

/// Why a library cannot be read.
#[derive(Debug, thiserror::Error)]
enum LibraryError {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error("models/reference_curves.toml: {0}")]
    Family(#[from] FamilyError),
}

impl Library {
    /// The shipped tables; they are read when they are first asked for.
    ///
    /// # Panics
    /// A shipped table is damaged: a test holds that none is.
    #[must_use]
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Library> =
            LazyLock::new(|| Library::read().unwrap_or_else(|error| panic!("a shipped table is damaged: {error}")));
        &SHIPPED
    }

    /// The edge family fitted to the shipped ladder; it is fitted when it is first asked for, which takes some hundredths
    /// of a second.
    ///
    /// # Panics
    /// The shipped ladder determines no curve: a test holds that it does.
    #[must_use]
    pub fn edge_family() -> &'static EdgeFamily {
        static FITTED: LazyLock<EdgeFamily> = LazyLock::new(|| {
            EdgeFamily::fitted(&Library::shipped().edge_ladder, RESAMPLING)
                .unwrap_or_else(|error| panic!("the shipped ladder determines no curve: {error}"))
        });
        &FITTED
    }

    fn read() -> Result<Self, LibraryError> {
        // A board without a clock battery believes in 1970: the shipped dates are held by a test instead.
        let today = Date::MAX;
        let (releases_file, densities_file) = ("models/releases.csv".to_owned(), "models/densities.csv".to_owned());
        let releases = releases::releases(&releases_file, &shipped::RELEASES, today)?;
        Ok(Self {
            family: ReferenceFamily::parse(shipped::REFERENCE_CURVES)?,
            complete: releases::complete(&releases),
            releases,
            releases_file,
            aliases: aliases("models/aliases.csv", shipped::ALIASES)?,
            alternates: alternate_protocols("models/alternate_protocols.csv", shipped::ALTERNATE_PROTOCOLS)?,
            capabilities: capability_levels("models/capabilities.csv", shipped::CAPABILITIES, today)?,
            densities: densities::read(&densities_file, shipped::DENSITIES, today, true)?,
            densities_file,
            panels: panels::read("models/panels.csv", shipped::PANELS, today)?,
            prices_of_the_paper: prices::read("models/prices-paper.csv", shipped::PRICES_OF_THE_PAPER, today, true)?,
            prices: prices::read("models/prices.csv", shipped::PRICES, today, true)?,
            edge_ladder: edge_ladder::read("models/edge_ladder.csv", shipped::EDGE_LADDER)?,
            edge_releases: edge_releases::read("models/edge_releases.csv", shipped::EDGE_RELEASES, today)?,
            edge_control: edge_control::read("models/edge_control.csv", &shipped::EDGE_CONTROL)?,
        })
    }

    /// The release that goes by `name` (its own name or an alias), whatever the case.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Release> {
        let by_name = |wanted: &str| self.releases.iter().find(|r| r.model.eq_ignore_ascii_case(wanted));
        let alias = || self.aliases.iter().find(|alias| alias.name.eq_ignore_ascii_case(name));
        by_name(name).or_else(|| alias().and_then(|alias| by_name(&alias.release)))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// No shipped row may be younger than this; a table with later rows moves it.
    const TODAY: Date = date(2026, 11, 23);

    #[test]
    fn the_shipped_tables_are_whole_and_every_alias_leads_somewhere() {
        let library = Library::shipped();
        let releases = releases::releases("models/releases.csv", &shipped::RELEASES, TODAY).unwrap();
        assert_eq!((&releases, releases.len()), (&library.releases, 237));
        assert_eq!(releases.iter().filter(|r| r.scores.five_mean().is_some()).count(), 114);
        let capabilities = capability_levels("models/capabilities.csv", shipped::CAPABILITIES, TODAY).unwrap();
        assert_eq!((&capabilities, capabilities.len()), (&library.capabilities, 10));
        for alternate in &library.alternates {
            assert!(releases.iter().any(|release| release.model == alternate.release), "{alternate:?}");
        }
        for alias in &library.aliases {
            assert!(library.find(&alias.name).is_some(), "{alias:?}");
        }
        assert_eq!(library.find("phi-2").unwrap().model, "Phi-2-2.7B");
    }

    #[test]
    fn the_shipped_densities_panels_and_prices_are_whole() {
        let library = Library::shipped();
        assert_eq!((library.densities.len(), library.panels.len()), (51, 72));
        let dates = library.densities.iter().map(|row| row.date).chain(library.panels.iter().map(|row| row.date));
        let prices = library.prices.iter().chain(&library.prices_of_the_paper);
        assert!(dates.chain(prices.map(|row| row.date)).all(|date| date <= TODAY));
        assert!(library.densities.iter().all(|row| row.params_b.is_some() && !row.source.is_empty()));
        assert!(library.panels.iter().all(|row| row.scores.present().count() >= 4));
        assert_eq!((library.prices_of_the_paper.len(), library.prices.len()), (10, 39));
        for row in &library.prices {
            let (blended, output) = (row.blended.unwrap(), row.output.unwrap());
            assert!((blended / (0.5 * (row.input + output)) - 1.0).abs() < 1e-3, "{}", row.model);
        }
    }
}
