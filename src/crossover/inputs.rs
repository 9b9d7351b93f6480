//! What all crossings rest on: the published tables as of a day, and the possible worlds that all rows share.

use jiff::civil::Date;

use super::error::CrossingError;
use crate::density::edge::scored::edge_scored;
use crate::density::format_loss::FormatLosses;
use crate::density::reference_family::DensityFamily;
use crate::density::scored::{Selection, scored};
use crate::law::arrival::assumptions::Assumptions;
use crate::law::arrival::draws::World;
use crate::law::arrival::own_loss::OwnLoss;
use crate::law::arrival::penalty::Penalty;
use crate::published::Library;
use crate::stat::Bootstrap;

/// Nominal coverage of the intervals.
pub const LEVEL: f64 = 0.95;

/// Years of small releases that those to come are drawn from: makers print ever fewer of these scores, and the last two
/// years hold two events.
const EDGE_WINDOW: f64 = 3.0;

/// What all crossings rest on.
#[derive(Debug, Clone)]
pub struct Inputs<'a> {
    /// The family that levels are of.
    pub family: DensityFamily,
    /// The published tables.
    pub library: &'a Library,
    /// What formats cost.
    pub losses: &'a FormatLosses,
    /// What the user's own audits say of formats.
    pub audits: Vec<OwnLoss>,
    /// Which releases count.
    pub selection: Selection,
    /// The releases out by today with the possible worlds.
    pub world: World,
    /// How many worlds, and their seed.
    pub run: Bootstrap,
}

impl<'a> Inputs<'a> {
    /// The library as of a day: what came out later does not count.
    ///
    /// # Errors
    /// The releases of that day give no law.
    pub fn of(library: &'a Library, today: Date, run: Bootstrap) -> Result<Self, CrossingError> {
        Self::with(library, today, run, Selection::SHIPPED, Assumptions::SHIPPED)
    }

    /// The same of other releases, or with another thing taken for granted.
    ///
    /// # Errors
    /// As [`Inputs::of`].
    pub fn with(
        library: &'a Library,
        today: Date,
        run: Bootstrap,
        selection: Selection,
        assumptions: Assumptions,
    ) -> Result<Self, CrossingError> {
        let world = World::of(scored(library, today, selection), today, assumptions, run)?;
        Ok(Self::on(DensityFamily::Xiao2025, library, selection, world, run))
    }

    /// The small releases of the edge family as of a day.
    ///
    /// # Errors
    /// The ladder gives no curve, or the releases of that day no law.
    pub fn edge(library: &'a Library, today: Date, run: Bootstrap) -> Result<Self, CrossingError> {
        let assumptions = Assumptions { window: EDGE_WINDOW, ..Assumptions::SHIPPED };
        let world = World::of(edge_scored(library, today)?, today, assumptions, run)?;
        Ok(Self::on(DensityFamily::Edge, library, Selection::SHIPPED, world, run))
    }

    /// A world of a family, with the published costs of formats and no audits of one's own.
    fn on(family: DensityFamily, library: &'a Library, selection: Selection, world: World, run: Bootstrap) -> Self {
        Self { family, library, losses: FormatLosses::shipped(), audits: Vec::new(), selection, world, run }
    }

    /// Today.
    #[must_use]
    pub const fn today(&self) -> Date {
        self.world.today
    }

    /// What a format costs: by the published pairs, drawn towards the user's own audits of files with as many bits.
    #[must_use]
    pub fn penalty(&self, format: &str, bits: f64) -> Penalty {
        let published = match self.family {
            DensityFamily::Xiao2025 => self.losses.penalty(format, bits),
            DensityFamily::Edge => self.losses.penalty_of_reading(format, bits),
        };
        published.revised(&self.audits_of(bits))
    }

    /// The user's own audits of files with so many bits.
    #[must_use]
    pub fn audits_of(&self, bits: f64) -> Vec<OwnLoss> {
        self.audits.iter().copied().filter(|audit| audit.is_of(bits)).collect()
    }
}
